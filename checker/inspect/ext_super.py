"""The superblock and group descriptors of ext2, ext3 and ext4: where the inodes are.

Layout: kernel documentation, Documentation/filesystems/ext4/super.rst and group_descr.rst. All numbers
are little-endian.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from checker.inspect.bytes import ByteSource, DiskUnreadable
from checker.inspect.crc32c import crc32c

MAGIC = 0xEF53
SUPERBLOCK_AT, SUPERBLOCK_SIZE = 1024, 1024

RECOVER, META_BG, WIDE, CHECKSUM_SEED = 0x4, 0x10, 0x80, 0x2000
_JOURNAL_DEVICE = 0x8
#: filetype, recover, meta_bg, extents, 64bit, mmp, flex_bg, ea_inode, csum_seed, largedir, inline_data, encrypt,
#: casefold
_UNDERSTOOD = 0x2 | RECOVER | META_BG | 0x40 | WIDE | 0x100 | 0x200 | 0x400 | CHECKSUM_SEED | 0x4000 | 0x8000 | 0x30000
_FILE_TYPES, _ATTRIBUTE_INODES = 0x2, 0x400
_METADATA_CHECKSUMS = 0x400
_SPARSE_SUPER = 0x1
_SPARSE_SUPER2 = 0x200
_CLUSTERS = 0x200
_HAS_JOURNAL = 0x4
_UNMOUNTED, _HAS_ERRORS = 0x1, 0x2


class Blocks(Protocol):
    """Where whole blocks of a file system come from."""

    def block(self, number: int, count: int = 1) -> bytes:
        """One block, or ``count`` neighbours. Raises DiskUnreadable outside of the file system."""


@dataclass(frozen=True, slots=True)
class Superblock:
    """What the superblock says, as far as a reader needs it. Sizes in bytes."""

    version: str
    block_size: int
    blocks: int
    first_block: int
    blocks_per_group: int
    inodes: int
    used_inodes: int
    inodes_per_group: int
    inode_size: int
    descriptor_size: int
    compatible: int
    incompatible: int
    read_only: int
    cluster_blocks: int
    copies_at: tuple[int, int]
    first_meta_group: int
    journal_inode: int
    seed: int
    uuid: str
    label: str

    @property
    def needs_recovery(self) -> bool:
        """Whether changes wait in the journal."""
        return bool(self.incompatible & RECOVER)

    @property
    def counts_blocks(self) -> bool:
        """Whether an inode counts the blocks of its map: neither whole clusters, nor those of attributes elsewhere."""
        return self.cluster_blocks == 1 and not self.incompatible & _ATTRIBUTE_INODES

    @property
    def file_types(self) -> bool:
        """Whether directories say beside each name what it is."""
        return bool(self.incompatible & _FILE_TYPES)

    @property
    def has_checksums(self) -> bool:
        """Whether the metadata carries checksums."""
        return bool(self.read_only & _METADATA_CHECKSUMS)

    @property
    def groups(self) -> int:
        """The number of block groups."""
        return -(-(self.blocks - self.first_block) // self.blocks_per_group)

    def has_copy(self, group: int) -> bool:
        """Whether a group starts with a copy of the superblock, which its first descriptor then follows."""
        if group == 0:
            return True
        if self.compatible & _SPARSE_SUPER2:
            return group in self.copies_at
        if not self.read_only & _SPARSE_SUPER:
            return True
        return group == 1 or any(_is_power(group, base) for base in (3, 5, 7))


def read_superblock(source: ByteSource) -> Superblock:
    """The superblock of a volume. Raises DiskUnreadable for what is none, or not one that is understood."""
    raw = source.read(SUPERBLOCK_AT, SUPERBLOCK_SIZE)
    return parse_superblock(raw, source.size)


def parse_superblock(raw: bytes, size: int) -> Superblock:
    """The superblock in its 1,024 bytes, on a volume of ``size`` bytes."""

    def u16(at: int) -> int:
        return int(struct.unpack_from("<H", raw, at)[0])

    def u32(at: int) -> int:
        return int(struct.unpack_from("<I", raw, at)[0])

    if u16(56) != MAGIC:
        raise DiskUnreadable("no ext superblock")
    compatible, incompatible, read_only = u32(92), u32(96), u32(100)
    if incompatible & ~_UNDERSTOOD or incompatible & _JOURNAL_DEVICE:
        raise DiskUnreadable(f"an ext file system with features that are not understood ({incompatible:#x})")
    if read_only & _METADATA_CHECKSUMS and crc32c(raw[:0x3FC]) != u32(0x3FC):
        raise DiskUnreadable("the checksum of the ext superblock is wrong")
    state = u16(58)
    if state & _HAS_ERRORS:
        raise DiskUnreadable("the ext file system is marked as damaged: it has to be checked first")
    if not state & _UNMOUNTED and not compatible & _HAS_JOURNAL:
        raise DiskUnreadable("the ext file system was in use when it was copied, and keeps no journal")
    wide = bool(incompatible & WIDE)
    uuid = raw[104:120]
    block_size = 1024 << min(u32(24), 16)
    superblock = Superblock(
        version="ext4" if incompatible & 0x2C0 else "ext3" if compatible & _HAS_JOURNAL else "ext2",
        block_size=block_size,
        blocks=u32(4) | (u32(0x150) << 32 if wide else 0),
        first_block=u32(20),
        blocks_per_group=u32(32),
        inodes=u32(0),
        used_inodes=max(u32(0) - u32(16), 0),
        inodes_per_group=u32(40),
        inode_size=u16(88) if u32(76) else 128,
        descriptor_size=max(u16(0xFE), 32) if wide else 32,
        compatible=compatible,
        incompatible=incompatible,
        read_only=read_only,
        cluster_blocks=1 << min(max(u32(28) - u32(24), 0), 16) if read_only & _CLUSTERS else 1,
        copies_at=(u32(0x24C), u32(0x250)),
        first_meta_group=u32(0x104),
        journal_inode=u32(0xE0),
        seed=u32(0x270) if incompatible & CHECKSUM_SEED else crc32c(uuid),
        uuid=str(UUID(bytes=uuid)),
        label=raw[120:136].split(b"\0")[0].decode("utf-8", "replace"),
    )
    _check(superblock, size)
    return superblock


def _check(found: Superblock, size: int) -> None:
    sound = (
        found.block_size <= 65536
        and 0 < found.blocks_per_group <= found.block_size * 8 * found.cluster_blocks
        and 0 < found.inodes_per_group <= found.block_size * 8
        and 128 <= found.inode_size <= found.block_size
        and found.inode_size & (found.inode_size - 1) == 0
        and found.descriptor_size in (32, 64, 128, 256, 512, 1024)
        and found.first_block == (1 if found.block_size == 1024 and found.cluster_blocks == 1 else 0)
        and found.first_block < found.blocks
    )
    if not sound:
        raise DiskUnreadable("the numbers in the ext superblock contradict each other")
    if found.blocks * found.block_size > size:
        raise DiskUnreadable(f"the ext file system has {found.blocks * found.block_size} bytes, its volume {size}")


@dataclass(frozen=True, slots=True)
class InodeTable:
    """A group's inode table: its first block, and how many of its inodes were ever in use, 0 where that is not kept."""

    block: int
    used: int


def inode_table(superblock: Superblock, blocks: Blocks, group: int) -> InodeTable:
    """A group's inode table, from its descriptor. Raises DiskUnreadable."""
    if not 0 <= group < superblock.groups:
        raise DiskUnreadable(f"ext block group {group} does not exist")
    size = superblock.descriptor_size
    per_block = superblock.block_size // size
    chunk, index = divmod(group, per_block)
    own = SUPERBLOCK_AT // superblock.block_size  # the block of the superblock itself
    block = own + 1 + chunk
    if superblock.incompatible & META_BG and chunk >= superblock.first_meta_group:
        first = chunk * per_block
        start = superblock.first_block + first * superblock.blocks_per_group
        block = start + superblock.has_copy(first) if first else own + 1
    raw = blocks.block(block)[index * size : (index + 1) * size]
    if superblock.has_checksums:
        plain = raw[:0x1E] + b"\0\0" + raw[0x20:]
        if crc32c(struct.pack("<I", group) + plain, superblock.seed) & 0xFFFF != struct.unpack_from("<H", raw, 0x1E)[0]:
            raise DiskUnreadable(f"the checksum of ext group descriptor {group} is wrong")
    block, unused = (int(struct.unpack_from(form, raw, at)[0]) for form, at in (("<I", 8), ("<H", 0x1C)))
    if size >= 64:
        block |= int(struct.unpack_from("<I", raw, 0x28)[0]) << 32
        unused |= int(struct.unpack_from("<H", raw, 0x32)[0]) << 16
    used = max(superblock.inodes_per_group - unused, 0) if superblock.has_checksums else 0
    return InodeTable(block, used)


def _is_power(number: int, base: int) -> bool:
    while number % base == 0:
        number //= base
    return number == 1
