"""ACC001: deny assignments count by action, principal and scope."""

import pytest

PASS, FAIL, UNKNOWN = "pass", "fail", "not-evaluated"

ACTIONS = {
    "everything": (lambda t: [t.may("*")], FAIL),
    "everything-to-be-read": (lambda t: [t.may("*/read")], FAIL),
    "reading-the-gallery": (lambda t: [t.may(t.READ_GALLERY)], FAIL),
    "reading-its-images": (lambda t: [t.may(t.READ_IMAGES)], FAIL),
    "reading-its-versions": (lambda t: [t.may(t.READ_VERSIONS)], FAIL),
    "reading-in-another-case": (lambda t: [t.may("MICROSOFT.COMPUTE/GALLERIES/Images/READ")], FAIL),
    "the-provider": (lambda t: [t.may("Microsoft.Compute/*")], FAIL),
    "the-galleries": (lambda t: [t.may("Microsoft.Compute/galleries/*")], FAIL),
    "reading-below-the-provider": (lambda t: [t.may("Microsoft.Compute/*/read")], FAIL),
    "reading-below-the-galleries": (lambda t: [t.may("microsoft.compute/galleries/*/read")], FAIL),
    "second-block-reads": (lambda t: [t.may("*/delete"), t.may("*/read")], FAIL),
    "deletion-by-a-deployment-stack": (lambda t: [t.may("*/delete")], PASS),
    "deletion-and-change": (lambda t: [t.may("*/delete", "*/write")], PASS),
    "deletion-of-the-gallery": (lambda t: [t.may("Microsoft.Compute/galleries/delete")], PASS),
    "granting-of-roles": (lambda t: [t.may("Microsoft.Authorization/*/write")], PASS),
    "other-resources": (lambda t: [t.may("Microsoft.Compute/virtualMachines/*", "Microsoft.Storage/*")], PASS),
    "applications-of-the-gallery": (lambda t: [t.may("Microsoft.Compute/galleries/applications/*")], PASS),
    "action-that-begins-alike": (lambda t: [t.may("Microsoft.Compute/galleries/readX")], PASS),
    "action-that-ends-alike": (lambda t: [t.may("Other.Microsoft.Compute/galleries/read")], PASS),
    "dots-are-no-wildcards": (lambda t: [t.may("MicrosoftXCompute/galleries/read")], PASS),
    "nothing": (lambda t: [t.may()], PASS),
    "data-only": (lambda t: [t.may(data=["*"])], PASS),
    "everything-but-reading": (lambda t: [t.may("*", less=["*/read"])], PASS),
    "everything-but-reading-in-another-case": (lambda t: [t.may("*", less=["*/READ"])], PASS),
    "everything-but-the-provider": (lambda t: [t.may("*", less=["microsoft.compute/*"])], PASS),
    "everything-but-the-three": (
        lambda t: [t.may("*", less=[t.READ_GALLERY, t.READ_IMAGES, t.READ_VERSIONS])],
        PASS,
    ),
    "everything-but-reading-the-gallery": (lambda t: [t.may("*", less=[t.READ_GALLERY])], FAIL),
    "everything-but-reading-the-versions": (lambda t: [t.may("*", less=[t.READ_VERSIONS])], FAIL),
    "everything-but-data": (lambda t: [t.may("*", data_less=["*"])], FAIL),
    "everything-but-reading-below-the-gallery": (
        lambda t: [t.may("*", less=["Microsoft.Compute/galleries/*/read"])],
        FAIL,
    ),
    "the-galleries-but-reading-versions": (
        lambda t: [t.may("Microsoft.Compute/galleries/*", less=["*/versions/read"])],
        FAIL,
    ),
    "wildcards-on-both-sides": (lambda t: [t.may("*/galleries/*/read")], FAIL),
    "wildcard-within-a-word": (lambda t: [t.may("Microsoft.Compute/gall*")], FAIL),
    "question-mark-is-no-wildcard": (lambda t: [t.may("Microsoft.Compute/galleries/rea?")], PASS),
    "exception-of-one-block-does-not-save-from-another": (
        lambda t: [t.may("*", less=["*/read"]), t.may(t.READ_IMAGES)],
        FAIL,
    ),
}


@pytest.mark.parametrize(("permissions", "expected"), ACTIONS.values(), ids=ACTIONS)
def test_actions_denied(tenant, permissions, expected):
    tenant.assign()
    tenant.deny(*permissions(tenant), scope=tenant.AT_SUBSCRIPTION)
    assert tenant.judge("ACC001").word == expected


PRINCIPALS = {
    "everyone": (lambda t: t.deny(), FAIL),
    "the-publisher": (lambda t: t.deny(to=t.PUBLISHER), FAIL),
    "the-publisher-in-another-case": (lambda t: t.deny(to=t.PUBLISHER.upper()), FAIL),
    "somebody-else": (lambda t: t.deny(to=t.STRANGER), PASS),
    "the-publishers-group": (
        lambda t: (t.group(t.TEAM, [t.PUBLISHER]), t.deny(to=t.TEAM, kind="Group")),
        FAIL,
    ),
    "a-group-around-the-publishers-group": (
        lambda t: (
            t.group(t.TEAM, [t.PUBLISHER]),
            t.group(t.DIVISION, [t.TEAM]),
            t.deny(to=t.DIVISION, kind="Group"),
        ),
        FAIL,
    ),
    "another-group": (lambda t: (t.group(t.TEAM, [t.STRANGER]), t.deny(to=t.TEAM, kind="Group")), PASS),
    "everyone-but-the-publisher": (lambda t: t.deny(but=[(t.PUBLISHER, "User")]), PASS),
    "everyone-but-the-publisher-in-another-case": (lambda t: t.deny(but=[(t.PUBLISHER.upper(), "User")]), PASS),
    "everyone-but-somebody-else": (lambda t: t.deny(but=[(t.STRANGER, "User")]), FAIL),
    "everyone-but-the-publishers-group": (
        lambda t: (t.group(t.TEAM, [t.PUBLISHER]), t.deny(but=[(t.TEAM, "Group")])),
        PASS,
    ),
    "everyone-but-a-group-around-the-publishers": (
        lambda t: (
            t.group(t.TEAM, [t.PUBLISHER]),
            t.group(t.DIVISION, [t.TEAM]),
            t.deny(but=[(t.STRANGER, "User"), (t.DIVISION, "Group")]),
        ),
        PASS,
    ),
    "everyone-but-another-group": (
        lambda t: (t.group(t.TEAM, [t.STRANGER]), t.deny(but=[(t.TEAM, "Group")])),
        FAIL,
    ),
    "the-publishers-group-but-the-publisher": (
        lambda t: (
            t.group(t.TEAM, [t.PUBLISHER]),
            t.deny(to=t.TEAM, kind="Group", but=[(t.PUBLISHER, "User")]),
        ),
        PASS,
    ),
    "one-spares-and-another-does-not": (
        lambda t: (t.deny(but=[(t.PUBLISHER, "User")]), t.deny(to=t.PUBLISHER)),
        FAIL,
    ),
}


@pytest.mark.parametrize(("arrange", "expected"), PRINCIPALS.values(), ids=PRINCIPALS)
def test_principals_denied(tenant, arrange, expected):
    tenant.assign()
    arrange(tenant)
    assert tenant.judge("ACC001").word == expected


def denied_above(*, here_only=None, above=True):
    def arrange(t):
        t.management_group(*(["mg-images"] if above else ["mg-root"]))
        t.deny(scope=t.at_management_group("mg-images"), here_only=here_only)

    return arrange


SCOPES = {
    "gallery": (lambda t: t.deny(), FAIL),
    "gallery-in-upper-case": (lambda t: t.deny(scope=t.AT_GALLERY.upper()), FAIL),
    "resource-group": (lambda t: t.deny(scope=t.AT_GROUP), FAIL),
    "subscription": (lambda t: t.deny(scope=t.AT_SUBSCRIPTION), FAIL),
    "root": (lambda t: t.deny(scope=t.AT_ROOT), FAIL),
    "management-group": (denied_above(), FAIL),
    "management-group-that-is-not-above": (denied_above(above=False), PASS),
    "neighbour": (lambda t: t.deny(scope=t.AT_NEIGHBOUR), PASS),
    "other-subscription": (lambda t: t.deny(scope=t.AT_OTHER_SUBSCRIPTION), PASS),
    "gallery-and-not-what-is-below": (lambda t: t.deny(here_only=True), FAIL),
    "gallery-and-what-is-below": (lambda t: t.deny(here_only=False), FAIL),
    "gallery-alone-to-be-read": (lambda t: t.deny(t.may(t.READ_GALLERY), here_only=True), FAIL),
    "resource-group-and-not-what-is-below": (lambda t: t.deny(scope=t.AT_GROUP, here_only=True), PASS),
    "resource-group-and-what-is-below": (lambda t: t.deny(scope=t.AT_GROUP, here_only=False), FAIL),
    "subscription-and-not-what-is-below": (lambda t: t.deny(scope=t.AT_SUBSCRIPTION, here_only=True), PASS),
    "management-group-and-not-what-is-below": (denied_above(here_only=True), PASS),
    "management-group-and-what-is-below": (denied_above(here_only=False), FAIL),
}


@pytest.mark.parametrize(("arrange", "expected"), SCOPES.values(), ids=SCOPES)
def test_scope_of_the_deny(tenant, arrange, expected):
    tenant.assign()
    arrange(tenant)
    assert tenant.judge("ACC001").word == expected


def test_deny_counts_for_a_service_principal_by_application_id(tenant):
    tenant.assign(tenant.ROBOT, kind="ServicePrincipal")
    tenant.deny(to=tenant.ROBOT, kind="ServicePrincipal")
    assert tenant.judge("ACC001", publisher=tenant.ROBOT_APP).word == FAIL


def test_deny_on_a_group_counts_for_the_group_that_is_the_publisher(tenant):
    tenant.group(tenant.TEAM, [])
    tenant.assign(tenant.TEAM, kind="Group")
    tenant.deny(to=tenant.TEAM, kind="Group")
    assert tenant.judge("ACC001", publisher=tenant.TEAM).word == FAIL


def test_failure_by_a_deny_says_so(tenant):
    tenant.assign()
    tenant.deny(tenant.may("*/read"))
    verdict = tenant.judge("ACC001")
    assert verdict.word == FAIL
    assert "den" in verdict.body["message"] + verdict.body["actual"]
