"""Shell completion as the page says: the line for bash, typed into a bash."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = Path(__file__).parent.parent.parent / "docs" / "completion.md"
COMPLETED = """
set -e
{line}
COMP_WORDS=({words}) COMP_CWORD={place} COMPREPLY=()
_imagecheck_completion imagecheck
echo "${{COMPREPLY[@]}}"
"""


def bash(script: str) -> str:
    if sys.platform == "win32" or shutil.which("bash") is None:
        pytest.skip("completion is tried in bash")
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    ended = subprocess.run(
        ["bash", "-c", script], env=os.environ | {"PATH": path}, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
    assert ended.stderr == ""
    return ended.stdout


@pytest.mark.parametrize(
    ("words", "completed"),
    [
        (("imagecheck", "che"), "check"),
        (("imagecheck", "r"), "report rule rules"),
        (("imagecheck", "check", "--fail-on", '""'), "error warning info"),
        (("imagecheck", "check", "--unsa"), "--unsafe-fixes"),
    ],
)
def test_the_line_of_the_page_completes(words: tuple[str, ...], completed: str):
    line = re.search(r"^eval .*bash_source.*$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert line is not None
    assert (
        bash(COMPLETED.format(line=line[0], words=" ".join(words), place=len(words) - 1)).split() == completed.split()
    )


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_of_a_shell_is_given_without_a_failure(shell: str):
    assert "imagecheck" in bash(f"_IMAGECHECK_COMPLETE={shell}_source imagecheck")
