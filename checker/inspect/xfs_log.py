"""Whether an XFS log is clean: whether its last record is the one that unmounting writes.

Every 512-byte block of the log starts with the number of the round it was written in, so that the
place where the number drops is the end of the newest record; it is found by halving. The log of a
new file system has zeros behind its first record. Big-endian.
"""

from __future__ import annotations

import struct

from checker.inspect.bytes import DiskUnreadable
from checker.inspect.filesystem import Journal
from checker.inspect.xfs_super import XfsVolume

_SECTOR = 512
_RECORD = 0xFEEDBABE
_UNMOUNT = 0x20
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
        while high - low > 1:
            middle = (low + high) // 2
            if round_of(middle) == first:
                low = middle
            else:
                high = middle
        head = high
    for back in range(1, min(_LOOK_BACK, count) + 1):
        at = (head - back) % count
        raw = sector(at)
        if struct.unpack_from(">I", raw)[0] == _RECORD:
            operations = struct.unpack_from(">I", raw, 40)[0]
            following = sector((at + 1) % count)
            return back == 2 and operations == 1 and bool(following[9] & _UNMOUNT)
    raise DiskUnreadable("the XFS log has no record where its last one should be")
