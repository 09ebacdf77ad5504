"""The commands around the check: the catalog, help, suggestions, colours, and a reader that goes away."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys

import pytest

from checker import __version__

CODES = [
    "ACC001", "ACC002", "DEF001", "DEF002", "DEF003", "GAL001", "VER001", "VER002", "VER003", "VM001", "VM002",
]  # fmt: skip


def test_every_rule_of_the_core_is_listed(imagecheck):
    outcome = imagecheck("rules")
    assert outcome.code == 0
    listed = [line.split()[0] for line in outcome.out.splitlines() if re.match(r"[A-Z]+\d{3} ", line)]
    assert [code for code in listed if code in CODES] == CODES
    assert listed == sorted(set(listed))
    assert "imagecheck rule " in outcome.out.splitlines()[-1]


@pytest.mark.parametrize("code", CODES)
def test_a_rule_is_explained(imagecheck, code):
    outcome = imagecheck("rule", code)
    assert outcome.code == 0
    assert code in outcome.out.splitlines()[0]
    for part in ("What it demands", "Why", "How to fix", "Sources", "https://"):
        assert part in outcome.out


@pytest.mark.parametrize(("code", "severity", "slug"), [
    ("ACC001", "error", "publisher-owns-gallery"),
    ("ACC002", "warning", "partner-center-reads-gallery"),
    ("DEF001", "error", "definition-generalized"),
    ("DEF002", "error", "definition-has-version"),
    ("DEF003", "warning", "latest-exists"),
    ("GAL001", "error", "gallery-in-publisher-tenant"),
    ("VER001", "error", "version-number"),
    ("VER002", "error", "version-ready"),
    ("VER003", "info", "version-order"),
    ("VM001", "error", "vm-deallocated"),
    ("VM002", "error", "vm-generalized"),
])  # fmt: skip
def test_a_rule_may_be_named_by_its_slug(imagecheck, code, severity, slug):
    outcome = imagecheck("rule", slug)
    assert outcome.code == 0
    assert code in outcome.out
    assert f"Severity: {severity}" in outcome.out


@pytest.mark.parametrize("code", ["ACC001", "DEF003", "VM001", "VM002", "ACC002"])
def test_a_rule_with_a_fix_says_how_safe_it_is(imagecheck, code):
    assert "Fix safety" in imagecheck("rule", code).out


SUGGESTIONS = [
    (["chekc"], "chekc", "check"),
    (["reprot", "x.json"], "reprot", "report"),
    (["ruls"], "ruls", "rules"),
    (["rule", "VM01"], "VM01", "VM001"),
    (["rule", "vm-dealocated"], "vm-dealocated", "vm-deallocated"),
    (["check", "--ouput", "json=-"], "--ouput", "--output"),
    (["check", "--selct", "VM"], "--selct", "--select"),
    (["check", "--publisher-tenent", "x"], "--publisher-tenent", "--publisher-tenant"),
    (["report", "--outptu", "x"], "--outptu", "--output"),
    (["check", "--fail-on", "eror"], "eror", "error"),
]


@pytest.mark.parametrize(("arguments", "wrong", "near"), SUGGESTIONS, ids=[" ".join(case[0]) for case in SUGGESTIONS])
def test_a_typo_suggests_the_nearest(imagecheck, arguments, wrong, near):
    line = imagecheck(*arguments).refused()
    assert wrong in line
    assert near in line.replace(wrong, "")


WRONG = {
    "unknown-command": ["zzzz"],
    "unknown-option": ["--zzzz"],
    "rule-without-code": ["rule"],
    "rule-unknown": ["rule", "ZZZ999"],
    "rule-empty": ["rule", ""],
    "rule-of-two": ["rule", "VM001", "VM002"],
    "rules-with-argument": ["rules", "VM"],
    "report-without-file": ["report"],
    "control-characters": ["\x1b[2J\n\u202e"],
    "rule-control-characters": ["rule", "\x1b[2J\n\u202e"],
}


@pytest.mark.parametrize("arguments", WRONG.values(), ids=WRONG)
def test_a_wrong_call_is_one_line_with_the_way_to_the_help(imagecheck, arguments):
    line = imagecheck(*arguments).refused()
    assert not {"\x1b", "\u202e"} & set(line)
    assert "imagecheck" in line.removeprefix("imagecheck: error: ")


@pytest.mark.parametrize("arguments", [["--version"], ["check", "--version"]], ids=" ".join)
def test_the_version_is_told(imagecheck, arguments):
    outcome = imagecheck(*arguments)
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.strip() == f"imagecheck {__version__}"


@pytest.mark.parametrize(
    "arguments",
    [["--help"], ["-h"], ["check", "--help"], ["report", "--help"], ["rule", "-h"], ["rules", "-h"]],
    ids=" ".join,
)
def test_the_help_is_told(imagecheck, arguments):
    outcome = imagecheck(*arguments)
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.startswith("Usage: imagecheck")


FLAGS = [
    "--source", "--subscription", "--publisher-tenant", "--publisher", "--select", "--ignore", "--fail-on",
    "--allow-unevaluated", "--exit-zero", "--output", "--guest-is-prepared", "--config", "--quiet", "--verbose",
    "--no-color", "--version",
]  # fmt: skip


@pytest.mark.parametrize("flag", FLAGS)
def test_every_flag_of_the_check_is_in_its_help(imagecheck, flag):
    assert re.search(rf"(^|[\s,]){flag}\b(?!-)", imagecheck("check", "--help").out)


def test_the_exit_codes_are_in_the_help(imagecheck):
    text = imagecheck("check", "--help").out
    assert all(re.search(rf"^ +{code}  ", text, re.MULTILINE) for code in (0, 1, 2, 3))


@pytest.fixture
def failing(clean):
    clean["resources"][1]["properties"]["osState"] = "Specialized"
    clean["providers"] = {}
    return clean


@pytest.mark.parametrize("options", [[], ["--quiet"], ["--verbose"], ["--quiet", "--verbose"]], ids=" ".join)
def test_the_last_line_is_the_command_to_type_next(check, failing, options):
    last = check(*options, snapshot=failing, report=False).out.splitlines()[-1]
    assert last == "Next: imagecheck rule DEF001"


def test_quiet_says_less_and_verbose_says_more(check, failing):
    quiet, plain, verbose = (
        check(*flags, snapshot=failing, report=False).out for flags in (["--quiet"], [], ["--verbose"])
    )
    assert len(quiet) < len(plain) < len(verbose)
    assert "DEF001" in plain
    assert "ACC002" in plain
    assert "Microsoft.Resources/subscriptions/providers/read" in plain
    assert "GAL001" in verbose
    assert len(quiet.splitlines()) <= 4


ESCAPE = "\x1b["


@pytest.mark.parametrize(
    ("options", "variables"),
    [([], {}), (["--no-color"], {}), ([], {"NO_COLOR": "1"}), ([], {"IMAGECHECK_NO_COLOR": "1"})],
    ids=["no-terminal", "--no-color", "NO_COLOR", "IMAGECHECK_NO_COLOR"],
)
def test_there_is_no_colour(check, failing, monkeypatch, options, variables):
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    outcome = check(*options, snapshot=failing, report=False)
    assert ESCAPE not in outcome.said


def _on_terminal(process, arguments, env):
    """What a run writes to a terminal."""
    ours, theirs = os.openpty()
    try:
        outcome = process(*arguments, stdout=theirs, env={"TERM": "xterm-256color", **env})
    finally:
        os.close(theirs)
    written = b""
    try:
        while part := os.read(ours, 65_536):
            written += part
    except OSError:
        pass  # the end of a terminal
    os.close(ours)
    return outcome, written.decode("utf-8")


@pytest.mark.parametrize(
    ("options", "variables", "colour"),
    [
        ([], {}, True),
        ([], {"NO_COLOR": ""}, True),
        ([], {"NO_COLOR": "1"}, False),
        ([], {"NO_COLOR": "0"}, False),
        ([], {"TERM": "dumb"}, False),
        (["--no-color"], {}, False),
    ],
    ids=["terminal", "NO_COLOR-empty", "NO_COLOR", "NO_COLOR=0", "TERM=dumb", "--no-color"],
)
def test_a_terminal_has_colours_unless_told_otherwise(process, save, failing, options, variables, colour):
    save(failing)
    outcome, text = _on_terminal(process, ["check", "--source", "tenant.json", *options], variables)
    assert outcome.code == 1
    assert "DEF001" in text
    assert (ESCAPE in text) is colour


GONE = [
    ["rules"],
    ["rule", "VM001"],
    ["--help"],
    ["check", "--source", "tenant.json"],
    ["check", "--source", "tenant.json", "--output", "json=-"],
]


@pytest.mark.parametrize("arguments", GONE, ids=" ".join)
def test_a_reader_that_went_away_is_not_an_error_of_ours(process, save, clean, arguments):
    save(clean)
    reader, writer = os.pipe()
    os.close(reader)
    try:
        outcome = process(*arguments, stdout=writer)
    finally:
        os.close(writer)
    assert "Traceback" not in outcome.err
    assert "BrokenPipe" not in outcome.err
    assert "Exception ignored" not in outcome.err
    assert "mistake" not in outcome.err


@pytest.mark.parametrize("arguments", GONE, ids=" ".join)
def test_a_closed_standard_output_is_no_traceback(process, save, clean, arguments):
    save(clean)
    outcome = process(*arguments, stdout=None, preexec_fn=lambda: os.close(1))
    assert "Traceback" not in outcome.err
    assert "Exception ignored" not in outcome.err
    assert "mistake" not in outcome.err


def test_an_error_of_ours_says_more_only_when_asked(imagecheck, save, monkeypatch):
    def broken(*_):
        raise ZeroDivisionError("sig=Zm9vYmFyYmF6 \x1b[2J\nsecond line")

    monkeypatch.setattr("checker.catalog.load", broken)
    plain = imagecheck("rules")
    assert plain.code == 2
    assert len(plain.err.splitlines()) == 1
    assert "ZeroDivisionError" in plain.err
    assert "Zm9vYmFyYmF6" not in plain.err
    assert "\x1b" not in plain.err
    save({"format": "imagecheck-snapshot/1"})
    verbose = imagecheck("check", "--source", "tenant.json", "-v")
    assert verbose.code == 2
    assert "Traceback" not in verbose.err
    assert len(verbose.err.splitlines()) > 1


def test_an_interrupted_run_says_so(imagecheck, monkeypatch):
    def interrupted():
        raise KeyboardInterrupt

    monkeypatch.setattr("checker.catalog.load", interrupted)
    outcome = imagecheck("rules")
    assert outcome.code == 130
    assert outcome.err.strip() == "imagecheck: interrupted"


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
@pytest.mark.parametrize(("presses", "code"), [(1, 130), (2, -signal.SIGINT)])
def test_the_second_interrupt_ends_at_once(presses, code):
    program = f"""
import os, signal, sys, time
from checker import catalog
from checker.cli.main import main
def press(times):
    try:
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(600)
    finally:
        if times > 1:
            press(times - 1)
catalog.load = lambda: press({presses})
sys.argv[1:] = ["rules"]
# Whoever runs the tests in the background ignores the signal, and children inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)
main()
"""
    ended = subprocess.run([sys.executable, "-c", program], check=False, capture_output=True, text=True)
    assert ended.returncode == code
    assert ended.stderr.strip() == ("imagecheck: interrupted" if presses == 1 else "")


def test_what_is_no_target_in_a_file_is_told_with_the_file(imagecheck, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "targets.txt").write_text("# ours\nvm:images/builder\nsomething\n")
    said = imagecheck("check", "--source", "sandbox", "@targets.txt").refused()
    assert "the target file targets.txt: something is no target" in said
    assert "write @FILE" in imagecheck("check", "--source", "sandbox", "@").refused()
