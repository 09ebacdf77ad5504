"""What the HTML report calls an asset, and the places in the page that links lead to."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable

from checker.facts.arm_id import ArmId, Kind
from checker.report import Report, Result, Verdict

_PLAIN_CODE = re.compile(r"[A-Z]{2,8}[0-9]{3,6}", re.ASCII)
_ID = re.compile(r"/subscriptions/[^\s<>]{1,2000}", re.IGNORECASE)
_DIGITS = 12


def kind_of(asset: str, otherwise: str = "") -> str:
    """The kind of an asset as its id says it, else another word for it."""
    id = parsed(asset)
    return otherwise if id is None else str(id.kind)


def short(asset: str) -> str:
    """The names along an id, ``rg / gallery / definition / 1.0.0``; of a subscription, and of a path, all of it."""
    id = parsed(asset)
    if id is None or id.kind is Kind.SUBSCRIPTION:
        return asset.removeprefix("/subscriptions/")
    return " / ".join((id.resource_group, *id.names()))


def as_target(asset: str) -> str:
    """An id as a target is written, ``vm:rg/name``; the GUID of a subscription; anything else as it is."""
    id = parsed(asset)
    if id is None:
        return asset
    return f"{id.kind}:{id.name if id.kind is Kind.SUBSCRIPTION else '/'.join((id.resource_group, *id.names()))}"


def pieces(text: str) -> tuple[tuple[str, str], ...]:
    """A text in pieces, with its ids as targets are written: what to show, and the id in full where it is one."""
    found: list[tuple[str, str]] = []
    end = 0
    for match in _ID.finditer(text):
        id = match[0].rstrip(".,:;)'\"")
        if parsed(id) is not None:
            found += [(text[end : match.start()], ""), (as_target(id), id)]
            end = match.start() + len(id)
    return tuple(piece for piece in (*found, (text[end:], "")) if piece[0])


def shortened(text: str) -> str:
    """A text with its ids as targets are written."""
    return "".join(words for words, _ in pieces(text))


def parsed(asset: str) -> ArmId | None:
    """The id of an asset of a kind that rules judge; None for a file, an address, or anything else."""
    try:
        id = ArmId.parse(asset)
    except ValueError:
        return None
    return None if id.kind is None else id


def in_order(name: str) -> tuple[tuple[int, str], ...]:
    """A key to sort names by as people do: 1.9.0 before 1.10.0."""
    parts = re.split("([0-9]+)", name.lower())
    return tuple((len(part.lstrip("0")), part) if place % 2 else (0, part) for place, part in enumerate(parts))


class Places:
    """The id of each result, asset and rule in a page: the same in every report of the same assets and rules."""

    def __init__(self, report: Report) -> None:
        failed = report.with_verdict(Verdict.FAIL)
        self._blocking = {result.rule for result in failed if report.counts(result)}
        self._results: dict[int, str] = {}
        taken: dict[str, int] = {}
        for result in report.results:
            place = _hashed("r", result.rule, result.asset.lower())
            taken[place] = taken.get(place, 0) + 1
            self._results[id(result)] = place if taken[place] == 1 else f"{place}-{taken[place]}"

    def result(self, result: Result) -> str:
        """Where a result is told in full."""
        return self._results[id(result)]

    def findings(self, code: str, blocks: bool) -> str:
        """Where the findings of a rule stand that block the submission, or those that do not."""
        return self.rule(code) if blocks or code not in self._blocking else f"{self.rule(code)}-below"

    @staticmethod
    def asset(asset: str) -> str:
        """Where an asset stands among the assets."""
        return _hashed("a", asset.lower())

    @staticmethod
    def rule(code: str) -> str:
        """Where a rule stands: its code, where that can be an id in a page."""
        return code if _PLAIN_CODE.fullmatch(code) else _hashed("rule", code)


def _hashed(prefix: str, *parts: str) -> str:
    return f"{prefix}-{_digest(parts)[:_DIGITS]}"


def _digest(parts: Iterable[str]) -> str:
    return hashlib.sha256("\0".join(parts).encode(errors="surrogatepass")).hexdigest()
