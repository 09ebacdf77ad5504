"""``rules`` and ``reports`` of somebody else are noticed before any of their code runs."""

from __future__ import annotations

import pytest

COMMANDS = [["check", "--source", "tenant.json"], ["rules"], ["rule", "VM001"], ["report", "tenant.json"]]


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("name", ["rules", "reports"])
@pytest.mark.parametrize("kind", ["package", "module"])
def test_a_foreign_package_is_one_line(process, save, clean, room, name, kind, arguments):
    save(clean)
    code = "from pathlib import Path\nPath('ran').write_text('')\n"
    save(code, f"elsewhere/{name}/__init__.py" if kind == "package" else f"elsewhere/{name}.py")
    line = process(*arguments, path=room / "elsewhere").refused()
    assert f"`{name}`" in line or f"{name} " in line
    assert "install" in line
    assert not (room / "ran").exists()


@pytest.mark.parametrize("name", ["rules", "reports"])
def test_files_that_another_distribution_put_over_ours_are_noticed(process, save, room, name):
    save("", f"elsewhere/{name}/__init__.py")
    save("def rule(): ...\n", f"elsewhere/{name}/vm.py")
    process("rules", path=room / "elsewhere").refused()


def test_a_foreign_package_that_is_no_text_is_one_line(process, save, room):
    save(b"\0\xff\xfe" * 99, "elsewhere/rules/__init__.py")
    process("rules", path=room / "elsewhere").refused()
