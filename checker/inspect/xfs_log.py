"""Whether an XFS log is clean: whether its last record is the one that unmounting writes.

Every 512-byte block of the log starts with the number of the round it was written in, so that the
place where the number drops is the end of the newest record; it is found by halving, which begins
where the superblock says that it was logged itself. The log of a new file system has zeros behind
its first record. Big-endian.
"""

from __future__ import annotations

import struct

from checker.inspect.bytes import DiskUnreadable
from checker.inspect.filesystem import Journal
from checker.inspect.together import Together
from checker.inspect.xfs_super import XfsVolume

_SECTOR = 512
_RECORD = 0xFEEDBABE
_UNMOUNT = 0x20
_HEADER_COVERS = 32 * 1024  # bytes of a record: a larger one begins with more headers
_NEAR = 64  # 512-byte blocks
_MOST_AHEAD = 1024 * 1024  # bytes that are read before they are asked for
_LOOK_BACK = 1024  # 512-byte blocks: the largest record there is (256 KiB, its headers), twice


def log_state(volume: XfsVolume) -> Journal:
    """Clean, dirty, or unknown where the log cannot be told (outside of the volume, damaged)."""
    try:
        return Journal.CLEAN if _ends_unmounted(volume) else Journal.DIRTY
    except DiskUnreadable:
        return Journal.UNKNOWN


def _ends_unmounted(volume: XfsVolume) -> bool:
    if volume.log_start == 0:
        raise DiskUnreadable("the XFS log lies on another device")
    start = volume.block_at(volume.log_start)
    volume.block_at(volume.log_start + volume.log_blocks - 1)
    count = volume.log_blocks * volume.block_size // _SECTOR

    # The places that are looked at first, small as they are.
    hint = max(0, min(volume.log_hint, count - _NEAR - 1))
    spots = ((0, 1), (count - 1, 1), (hint, _NEAR + 1))
    together = Together(volume.source, _MOST_AHEAD)
    together.read((start + at * _SECTOR, length * _SECTOR) for at, length in spots)

    def sector(index: int) -> bytes:
        return volume.source.read(start + index * _SECTOR, _SECTOR)

    def round_of(index: int) -> int:
        raw = sector(index)
        number, second = struct.unpack_from(">II", raw)
        return int(second if number == _RECORD else number)

    first = round_of(0)
    if first == 0:
        raise DiskUnreadable("the XFS log is empty")
    if round_of(count - 1) == first:
        head = count
    else:
        low, high = 0, count - 1  # low is of the round of the first block, high is not
        # Unmounting writes the superblock last: the end is a few blocks behind where that was logged.
        asked = [volume.log_hint, volume.log_hint + _NEAR]
        while high - low > 1:
            middle = asked.pop(0) if asked else (low + high) // 2
            if not low < middle < high:
                continue
            if round_of(middle) == first:
                low = middle
            else:
                high = middle
        head = high
    for back in range(1, min(_LOOK_BACK, count) + 1):
        at = (head - back) % count
        raw = sector(at)
        if struct.unpack_from(">I", raw)[0] == _RECORD:
            # A record is padded to the log's own unit: a sector of the disk, or a stripe of an array.
            length, operations, size = (int(struct.unpack_from(">I", raw, place)[0]) for place in (12, 40, 320))
            headers = -(-size // _HEADER_COVERS) if size > _HEADER_COVERS else 1
            following = sector((at + headers) % count)
            return back == headers + -(-length // _SECTOR) and operations == 1 and bool(following[9] & _UNMOUNT)
    raise DiskUnreadable("the XFS log has no record where its last one should be")
