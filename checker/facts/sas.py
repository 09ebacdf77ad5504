"""The URL of a blob with its shared access signature, in parts, and without the signature."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from enum import StrEnum
from urllib.parse import parse_qsl, unquote, urlsplit

from checker.redaction import without_query

_FULL_TIME = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})T([0-9]{2}:[0-9]{2})(:[0-9]{2})?(?:\.[0-9]{1,7})?(Z|[+-][0-9]{2}:[0-9]{2})"
)
#: Hosts of managed disks that were opened for export: ``md-…`` or ``md-impexp-…``.
_MANAGED_DISK = re.compile(
    r"md-[a-z0-9-]+\.(?:[a-z0-9-]+\.)*blob\."
    r"(?:core\.windows\.net|storage\.azure\.net|core\.usgovcloudapi\.net|core\.chinacloudapi\.cn)",
    re.IGNORECASE,
)


#: The parameters of a query that are kept: Azure's documents give each a meaning, and none of them is a secret.
_KEPT = re.compile(
    "sv|ss|srt|sr|sp|st|se|spr|sip|si|sdd|ses|skoid|sktid|skt|ske|sks|skv|comp|restype|snapshot|versionid",
    re.IGNORECASE,
)
#: What no right value holds, and what lets a secret follow: a query whose separators were encoded.
_SEPARATOR = re.compile(r"[?&;=%#]")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-][A-Za-z0-9+/ _-]*={0,2}")


class Signature(StrEnum):
    """What the URL has as its signature. The words are for reports."""

    GIVEN = "a signature"
    NONE = "no signature (sig)"
    CAPITALS = "a signature whose name is not sig in small letters"
    SEVERAL = "several signatures (sig), which differ"
    ODD = "a signature (sig) with characters that none has"
    DOUBLED = "two question marks before it"


@dataclass(frozen=True, slots=True)
class SasUrl:
    """A URL in parts, none of them the signature.

    ``path`` are the decoded segments of the path, up to where a query may have become a part of it; ``parameters`` are
    those of the query that have a meaning, each with the values that it was given. ``origin`` is scheme, host and port
    as they were written, without a user name; ``has_user`` says that there was one.
    """

    scheme: str
    host: str
    origin: str
    has_user: bool
    path: tuple[str, ...]
    has_query: bool
    signature: Signature
    parameters: Mapping[str, tuple[str, ...]]

    @classmethod
    def parse(cls, url: str) -> SasUrl:
        """Of a URL with or without a query. Raises ValueError for what no URL can be."""
        parts = urlsplit(url)
        path = without_query(f"//x{parts.path}").removeprefix("//x")
        segments = [unquote(segment) for segment in path.split("/")[1:]]
        if path != parts.path:
            segments = [*segments[:-1], f"{segments[-1] if segments else ''}…"]
        found: dict[str, tuple[str, ...]] = {}
        signatures: dict[str, set[str]] = {}
        for name, value in parse_qsl(parts.query, keep_blank_values=True):
            if name.lower() == "sig":
                signatures.setdefault(name, set()).add(value)
            elif _KEPT.fullmatch(name):
                found[name] = (*found.get(name, ()), _without_secrets(value))
        return cls(
            scheme=parts.scheme.lower(),
            host=parts.hostname or "",
            origin=f"{parts.scheme.lower()}://{parts.netloc.rpartition('@')[2].lower()}",
            has_user="@" in parts.netloc,
            path=tuple(segments),
            has_query=bool(parts.query),
            signature=Signature.DOUBLED if parts.query.startswith("?") else _judged(signatures),
            parameters=found,
        )

    @property
    def container(self) -> str:
        """The name of the container; empty where there is none."""
        return self.path[0] if len(self.path) > 1 else ""

    @property
    def blob_name(self) -> str:
        """The last part of the blob's name."""
        return self.path[-1] if self.path else ""

    @property
    def is_managed_disk(self) -> bool:
        """Whether it is a managed disk opened for export: its rights and dates are not in the URL."""
        return _MANAGED_DISK.fullmatch(self.host) is not None

    def values(self, name: str) -> tuple[str, ...]:
        """The different values that a parameter was given; empty where it is not there.

        One whose name is in capitals is another parameter to whom reads the document, and the same to some servers:
        its values come with their name, so that they never stand for the right ones.
        """
        others = [
            f"{key}={value}"
            for key, values in self.parameters.items()
            if key != name and key.lower() == name
            for value in values
        ]
        return tuple(dict.fromkeys((*self.parameters.get(name, ()), *others)))


def _judged(signatures: Mapping[str, set[str]]) -> Signature:
    """What the values of the parameters are that are called sig, by their names as they were written."""
    right = {value for value in signatures.get("sig", ()) if value.strip()}
    every = {value for values in signatures.values() for value in values if value.strip()}
    if not right:
        return Signature.CAPITALS if every else Signature.NONE
    if len(every) > 1:
        return Signature.SEVERAL
    return Signature.GIVEN if _BASE64.fullmatch(every.pop()) else Signature.ODD


def _without_secrets(value: str) -> str:
    """The value of a parameter up to where another parameter may have become a part of it."""
    start = _SEPARATOR.split(value, maxsplit=1)[0]
    return value if start == value else f"{start}…"


def full_time(text: str) -> datetime | None:
    """A full date and time with its zone; None for a date alone or anything else."""
    found = _FULL_TIME.fullmatch(text)
    if found is None:
        return None
    date, minutes, seconds, zone = found.groups()
    try:
        moment = datetime.fromisoformat(f"{date}T{minutes}{seconds or ':00'}{'+00:00' if zone == 'Z' else zone}")
        return moment.astimezone(timezone(timedelta(0)))
    except (ValueError, OverflowError):
        return None
