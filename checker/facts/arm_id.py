"""Azure resource ids: compared without case, shown as Azure wrote them."""

from __future__ import annotations

from enum import StrEnum

_MAX_LENGTH = 8192


class Kind(StrEnum):
    """The kinds of asset that rules judge."""

    SUBSCRIPTION = "subscription"
    GALLERY = "gallery"
    DEFINITION = "definition"
    VERSION = "version"
    VM = "vm"
    DISK = "disk"
    VHD = "vhd"


_KIND_OF_TYPE = {
    "microsoft.compute/galleries": Kind.GALLERY,
    "microsoft.compute/galleries/images": Kind.DEFINITION,
    "microsoft.compute/galleries/images/versions": Kind.VERSION,
    "microsoft.compute/virtualmachines": Kind.VM,
    "microsoft.compute/disks": Kind.DISK,
}


def fold(text: str) -> str:
    """The form in which ids and state values are compared."""
    return text.lower()


class ArmId:
    """The id of a subscription or of a resource in a resource group.

    Any text of the right segments is one: judging names is the rules' work.
    """

    __slots__ = ("_segments", "key", "text")

    def __init__(self, text: str, key: str, segments: tuple[str, ...]) -> None:
        self.text = text
        self.key = key
        self._segments = segments

    @classmethod
    def parse(cls, text: str) -> ArmId:
        """Read an id, with or without the leading slash.

        Raises ValueError, in words for a user, where the segments are not those of an id.
        """
        if len(text) > _MAX_LENGTH:
            raise ValueError(f"an id of {len(text)} characters")
        segments = tuple(text.removeprefix("/").removesuffix("/").split("/"))
        if not _has_shape(segments):
            raise ValueError("not the id of a subscription or of a resource in a resource group")
        path = "/" + "/".join(segments)
        return cls(path, fold(path), segments)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ArmId) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"ArmId({self.text!r})"

    @property
    def name(self) -> str:
        """The last segment, as Azure wrote it."""
        return self._segments[-1]

    @property
    def subscription(self) -> str:
        """The subscription's GUID, folded."""
        return fold(self._segments[1])

    @property
    def subscription_id(self) -> ArmId:
        """The id of the subscription that holds this."""
        return ArmId.parse("/".join(self._segments[:2]))

    @property
    def resource_group(self) -> str:
        """The resource group's name, as Azure wrote it; empty for a subscription."""
        return self._segments[3] if len(self._segments) > 3 else ""

    @property
    def resource_type(self) -> str:
        """The full type, folded: ``microsoft.compute/galleries/images``; empty for a subscription."""
        if len(self._segments) < 8:
            return ""
        return fold("/".join((self._segments[5], *self._segments[6::2])))

    @property
    def kind(self) -> Kind | None:
        """The kind of asset, or None for a type that no rule judges."""
        if len(self._segments) == 2:
            return Kind.SUBSCRIPTION
        return _KIND_OF_TYPE.get(self.resource_type)

    @property
    def parent(self) -> ArmId | None:
        """The resource this one is nested in, if it is nested."""
        if len(self._segments) < 10:
            return None
        return ArmId.parse("/".join(self._segments[:-2]))

    def names(self) -> tuple[str, ...]:
        """The names along the path of a resource: of a version (gallery, definition, version)."""
        return self._segments[7::2]


def _has_shape(segments: tuple[str, ...]) -> bool:
    if len(segments) < 2 or len(segments) % 2 or not all(segments):
        return False
    if fold(segments[0]) != "subscriptions":
        return False
    if len(segments) == 2:
        return True
    return len(segments) >= 8 and fold(segments[2]) == "resourcegroups" and fold(segments[4]) == "providers"


def ancestors(id_key: str) -> list[str]:
    """A folded id and every scope above it, the nearest first, ending with ``/``.

    Of a resource: itself, the resources it is nested in, resource group, subscription, ``/``.
    """
    segments = id_key.strip("/").split("/")
    lengths = range(len(segments) - len(segments) % 2, 0, -2)
    # "/subscriptions/s/resourcegroups/r/providers/namespace" is no scope.
    is_resource = len(segments) > 6 and segments[4] == "providers"
    found = ["/" + "/".join(segments[:length]) for length in lengths if not (is_resource and length == 6)]
    return [*found, "/"]


def subscription_key(text: str) -> str:
    """A subscription, as an id or as a GUID, in the form it is compared: ``/subscriptions/guid``."""
    key = fold(text).rstrip("/")
    return key if key.startswith("/") else "/subscriptions/" + key
