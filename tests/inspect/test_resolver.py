"""Paths as the booted system sees them: confined to the image, and with three answers."""

from __future__ import annotations

import pytest
from memory_tree import Broken, MemoryFileSystem
from small_disks import Link, disk, root_of

from checker.inspect.filesystem import ABSENT, Journal, Kind, Stat
from checker.inspect.resolver import MAX_LINKS, Tree, Unreadable

FILES = {
    "usr/lib/os-release": b"ID=x\n",
    "etc/os-release": Link("../usr/lib/os-release"),
    "etc/absolute": Link("/usr/lib/os-release"),
    "etc/out": Link("../../../../../usr/lib/os-release"),
    "etc/dangling": Link("/nothing/at/all"),
    "lib": Link("usr/lib"),
    "loop": Link("loop"),
    "broken": Broken(),
    "data/mounted": b"beneath the mount",
    **{f"chain{number}": Link(f"chain{number + 1}") for number in range(MAX_LINKS + 1)},
    f"chain{MAX_LINKS + 1}": b"end",
}


@pytest.mark.parametrize(
    "path",
    [
        "/etc/os-release",
        "/etc/absolute",
        "/etc/out",
        "/lib/os-release",
        "/lib/../lib/./os-release",
        "//etc///os-release",
        "/../etc/os-release",
        "etc/os-release",
    ],
)
def test_a_path_leads_where_the_system_would_go(path):
    assert Tree(MemoryFileSystem(FILES)).read(path) == b"ID=x\n"


def test_dot_dot_after_a_symlink_is_where_the_symlink_led():
    tree = Tree(
        MemoryFileSystem({"a/b/c/file": b"deep", "a/b/file": b"right", "file": b"wrong", "link": Link("a/b/c")})
    )
    assert tree.read("/link/../file") == b"right"
    assert tree.real("/link") == "/a/b/c"


@pytest.mark.parametrize("path", ["/nothing", "/etc/dangling", "/usr/lib/os-release/below", "/etc/nothing/below"])
def test_absent_is_certain(path):
    tree = Tree(MemoryFileSystem(FILES))
    for answer in (tree.read(path), tree.stat(path), tree.list(path), tree.head(path, 1), tree.real(path)):
        assert answer is ABSENT


@pytest.mark.parametrize(("path", "words"), [("/loop", "symlinks"), ("/chain0", "symlinks"), ("/broken", "damaged")])
def test_what_is_no_answer_says_why(path, words):
    tree = Tree(MemoryFileSystem(FILES))
    for answer in (tree.read(path), tree.stat(path), tree.list(path), tree.head(path, 1), tree.real(path)):
        assert isinstance(answer, Unreadable)
        assert words in answer.words
        with pytest.raises(TypeError):
            bool(answer)


def test_forty_links_are_followed_and_no_more():
    tree = Tree(MemoryFileSystem(FILES))
    assert tree.read("/chain1") == b"end"
    assert isinstance(tree.read("/chain0"), Unreadable)


def test_a_symlink_at_the_end_is_an_answer_itself():
    tree = Tree(MemoryFileSystem(FILES))
    link = tree.stat("/etc/dangling", follow=False)
    assert isinstance(link, Stat)
    assert link.kind is Kind.SYMLINK
    assert tree.readlink("/etc/dangling") == "/nothing/at/all"


def test_a_file_beyond_the_limit_is_unreadable_not_cut():
    tree = Tree(MemoryFileSystem({"file": b"x" * 11}))
    assert isinstance(tree.read("/file", limit=10), Unreadable)
    assert tree.head("/file", 10) == b"x" * 10


def test_a_mounted_volume_hides_what_lies_beneath():
    other = MemoryFileSystem({"file": b"of the other volume", "up": Link("../etc/os-release")})
    tree = Tree(MemoryFileSystem(FILES), {("data",): other})
    assert tree.read("/data/mounted") is ABSENT
    assert tree.read("/data/file") == b"of the other volume"
    assert tree.read("/data/up") == b"ID=x\n"
    assert tree.list("/data") == ("file", "up")


def test_below_a_mount_that_is_not_there_nothing_is_absent():
    tree = Tree(MemoryFileSystem(FILES), {("data",): Unreadable("another disk")})
    assert tree.read("/data/nothing") == Unreadable("another disk")
    assert tree.read("/nothing") is ABSENT


@pytest.mark.parametrize("journal", [Journal.DIRTY, Journal.UNKNOWN])
def test_what_a_journal_could_change_is_no_answer(journal):
    tree = Tree(MemoryFileSystem(FILES, journal))
    for path in ("/etc/os-release", "/nothing"):
        answer = tree.read(path)
        assert isinstance(answer, Unreadable)
        assert "journal" in answer.words


def test_too_deep_a_path_ends():
    tree = Tree(MemoryFileSystem({"a": Link("a/" * 2000)}))
    assert isinstance(tree.stat("/a"), Unreadable)
    assert isinstance(Tree(MemoryFileSystem({"d/" * 200 + "f": b""})).stat("/d" * 200), Unreadable)


@pytest.mark.parametrize("name", ["ext4", "xfs"])
def test_on_a_disk(name):
    tree = root_of(disk(name)).tree
    assert tree.read("/out").startswith(b"root:")
    assert isinstance(tree.read("/loop/a"), Unreadable)
    assert tree.readlink("/long") == "x/" * 60 + "y"
    assert tree.read("/long") is ABSENT
