"""Where settings come from: the command line, then ``IMAGECHECK_*``, then the nearest configuration file."""

from __future__ import annotations

import pytest

TYPED = ("fix", "yes", "unsafe_fixes", "guest_is_prepared", "dry_run")
ANYTHING = "[unrelated]\nx = 1\n"


@pytest.fixture
def ran(check):
    """The codes of the rules that ran."""

    def ran(*options):
        outcome = check(*options)
        assert outcome.code in (0, 1, 3), outcome.said
        return set(outcome.verdicts())

    return ran


def test_a_file_in_the_working_directory_is_read(ran, save):
    save('select = ["VM001"]\n', "imagecheck.toml")
    assert ran() == {"VM001"}


def test_a_list_may_be_one_text(ran, save):
    save('select = "VM001,GAL"\n', "imagecheck.toml")
    assert ran() == {"VM001", "GAL001"}


def test_the_table_in_pyproject_is_read(ran, save):
    save('[project]\nname = "x"\n[tool.imagecheck]\nselect = ["VM001"]\n', "pyproject.toml")
    assert ran() == {"VM001"}


def test_a_file_is_found_upward(ran, save, room, monkeypatch):
    save('select = ["VM001"]\n', "imagecheck.toml")
    below = room / "a" / "b"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)
    assert ran() == {"VM001"}


def test_the_nearest_file_wins_whole(ran, save, room, monkeypatch):
    save('select = ["VM001"]\nignore = ["VM"]\n', "imagecheck.toml")
    save('[tool.imagecheck]\nselect = ["GAL001", "VM002"]\n', "a/pyproject.toml")
    monkeypatch.chdir(room / "a")
    assert ran() == {"GAL001", "VM002"}


@pytest.mark.parametrize("text", ["", ANYTHING, '[tool.other]\nselect = "X"\n'], ids=["empty", "no-tool", "other-tool"])
def test_a_pyproject_without_the_table_is_passed_over(ran, save, room, monkeypatch, text):
    save('select = ["VM001"]\n', "imagecheck.toml")
    save(text, "a/pyproject.toml")
    monkeypatch.chdir(room / "a")
    assert ran() == {"VM001"}


def test_the_file_given_replaces_the_one_found(ran, save):
    save('select = ["VM001"]\n', "imagecheck.toml")
    save('select = ["GAL001"]\n', "other.toml")
    assert ran("--config", "other.toml") == {"GAL001"}


def test_the_file_may_be_given_by_the_environment(ran, save, monkeypatch):
    save('select = ["VM001"]\n', "imagecheck.toml")
    save('select = ["GAL001"]\n', "other.toml")
    monkeypatch.setenv("IMAGECHECK_CONFIG", "other.toml")
    assert ran() == {"GAL001"}


@pytest.mark.parametrize("line", [True, False], ids=["line", "-"])
@pytest.mark.parametrize("environment", [True, False], ids=["environment", "-"])
@pytest.mark.parametrize("file", [True, False], ids=["file", "-"])
def test_command_line_over_environment_over_file(check, clean, save, monkeypatch, line, environment, file):
    clean["resources"][2]["properties"]["publishingProfile"]["excludeFromLatest"] = True
    if file:
        save('fail-on = "warning"\nselect = ["DEF"]\n', "imagecheck.toml")
    if environment:
        monkeypatch.setenv("IMAGECHECK_FAIL_ON", "info")
        monkeypatch.setenv("IMAGECHECK_SELECT", "VM,DEF003")
    outcome = check(*(["--fail-on", "error", "--select", "DEF003"] if line else []), snapshot=clean)
    assert outcome.code == (0 if line or not (environment or file) else 1), outcome.err
    expected = (
        {"DEF003"}
        if line
        else {"VM001", "VM002", "DEF003"}
        if environment
        else {"DEF001", "DEF002", "DEF003"}
        if file
        else None
    )
    assert expected is None or set(outcome.verdicts()) == expected


def test_every_setting_of_the_run_may_come_from_the_file(imagecheck, save, clean, ids, room):
    save(clean, "facts.json")
    text = f"""
source = "snapshot:facts.json"
subscription = ["{ids.subscription}"]
publisher = "{ids.publisher}"
publisher-tenant = "{ids.tenant}"
select = ["V", "DEF001"]
ignore = ["VER"]
fail-on = "info"
allow-unevaluated = ["all"]
exit-zero = false
cloud = "public"
jobs = 4
output = ["json=out.json"]
quiet = true
verbose = false
no-color = true
"""
    save(text, "imagecheck.toml")
    outcome = imagecheck("check")
    assert outcome.code == 0, outcome.said
    assert (room / "out.json").is_file()


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("SOURCE", "snapshot:facts.json", 3),
        ("FAIL_ON", "info", 3),
        ("EXIT_ZERO", "1", 0),
        ("ALLOW_UNEVALUATED", "all", 0),
        ("ALLOW_UNEVALUATED", "GAL001,ACC001,ACC002", 0),
        ("IGNORE", "GAL,ACC", 0),
    ],
)
def test_each_flag_has_its_variable(imagecheck, save, clean, monkeypatch, name, value, code):
    save(clean, "facts.json")
    monkeypatch.setenv(f"IMAGECHECK_{name}", value)
    source = [] if name == "SOURCE" else ["--source", "facts.json"]
    assert imagecheck("check", *source).code == code


def test_the_publisher_may_come_from_the_environment(imagecheck, save, clean, ids, monkeypatch):
    save(clean, "facts.json")
    monkeypatch.setenv("IMAGECHECK_PUBLISHER", ids.publisher)
    monkeypatch.setenv("IMAGECHECK_PUBLISHER_TENANT", ids.tenant)
    assert imagecheck("check", "--source", "facts.json").code == 0


def test_a_wrong_value_of_a_variable_is_refused(check, monkeypatch):
    monkeypatch.setenv("IMAGECHECK_FAIL_ON", "fatal")
    assert "fatal" in check().refused()


UNKNOWN = {
    "typo": ("slect = ['VM001']\n", "slect", "select"),
    "underscore": ("fail_on = 'error'\n", "fail_on", "fail-on"),
    "near": ("publisher-tennant = 'x'\n", "publisher-tennant", "publisher-tenant"),
}


@pytest.mark.parametrize("prefix", ["", "[tool.imagecheck]\n"], ids=["imagecheck.toml", "pyproject.toml"])
@pytest.mark.parametrize(("text", "key", "near"), UNKNOWN.values(), ids=UNKNOWN)
def test_an_unknown_key_suggests_the_nearest(check, save, prefix, text, key, near):
    name = "pyproject.toml" if prefix else "imagecheck.toml"
    save(prefix + text, name)
    line = check().refused()
    assert name in line
    assert key in line
    assert near in line.replace(key, "")


BAD = {
    "broken": "select = [\n",
    "no-toml": "{}",
    "key-twice": "quiet = true\nquiet = true\n",
    "unknown-far": "zzzzzzzz = 1\n",
    "unknown-table": "[check]\nselect = ['VM001']\n",
    "select-is-a-number": "select = 1\n",
    "select-holds-a-number": "select = ['VM001', 1]\n",
    "select-is-a-table": "[select]\nx = 1\n",
    "source-is-a-list": "source = ['a']\n",
    "source-is-a-bool": "source = true\n",
    "quiet-is-a-text": "quiet = 'yes'\n",
    "quiet-is-a-number": "quiet = 1\n",
    "fail-on-is-unknown": "fail-on = 'fatal'\n",
    "fail-on-is-a-date": "fail-on = 2026-01-01\n",
    "unknown-selector": "select = ['XYZ']\n",
    "unknown-format": "output = ['pdf=x']\n",
    "no-text": b"\xff\xfe",
    "deep": "x = " + "[" * 20_000,
    "control-characters": "\x1b[2J = 1\n",
}


@pytest.mark.parametrize("text", BAD.values(), ids=BAD)
def test_a_file_that_cannot_be_followed_is_refused(check, save, text):
    save(text, "imagecheck.toml")
    line = check(report=False).refused()
    assert "\x1b" not in line
    assert len(line) < 600


@pytest.mark.parametrize(
    "text",
    [
        "[tool]\nimagecheck = 1\n",
        "[tool]\nimagecheck = []\n",
        "[[tool.imagecheck]]\nselect = ['VM001']\n",
        "[tool.imagecheck]\nselect = 1\n",
        "[tool.imagecheck.check]\nselect = ['VM001']\n",
    ],
    ids=["number", "list", "tables", "wrong-type", "table-below"],
)
def test_a_table_in_pyproject_that_cannot_be_followed_is_refused(check, save, text):
    save(text, "pyproject.toml")
    assert "pyproject.toml" in check().refused()


@pytest.mark.parametrize("text", ["tool = 1\n", "tool = 'imagecheck'\n", "tool = ['imagecheck']\n"])
def test_a_pyproject_whose_tool_is_no_table_breaks_nothing(check, save, text):
    save(text, "pyproject.toml")
    outcome = check()
    if outcome.code == 2:
        outcome.refused()
    else:
        assert outcome.code == 0


@pytest.mark.parametrize("name", ["folder", "missing.toml", "a\0b"], ids=["folder", "missing", "no-path"])
def test_a_config_that_cannot_be_read_is_refused(check, room, name):
    (room / "folder").mkdir()
    check("--config", name).refused()


def test_the_file_is_not_needed_to_explain_a_rule(imagecheck, save):
    save("select = [\n", "imagecheck.toml")
    assert imagecheck("rule", "VM001").code == 0


@pytest.mark.parametrize(
    "line",
    ["fix = true", "yes = true", "unsafe-fixes = true", "guest-is-prepared = true", 'cloud = "https://a.example"'],
)
def test_a_file_can_neither_change_azure_nor_send_a_sign_in_elsewhere(imagecheck, save, clean, line):
    save(clean, "facts.json")
    save(line + "\n", "imagecheck.toml")
    outcome = imagecheck("check", "--source", "facts.json")
    assert outcome.code == 2
    assert line.split()[0] in outcome.err


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("FAILON", "the variable IMAGECHECK_FAILON does nothing; did you mean IMAGECHECK_FAIL_ON?"),
        ("PUBLISHERS", "the variable IMAGECHECK_PUBLISHERS does nothing; did you mean IMAGECHECK_PUBLISHER?"),
        (
            "SANDBOX_TOKENS",
            "the variable IMAGECHECK_SANDBOX_TOKENS does nothing; did you mean IMAGECHECK_SANDBOX_TOKEN?",
        ),
        ("FIX", "the variable IMAGECHECK_FIX does nothing: --fix is typed"),
        ("UNSAFE_FIX", "the variable IMAGECHECK_UNSAFE_FIX does nothing: --unsafe-fixes is typed"),
    ],
)
def test_a_variable_with_a_slip_in_its_name_is_told(check, monkeypatch, name, words):
    monkeypatch.setenv(f"IMAGECHECK_{name}", "s3cret")
    outcome = check()
    assert outcome.code == 0
    assert outcome.err.splitlines()[0] == f"imagecheck: warning: {words}"
    assert outcome.err.count("warning:") == 1
    assert "s3cret" not in outcome.said


@pytest.mark.parametrize("name", ["COMMIT", "VERSION", "RECORDINGS", "ACCEPTANCE", "SANDBOX_TOKEN", "PORT", "TARGET"])
def test_a_variable_of_somebody_else_is_passed_over(check, monkeypatch, name):
    monkeypatch.setenv(f"IMAGECHECK_{name}", "x")
    outcome = check()
    assert outcome.code == 0
    assert "warning:" not in outcome.err


def test_every_flag_with_a_variable_is_known_by_it():
    from checker.cli import check, permissions, sandbox, snapshot
    from checker.cli.variables import warnings

    options = [option for module in (check, permissions, sandbox, snapshot) for option in module.command.params]
    ours = {option.envvar for option in options if option.envvar}
    assert len(ours) > 20
    assert list(warnings(ours)) == []
    typed = {f"IMAGECHECK_{o.name.upper()}" for o in check.command.params if o.name in TYPED}
    assert len(list(warnings(typed))) == len(TYPED)
