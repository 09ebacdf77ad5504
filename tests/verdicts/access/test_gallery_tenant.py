"""GAL001: the tenant of the gallery's subscription is one of the publisher's."""

import pytest

PASS, FAIL, UNKNOWN = "pass", "fail", "not-evaluated"

TENANTS = {
    "the-same": (lambda t: [t.DIRECTORY], PASS),
    "the-same-in-upper-case": (lambda t: [t.DIRECTORY.upper()], PASS),
    "another": (lambda t: [t.OTHER_DIRECTORY], FAIL),
    "one-of-two": (lambda t: [t.OTHER_DIRECTORY, t.DIRECTORY], PASS),
    "none-of-two": (lambda t: [t.OTHER_DIRECTORY, t.SUBSCRIPTION], FAIL),
    "domain-of-the-same": (lambda _: ["fabrikam.example"], PASS),
    "domain-of-the-same-in-another-case": (lambda _: ["Fabrikam.Example"], PASS),
    "domain-of-another": (lambda _: ["contoso.example"], FAIL),
    "domain-of-another-and-the-same-id": (lambda t: ["contoso.example", t.DIRECTORY], PASS),
    "unknown-domain-and-the-same-id": (lambda t: ["northwind.example", t.DIRECTORY], PASS),
    "not-given": (lambda _: [], UNKNOWN),
}


@pytest.mark.parametrize(("tenants", "expected"), TENANTS.values(), ids=TENANTS)
def test_tenant_of_the_publisher(tenant, tenants, expected):
    verdict = tenant.judge("GAL001", tenants=tenants(tenant))
    assert verdict.word == expected
    assert verdict.severity == "error"
    assert verdict.exit_code == {PASS: 0, FAIL: 1, UNKNOWN: 3}[expected]


def test_without_a_tenant_the_flag_is_named(tenant):
    assert "--publisher-tenant" in tenant.judge("GAL001", tenants=[]).text


def test_directory_of_the_snapshot_is_no_substitute_for_the_flag(tenant):
    """The tenant that was signed in to would nearly always pass."""
    assert tenant.judge("GAL001", tenants=[]).word == UNKNOWN


def test_tenant_of_the_subscription_in_upper_case(tenant):
    tenant.subscription["tenantId"] = tenant.DIRECTORY.upper()
    assert tenant.judge("GAL001").word == PASS


def lose_the_subscription(t):
    t.body["subscriptions"] = []


LOSSES = {
    "subscriptions-absent": lambda t: t.drop("subscriptions"),
    "subscription-not-listed": lose_the_subscription,
    "unread-by-id": lambda t: t.unread("subscription", t.AT_SUBSCRIPTION),
    "unread-by-guid": lambda t: t.unread("subscription", t.SUBSCRIPTION),
    "unread-by-guid-in-upper-case": lambda t: t.unread("subscription", t.SUBSCRIPTION.upper()),
}


@pytest.mark.parametrize("lose", LOSSES.values(), ids=LOSSES)
@pytest.mark.parametrize("tenants", [("DIRECTORY",), ("OTHER_DIRECTORY",)], ids=["the-same", "another"])
def test_subscription_unknown(tenant, lose, tenants):
    lose(tenant)
    verdict = tenant.judge("GAL001", tenants=[getattr(tenant, name) for name in tenants])
    assert verdict.word == UNKNOWN
    assert verdict.reason["fact"] == "subscription"
    assert tenant.SUBSCRIPTION in verdict.reason["scope"].lower()
    assert verdict.reason["permission"] == "Microsoft.Resources/subscriptions/read"
    assert verdict.exit_code == 3


@pytest.mark.parametrize("value", [None, ...], ids=["null", "absent"])
def test_tenant_left_out_of_the_body(tenant, value):
    if value is ...:
        del tenant.subscription["tenantId"]
    else:
        tenant.subscription["tenantId"] = value
    verdict = tenant.judge("GAL001")
    assert verdict.word == UNKNOWN
    assert verdict.reason["kind"] == "unread"
    assert "tenantId" in verdict.text


def test_domain_that_nothing_read_resolves(tenant):
    """Unless another of the publisher's tenants is the one, it could be: the domain's tenant is not known."""
    assert tenant.judge("GAL001", tenants=["northwind.example"]).word == UNKNOWN
    assert tenant.judge("GAL001", tenants=["northwind.example", tenant.OTHER_DIRECTORY]).word == UNKNOWN


UNRELATED = {
    "subscription-of-another-id": ("subscription", "AT_OTHER_SUBSCRIPTION"),
    "roles": ("role_assignments", "AT_GALLERY"),
    "directory": ("directory", "DIRECTORY"),
    "providers": ("providers", "SUBSCRIPTION"),
}


@pytest.mark.parametrize(("fact", "scope"), UNRELATED.values(), ids=UNRELATED)
def test_other_facts_do_not_matter(tenant, fact, scope):
    tenant.unread(fact, getattr(tenant, scope))
    assert tenant.judge("GAL001").word == PASS


def test_fix_is_explained_and_never_performed(tenant):
    verdict = tenant.judge("GAL001", tenants=[tenant.OTHER_DIRECTORY])
    assert verdict.fix["safety"] == "manual"
    assert verdict.operations == []
