"""What is quick to answer loads nothing heavy, and nothing comes from the working directory."""

from __future__ import annotations

import re

import pytest

HEAVY = {"azure", "jinja2", "requests", "rich", "msal", "junit_xml"}

QUICK = [
    (["--help"], 0),
    (["--version"], 0),
    (["check", "--help"], 0),
    (["check", "--version"], 0),
    (["--bogus"], 2),
    (["chekc"], 2),
    (["check", "--bogus"], 2),
    (["check", "--fail-on", "fatal"], 2),
    (["rules"], 0),
    (["rule", "VM001"], 0),
    (["rule", "ZZZ"], 2),
]


@pytest.mark.parametrize(("arguments", "code"), QUICK, ids=[" ".join(case[0]) for case in QUICK])
def test_nothing_heavy_is_imported(process, arguments, code):
    outcome = process(*arguments, flags=("-X", "importtime"))
    assert outcome.code == code
    imported = {
        match[1].split(".")[0] for match in re.finditer(r"^import time:.*\| +(\S+)$", outcome.err, re.MULTILINE)
    }
    assert "checker" in imported
    assert not imported & HEAVY


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["--bogus"]], ids=" ".join)
def test_the_help_loads_no_rule(process, arguments):
    outcome = process(*arguments, flags=("-X", "importtime"))
    assert not re.search(r"\| +rules\.\w", outcome.err)


NAMES = ["rules", "reports", "checker", "json", "click", "jinja2", "azure", "sitecustomize", "imagecheck", "conftest"]


@pytest.mark.parametrize("arguments", [["rules"], ["check", "--source", "tenant.json", "--output", "html=out.html"]])
def test_nothing_is_loaded_from_the_working_directory(process, save, clean, room, arguments):
    save(clean)
    for name in NAMES:
        save("raise SystemExit('loaded')\n", f"{name}.py")
        save("raise SystemExit('loaded')\n", f"{name}_pack/__init__.py")
    save("[imagecheck.rules]\nlocal = rules_pack\n", "local-1.0.dist-info/entry_points.txt")
    save("Metadata-Version: 2.1\nName: local\nVersion: 1.0\n", "local-1.0.dist-info/METADATA")
    for family in ("vm", "local"):
        save("raise SystemExit('loaded')\n", f"rules/{family}/own.py")
    save("{{ 7 * 7 }}", "templates/report.html")
    outcome = process(*arguments)
    assert outcome.code == (0 if arguments == ["rules"] else 3), outcome.said
    assert "loaded" not in outcome.said
    assert "local" not in outcome.out
