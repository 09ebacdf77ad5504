"""What `make docs` finds wrong with pages: links that lead nowhere, and commands that nobody could run."""

from pathlib import Path
from types import ModuleType

import pytest

DOCS = Path(__file__).parent.parent.parent / "docs"


@pytest.fixture
def checks(monkeypatch: pytest.MonkeyPatch) -> tuple[ModuleType, ModuleType]:
    """The modules that check links and commands."""
    monkeypatch.syspath_prepend(str(DOCS))
    import commands
    import links

    return links, commands


def found(module: ModuleType, folder: Path, text: str) -> list[str]:
    (folder / "Makefile").write_text("docs:\n\ntest: docs\n")
    (folder / "other.md").write_text("# One heading, with `code`\n\n## Twice\n\n## Twice\n\n```\n# no heading\n```\n")
    page = folder / "page.md"
    page.write_text(text, encoding="utf-8")
    return list(module.problems([page], folder))


@pytest.mark.parametrize(
    "text",
    [
        "[x](other.md)",
        "[x](other.md#one-heading-with-code)",
        "[x](other.md#twice-1)",
        "# Here\n\n[x](#here)",
        "[x](https://example.com/#x)",
        "`[x](nowhere.md)`",
        "```\n[x](nowhere.md)\n```",
    ],
)
def test_a_link_that_leads_somewhere_is_right(checks, tmp_path: Path, text: str):
    assert found(checks[0], tmp_path, text) == []


@pytest.mark.parametrize(
    "text",
    [
        "[x](nowhere.md)",
        "[x](other.md#no-heading)",
        "[x](other.md#twice-2)",
        "[x](#there)",
        "[x](Makefile#docs)",
        "[x](../page.md)",
        "[x](http://example.com)",
        "[x](javascript:alert(1))",
        "[x](/etc/passwd)",
    ],
)
def test_a_link_that_does_not_is_named(checks, tmp_path: Path, text: str):
    [line] = found(checks[0], tmp_path, text)
    assert line.startswith("page.md: the link to ")


@pytest.mark.parametrize(
    "text",
    [
        "```\nimagecheck check gallery:RG/NAME --fail-on warning\n```",
        "```console\n$ imagecheck check \\\n    --source sandbox  # a comment\n```",
        "```sh\nmake docs && imagecheck rules | head -3 > out.txt 2>&1\n```",
        "```yaml\nsteps:\n  - run: imagecheck check --source sandbox\n```",
        "```\nimagecheck: error: this is output\nNext: imagecheck nonsense\n```",
        "`imagecheck snapshot` and `imagecheck check …` and `imagecheck rule CODE`",
        "```python\nimagecheck nonsense\n```",
        "```\nimagecheck sandbox --port N\n```",
    ],
)
def test_a_command_that_could_be_run_is_right(checks, tmp_path: Path, text: str):
    assert found(checks[1], tmp_path, text) == []


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("```\nimagecheck check --fail-up warning\n```", "--fail-up"),
        ("```\nimagecheck check --fail-on sometimes\n```", "sometimes"),
        ("```\nimagecheck chekc\n```", "no command chekc"),
        ("```\nimagecheck check some prose about it\n```", "some is no target"),
        ("```\nimagecheck snapshot\n```", "--output-file"),
        ("```\nimagecheck check --output htlm=x\n```", "htlm"),
        ("```\nX=1 imagecheck rule\n```", "CODE"),
        ("```yaml\n- run: make nothing\n```", "nothing"),
        ("`imagecheck rules --all`", "--all"),
    ],
)
def test_a_command_that_could_not_is_named_with_why(checks, tmp_path: Path, text: str, why: str):
    [line] = found(checks[1], tmp_path, text)
    assert why in line
