"""Who the publisher is, and what Azure still tells where the directory is silent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from checker.report import Verdict
from checker.sources.azure.cloud import Cloud, sandbox_cloud

_GUEST = "aaaaaaaa-0000-4000-8000-00000000000a"
_ROBOT, _ROBOT_APP = "aaaaaaaa-0000-4000-8000-00000000000b", "aaaaaaaa-0000-4000-8000-00000000000c"
_ODD = "aaaaaaaa-0000-4000-8000-00000000000d"
_TWIN = "aaaaaaaa-0000-4000-8000-00000000000e"
_CREW = "aaaaaaaa-0000-4000-8000-00000000000f"


def _with_people(document: dict[str, Any], names: Any, owner: str, kind: str) -> dict[str, Any]:
    """The tenant with more people; just one of them owns the gallery."""
    directory = document["directory"]
    directory["users"] += [
        {
            "id": _GUEST,
            "userPrincipalName": "jo_ann_north.example#EXT#@contoso.onmicrosoft.example",
            "mail": None,
            "otherMails": [],
            "proxyAddresses": [],
        },
        {
            "id": _ODD,
            "userPrincipalName": "o'neil#1@contoso.example",
            "mail": None,
            "otherMails": ["o'neil@south.example"],
            "proxyAddresses": ["SMTP:Neil@contoso.example"],
        },
        {"id": _TWIN, "userPrincipalName": "twin@contoso.example", "mail": "shared@contoso.example"},
    ]
    directory["groups"].append({"id": _CREW, "displayName": "Crew", "mail": "shared@contoso.example"})
    directory["servicePrincipals"].append(
        {"id": _ROBOT, "appId": _ROBOT_APP, "displayName": "Robot", "appOwnerOrganizationId": names.tenant}
    )
    document["roleAssignments"][0] = names.assignment(1, names.shop, names.owner, owner, kind)
    return document


@pytest.mark.parametrize("aad_graph", [False, True], ids=["Microsoft Graph", "Azure AD Graph"])
@pytest.mark.parametrize(
    ("name", "owner", "kind"),
    [
        ("seller@contoso.example", "user", "User"),
        ("SELLER@Contoso.example", "user", "User"),
        ("AAAAAAAA-0000-4000-8000-000000000001", "user", "User"),
        ("seller@contoso.example", "team", "Group"),
        ("seller@contoso.example", "staff", "Group"),
        ("jo_ann@north.example", _GUEST, "User"),
        ("o'neil#1@contoso.example", _ODD, "User"),
        ("o'neil@south.example", _ODD, "User"),
        ("neil@contoso.example", _ODD, "User"),
        (_ROBOT, _ROBOT, "ServicePrincipal"),
        (_ROBOT_APP, _ROBOT, "ServicePrincipal"),
        ("team", "team", "Group"),
    ],
)
def test_the_publisher_is_found_by_every_name(
    document: dict[str, Any], live: Callable[..., Any], names: Any, name: str, owner: str, kind: str, aad_graph: bool
) -> None:
    if aad_graph:
        pytest.importorskip("azure.graphrbac")
    people = _with_people(document, names, getattr(names, owner, owner), kind)
    sandbox = live(people, cloud=_aad_graph_cloud if aad_graph else sandbox_cloud)
    report = sandbox.audit(names.shop, publisher=getattr(names, name, name))
    # The library of Azure AD Graph asks for the groups of users only; of others no group is asked for.
    assert names.verdict_of(report, "ACC001", names.shop).verdict is Verdict.PASS
    assert names.verdict_of(report, "ACC002", names.shop).verdict is Verdict.PASS
    assert (any("/v1.0/" in path for _, path, _ in sandbox.log())) is not aad_graph


def _aad_graph_cloud(url: str) -> Cloud:
    """The sandbox as a cloud that has Azure AD Graph only."""
    return replace(sandbox_cloud(url), graph="", aad_graph=url)


@pytest.mark.parametrize(
    ("name", "verdict", "words"),
    [
        ("nobody@contoso.example", Verdict.FAIL, "nobody"),
        ("aaaaaaaa-0000-4000-8000-0000000000ff", Verdict.FAIL, "nobody"),
        ("shared@contoso.example", Verdict.NOT_EVALUATED, "2 principals answer"),
        ("' or 'a' eq 'a", Verdict.FAIL, "nobody"),
    ],
)
@pytest.mark.parametrize("aad_graph", [False, True], ids=["Microsoft Graph", "Azure AD Graph"])
def test_nobody_and_several_are_not_taken_for_the_publisher(
    document: dict[str, Any],
    live: Callable[..., Any],
    names: Any,
    name: str,
    verdict: Verdict,
    words: str,
    aad_graph: bool,
) -> None:
    sandbox = live(
        _with_people(document, names, names.user, "User"), cloud=_aad_graph_cloud if aad_graph else sandbox_cloud
    )
    result = names.verdict_of(sandbox.audit(names.shop, publisher=name), "ACC001", names.shop)
    assert result.verdict is verdict
    assert words in result.message


@pytest.mark.parametrize(("holder", "kind"), [("user", "User"), ("team", "Group"), ("staff", "Group")])
def test_without_the_directory_azure_tells_what_an_object_id_holds(
    document: dict[str, Any], live: Callable[..., Any], names: Any, holder: str, kind: str
) -> None:
    document["roleAssignments"][0] = names.assignment(1, names.shop, names.owner, getattr(names, holder), kind)
    sandbox = live(document)
    sandbox.fault(path="/v1.0/", status=403)
    report = sandbox.audit(names.shop, publisher=names.user)
    assert names.verdict_of(report, "ACC001", names.shop).verdict is Verdict.PASS
    assert names.verdict_of(report, "ACC002", names.shop).verdict is Verdict.NOT_EVALUATED


def test_without_the_directory_an_address_proves_nothing(live: Callable[..., Any], names: Any) -> None:
    sandbox = live()
    sandbox.fault(path="/v1.0/", status=403)
    result = names.verdict_of(sandbox.audit(names.shop), "ACC001", names.shop)
    assert result.verdict is Verdict.NOT_EVALUATED
    assert result.reason.permission == "Directory.Read.All (Microsoft Graph)"


@pytest.mark.parametrize("held", ["direct", "by the group", "not at all"])
@pytest.mark.parametrize("known", [True, False])
def test_without_the_directory_a_deny_of_a_group_nobody_knows_is_not_passed(
    document: dict[str, Any], live: Callable[..., Any], names: Any, known: bool, held: str
) -> None:
    """Azure's answer settles the groups that are given roles; a group that only a deny names stays unknown."""
    denied = names.team if known else _CREW
    document["denyAssignments"] = [names.deny(9, names.shop, "*", denied, "Group")]
    document["roleAssignments"] = [body for body in document["roleAssignments"] if names.team not in str(body)]
    if held == "direct":
        document["roleAssignments"].append(names.assignment(30, names.shop, names.owner, names.user, "User"))
    if held == "by the group" or known:
        document["roleAssignments"].append(names.assignment(31, names.shop, names.owner, names.team, "Group"))
    sandbox = live(document)
    sandbox.fault(path="/v1.0/", status=403)
    verdict = names.verdict_of(sandbox.audit(names.shop, publisher=names.user), "ACC001", names.shop).verdict
    if known:
        assert verdict is Verdict.FAIL
    elif held == "not at all":
        # Azure's empty answer does not prove that the id is anybody's.
        assert verdict in (Verdict.NOT_EVALUATED, Verdict.FAIL)
    else:
        assert verdict is Verdict.NOT_EVALUATED


def test_azure_ad_graph_tells_no_more_than_its_library_asks(
    document: dict[str, Any], live: Callable[..., Any], names: Any
) -> None:
    """A role that reaches a service principal through a group can be neither seen nor ruled out."""
    pytest.importorskip("azure.graphrbac")
    document["directory"]["members"][names.staff].append(names.registry)
    document["roleAssignments"] = [body for body in document["roleAssignments"] if names.registry not in str(body)]
    document["roleAssignments"].append(names.assignment(40, names.shop, names.owner, names.staff, "Group"))
    for cloud, verdict in ((sandbox_cloud, Verdict.PASS), (_aad_graph_cloud, Verdict.NOT_EVALUATED)):
        report = live(document, cloud=cloud).audit(names.shop)
        assert names.verdict_of(report, "ACC002", names.shop).verdict is verdict


@pytest.mark.parametrize("fault", [{"status": 403}, {"status": 500}, {"kind": "garbage"}, {"kind": "reset"}])
@pytest.mark.parametrize("path", ["/users", "/groups", "/serviceprincipals", "/getmembergroups"])
def test_azure_ad_graph_that_fails_leaves_the_directory_unread(
    live: Callable[..., Any], names: Any, path: str, fault: dict[str, Any]
) -> None:
    pytest.importorskip("azure.graphrbac")
    sandbox = live(cloud=_aad_graph_cloud)
    sandbox.fault(path=path, query="api-version=1.6", **fault)
    report = sandbox.audit(names.shop)
    for rule in ("ACC001", "ACC002"):
        result = names.verdict_of(report, rule, names.shop)
        assert result.verdict is Verdict.NOT_EVALUATED
        assert result.reason.fact == "directory"
    assert report.exit_code == 3
