"""rpm's databases of the kinds Berkeley DB and ndb: what is in them, and that damage never loses a package unseen."""

import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_disks import content

from checker.facts.linux.packages import Package
from checker.inspect.linux.rpm_bdb import read_bdb
from checker.inspect.linux.rpm_header import BrokenDatabase
from checker.inspect.linux.rpm_ndb import read_ndb

PACKAGES = {
    "openssl": "1:3.0.7-27.el9",
    "WALinuxAgent": "2.7.0.6-9.el9",
    "omi": "1.6.8-0",
    "kernel": "5.14.0-362.el9",
    "kernel-core": "5.14.0-362.el9",
}


def header(name: str, version: str) -> bytes:
    """The header of a package as rpm writes it; that of the kernel has a description of 20,000 bytes."""
    epoch, _, rest = version.rpartition(":")
    number, _, release = rest.partition("-")
    data, entries = b"", []
    for tag, text in ((1000, name), (1001, number), (1002, release), (1005, "x" * (20_000 if name == "kernel" else 1))):
        entries.append((tag, 6, len(data), 1))
        data += text.encode() + b"\0"
    if epoch:
        data += bytes(-len(data) % 4)
        entries.append((1003, 4, len(data), 1))
        data += struct.pack(">I", int(epoch))
    index = b"".join(struct.pack(">IIiI", *entry) for entry in entries)
    return struct.pack(">II", len(entries), len(data)) + index + data


def dump(page_size: int) -> str:
    """What ``db5.3_load`` (Debian's db5.3-util) made ``data/rpm-bdb.xz`` of, with pages of 4096 bytes, and
    ``data/rpm-bdb-small.xz``, with pages of 512.
    """
    lines = ["VERSION=3", "format=bytevalue", "type=hash", f"db_pagesize={page_size}", "HEADER=END"]
    lines += [" 00000000", f" {struct.pack('<I', len(PACKAGES) + 1).hex()}"]
    for number, (name, version) in enumerate(PACKAGES.items(), 1):
        lines += [f" {struct.pack('<I', number).hex()}", f" {header(name, version).hex()}"]
    return "\n".join([*lines, "DATA=END", ""])


def ndb(packages: dict[str, str] = PACKAGES) -> bytes:
    """A database of the kind ndb with one page of slots, and a free slot between those of the packages."""
    slots, blobs = b"", b""
    for number, (name, version) in enumerate(packages.items(), 1):
        head = header(name, version)
        blob = struct.pack("<4sIII", b"BlbS", number, 7, len(head)) + head
        blob += bytes(-(len(blob) + 12) % 16)
        blob += struct.pack("<II4s", zlib.adler32(blob), len(head), b"BlbE")
        slots += struct.pack("<4sIII", b"Slot", number, (4096 + len(blobs)) // 16, len(blob) // 16)
        slots += struct.pack("<4sIII", b"Slot", 0, 0, 0)
        blobs += blob
    free = (4096 - 32 - len(slots)) // 16
    start = struct.pack("<4sIIII12x", b"RpmP", 0, 3, 1, len(packages) + 1)
    return start + slots + struct.pack("<4sIII", b"Slot", 0, 0, 0) * free + blobs


def told(packages: list[Package]) -> dict[str, str]:
    return {package.name: package.version for package in packages}


@pytest.mark.parametrize("name", ["rpm-bdb", "rpm-bdb-small"])
def test_berkeley_db(name: str) -> None:
    assert told(read_bdb(content(name))) == PACKAGES


def test_ndb() -> None:
    assert told(read_ndb(ndb())) == PACKAGES


def test_ndb_without_packages() -> None:
    assert read_ndb(ndb({})) == []


@pytest.mark.parametrize("size", [0, 100, 511, 4096, 5000, 8192])
def test_a_berkeley_db_that_is_cut_off(size: int) -> None:
    with pytest.raises((BrokenDatabase, struct.error)):
        read_bdb(content("rpm-bdb")[:size])


@pytest.mark.parametrize("size", [0, 10, 100, 4096, 4200, 10_000])
def test_an_ndb_that_is_cut_off(size: int) -> None:
    with pytest.raises((BrokenDatabase, struct.error)):
        read_ndb(ndb()[:size])


@pytest.mark.parametrize(
    ("at", "change", "words"),
    [
        (24, b"\1", "encrypted"),
        (25, b"\x09", "no hash table"),
        (26, b"\1", "checksums"),
        (20, b"\0\0\0\0", "no hash table"),
        (88, b"\7\0\0\0", "says that it has 7"),
        (32, b"\xff\xff\0\0", "cut off"),
    ],
    ids=["encrypted", "btree", "checksums", "page-size", "elements", "last-page"],
)
def test_a_berkeley_db_of_another_kind(at: int, change: bytes, words: str) -> None:
    data = bytearray(content("rpm-bdb"))
    data[at : at + len(change)] = change
    with pytest.raises(BrokenDatabase, match=words):
        read_bdb(bytes(data))


def test_a_package_under_the_key_of_the_counter_is_not_passed_over() -> None:
    data = bytearray(content("rpm-bdb"))
    at = data.index(b"\x01\x03\0\0\0", 512)
    data[at + 1] = 0
    with pytest.raises(BrokenDatabase, match="what is none"):
        read_bdb(bytes(data))


def test_an_overflow_chain_without_end() -> None:
    data = bytearray(content("rpm-bdb"))
    for start in range(4096, len(data), 4096):
        if data[start + 25] == 7:
            data[start + 16 : start + 20] = data[start + 8 : start + 12]
    with pytest.raises(BrokenDatabase, match="pages of an entry"):
        read_bdb(bytes(data))


@given(at=st.integers(0, 4095), value=st.integers(0, 255))
def test_a_changed_byte_loses_no_package_of_an_ndb_unseen(at: int, value: int) -> None:
    data = bytearray(ndb())
    data[at] = value
    try:
        found = told(read_ndb(bytes(data)))
    except (BrokenDatabase, struct.error):
        return
    assert found == PACKAGES


@given(st.data())
def test_a_changed_byte_of_a_header_in_an_ndb_is_seen(data: st.DataObject) -> None:
    raw = bytearray(ndb())
    at = data.draw(st.integers(4096, len(raw) - 1))
    raw[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(BrokenDatabase):
        read_ndb(bytes(raw))


@given(st.lists(st.tuples(st.integers(0, 32_767), st.integers(0, 255)), min_size=1, max_size=4))
def test_a_damaged_berkeley_db_has_as_many_packages_or_is_refused(changes: list[tuple[int, int]]) -> None:
    raw = bytearray(content("rpm-bdb-small"))
    for at, value in changes:
        raw[at % len(raw)] = value
    try:
        found = read_bdb(bytes(raw))
    except (BrokenDatabase, struct.error):
        return
    assert len(found) == len(PACKAGES) or raw[:512] != content("rpm-bdb-small")[:512]
