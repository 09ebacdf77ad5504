"""The URL of a blob with its shared access signature, in parts, and without the signature."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from urllib.parse import parse_qsl, unquote, urlsplit

_FULL_TIME = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})T([0-9]{2}:[0-9]{2})(:[0-9]{2})?(?:\.[0-9]{1,7})?(Z|[+-][0-9]{2}:[0-9]{2})"
)
#: Hosts of managed disks that were opened for export: ``md-…`` or ``md-impexp-…``.
_MANAGED_DISK = re.compile(
    r"md-[a-z0-9-]+\.(?:[a-z0-9-]+\.)*blob\."
    r"(?:core\.windows\.net|storage\.azure\.net|core\.usgovcloudapi\.net|core\.chinacloudapi\.cn)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class SasUrl:
    """A URL in parts: ``container`` and ``blob_name`` are decoded, ``parameters`` are the query without the signature.

    A parameter has each of the values that it was given. ``origin`` is scheme, host and port as they were written,
    without a user name; ``has_user`` says that there was one.
    """

    scheme: str
    host: str
    origin: str
    has_user: bool
    container: str
    blob_name: str
    has_query: bool
    has_signature: bool
    parameters: Mapping[str, tuple[str, ...]]

    @classmethod
    def parse(cls, url: str) -> SasUrl:
        """Of a URL with or without a query. Raises ValueError for what no URL can be."""
        parts = urlsplit(url)
        found: dict[str, tuple[str, ...]] = {}
        for name, value in parse_qsl(parts.query, keep_blank_values=True):
            found[name] = (*found.get(name, ()), value)
        signatures = [value for name in list(found) if name.lower() == "sig" for value in found.pop(name)]
        return cls(
            scheme=parts.scheme.lower(),
            host=parts.hostname or "",
            origin=f"{parts.scheme.lower()}://{parts.netloc.rpartition('@')[2].lower()}",
            has_user="@" in parts.netloc,
            container=unquote(parts.path.split("/")[1]) if parts.path.count("/") > 1 else "",
            blob_name=unquote(parts.path.rpartition("/")[2]),
            has_query=bool(parts.query),
            has_signature=any(signatures),
            parameters=found,
        )

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
