"""Keeping secrets out of everything that is written or shown.

Works on the forms that secrets take in Azure: SAS signatures, bearer tokens and JWTs, account keys,
passwords, private keys. What is found is replaced by ``REDACTED``; everything around it stays.
"""

from __future__ import annotations

import dataclasses
import re
from enum import Enum
from typing import Any, TypeVar

T = TypeVar("T")

REDACTED = "REDACTED"

_NAMES = (
    "account_?key|shared_?access_?key|shared_?access_?signature|access_?sas|pass_?word|passwd|pwd|pass_?phrase|"
    "client_?secret|secret|api_?key|access_?token|refresh_?token|id_?token|authorization|x-api-key|sas_?token"
)
#: A value after a name: quoted (also with the escaped quotes of JSON inside JSON), or up to a separator.
_VALUE = r"""(?:\\*"[^"]*"?|\\*'[^']*'?|(?!bearer\b|basic\b)[^\s&;,"'<>]+)"""

_PATTERNS = (
    (re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL), REDACTED),
    (re.compile(r"eyJ[A-Za-z0-9_-]{8,1024}+(?:\.[A-Za-z0-9_-]*){1,4}"), REDACTED),
    (
        re.compile(
            r"\b(bearer|sharedkey|sharedaccesssignature|basic(?=(?:\s|%20|\+)+[A-Za-z0-9+/]{16}|\s+\S*=))((?:\s|%20|\+)+)"
            r"(?!REDACTED)[A-Za-z0-9._~+/=:%-]{6,}",
            re.IGNORECASE,
        ),
        rf"\1\2{REDACTED}",
    ),
    (
        re.compile(
            r"(?:(?<![A-Za-z])|(?<=%[0-9A-F]{2}))(sig[\\\"']{0,8}(?:\s{0,8}[=:]\s{0,8}|%3D)[\\\"']{0,8})(?!REDACTED)[^&\s\"'<>;,)\]}|]+",
            re.IGNORECASE,
        ),
        rf"\1{REDACTED}",
    ),
    (re.compile(r"(://[^/\s:@]{0,200}:)[^/\s@]+@"), rf"\1{REDACTED}@"),
    (
        re.compile(rf"((?:{_NAMES})[\\\"']*(?:\s*[=:]\s*|%3D))(?!\\*[\"']?REDACTED){_VALUE}", re.IGNORECASE),
        rf"\1{REDACTED}",
    ),
)
_HINT = re.compile(r"eyJ|bearer|basic|shared|BEGIN|[=:]|%3D", re.IGNORECASE)


def redact(text: str) -> str:
    """A text without its secrets."""
    if _HINT.search(text) is None:
        return text
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return text


def redacted(value: T) -> T:
    """A copy of a frozen dataclass (or tuple, list, dict, text) in which every text is redacted."""
    return _walk(value)  # type: ignore[no-any-return]


def _walk(value: Any) -> Any:
    if isinstance(value, Enum):
        return value
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, tuple):
        return tuple(_walk(part) for part in value)
    if isinstance(value, list):
        return [_walk(part) for part in value]
    if isinstance(value, dict):
        return {key: _walk(part) for key, part in value.items()}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        changes = {
            field.name: new
            for field in dataclasses.fields(value)
            if (new := _walk(old := getattr(value, field.name))) is not old and new != old
        }
        return dataclasses.replace(value, **changes) if changes else value
    return value
