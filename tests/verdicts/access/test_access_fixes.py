"""The fixes offered: what they are made of, how safe they are, and that they are offered only where they help."""

import pytest

FAIL, UNKNOWN, PASS = "fail", "not-evaluated", "pass"


def grants(verdict):
    """Which role each grant gives to whom, and where."""
    return {
        (
            step["role"].lower(),
            step["principal"]["name"] if not step["principal"].get("id") else step["principal"]["id"],
        )
        for step in verdict.operations
        if step["verb"] == "grant-role"
    }


def verbs(verdict):
    return sorted({step["verb"] for step in verdict.operations})


OFFERED = {
    "nobody-holds-anything": (lambda _: None, lambda t: t.MAIL, lambda t: t.PUBLISHER, "User"),
    "a-lesser-role": (lambda t: t.assign(role=t.CONTRIBUTOR), lambda t: t.MAIL, lambda t: t.PUBLISHER, "User"),
    "eligible-only": (lambda t: t.eligible(), lambda t: t.MAIL, lambda t: t.PUBLISHER, "User"),
    "owner-below": (lambda t: t.assign(scope=t.AT_DEFINITION), lambda t: t.MAIL, lambda t: t.PUBLISHER, "User"),
    "somebody-else-denied": (lambda t: t.deny(to=t.STRANGER), lambda t: t.MAIL, lambda t: t.PUBLISHER, "User"),
    "deletion-denied": (lambda t: t.deny(t.may("*/delete")), lambda t: t.MAIL, lambda t: t.PUBLISHER, "User"),
    "to-a-group": (lambda t: t.group(t.TEAM), lambda t: t.TEAM, lambda t: t.TEAM, "Group"),
    "to-a-service-principal-by-application": (
        lambda _: None,
        lambda t: t.ROBOT_APP,
        lambda t: t.ROBOT,
        "ServicePrincipal",
    ),
}


@pytest.mark.parametrize(("arrange", "publisher", "holder", "kind"), OFFERED.values(), ids=OFFERED)
def test_owner_is_offered_and_helps(tenant, arrange, publisher, holder, kind):
    arrange(tenant)
    verdict = tenant.judge("ACC001", publisher=publisher(tenant))
    assert verdict.word == FAIL
    assert verdict.fix["safety"] == "unsafe"
    (grant,) = verdict.operations
    assert grant["verb"] == "grant-role"
    assert grant["role"].lower() == tenant.OWNER
    assert grant["scope"].lower() == tenant.AT_GALLERY.lower()
    assert grant["principal"]["id"].lower() == holder(tenant)
    assert grant["principal"]["type"] == kind
    tenant.assign(grant["principal"]["id"], grant["role"], grant["scope"], kind=kind)
    assert tenant.judge("ACC001", publisher=publisher(tenant)).word == PASS


def test_owner_stays_unsafe_where_the_failure_is_a_warning(tenant):
    tenant.meet_partner_center()
    verdict = tenant.judge("ACC001")
    assert (verdict.word, verdict.severity) == (FAIL, "warning")
    assert verdict.fix["safety"] == "unsafe"
    assert verbs(verdict) == ["grant-role"]


NOT_OFFERED = {
    "everyone-denied": (lambda t: t.deny(), FAIL),
    "publisher-denied-above": (lambda t: t.deny(to=t.PUBLISHER, scope=t.AT_SUBSCRIPTION), FAIL),
    "owner-and-denied": (lambda t: (t.assign(), t.deny(t.may("*/read"))), FAIL),
    "denies-unread": (lambda t: t.drop("denyAssignments"), FAIL),
    "denied-at-a-management-group-that-may-be-above": (
        lambda t: (t.deny(scope=t.at_management_group("mg")), t.drop("managementGroups")),
        FAIL,
    ),
    "a-group-denied-whose-members-are-unread": (
        lambda t: (t.group(t.TEAM), t.deny(to=t.TEAM, kind="Group"), t.directory.pop("members")),
        FAIL,
    ),
    "condition-not-understood": (lambda t: t.assign(condition="@Resource[x] StringEquals 'y'"), UNKNOWN),
    "directory-unread": (lambda t: (t.assign(), t.drop("directory")), UNKNOWN),
    "owner-already": (lambda t: t.assign(), PASS),
}


@pytest.mark.parametrize(("arrange", "expected"), NOT_OFFERED.values(), ids=NOT_OFFERED)
def test_owner_is_not_offered_where_it_would_not_help(tenant, arrange, expected):
    arrange(tenant)
    verdict = tenant.judge("ACC001")
    assert verdict.word == expected
    assert verdict.operations == []
    assert verdict.fix.get("safety", "manual") == "manual"


ADMITTED = {
    "neither": (lambda t: t.register(), ("REGISTRY", "CENTER"), ["grant-role"]),
    "registry-lacks-it": (lambda t: (t.register(), t.admit(t.CENTER)), ("REGISTRY",), ["grant-role"]),
    "center-lacks-it": (lambda t: (t.register(), t.admit(t.REGISTRY)), ("CENTER",), ["grant-role"]),
    "not-registered": (lambda t: t.admit(), (), ["register-provider"]),
    "unregistered": (lambda t: (t.register("Unregistered"), t.admit()), (), ["register-provider"]),
    "nothing-at-all": (lambda _: None, ("REGISTRY", "CENTER"), ["grant-role", "register-provider"]),
    "a-role-that-reads-half": (
        lambda t: (t.register(), t.admit(role=t.role(t.may(t.READ_IMAGES)))),
        ("REGISTRY", "CENTER"),
        ["grant-role"],
    ),
    "deletion-denied": (
        lambda t: (t.register(), t.deny(t.may("*/delete"))),
        ("REGISTRY", "CENTER"),
        ["grant-role"],
    ),
}


@pytest.mark.parametrize(("arrange", "lacking", "expected"), ADMITTED.values(), ids=ADMITTED)
def test_partner_center_is_admitted_and_it_helps(tenant, arrange, lacking, expected):
    arrange(tenant)
    verdict = tenant.judge("ACC002")
    assert verdict.word == FAIL
    assert verdict.fix["safety"] == "safe"
    assert verbs(verdict) == expected
    assert grants(verdict) == {(tenant.IMAGE_READER, getattr(tenant, name)) for name in lacking}
    for step in verdict.operations:
        if step["verb"] == "grant-role":
            assert step["scope"].lower() == tenant.AT_GALLERY.lower()
            assert step["principal"]["type"] == "ServicePrincipal"
            tenant.admit(step["principal"]["id"], role=step["role"], scope=step["scope"])
        else:
            tenant.register()
    assert tenant.judge("ACC002").word == PASS


def test_principals_that_registration_brings_are_bound_later(tenant):
    tenant.remove_principals(tenant.REGISTRY, tenant.CENTER)
    verdict = tenant.judge("ACC002")
    assert verdict.word == FAIL
    assert verdict.fix["safety"] == "safe"
    assert verbs(verdict) == ["grant-role", "register-provider"]
    assert grants(verdict) == {(tenant.IMAGE_READER, name) for name in (tenant.REGISTRY_NAME, tenant.CENTER_NAME)}


def test_forged_principal_is_never_granted_anything(tenant):
    tenant.remove_principals(tenant.CENTER)
    tenant.service_principal(tenant.ROBOT_APP, "forged", tenant.CENTER_NAME, tenant.DIRECTORY)
    verdict = tenant.judge("ACC002")
    assert verdict.word == FAIL
    assert verdict.operations
    assert tenant.ROBOT_APP not in str(verdict.operations)


NOT_ADMITTED = {
    "everyone-denied": (lambda t: (t.register(), t.deny()), FAIL),
    "center-denied-above": (lambda t: (t.register(), t.deny(to=t.CENTER, scope=t.AT_GROUP)), FAIL),
    "admitted-and-denied": (lambda t: (t.meet_partner_center(), t.deny(t.may("*/read"))), FAIL),
    "not-registered-and-everyone-denied": (lambda t: (t.admit(), t.deny()), FAIL),
    "denies-unread": (lambda t: (t.register(), t.drop("denyAssignments")), FAIL),
    "not-registered-and-denies-unread": (lambda t: (t.admit(), t.drop("denyAssignments")), FAIL),
    "provider-unread": (lambda t: (t.admit(), t.drop("providers")), UNKNOWN),
    "met": (lambda t: t.meet_partner_center(), PASS),
}


@pytest.mark.parametrize(("arrange", "expected"), NOT_ADMITTED.values(), ids=NOT_ADMITTED)
def test_partner_center_is_not_admitted_where_it_would_not_help(tenant, arrange, expected):
    arrange(tenant)
    verdict = tenant.judge("ACC002")
    assert verdict.word == expected
    assert verdict.operations == []
    assert verdict.fix.get("safety", "manual") == "manual"


@pytest.mark.parametrize("rule", ["ACC001", "ACC002"])
def test_no_operation_is_irreversible(tenant, rule):
    verdict = tenant.judge(rule)
    assert verdict.operations
    assert not any(step.get("irreversible") for step in verdict.operations)
