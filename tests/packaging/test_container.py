"""The Dockerfile, as far as it can be read: it is not built here."""

import re
from fnmatch import fnmatch
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
LINES = re.sub(r"\\\n\s*", " ", (ROOT / "Dockerfile").read_text(encoding="utf-8")).splitlines()


def arguments(instruction: str) -> list[str]:
    return [line.partition(" ")[2] for line in LINES if line.startswith(f"{instruction} ")]


def test_each_stage_starts_from_one_base_by_digest():
    bases = {base.split(" ")[0] for base in arguments("FROM")}
    assert len(arguments("FROM")) == 2
    assert len(bases) == 1
    assert re.fullmatch(r"python:3\.\d+-slim@sha256:[0-9a-f]{64}", bases.pop())


def test_it_runs_as_a_user_without_rights():
    assert arguments("USER") == ["10001"]
    assert "--uid 10001" in " ".join(arguments("RUN"))
    last = [line.split(" ")[0] for line in LINES if line and not line.startswith("#")]
    assert last.index("USER") > max(place for place, word in enumerate(last) if word == "RUN")


def test_what_is_copied_is_there_and_let_through():
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
    kept = [line.removeprefix("!") for line in ignored if line.startswith("!")]
    copied = [path for line in arguments("COPY") if not line.startswith("--") for path in line.split(" ")[:-1]]
    assert sorted(copied) == sorted(kept)
    assert all((ROOT / path).exists() for path in copied)
    assert "*" in ignored
    assert any(fnmatch("checker/__pycache__", line) for line in ignored)
