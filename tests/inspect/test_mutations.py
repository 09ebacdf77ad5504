"""A sample of the mutations that `make acceptance` makes by the hundred thousand, and what they have found."""

from __future__ import annotations

import mutation_subjects
import pytest
from mutations import PROVEN, Change, Subject, examine, is_sealed, mutated, turned
from small_disks import Damaged, content

from checker.inspect.bytes import Memory

SUBJECTS = [(subject, change) for subjects, change in mutation_subjects.families().values() for subject in subjects]
SYSTEMS = {subject.name: subject for subject in mutation_subjects.file_systems()}


@pytest.mark.parametrize(("subject", "change"), SUBJECTS, ids=[subject.name for subject, _ in SUBJECTS])
def test_a_mutation_is_an_answer(subject, change):
    """No exception, no rule that crashes, no work without end."""
    for seed in range(15):
        examine(subject, change(subject, seed))


@pytest.mark.parametrize("name", PROVEN)
def test_damage_makes_no_defect_pass(name):
    subject = SYSTEMS[name]
    sound = subject.judge(Memory(subject.content))
    assert sum(verdict.startswith("fail") for verdict in sound.values()) > 10
    for seed in range(30):
        if not is_sealed(subject, seed):
            assert turned(sound, examine(subject, mutated(subject, seed))) == [], seed


def test_the_same_seed_gives_the_same_mutation():
    subject = SYSTEMS["xfs"]
    assert mutated(subject, 7).changes == mutated(subject, 7).changes != mutated(subject, 9).changes


def passed(name: str, *changes: Change) -> list[str]:
    """The rules that failed one of the small disks, and pass it with some changes."""
    subject: Subject = SYSTEMS[name]
    return turned(subject.judge(Memory(subject.content)), examine(subject, Damaged(content(name), changes)))


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("ext2", [(0x8501, b"\x01")]),  # /home: an inode of no type that there is
        ("xfs-v4", [(0x36F139, b"\x80\0\0\0")]),  # /etc/ssh: a name with NUL in it
        ("ext3", [(0x140023, bytes(8))]),  # a host key: a name with NUL in it
        ("ext3", [(0x140023, b"/")]),  # a host key: a name with a slash in it
        ("xfs-v4", [(0x360C4C, bytes(4))]),  # waagent.conf: blocks, and no extent
        # /etc/shadow: every flag set, one of which says that the count of extents is elsewhere
        ("xfs", [(0x56BC7C, b"\xff" * 8), (0x56BC64, b"\xa5e\xba/")]),
    ],
)
def test_what_was_found_stays_found(name, changes):
    assert passed(name, *changes) == []
