"""Write the pages that are made from the program, and check all of them.

``python docs/build.py`` writes a page for each rule and their index, and then looks whether links lead somewhere
and whether the program takes the command lines that pages show. ``--check`` writes nothing.
"""

from __future__ import annotations

import sys
from pathlib import Path

import commands
import links

from checker import catalog
from checker.rule_page import page

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent


def generated() -> dict[Path, str]:
    """The text of every generated page, by path."""
    rules = catalog.load()
    rows = [f"| [{r.code}]({r.code}.md) | {r.slug} | {r.kind} | {r.severity} | {r.basis} | {r.title} |" for r in rules]
    index = [
        "# The rules",
        "",
        "Generated from the rules by `make docs`.",
        "",
        "| code | slug | judges | severity | basis | demand |",
        "|---|---|---|---|---|---|",
        *rows,
    ]
    return {
        HERE / "rules" / "README.md": "\n".join(index) + "\n",
        **{HERE / "rules" / f"{rule.code}.md": page(rule) for rule in rules},
    }


def stale_pages(wanted: dict[Path, str]) -> list[Path]:
    """The generated pages that are not as the rules have them, and those of no rule."""
    left_over = set((HERE / "rules").glob("*.md")) - set(wanted)
    stale = {path for path, text in wanted.items() if not path.is_file() or path.read_text(encoding="utf-8") != text}
    return sorted(left_over | stale)


def write(wanted: dict[Path, str]) -> None:
    """Write what is stale, and remove what is of no rule."""
    stale = stale_pages(wanted)
    for path in stale:
        if path in wanted:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(wanted[path], encoding="utf-8", newline="\n")
        else:
            path.unlink()
    print(f"{len(wanted)} pages in docs/rules, {len(stale)} written or removed")


def problems() -> list[str]:
    """What is wrong with the pages, a line each."""
    pages = sorted((*ROOT.glob("*.md"), *HERE.rglob("*.md")))
    commands.without_settings()
    return [*links.problems(pages, ROOT), *commands.problems(pages, ROOT)]


def main() -> int:
    """Write or check; the exit code is 1 where something is wrong."""
    wanted = generated()
    found: list[str] = []
    if "--check" in sys.argv[1:]:
        stale = [path.relative_to(ROOT).as_posix() for path in stale_pages(wanted)]
        found += [f"{name} is not as the rules have it: run `make docs`" for name in stale]
    else:
        write(wanted)
    found += problems()
    print("\n".join(found) or "Links and command lines are right")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
