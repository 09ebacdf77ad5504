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
    r"account_?key|storage_?key|shared_?access_?key|shared_?access_?signature|access_?sas|pass_?word|passwd|pwd|"
    r"pass_?phrase|client_?secret|secret|api_?key|x-api-key|(?:access|refresh|id|sas|auth)[_-]?token"
)
#: What was replaced before is not replaced again; only where it stands alone.
_DONE = rf"(?!\\*[\"']?{REDACTED}(?![A-Za-z0-9]))"

#: A value after a name: quoted (also with the escaped quotes of JSON inside JSON), an object, or up to a separator.
_VALUE = r"""(?:\\*"[^"]*"?|\\*'[^']*'?|\{[^{}]*\}?|(?!bearer\b|basic\b)[^\s&;,"'<>{]+)"""

#: The name of the signature, also with letters that are percent-encoded once or more.
_SIG = "".join(rf"(?:{letter}|%(?:25)*{ord(letter):x}|%(?:25)*{ord(letter.upper()):x})" for letter in "sig")
#: Where the query of a URL begins, or the fragment; also where the sign was encoded.
_QUERY = re.compile(r"[?#]|%(?:25)*(?:3f|23)", re.IGNORECASE)
#: What parts the parameters of a query, and a name from its value: both in one segment show a query without its sign.
_AND = re.compile(r"[&;]|%(?:25)*26", re.IGNORECASE)
_EQUALS = re.compile(r"=|%(?:25)*3d", re.IGNORECASE)

_PATTERNS = (
    (re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL), REDACTED),
    (re.compile(r"eyJ[A-Za-z0-9_-]{8,1024}+(?:\.[A-Za-z0-9_-]*){1,4}"), REDACTED),
    (
        re.compile(
            r"\b(bearer|sharedkey|sharedaccesssignature|"
            r"basic(?=(?:\s|%20|\+)+[A-Za-z0-9+/]{16}|\s+\S*=))((?:\s|%20|\+)+)"
            rf"{_DONE}[A-Za-z0-9._~+/=:%-]{{6,}}",
            re.IGNORECASE,
        ),
        rf"\1\2{REDACTED}",
    ),
    (
        re.compile(rf"(authorization[\\\"']*\s*[=:]\s*)(?!\w+\s+{REDACTED}){_DONE}[^\"'\r\n,;]+", re.IGNORECASE),
        rf"\1{REDACTED}",
    ),
    (
        re.compile(
            r"(?:(?<![A-Za-z])|(?<=%[0-9A-F]{2})|(?<=%25[0-9A-F]{2}))"
            rf"({_SIG}" + r"[\\\"']{0,8}(?:\s{0,8}[=:]\s{0,8}|%(?:25)*3D)[\\\"']{0,8})"
            rf"{_DONE}[^&\s\"'<>;,)\]}}|]+",
            re.IGNORECASE,
        ),
        rf"\1{REDACTED}",
    ),
    (re.compile(r"(://[^/\s:@]{0,200}:)[^/\s@]+@"), rf"\1{REDACTED}@"),
    (
        re.compile(rf"((?:{_NAMES})[\\\"']*(?:\s*[=:]\s*|%(?:25)*3D)|(?<![a-z])token=){_DONE}{_VALUE}", re.IGNORECASE),
        rf"\1{REDACTED}",
    ),
)
_SECRET_NAME = re.compile(rf"(?:[a-z]*[_-]?(?:{_NAMES})|sig|token)", re.IGNORECASE)
_ID = re.compile(r"/subscriptions/[^\s?&\"]*", re.IGNORECASE)
_HINT = re.compile(r"eyJ|bearer|basic|shared|BEGIN|[=:]|%(?:25)*3D", re.IGNORECASE)


def redact(text: str) -> str:
    """A text without its secrets. Of an id each segment is looked at by itself, so that its end stays."""
    if _HINT.search(text) is None:
        return text
    if _ID.fullmatch(text) is not None:
        return "/".join(_redact(segment) for segment in text.split("/"))
    return _redact(text)


def without_query(url: str) -> str:
    """A URL up to its query, which may hold a signature, and without the name and the password of a user."""
    segments: list[str] = []
    for segment in url.split("/"):
        head, *rest = _AND.split(segment, maxsplit=1)
        if rest and _EQUALS.search(rest[0]) is not None:
            segments.append(head)
            break
        segments.append(segment)
    address = _QUERY.split("/".join(segments), maxsplit=1)[0]
    return re.sub(r"//[^/]*@", "//", address)


def is_secret_name(name: str) -> bool:
    """Whether a member of this name holds a secret."""
    return _SECRET_NAME.fullmatch(name) is not None


def _redact(text: str) -> str:
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return text


def redacted(value: T) -> T:
    """A copy of a frozen dataclass (or tuple, list, dict, text) in which every text is redacted."""
    clean: T = _walk(value)
    return clean


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
        return {
            _walk(key): REDACTED if isinstance(key, str) and is_secret_name(key) else _walk(part)
            for key, part in value.items()
        }
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        changes = {
            field.name: new
            for field in dataclasses.fields(value)
            if (new := _walk(old := getattr(value, field.name))) is not old and new != old
        }
        return dataclasses.replace(value, **changes) if changes else value
    return value
