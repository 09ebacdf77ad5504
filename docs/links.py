"""Links between pages: where they lead must be there, down to the heading."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

_FENCE = re.compile(r"^ *```.*?^ *```\s*?$", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"(`+)(?!`).+?(?<!`)\1(?!`)", re.DOTALL)
_LINK = re.compile(r"\[[^\]]*\]\(((?:[^()\s]|\([^()]*\))*)\)")
_HEADING = re.compile(r"^#{1,6} +(.+?) *#*$", re.MULTILINE)
_WORDS = re.compile(r"[^\w\- ]")


def problems(pages: list[Path], root: Path) -> Iterator[str]:
    """Each link of the pages that leads nowhere, or out of the repository, in a line."""
    for page in pages:
        text = _CODE.sub("", _FENCE.sub("", page.read_text(encoding="utf-8")))
        for target in _LINK.findall(text):
            why = _problem(page, target, root)
            if why:
                yield f"{page.relative_to(root).as_posix()}: the link to {target or 'nothing'} {why}"


def _problem(page: Path, target: str, root: Path) -> str:
    if target.startswith("https://"):
        return ""
    if ":" in target:
        return "is neither https nor within the repository"
    path, _, anchor = target.partition("#")
    found = (page.parent / path).resolve() if path else page
    if not found.is_relative_to(root):
        return "leads out of the repository"
    if not found.exists():
        return "leads to no file"
    if anchor and (found.suffix != ".md" or anchor not in _anchors(found)):
        return "leads to no heading"
    return ""


@cache
def _anchors(page: Path) -> frozenset[str]:
    """The anchors that GitHub gives to the headings of a page."""
    found: set[str] = set()
    for heading in _HEADING.findall(_FENCE.sub("", page.read_text(encoding="utf-8"))):
        words = _LINK.sub(lambda link: link[0][1:].partition("]")[0], heading)
        name = _WORDS.sub("", words.lower()).replace(" ", "-")
        numbered = (name, *(f"{name}-{number}" for number in range(1, 100)))
        found.add(next(anchor for anchor in numbered if anchor not in found))
    return frozenset(found)
