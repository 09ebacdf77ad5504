import io

import pytest

from checker.cli.printer import Printer

ID = "/subscriptions/33333333-cccc-4ccc-8ccc-333333333333/resourceGroups/images/providers/Microsoft.Compute/galleries/g"


def lines(width: int, *texts: str, **style: object) -> list[str]:
    stream = io.StringIO()
    printer = Printer(stream, color=False, width=width)
    for text in texts:
        printer.line(text, **style)  # type: ignore[arg-type]
    return stream.getvalue().splitlines()


def test_words_are_folded_below_where_they_began() -> None:
    assert lines(40, "    one two three four five six seven eight nine") == [
        "    one two three four five six seven",
        "      eight nine",
    ]


def test_a_lead_stands_alone_in_its_column() -> None:
    folded = lines(40, "one two three four five six seven eight", lead="  error   ")
    assert folded[0].startswith("  error   one two")
    assert all(line.startswith(" " * 10) and not line[10:].startswith(" ") for line in folded[1:])
    assert len(folded) > 1


def test_what_is_copied_stays_whole() -> None:
    assert ID in lines(60, f"it is about {ID} and so on")[1]


def test_without_a_width_nothing_is_folded() -> None:
    assert len(lines(0, "word " * 100)) == 1


@pytest.mark.parametrize(("columns", "longest"), [("80", 80), ("200", 120), ("10", 40)])
def test_the_width_that_is_asked_for(monkeypatch: pytest.MonkeyPatch, columns: str, longest: int) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    stream = io.StringIO()
    Printer.on(stream).line("word " * 100)
    assert longest - 5 <= max(map(len, stream.getvalue().splitlines())) <= longest


@pytest.mark.parametrize("columns", ["", "0", "-5", "eighty", "٨٠", "9" * 5000])
def test_a_width_that_is_none(monkeypatch: pytest.MonkeyPatch, columns: str) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    assert Printer.on(io.StringIO()).width == 0


def test_a_plain_line_brings_no_escapes() -> None:
    stream = io.StringIO()
    Printer(stream, color=True, width=0).line("plain")
    assert stream.getvalue() == "plain\n"


def test_each_folded_line_is_styled_by_itself() -> None:
    stream = io.StringIO()
    Printer(stream, color=True, width=40).line("word " * 20, bold=True)
    folded = stream.getvalue().splitlines()
    assert len(folded) == 3
    assert all(line.startswith("\x1b[1m") and line.endswith("\x1b[0m") for line in folded)


@pytest.mark.parametrize(("name", "value"), [("TERM", "dumb"), ("NO_COLOR", "1")])
def test_no_colour_where_it_is_not_wanted(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    assert Printer.on(io.StringIO(), color=None).color is False


def test_a_line_from_outside_stays_one_line_without_escapes() -> None:
    assert lines(0, "a\nb\x1b[31m\tc\u202e") == ["a\\nb\\u001b[31m  c\\u202e"]


def test_signs_that_the_encoding_lacks() -> None:
    ascii_only = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    assert not Printer(ascii_only, color=False, width=0).can_show("→")
    assert Printer(io.TextIOWrapper(io.BytesIO(), encoding="utf-8"), color=False, width=0).can_show("→")
