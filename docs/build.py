"""Write the pages that are made from the program: one for each rule, and their index.

``python docs/build.py`` writes them; ``--check`` only says whether they are as the rules have it.
"""

from __future__ import annotations

import sys
from pathlib import Path

from checker import catalog
from checker.rule_page import page

HERE = Path(__file__).parent


def pages() -> dict[Path, str]:
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


def main() -> int:
    """Write or check the pages; the exit code."""
    wanted = pages()
    stale = [path for path, text in wanted.items() if not path.is_file() or path.read_text(encoding="utf-8") != text]
    left_over = sorted(set((HERE / "rules").glob("*.md")) - set(wanted))
    if "--check" in sys.argv[1:]:
        for path in (*stale, *left_over):
            print(f"{path.relative_to(HERE.parent)} is not as the rules have it: run `make docs`")
        return 1 if stale or left_over else 0
    for path in stale:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(wanted[path], encoding="utf-8", newline="\n")
    for path in left_over:
        path.unlink()
    print(f"{len(wanted)} pages in docs/rules, {len(stale)} written, {len(left_over)} removed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
