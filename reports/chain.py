"""The map of what was judged: tenant, subscription, gallery, definition, version, VM, disk, each under the other."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from checker.report import Report, Result
from reports.names import in_order, kind_of, parsed
from reports.tally import Tally

SHOWN = 12
"""How many assets stand side by side under another before those with nothing to do are folded away."""

FOLDED = 100
"""How many are folded away at most; the others are counted."""

_ALL_OPEN = 60
_MAX_DEPTH = 12


@dataclass(slots=True)
class Node:
    """An asset in the map with the number of its own results, of those below it, and what hangs from it.

    ``key`` is its folded id; ``again`` says that it stands in full elsewhere in the map, and ``is_listed`` that
    it has results of its own.
    """

    asset: str
    kind: str
    name: str
    key: str
    own: Tally = field(default_factory=Tally)
    below: Tally = field(default_factory=Tally)
    children: list[Node] = field(default_factory=list)
    note: str = ""
    again: bool = False
    is_listed: bool = False
    is_open: bool = True

    @property
    def troubled(self) -> bool:
        """Whether it, or anything below it, failed or was not evaluated."""
        return self.own.troubled or self.below.troubled

    @property
    def shown(self) -> list[Node]:
        """The children that are seen at once: all of a few, of many those that want something done."""
        if len(self.children) <= SHOWN:
            return self.children
        return [child for child in self.children if child.troubled][: 2 * SHOWN]

    @property
    def folded(self) -> list[Node]:
        """The children that are folded away, as far as they are listed."""
        return self._rest[:FOLDED]

    @property
    def left(self) -> int:
        """How many children are only counted."""
        return len(self._rest) - len(self.folded)

    @property
    def _rest(self) -> list[Node]:
        shown = {child.key for child in self.shown}
        return [child for child in self.children if child.key not in shown]


def chain_map(report: Report) -> list[Node]:
    """The map, from its roots: the tenants, then what belongs to none."""
    return _Drawing(report).roots()


class _Drawing:
    """Everything that a report names, put where it belongs."""

    def __init__(self, report: Report) -> None:
        self._nodes: dict[str, Node] = {}
        self._tenants: dict[str, str] = {}
        self._sources: dict[str, tuple[str, ...]] = {}
        self._placed: set[str] = set()
        self._publisher = dict(report.asked).get("publisher's tenants", "").lower().split(", ")
        for link in report.chain:
            if link.tenant:
                self._tenants[_key(link.asset)] = link.tenant
            if link.sources:
                self._sources[_key(link.asset)] = link.sources
                self._add(link.asset)
            for source in link.sources:
                self._add(source)
        for result in report.results:
            node = self._add(result.asset, result)
            node.own.add(result)
            node.is_listed = True

    def roots(self) -> list[Node]:
        """Each tenant with what is in it, then files and addresses, then what is not known to be anywhere."""
        used = {_key(source) for sources in self._sources.values() for source in sources}
        children: dict[str, list[Node]] = {}
        roots: dict[str, Node] = {}
        for node in sorted(self._nodes.values(), key=lambda node: in_order(node.key)):
            above = self._above(node)
            if node.key in used and node.kind != "subscription":
                continue
            if above:
                children.setdefault(above, []).append(node)
            else:
                self._place_root(node, roots)
        for node in roots.values():
            self._hang(node, children, 0)
        rest = [node for node in self._nodes.values() if node.key not in self._placed]
        for node in sorted(rest, key=lambda node: in_order(node.key)):
            # Sources that lead in a circle, or too deep: nothing that was judged is left out of the map.
            if node.key not in self._placed:
                self._hang(node, children, 0)
                roots[node.key] = node
        ordered = sorted(roots.values(), key=lambda node: (not node.troubled, in_order(node.key)))
        _fold(ordered)
        return ordered

    def _add(self, asset: str, result: Result | None = None) -> Node:
        """The node of an asset, and those of all that its id says it is in."""
        key = _key(asset)
        if key not in self._nodes:
            id = parsed(asset)
            kind = kind_of(asset, result.kind if result is not None else "resource")
            name = asset if id is None else id.name
            self._nodes[key] = Node(asset, kind, name, key)
            if id is not None and id.parent is not None:
                self._add(id.parent.text)
            elif id is not None and id.subscription_id.key != key:
                self._add(id.subscription_id.text)
        return self._nodes[key]

    def _above(self, node: Node) -> str:
        id = parsed(node.asset)
        if id is None or node.kind == "subscription":
            return ""
        return id.subscription_id.key if id.parent is None else id.parent.key

    def _place_root(self, node: Node, roots: dict[str, Node]) -> None:
        if node.kind != "subscription":
            roots[node.key] = node
            return
        tenant = self._tenants.get(node.key, "")
        key = f"tenant {tenant.lower()}"
        is_publisher = bool(tenant) and tenant.lower() in self._publisher
        note = "a tenant of the publisher" if is_publisher else ""
        root = roots.setdefault(key, Node("", "tenant", tenant or "not known", key, note=note))
        root.children.append(node)

    def _hang(self, node: Node, children: dict[str, list[Node]], depth: int) -> None:
        """Hang everything below a node, once; what comes a second time only points to the first."""
        self._placed.add(node.key)
        node.children += children.get(node.key, [])
        for child in node.children:
            if child.key not in self._placed:
                self._hang(child, children, depth + 1)
        for source in self._sources.get(node.key, ()):
            made_from = self._nodes[_key(source)]
            if made_from.key in self._placed or depth > _MAX_DEPTH:
                again = Node(made_from.asset, made_from.kind, made_from.name, made_from.key, again=True)
                again.is_listed = made_from.is_listed
                node.children.append(again)
            else:
                self._hang(made_from, children, depth + 1)
                node.children.append(made_from)
        for child in node.children:
            node.below.update(child.own)
            node.below.update(child.below)


def _fold(roots: Iterable[Node]) -> None:
    """Close what needs nothing done, where there is too much to see at once; all but the top, if it still is."""
    everything = list(_walk(roots))
    troubled = sum(node.troubled for node in everything)
    for node in everything:
        is_top = node.kind in ("tenant", "subscription")
        node.is_open = len(everything) <= _ALL_OPEN or (node.troubled and (troubled <= _ALL_OPEN or is_top))


def _walk(nodes: Iterable[Node]) -> Iterable[Node]:
    for node in nodes:
        yield node
        yield from _walk(node.children)


def _key(asset: str) -> str:
    id = parsed(asset)
    return asset if id is None else id.key
