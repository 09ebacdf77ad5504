"""Unified kernel images: the command lines in them, and what leaves these unknown."""

from __future__ import annotations

import struct

import pytest
from memory_tree import Broken, reader

from checker.facts.unread import Unread
from checker.inspect.linux.command_lines import read_command_lines

PATH = "boot/efi/EFI/Linux/debian-6.1.0.efi"
GOOD = b"ro console=ttyS0 earlyprintk=ttyS0"


def image(*sections: tuple[bytes, bytes], header: int = 0x80) -> bytes:
    """A program of EFI with these sections, as ukify lays them out: 512 bytes aligned, filled up with zeros."""
    table, data, at = b"", b"", 4096
    for name, text in sections:
        kept = -(-max(len(text), 1) // 512) * 512
        table += struct.pack("<8s4I16x", name, len(text), 0x1000, kept, at)
        data += text.ljust(kept, b"\0")
        at += kept
    start = b"MZ".ljust(0x3C, b"\0") + struct.pack("<I", header)
    start = start.ljust(header, b"\0") + b"PE\0\0" + struct.pack("<HH12xHH", 0x8664, len(sections), 0xF0, 0)
    return (start + bytes(0xF0) + table).ljust(4096, b"\0") + data


KERNEL = (b".linux", b"kernel")


def lines(*sections: tuple[bytes, bytes], **more: object):
    files = {PATH: image(*sections), **{name.replace("__", "/"): text for name, text in more.items()}}
    found = read_command_lines(reader(files))
    return found if isinstance(found, Unread) else [(line.source, line.kernel, line.arguments) for line in found]


def test_the_command_line_and_the_version_in_it():
    words = ("ro", "console=ttyS0", "earlyprintk=ttyS0")
    assert lines((b".cmdline", GOOD + b"\n\0"), KERNEL) == [(f"/{PATH}", f"/{PATH}", words)]
    assert lines((b".uname", b"6.1.0-18-amd64"), (b".cmdline", GOOD), KERNEL) == [
        (f"/{PATH}", "vmlinuz-6.1.0-18-amd64", words)
    ]


def test_each_profile_has_its_own():
    found = lines((b".cmdline", GOOD), (b".profile", b"ID=x"), (b".cmdline", b"quiet"), KERNEL)
    assert [words for _, _, words in found] == [tuple(GOOD.decode().split()), ("quiet",)]


def test_it_counts_beside_a_menu():
    menu = b"menuentry 'x' {\n linux /vmlinuz-6.1.0 ro\n}\n"
    assert len(lines((b".cmdline", GOOD), KERNEL, **{"boot__grub__grub.cfg": menu})) == 2


@pytest.mark.parametrize(
    "sections",
    [
        (KERNEL,),  # none of its own: whoever starts it gives one
        ((b".cmdline", GOOD),),  # no kernel
        ((b".cmdline", b"ro \0 quiet"), KERNEL),
        ((b".cmdline", b"x" * 70_000), KERNEL),
        (*((b".x%d" % number, b"") for number in range(97)), (b".cmdline", GOOD), KERNEL),
    ],
)
def test_one_without_a_clear_command_line_is_not_known(sections):
    assert "starts by itself" in lines(*sections).detail


@pytest.mark.parametrize(
    "more",
    [
        {f"{PATH}.extra.d/more.addon.efi": b"MZ"},
        {f"{PATH}.extra.d": Broken()},
        {"boot/efi/loader/addons/more.addon.efi": b"MZ"},
    ],
)
def test_an_addon_leaves_it_unknown(more):
    assert "starts by itself" in lines((b".cmdline", GOOD), KERNEL, **more).detail


def test_one_that_is_cut_off_is_not_known():
    whole = image((b".cmdline", GOOD), KERNEL)
    for length in (0, 1, 0x3D, 0x81, 0x90, 0x180, 4096, 4100):
        assert isinstance(read_command_lines(reader({PATH: whole[:length]})), Unread)
    for place in (0x3C, 0x3D, 0x86, 0x87, 0x94, 0x95):
        wild = whole[:place] + b"\xff" + whole[place + 1 :]
        assert isinstance(read_command_lines(reader({PATH: wild})), Unread)


@pytest.mark.parametrize(
    ("conf", "is_known"),
    [("", True), ("default good\n", True), ("timeout 1\ndefault resc*\n", False), ("default rescue.conf\n", False)],
)
def test_what_systemd_boot_boots_unasked_may_not_be_for_repair(conf, is_known):
    found = read_command_lines(
        reader(
            {
                "boot/loader/entries/good.conf": b"title x\nlinux /vmlinuz-6.1.0\noptions ro console=ttyS0\n",
                "boot/loader/entries/rescue.conf": b"title x\nlinux /vmlinuz-6.1.0\noptions ro rescue\n",
                "boot/loader/loader.conf": conf.encode(),
            }
        )
    )
    assert isinstance(found, Unread) is not is_known
