"""How much is asked: every question once, lists in the place of single bodies, and nothing that no rule reads."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from checker.sandbox.message import Request
from checker.sandbox.service import Sandbox


def _with_versions(document: dict[str, Any], names: Any, count: int) -> dict[str, Any]:
    """The tenant with one gallery of one definition, of so many versions captured from one VM."""
    kept = (names.shop, names.server, names.vm)
    version = next(body for body in document["resources"] if body["id"] == names.second)
    document["resources"] = [body for body in document["resources"] if body["id"] in kept]
    document["replicationStatus"] = {}
    for number in range(count):
        body = copy.deepcopy(version)
        body["id"], body["name"] = f"{names.server}/versions/1.0.{number}", f"1.0.{number}"
        document["resources"].append(body)
        document["replicationStatus"][body["id"]] = names.replicated()
    return document


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str, str, bytes]]:
    """Every request to a sandbox: method, path, query and body."""
    found: list[tuple[str, str, str, bytes]] = []
    handle = Sandbox.handle

    def noting(self: Sandbox, request: Request) -> Any:
        if request.folded[:1] != ("sandbox",):
            found.append((request.method, request.path, request.query_text, request.body))
        return handle(self, request)

    monkeypatch.setattr(Sandbox, "handle", noting)
    return found


@pytest.mark.parametrize("count", [1, 100])
def test_a_version_costs_one_request_and_nothing_is_asked_twice(
    document: dict[str, Any],
    live: Callable[..., Any],
    names: Any,
    asked: list[tuple[str, str, str, bytes]],
    count: int,
) -> None:
    sandbox = live(_with_versions(document, names, count))
    sandbox.pages_of(1000)
    report = sandbox.audit()
    assert report.exit_code == 0
    assert [request for request, times in Counter(asked).items() if times > 1] == []
    compute = [path for _, path, _, _ in asked if "Microsoft.Compute" in path and "Authorization" not in path]
    # The lists of galleries, definitions and versions, the VM, and the replication of each version.
    assert len(compute) == 4 + count
    # The subscriptions; roles, denies, two of PIM and the custom role; the provider.
    arm = [path for _, path, _, _ in asked if path.startswith("/subscriptions") and path not in compute]
    assert len(arm) == 7
    # The user, the groups of that address, two applications, and the groups of three principals.
    assert len(asked) - len(compute) - len(arm) == 7


@pytest.mark.parametrize(
    ("select", "most"),
    [
        # Subscriptions and galleries; then what the rule reads.
        (("GAL001",), 2),
        (("DEF001",), 2 + 2),
        (("VER001",), 2 + 2 + 3),
        (("VER002",), 2 + 2 + 3 + 4),
        (("ACC002",), 2 + 1 + 4 * 2 + 1 + 7),
    ],
    ids=str,
)
def test_what_no_selected_rule_reads_is_not_asked_for(
    live: Callable[..., Any], asked: list[tuple[str, str, str, bytes]], select: tuple[str, ...], most: int
) -> None:
    report = live().audit(select=select)
    assert report.summary()["not-evaluated"] == 0
    assert max(Counter(asked).values()) == 1
    assert len(asked) <= most, sorted(asked)


@pytest.mark.parametrize("target", ["shop", "server", "first", "vm"])
def test_a_target_asks_nothing_twice(
    live: Callable[..., Any], names: Any, asked: list[tuple[str, str, str, bytes]], target: str
) -> None:
    report = live().audit(getattr(names, target))
    assert report.exit_code == 0
    assert max(Counter(asked).values()) == 1
    assert not [path for _, path, _, _ in asked if "/bench" in path]


def test_small_pages_change_nothing_but_the_number_of_requests(
    live: Callable[..., Any], asked: list[tuple[str, str, str, bytes]]
) -> None:
    sandbox = live()
    before = sandbox.audit().results
    whole = len(asked)
    sandbox.pages_of(1)
    assert sandbox.audit().results == before
    assert len(asked) > 2 * whole
    assert max(Counter(asked[whole:]).values()) == 1
