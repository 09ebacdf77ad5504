"""Swap space in a configuration of cloud-init, in the words of its lines. Not all of YAML is understood.

What mentions swap space and is not understood is given too, and begins with ``NOT_UNDERSTOOD``.
"""

from __future__ import annotations

import re

from checker.facts.linux.swap import NOT_UNDERSTOOD

_KEY = re.compile(r"""["']?([\w-]+)["']?\s*:(?:\s|$)""")
_ONE_LINE = re.compile(r"""\s*-\s*\[([^\[\]{}]*)\]\s*$""")
_SWAP = re.compile(r"\bswap\b")
_COMMAND = re.compile(r"\bswapon\b|\bnone\s+swap\b|\.swap\b")


def swap_of_cloud_config(text: str) -> list[str]:
    """The ``swap:`` section, the mounts of type swap, and the commands that turn swap space on."""
    lines = [_without_comment(line) for line in text.split("\n")]
    lines = [line for line in lines if line.strip() and line.strip() not in ("---", "...")]
    found: list[str] = []
    for key, block in _blocks(lines):
        if key == "swap":
            found.append(" ".join(part.strip() for part in block)[:300])
        elif key in ("mounts", ""):
            found += _mounts(block)
        else:
            found += [NOT_UNDERSTOOD + line.strip()[:300] for line in block if _COMMAND.search(line)]
    return found


def _blocks(lines: list[str]) -> list[tuple[str, list[str]]]:
    """The sections by their key, each with its lines; what comes before every key has none."""
    outermost = min((len(line) - len(line.lstrip()) for line in lines), default=0)
    blocks: list[tuple[str, list[str]]] = [("", [])]
    for line in lines:
        key = _KEY.match(line[outermost:])
        if key is not None:
            blocks.append((key[1], []))
        blocks[-1][1].append(line)
    return blocks


def _mounts(block: list[str]) -> list[str]:
    """Mounts of type swap: a list on one line each, or a mention that is not understood."""
    found: list[str] = []
    for line in block:
        if not _SWAP.search(line):
            continue
        one = _ONE_LINE.match(line)
        if one is None:
            found.append(NOT_UNDERSTOOD + line.strip()[:300])
            continue
        fields = [field.strip().strip("\"'") for field in one[1].split(",")]
        if len(fields) > 2 and fields[2] == "swap":
            found.append(line.strip()[:300])
    return found


def _without_comment(line: str) -> str:
    """A line without the comment behind it. With quotes in it, it stays whole: the sign may be inside of them."""
    if line.lstrip().startswith("#"):
        return ""
    return line if "'" in line or '"' in line else re.split(r"\s#", line, maxsplit=1)[0].rstrip()
