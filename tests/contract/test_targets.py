"""What is judged of a live source: targets, subscriptions and domains; and what a snapshot of it still tells."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from checker.errors import UsageProblem
from checker.report import Verdict

_OTHER = "33333333-cccc-4ccc-8ccc-333333333333"


def _subscription(guid: str, state: str, tenant: str) -> dict[str, Any]:
    return {"id": f"/subscriptions/{guid}", "subscriptionId": guid, "tenantId": tenant, "state": state}


def test_a_domain_stands_for_its_tenant(live: Callable[..., Any], names: Any) -> None:
    sandbox = live()
    for tenants, verdict in (
        ((names.domain,), Verdict.PASS),
        ((names.domain.upper(),), Verdict.PASS),
        (("nobody.example",), Verdict.NOT_EVALUATED),
        (("not a domain/../..",), Verdict.NOT_EVALUATED),
        ((_OTHER, names.domain), Verdict.PASS),
        ((_OTHER,), Verdict.FAIL),
    ):
        report = sandbox.audit(names.shop, tenants=tenants, select=("GAL001",))
        assert names.verdict_of(report, "GAL001", names.shop).verdict is verdict, tenants
        if verdict is Verdict.NOT_EVALUATED:
            assert tenants[0] in dict(report.asked)["could not be read"]


def test_short_forms_need_the_one_subscription(document: dict[str, Any], live: Callable[..., Any], names: Any) -> None:
    sandbox = live()
    report = sandbox.audit("version:images/shop/server/latest")
    assert names.verdict_of(report, "VER002", names.second).verdict is Verdict.PASS
    document["subscriptions"].append(_subscription(_OTHER, "Enabled", names.tenant))
    several = live(document)
    with pytest.raises(UsageProblem, match="needs exactly one subscription"):
        several.audit("gallery:images/shop")
    assert several.audit("gallery:images/shop", subscriptions=(names.subscription,)).exit_code == 0


def test_disabled_subscriptions_are_left_aside_and_said(
    document: dict[str, Any], live: Callable[..., Any], names: Any
) -> None:
    document["subscriptions"].append(_subscription(_OTHER, "Disabled", names.tenant))
    sandbox = live(document)
    report = sandbox.audit("gallery:images/shop")
    assert report.exit_code == 0
    assert _OTHER in dict(report.asked)["left aside, since they are disabled"]
    assert not [path for _, path, _ in sandbox.log() if _OTHER in path]


def test_the_variable_names_the_subscription_of_azure_only(
    live: Callable[..., Any], imagecheck: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, names: Any
) -> None:
    monkeypatch.setenv("AZURE_SUBSCRIPTION_ID", _OTHER)
    sandbox = live()
    said = imagecheck(
        "check", "--source", sandbox.running.url, "--publisher", names.publisher, "--allow-unevaluated=all"
    )
    assert said.code == 0
    assert not [path for _, path, _ in sandbox.log() if _OTHER in path]
    monkeypatch.setenv("AZURE_SUBSCRIPTION_ID", "no guid")
    assert "no guid" in imagecheck("check", "--auth", "env").one_line()


@pytest.mark.parametrize(
    "target",
    [
        "{compute}/galleries/none",
        "{shop}/images/none",
        "{server}/versions/9.9.9",
        "{shop}/images/none/versions/latest",
        "{compute}/virtualMachines/none",
        "{compute}/disks/none",
        "subscription:33333333-cccc-4ccc-8ccc-333333333333",
        "gallery:none/shop",
        "{shop}/images/server/versions/1.0.0/x",
    ],
)
@pytest.mark.parametrize("select", [(), ("--select", "GAL001"), ("--select", "DEF001")], ids=str)
def test_a_target_that_does_not_exist_is_one_line(
    live: Callable[..., Any], imagecheck: Callable[..., Any], names: Any, target: str, select: tuple[str, ...]
) -> None:
    text = target.format(compute=names.compute, shop=names.shop, server=names.server)
    said = imagecheck("check", "--source", live().running.url, text, *select)
    assert any(words in said.one_line() for words in ("does not exist", "is no target")), said.err


@pytest.mark.parametrize("target", ["shop", "server", "first", "vm"])
def test_a_target_that_is_forbidden_is_not_evaluated(live: Callable[..., Any], names: Any, target: str) -> None:
    sandbox = live()
    sandbox.fault(path=f"/subscriptions/{names.subscription}/resourcegroups/", status=403)
    report = sandbox.audit(getattr(names, target))
    assert report.exit_code == 3
    assert {result.verdict for result in report.results} <= {Verdict.NOT_EVALUATED, Verdict.PASS}
    assert {result.rule for result in report.results if result.verdict is Verdict.PASS} <= {"GAL001", "VER001"}


def test_a_404_without_azures_code_does_not_say_that_a_thing_is_gone(live: Callable[..., Any], names: Any) -> None:
    for code in ("HttpNotFound", "InvalidResourceType", "SubscriptionNotFound"):
        sandbox = live()
        sandbox.fault(path="*virtualmachines/builder", status=404, code=code)
        report = sandbox.audit(names.vm)
        assert {result.verdict for result in report.results} == {Verdict.NOT_EVALUATED}
        report = sandbox.audit(names.second, select=("VM001",))
        assert {result.verdict for result in report.results} == {Verdict.NOT_EVALUATED}


def _results(imagecheck: Callable[..., Any], *arguments: str) -> list[dict[str, Any]]:
    said = imagecheck("check", "--output", "json=report.json", *arguments)
    assert said.code in (0, 1, 3), said.err
    found: list[dict[str, Any]] = json.loads(Path("report.json").read_text(encoding="utf-8"))["results"]
    return found


@pytest.mark.parametrize("target", ["", "shop", "server", "first", "vm"])
def test_a_snapshot_of_a_live_source_is_judged_as_the_source(
    live: Callable[..., Any], imagecheck: Callable[..., Any], names: Any, target: str
) -> None:
    url = live().running.url
    who = ["--publisher", names.publisher, "--publisher-tenant", names.domain]
    what = [getattr(names, target)] if target else []
    assert imagecheck("snapshot", *what, "--source", url, "-o", "saved.json", *who).code == 0
    saved = _results(imagecheck, "--source", "saved.json", *what, *who)
    assert saved == _results(imagecheck, "--source", url, *what, *who)
    # And served again, it is judged the same, or less is told.
    served = _results(imagecheck, "--source", "sandbox:saved.json", *what, *who)
    before = {(result["rule"], result["asset"].casefold()): result["verdict"] for result in saved}
    for result in served:
        place = result["rule"], result["asset"].casefold()
        assert result["verdict"] in ("not-evaluated", before.get(place)), place


def test_what_a_snapshot_did_not_collect_is_not_evaluated(
    live: Callable[..., Any], imagecheck: Callable[..., Any], names: Any
) -> None:
    who = ["--publisher", names.publisher, "--publisher-tenant", names.tenant]
    assert imagecheck("snapshot", names.server, "--source", live().running.url, "-o", "saved.json", *who).code == 0
    tenant = ["--publisher-tenant", names.tenant]
    for publisher in ("other@contoso.example", names.staff, "aaaaaaaa-0000-4000-8000-0000000000ff"):
        results = _results(imagecheck, "--source", "saved.json", names.server, *tenant, "--publisher", publisher)
        owns = [result for result in results if result["rule"] == "ACC001"]
        assert [result["verdict"] for result in owns] == ["not-evaluated"], publisher
    for target in (
        names.bench,
        names.client,
        f"{names.client}/versions/3.0.0",
        f"{names.compute}/virtualMachines/other",
        f"{names.compute}/galleries/none",
        f"/subscriptions/{_OTHER}/resourceGroups/r/providers/Microsoft.Compute/galleries/g",
    ):
        results = _results(imagecheck, "--source", "saved.json", target, *who)
        # Of the gallery above it, and of a version's name, enough is known.
        below = [result for result in results if result["asset"] in target or result["asset"].startswith(target)]
        own = [result for result in below if result["rule"][:3] in ("DEF", "VER", "VM0") and result["rule"] != "VER001"]
        assert {result["verdict"] for result in own} == {"not-evaluated"}, target
        assert "fail" not in {result["verdict"] for result in results}
    everything = _results(imagecheck, "--source", "saved.json", *who)
    others = [result for result in everything if result["asset"] == names.shop and result["rule"].startswith("DEF")]
    assert {result["verdict"] for result in others} == {"not-evaluated"}
