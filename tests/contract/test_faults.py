"""Every question that the source asks, and every way in which its answer can fail to come."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest

from checker.errors import SourceProblem
from checker.report import Verdict
from checker.sources.azure.call import Ask

_ACCESS = ("ACC001", "ACC002")
_VERSIONS = ("VER001", "VER002", "VER003", "VM001", "VM002")
_ALL = ("DEF001", "DEF002", "DEF003", *_VERSIONS)
_AUTHORIZATION = "providers/microsoft.authorization"


@dataclass(frozen=True)
class Row:
    """One request of a question. ``lost`` are the rules that are not evaluated at ``at`` without it; ``hides`` are
    ids that are not in the report then, nor what is below them. The reason says fact, scope and permission.
    """

    ask: Ask
    path: str
    at: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    fact: str = ""
    scope: str = ""
    permission: str = ""
    query: str | None = None
    hides: tuple[str, ...] = ()
    publisher: str = "seller@contoso.example"
    tenants: tuple[str, ...] = ("11111111-aaaa-4aaa-8aaa-111111111111",)
    named: bool = False
    without_directory: bool = False
    pages: bool = False


def _assignments(type: str, permission: str, **more: Any) -> Row:
    asks = {"roleassignments": Ask.ROLE_ASSIGNMENTS, "denyassignments": Ask.DENY_ASSIGNMENTS}
    facts = {"roleassignments": "role_assignments", "denyassignments": "deny_assignments"}
    return Row(
        asks[type],
        f"*galleries/shop/{_AUTHORIZATION}/{type}",
        ("shop",),
        _ACCESS,
        facts[type],
        "shop",
        f"Microsoft.Authorization/{permission}/read",
        pages=True,
        **more,
    )


def _directory(path: str, query: str | None = None, *, pages: bool = False) -> Row:
    permission = "Directory.Read.All (Microsoft Graph)"
    return Row(
        Ask.DIRECTORY, path, ("shop", "bench"), _ACCESS, "directory", "tenant", permission, query=query, pages=pages
    )


_DEFINITIONS_READ = "Microsoft.Compute/galleries/images/read"
_VERSIONS_READ = "Microsoft.Compute/galleries/images/versions/read"
_SUBSCRIPTION = "22222222-bbbb-4bbb-8bbb-222222222222"

ROWS = {
    "subscription": Row(
        Ask.SUBSCRIPTION,
        f"*/{_SUBSCRIPTION}",
        ("shop", "bench"),
        ("GAL001", *_ACCESS),
        "subscription",
        "/subscriptions/" + _SUBSCRIPTION,
        "Microsoft.Resources/subscriptions/read",
        named=True,
    ),
    "galleries": Row(
        Ask.GALLERIES,
        f"*/{_SUBSCRIPTION}/providers/microsoft.compute/galleries",
        ("/subscriptions/" + _SUBSCRIPTION,),
        ("GAL001", *_ACCESS, *_ALL),
        "definitions",
        "/subscriptions/" + _SUBSCRIPTION,
        _DEFINITIONS_READ,
        hides=("/subscriptions/" + _SUBSCRIPTION,),
        pages=True,
    ),
    "definitions": Row(
        Ask.DEFINITIONS,
        "*galleries/shop/images",
        ("shop",),
        _ALL,
        "definitions",
        "shop",
        _DEFINITIONS_READ,
        hides=("shop", "vm"),
        pages=True,
    ),
    "versions": Row(
        Ask.VERSIONS,
        "*images/server/versions",
        ("server",),
        ("DEF002", "DEF003", *_VERSIONS),
        "versions",
        "server",
        _VERSIONS_READ,
        hides=("server", "vm"),
        pages=True,
    ),
    "replication": Row(
        Ask.REPLICATION,
        "*server/versions/1.0.0",
        ("first",),
        ("VER002",),
        "replication",
        "first",
        _VERSIONS_READ,
        query="ReplicationStatus",
    ),
    "vm": Row(
        Ask.VM,
        "*virtualmachines/builder",
        ("vm",),
        ("VM001", "VM002"),
        "vm",
        "vm",
        "Microsoft.Compute/virtualMachines/read",
    ),
    "managed image": Row(
        Ask.RESOURCE,
        "*microsoft.compute/images/captured",
        ("first",),
        ("VM001", "VM002"),
        "vm",
        "image",
        "Microsoft.Compute/images/read",
    ),
    "role assignments": _assignments("roleassignments", "roleAssignments"),
    "denies": _assignments("denyassignments", "denyAssignments"),
    # No verdict rests on PIM here: what is listed as assigned is active unless PIM says that it has ended.
    "active schedules": Row(
        Ask.SCHEDULES, f"*galleries/shop/{_AUTHORIZATION}/roleassignmentscheduleinstances", pages=True
    ),
    "eligible schedules": Row(
        Ask.SCHEDULES, f"*galleries/shop/{_AUTHORIZATION}/roleeligibilityscheduleinstances", pages=True
    ),
    "role definitions": Row(
        Ask.ROLE_DEFINITIONS,
        f"*galleries/shop/{_AUTHORIZATION}/roledefinitions",
        ("shop",),
        ("ACC001",),
        "role_definitions",
        "shop",
        "Microsoft.Authorization/roleDefinitions/read",
        pages=True,
    ),
    "provider": Row(
        Ask.PROVIDER,
        "*providers/microsoft.partnercenteringestion",
        ("shop", "bench"),
        ("ACC002",),
        "providers",
        "/subscriptions/" + _SUBSCRIPTION,
        "Microsoft.Resources/subscriptions/providers/read",
    ),
    "users": _directory("/v1.0/users", "filter"),
    "mail groups": _directory("/v1.0/groups", "filter"),
    "applications": _directory("/v1.0/serviceprincipals", "appId%20eq"),
    "applications by name": _directory("/v1.0/serviceprincipals", "displayName%20eq"),
    "the user's groups": _directory("/v1.0/users/*/transitivememberof", pages=True),
    "the applications' groups": _directory("/v1.0/serviceprincipals/*/transitivememberof"),
    "domain": Row(
        Ask.DOMAIN,
        "/contoso.example/v2.0/.well-known/openid-configuration",
        ("shop", "bench"),
        ("GAL001",),
        "tenant",
        "domain",
        tenants=("contoso.example",),
    ),
    "held assignments": Row(
        Ask.HELD_ASSIGNMENTS,
        f"*{_AUTHORIZATION}/roleassignments",
        ("shop", "bench"),
        ("ACC001",),
        "directory",
        "tenant",
        "Directory.Read.All (Microsoft Graph)",
        query="assignedTo",
        publisher="aaaaaaaa-0000-4000-8000-000000000001",
        without_directory=True,
    ),
}

#: What goes wrong for good: the fault, and what the reason says of it.
FOR_GOOD: dict[str, tuple[dict[str, Any], str]] = {
    "throttled": ({"status": 429}, "429"),
    "throttled for a while each time": ({"status": 429, "retry_after": 45}, "429"),
    "failing": ({"status": 500}, "500"),
    "reset": ({"kind": "reset"}, "no answer"),
    "forbidden": ({"status": 403}, "403 AuthorizationFailed"),
    "unauthenticated": ({"status": 401}, "401"),
    "cut off": ({"kind": "truncate"}, "no answer"),
    "of another kind": ({"kind": "garbage"}, "JSON"),
    "a 404 that is not Azure's": ({"status": 404, "code": "HttpNotFound"}, "404"),
}

#: What goes away: one fault after the other, each met once by one request.
FOR_A_WHILE: dict[str, list[dict[str, Any]]] = {
    "reset, throttled, unavailable": [{"kind": "reset"}, {"status": 429, "retry_after": 30}, {"status": 503}],
    "cut off, failing, throttled": [{"kind": "truncate"}, {"status": 500}, {"status": 429}],
}


def test_every_question_has_a_row() -> None:
    # That the subscriptions cannot be listed ends the run, and has a test of its own.
    assert {row.ask for row in ROWS.values()} | {Ask.SUBSCRIPTIONS} == set(Ask)


def _audit(live: Any, row: Row) -> Any:
    if row.without_directory:
        live.fault(path="/v1.0/", status=403)
    subscriptions = (_SUBSCRIPTION,) if row.named else ()
    return live.audit(publisher=row.publisher, tenants=row.tenants, subscriptions=subscriptions)


def _strike(live: Any, row: Row, **fault: Any) -> None:
    live.fault(path=row.path, query=row.query, **fault)


def _check(row: Row, before: Any, after: Any, words: str, names: Any) -> None:
    old, new = names.by_place(before), names.by_place(after)
    places = [getattr(names, at, at).casefold() for at in row.at]
    lost = {(rule, place) for place in places for rule in row.lost}
    hidden = [getattr(names, at, at).casefold() for at in row.hides]
    kept = {place for place in old if not any(place[1] == id or place[1].startswith(f"{id}/") for id in hidden)}
    assert set(new) == kept | {(rule, at) for rule, at in old if at in places} | lost
    for place, result in new.items():
        if place not in lost:
            assert result.verdict is old[place].verdict, place
            continue
        assert result.verdict is Verdict.NOT_EVALUATED, place
        assert result.reason is not None
        reason = (result.reason.fact, result.reason.scope.casefold(), result.reason.permission)
        assert reason == (row.fact, getattr(names, row.scope, row.scope).casefold(), row.permission), place
        if row.ask is not Ask.DOMAIN:
            # A held assignment only adds to what the directory was refused for.
            assert ("403" if row.without_directory else words) in result.reason.detail, place
    counted = any(new[place].severity == "error" for place in lost)
    assert after.exit_code == (3 if counted or before.exit_code == 3 else 0)


@pytest.mark.parametrize("name", ROWS)
def test_an_answer_that_never_comes_takes_away_just_what_rests_on_it(
    live: Callable[..., Any], names: Any, name: str
) -> None:
    row = ROWS[name]
    sandbox = live()
    before = _audit(sandbox, row)
    assert before.exit_code == 0
    for fault, words in FOR_GOOD.values():
        sandbox.control("DELETE", "/faults")
        _strike(sandbox, row, **fault)
        after = _audit(sandbox, row)
        assert sandbox.control("GET", "/faults")[0]["met"] > 0, fault
        _check(row, before, after, words, names)


@pytest.mark.parametrize("name", [name for name, row in ROWS.items() if row.pages])
def test_a_page_that_fails_makes_the_whole_list_fail(live: Callable[..., Any], names: Any, name: str) -> None:
    row = ROWS[name]
    sandbox = live()
    before = _audit(sandbox, row)
    sandbox.control("DELETE", "/faults")
    sandbox.pages_of(1)
    _strike(sandbox, row, status=403, skip=1)
    after = _audit(sandbox, row)
    assert sandbox.control("GET", "/faults")[0]["met"] > 1
    _check(row, before, after, "403", names)


@pytest.mark.parametrize("name", ROWS)
def test_what_goes_away_changes_nothing(live: Callable[..., Any], names: Any, name: str) -> None:
    row = ROWS[name]
    sandbox = live()
    before = _audit(sandbox, row)
    for faults in FOR_A_WHILE.values():
        sandbox.control("DELETE", "/faults")
        for fault in faults:
            _strike(sandbox, row, times=1, **fault)
        after = _audit(sandbox, row)
        assert all(fault["met"] > 0 for fault in sandbox.control("GET", "/faults")[: len(faults)])
        assert after.results == before.results
        assert after.exit_code == 0


def test_an_answer_that_hangs_is_waited_for_and_then_left(live: Callable[..., Any], names: Any) -> None:
    def strike(row: Row) -> None:
        sandbox = live(budget=0.0, seconds=1.5)
        before = _audit(sandbox, row)
        sandbox.control("DELETE", "/faults")
        _strike(sandbox, row, kind="hang")
        _check(row, before, _audit(sandbox, row), "no answer", names)

    # Most of the time is spent on waiting: many at once.
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(strike, ROWS.values()))


def test_who_may_not_see_the_instance_view_may_still_see_the_vm(live: Callable[..., Any], names: Any) -> None:
    sandbox = live()
    before = sandbox.audit()
    sandbox.fault(path="*virtualmachines/builder", query="instanceView", status=403)
    after = sandbox.audit()
    permission = "Microsoft.Compute/virtualMachines/instanceView/read"
    row = Row(Ask.VM, "", ("vm",), ("VM001", "VM002"), "instance_view", "vm", permission)
    _check(row, before, after, "403 AuthorizationFailed", names)


@pytest.mark.parametrize("fault", [fault for fault, _ in FOR_GOOD.values()], ids=list(FOR_GOOD))
def test_without_the_list_of_subscriptions_the_run_ends_in_one_line(
    live: Callable[..., Any], fault: dict[str, Any]
) -> None:
    sandbox = live()
    sandbox.fault(path="*/subscriptions", **fault)
    with pytest.raises(SourceProblem) as caught:
        sandbox.audit()
    assert "\n" not in str(caught.value)


def test_what_azure_asks_to_wait_is_waited_once_for_all_threads(live: Callable[..., Any]) -> None:
    sandbox = live()
    sandbox.fault(path="/versions/", status=429, retry_after=20, times=2)
    report = sandbox.audit()
    assert report.summary()["not-evaluated"] == 0
    # Whoever came later in the meantime waited no longer than that.
    assert sandbox.clock.now >= 20
    assert max(sandbox.clock.slept) <= 20


def test_a_wait_beyond_the_budget_is_not_waited_and_said(live: Callable[..., Any], names: Any) -> None:
    sandbox = live(budget=60.0)
    sandbox.fault(path="*server/versions/1.0.0", status=429, retry_after=3600)
    report = sandbox.audit()
    assert sandbox.clock.now == 0
    result = names.verdict_of(report, "VER002", names.first)
    assert result.verdict is Verdict.NOT_EVALUATED
    assert "throttled" in result.reason.detail
    assert report.exit_code == 3
