import io
import re

from checker.cli.progress import Progress


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def told(*, is_terminal: bool, shown: bool = True, seconds: float = 60.0) -> str:
    clock, stream = Clock(), io.StringIO()
    progress = Progress(stream, shown=shown, clock=clock, is_terminal=is_terminal)
    for answered in range(601):
        clock.now = seconds * answered / 600
        progress(answered, 600)
    progress.end()
    return stream.getvalue()


def test_a_terminal_sees_one_line_that_moves_and_is_gone_at_the_end() -> None:
    text = told(is_terminal=True)
    assert "\n" not in text
    assert 200 <= text.count("] Reading: ") <= 300
    assert re.search(r"\r\[#{16,19}\.{1,4}\] Reading: 5\d\d of 600 questions answered", text)
    assert text.rpartition("\r")[2] == ""
    assert text.endswith(" \r")


def test_elsewhere_it_is_a_plain_line_now_and_then() -> None:
    lines = told(is_terminal=False).splitlines()
    assert 3 <= len(lines) <= 4
    assert all(line.startswith("Reading: ") for line in lines)


def test_what_is_quick_says_nothing() -> None:
    assert told(is_terminal=True, seconds=0.9) == ""
    assert told(is_terminal=False, seconds=10.0) == ""


def test_quiet_says_nothing() -> None:
    assert told(is_terminal=True, shown=False) == ""


def test_a_slow_disk_is_told_of_without_its_signature() -> None:
    clock, stream = Clock(), io.StringIO()
    progress = Progress(stream, shown=True, clock=clock, is_terminal=True)
    tell = progress.of_file("https://a.example/disks/server\u202e.vhd")
    tell(1, 512)
    clock.now = 5.0
    tell(12, 3 * 1024 * 1024)
    progress.end()
    assert stream.getvalue().startswith("\rReading server\\u202e.vhd: 3.0 MiB in 12 reads")
    assert stream.getvalue().count("Reading") == 1


def test_a_long_name_leaves_room() -> None:
    clock, stream = Clock(), io.StringIO()
    progress = Progress(stream, shown=True, clock=clock, is_terminal=False)
    clock.now = 60.0
    progress.of_file("x" * 5000)(1, 1)
    assert len(stream.getvalue()) < 80
