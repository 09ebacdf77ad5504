"""A disk file: what is known of a VHD at a path or a URL, before anything inside its file systems is looked at.

Sizes and offsets are in bytes. Nothing here holds a signature.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from checker.facts.arm_id import Kind
from checker.facts.linux_guest import LinuxGuest, NoLinux, NoSystem
from checker.facts.sas import SasUrl
from checker.facts.unread import Fact, FactName, not_collected

MIB = 1024 * 1024
GIB = 1024 * MIB
SECTOR = 512


@dataclass(frozen=True, slots=True)
class VhdId:
    """The id of a disk file: its path as the user gave it, or its URL without the query. Cases differ."""

    text: str

    @property
    def key(self) -> str:
        """What tells it from other assets; no ARM id begins like this."""
        return f"vhd:{self.text}"

    @property
    def name(self) -> str:
        """The last part of the path or URL, as it was given."""
        return self.text.replace("\\", "/").rpartition("/")[2]

    def __str__(self) -> str:
        return self.text


class Format(StrEnum):
    """What a disk file is, by its first bytes and its last."""

    FIXED = "fixed VHD"
    DYNAMIC = "dynamic VHD"
    DIFFERENCING = "differencing VHD"
    ODD_VHD = "VHD of an unknown disk type"
    CUT_VHD = "VHD that lost its end"
    SHIFTED_VHD = "VHD whose footer is not its last 512 bytes"
    VHDX = "VHDX"
    QCOW = "QEMU disk (qcow)"
    VMDK = "VMware disk (VMDK)"
    VDI = "VirtualBox disk (VDI)"
    QED = "QEMU disk (QED)"
    PARALLELS = "Parallels disk"
    COMPRESSED = "compressed file"
    TAR = "tar archive"
    ISO = "CD or DVD image (ISO 9660)"
    WIM = "Windows image (WIM)"
    PICTURE = "picture (PNG, JPEG or GIF)"
    DOCUMENT = "web page, XML or PDF document"
    PROGRAM = "program (ELF)"
    ZEROS = "file that begins with nothing but zeros, without a footer"
    RAW = "raw disk or other file, without a footer"

    @property
    def is_vhd(self) -> bool:
        """Whether it ends with the footer of a VHD, whatever else is wrong with it."""
        return self in (Format.FIXED, Format.DYNAMIC, Format.DIFFERENCING, Format.ODD_VHD)


@dataclass(frozen=True, slots=True)
class Footer:
    """The last 512 bytes of a VHD, field by field.

    ``current_size`` is the virtual size: how long the disk looks from inside. ``creator`` is the mark of the
    program that wrote it, as four characters. ``computed_checksum`` is what ``checksum`` should be.
    """

    features: int
    version: int
    data_offset: int
    timestamp: int
    creator: str
    creator_version: int
    creator_host: str
    original_size: int
    current_size: int
    cylinders: int
    heads: int
    sectors_per_track: int
    disk_type: int
    checksum: int
    computed_checksum: int
    unique_id: str
    saved_state: int


@dataclass(frozen=True, slots=True)
class BlobProperties:
    """What the answer's headers say of a blob; None where the server did not say."""

    type: str | None
    lease_state: str | None
    lease_status: str | None


class Scheme(StrEnum):
    """How a disk is divided."""

    MBR = "MBR"
    GPT = "GPT"


class Content(StrEnum):
    """What a partition, or a disk without partitions, begins with, as far as rules on disks need it."""

    LVM = "LVM physical volume"
    OTHER = "something else"


@dataclass(frozen=True, slots=True)
class Partition:
    """One partition: ``start`` and ``size`` in bytes.

    ``type`` is ``0x83`` and the like in an MBR, a GUID in upper case in a GPT. ``number`` is the one that Linux
    gives it. ``active`` is the MBR's boot flag; ``content`` is what it begins with. ``uuid`` is what Linux calls the
    PARTUUID: a GUID in a GPT, the disk's signature and the number in an MBR, in lower case; empty where there is none.
    """

    number: int
    start: int
    size: int
    type: str
    name: str = ""
    active: bool = False
    content: Fact[Content] = Content.OTHER
    uuid: str = ""

    @property
    def end(self) -> int:
        """The first byte after it."""
        return self.start + self.size


@dataclass(frozen=True, slots=True)
class PartitionTable:
    """How a disk is divided. ``problems`` say in words what is damaged; the partitions are right all the same.

    ``chain`` are the offsets in bytes of the sectors that an MBR's logical partitions are listed in.
    ``contradiction`` says in words why it is not known that this is the table by which the disk is used; it is empty
    where that is known. Nothing passes by a contradicted table.
    """

    scheme: Scheme
    partitions: tuple[Partition, ...]
    problems: tuple[str, ...] = ()
    chain: tuple[int, ...] = ()
    contradiction: str = ""


@dataclass(frozen=True, slots=True)
class Vhd:
    """A disk file, at a path or at a URL.

    ``sas`` is the URL in parts, None of a local file. ``footer`` is None where the last 512 bytes are none.
    ``blob`` is None of a local file. ``partitions`` is None where there is certainly no partition table;
    ``first_mib_used`` says whether the first MiB of the disk inside holds anything but zeros. ``guest`` is what
    is installed on it; ``reading`` says in words how much of it was read. ``content`` is what a disk without
    partitions begins with.
    """

    id: VhdId
    sas: SasUrl | None
    length: Fact[int]
    format: Fact[Format]
    footer: Fact[Footer | None]
    blob: Fact[BlobProperties | None]
    partitions: Fact[PartitionTable | None]
    first_mib_used: Fact[bool]
    guest: Fact[LinuxGuest | NoLinux | NoSystem]
    reading: str = ""
    content: Fact[Content] = field(default=not_collected(FactName.DISK_FILE, ""))

    kind = Kind.VHD
