"""ACC001, what is known: where the role is held, which role it is, through whom, and for how long."""

import pytest

PASS, FAIL, UNKNOWN = "pass", "fail", "not-evaluated"


def verdict_of(tenant, **options):
    return tenant.judge("ACC001", **options)


SCOPES = {
    "nobody-holds-anything": (lambda _: None, FAIL),
    "at-the-gallery": (lambda t: t.assign(), PASS),
    "at-the-resource-group": (lambda t: t.assign(scope=t.AT_GROUP), PASS),
    "at-the-subscription": (lambda t: t.assign(scope=t.AT_SUBSCRIPTION), PASS),
    "at-the-root": (lambda t: t.assign(scope=t.AT_ROOT), PASS),
    "gallery-in-upper-case": (lambda t: t.assign(scope=t.AT_GALLERY.upper()), PASS),
    "resource-group-in-lower-case": (lambda t: t.assign(scope=t.AT_GROUP.lower()), PASS),
    "subscription-in-upper-case": (lambda t: t.assign(scope=t.AT_SUBSCRIPTION.upper()), PASS),
    "neighbour-whose-name-begins-alike": (lambda t: t.assign(scope=t.AT_NEIGHBOUR), FAIL),
    "resource-group-whose-name-begins-alike": (lambda t: t.assign(scope=t.AT_GROUP + "2"), FAIL),
    "resource-group-whose-name-is-shorter": (lambda t: t.assign(scope=t.AT_GROUP[:-1]), FAIL),
    "other-subscription": (lambda t: t.assign(scope=t.AT_OTHER_SUBSCRIPTION), FAIL),
    "same-names-in-the-other-subscription": (
        lambda t: t.assign(scope=t.AT_GALLERY.replace(t.SUBSCRIPTION, t.OTHER_SUBSCRIPTION)),
        FAIL,
    ),
    "below-at-a-definition": (lambda t: t.assign(scope=t.AT_DEFINITION), FAIL),
    "below-at-a-version": (lambda t: t.assign(scope=t.AT_DEFINITION + "/versions/1.0.0"), FAIL),
    "resource-of-another-type-with-the-same-name": (
        lambda t: t.assign(scope=t.AT_GROUP + "/providers/Microsoft.Storage/storageAccounts/gal"),
        FAIL,
    ),
    "management-group-above": (
        lambda t: (t.management_group("mg-root", "mg-images"), t.assign(scope=t.at_management_group("mg-images"))),
        PASS,
    ),
    "management-group-above-in-another-case": (
        lambda t: (t.management_group("MG-Images"), t.assign(scope=t.at_management_group("mg-images").lower())),
        PASS,
    ),
    "management-group-elsewhere": (
        lambda t: (t.management_group("mg-root"), t.assign(scope=t.at_management_group("mg-images"))),
        FAIL,
    ),
    "management-group-whose-name-begins-alike": (
        lambda t: (t.management_group("mg-images"), t.assign(scope=t.at_management_group("mg"))),
        FAIL,
    ),
    "management-group-where-none-is-above": (lambda t: t.assign(scope=t.at_management_group("mg-images")), FAIL),
}


@pytest.mark.parametrize(("arrange", "expected"), SCOPES.values(), ids=SCOPES)
def test_scope_of_the_assignment(tenant, arrange, expected):
    arrange(tenant)
    assert verdict_of(tenant).word == expected


def test_neighbouring_galleries_are_told_apart(tenant):
    tenant.gallery(tenant.AT_NEIGHBOUR)
    tenant.assign(scope=tenant.AT_GALLERY)
    assert verdict_of(tenant, gallery=tenant.AT_GALLERY).word == PASS
    assert verdict_of(tenant, gallery=tenant.AT_NEIGHBOUR).word == FAIL


def test_scope_is_shown_as_azure_wrote_it(tenant):
    written = tenant.AT_GROUP.replace("resourceGroups/images", "resourcegroups/IMAGES")
    tenant.assign(scope=written)
    verdict = verdict_of(tenant)
    assert verdict.word == PASS
    assert any(written in line for line in verdict.body["evidence"])


ROLES = {
    "owner-by-guid": (lambda t: t.assign(role=t.OWNER), PASS),
    "owner-guid-in-upper-case": (lambda t: t.assign(role=t.OWNER.upper()), PASS),
    "owner-of-the-root-without-a-subscription-in-the-id": (
        lambda t: t.assign(roleDefinitionId=f"/providers/Microsoft.Authorization/roleDefinitions/{t.OWNER}"),
        PASS,
    ),
    "owner-id-prefixed-by-another-subscription": (
        lambda t: t.assign(
            roleDefinitionId=f"{t.AT_OTHER_SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/{t.OWNER}"
        ),
        PASS,
    ),
    "owner-under-a-translated-name": (
        lambda t: t.assign(role=t.role(t.may("*"), oid=t.OWNER, name="Besitzer")),
        PASS,
    ),
    "custom-role-that-took-the-name": (
        lambda t: t.assign(role=t.role(t.may("*/read"), name="Owner")),
        FAIL,
    ),
    "contributor": (lambda t: t.assign(role=t.CONTRIBUTOR), FAIL),
    "reader": (lambda t: t.assign(role=t.READER), FAIL),
    "user-access-administrator": (lambda t: t.assign(role=t.ACCESS_ADMINISTRATOR), FAIL),
    "image-reader": (lambda t: t.assign(role=t.IMAGE_READER), FAIL),
    "contributor-and-user-access-administrator": (
        lambda t: (t.assign(role=t.CONTRIBUTOR), t.assign(role=t.ACCESS_ADMINISTRATOR)),
        FAIL,
    ),
    "custom-role-equal-to-owner": (lambda t: t.assign(role=t.role(t.may("*"))), PASS),
    "custom-role-id-in-another-case": (lambda t: t.assign(role=t.role(t.may("*")).upper()), PASS),
    "custom-role-less-something": (
        lambda t: t.assign(role=t.role(t.may("*", less=["Microsoft.Authorization/*/write"]))),
        FAIL,
    ),
    "custom-role-less-everything": (lambda t: t.assign(role=t.role(t.may("*", less=["*"]))), FAIL),
    "custom-role-of-data-actions": (lambda t: t.assign(role=t.role(t.may(data=["*"]))), FAIL),
    "custom-role-less-data-actions-only": (lambda t: t.assign(role=t.role(t.may("*", data_less=["*"]))), PASS),
    "custom-role-of-galleries": (lambda t: t.assign(role=t.role(t.may("Microsoft.Compute/galleries/*"))), FAIL),
    "custom-role-without-permissions": (lambda t: t.assign(role=t.role()), FAIL),
    "second-block-gives-back-what-the-first-takes": (
        lambda t: t.assign(
            role=t.role(t.may("*", less=["Microsoft.Compute/galleries/delete"]), t.may("Microsoft.Compute/galleries/*"))
        ),
        PASS,
    ),
    "block-takes-nothing-from-another-block": (
        lambda t: t.assign(role=t.role(t.may("Microsoft.Compute/*", less=["Microsoft.Compute/*"]), t.may("*"))),
        PASS,
    ),
    "blocks-that-leave-something-out-together": (
        lambda t: t.assign(
            role=t.role(
                t.may("*", less=["Microsoft.Compute/galleries/delete"]),
                t.may("*", less=["Microsoft.Compute/galleries/*"]),
            )
        ),
        FAIL,
    ),
    "owner-beside-lesser-roles": (
        lambda t: (t.assign(role=t.READER), t.assign(), t.assign(role=t.CONTRIBUTOR, scope=t.AT_GROUP)),
        PASS,
    ),
}


@pytest.mark.parametrize(("arrange", "expected"), ROLES.values(), ids=ROLES)
def test_role_of_the_assignment(tenant, arrange, expected):
    arrange(tenant)
    assert verdict_of(tenant).word == expected


GROUPS = {
    "of-a-group-with-the-publisher": (
        lambda t: (t.group(t.TEAM, [t.PUBLISHER]), t.assign(t.TEAM, kind="Group")),
        PASS,
    ),
    "of-a-group-without-the-publisher": (
        lambda t: (t.group(t.TEAM, [t.STRANGER]), t.assign(t.TEAM, kind="Group")),
        FAIL,
    ),
    "of-an-empty-group": (lambda t: (t.group(t.TEAM), t.assign(t.TEAM, kind="Group")), FAIL),
    "of-a-group-in-a-group-in-a-group": (
        lambda t: (
            t.group(t.TEAM, [t.PUBLISHER]),
            t.group(t.DIVISION, [t.TEAM]),
            t.group(t.COMPANY, [t.STRANGER, t.DIVISION]),
            t.assign(t.COMPANY, kind="Group"),
        ),
        PASS,
    ),
    "of-a-group-below-the-publishers": (
        lambda t: (t.group(t.TEAM, [t.STRANGER]), t.group(t.DIVISION, [t.PUBLISHER, t.TEAM]), t.assign(t.TEAM)),
        FAIL,
    ),
    "circle-that-holds-the-publisher": (
        lambda t: (
            t.group(t.TEAM, [t.PUBLISHER, t.DIVISION]),
            t.group(t.DIVISION, [t.TEAM]),
            t.assign(t.DIVISION, kind="Group"),
        ),
        PASS,
    ),
    "circle-without-the-publisher": (
        lambda t: (t.group(t.TEAM, [t.DIVISION]), t.group(t.DIVISION, [t.TEAM]), t.assign(t.DIVISION, kind="Group")),
        FAIL,
    ),
    "group-in-itself": (lambda t: (t.group(t.TEAM, [t.TEAM]), t.assign(t.TEAM, kind="Group")), FAIL),
    "ids-of-members-in-another-case": (
        lambda t: (t.group(t.TEAM.upper(), [t.PUBLISHER.upper()]), t.assign(t.TEAM, kind="Group")),
        PASS,
    ),
    "principal-id-in-another-case": (lambda t: t.assign(t.PUBLISHER.upper()), PASS),
    "of-somebody-else": (lambda t: t.assign(t.STRANGER), FAIL),
    "of-a-foreign-group": (lambda t: t.assign(t.COMPANY, kind="ForeignGroup"), UNKNOWN),
    "of-a-foreign-group-that-only-reads": (
        lambda t: t.assign(t.COMPANY, role=t.READER, kind="ForeignGroup"),
        FAIL,
    ),
    "of-a-foreign-group-of-the-neighbour": (
        lambda t: t.assign(t.COMPANY, scope=t.AT_NEIGHBOUR, kind="ForeignGroup"),
        FAIL,
    ),
    "of-a-foreign-group-and-of-the-publisher": (
        lambda t: (t.assign(t.COMPANY, kind="ForeignGroup"), t.assign()),
        PASS,
    ),
    "of-a-foreign-group-and-denied-to-everyone": (
        lambda t: (t.assign(t.COMPANY, kind="ForeignGroup"), t.deny()),
        FAIL,
    ),
}


@pytest.mark.parametrize(("arrange", "expected"), GROUPS.values(), ids=GROUPS)
def test_holder_of_the_role(tenant, arrange, expected):
    arrange(tenant)
    assert verdict_of(tenant).word == expected


def owned_by_the_robot(t):
    t.assign(t.ROBOT, kind="ServicePrincipal")


def owned_by_a_group(t):
    t.group(t.TEAM, [t.STRANGER], mail="team@fabrikam.example", proxyAddresses=["SMTP:team@fabrikam.example"])
    t.assign(t.TEAM, kind="Group")


def owned_by_a_group_of_groups(t):
    t.group(t.TEAM, mail="team@fabrikam.example")
    t.group(t.DIVISION, [t.TEAM])
    t.assign(t.DIVISION, kind="Group")


def owned_by_a_group_of_robots(t):
    t.group(t.TEAM, [t.ROBOT])
    t.assign(t.TEAM, kind="Group")


def owned_by(upn, **more):
    """Owner for one user with these names; nobody else is there but the stranger."""

    def arrange(t):
        t.remove_users()
        t.user(t.STRANGER, "stranger@fabrikam.example")
        t.user(t.PUBLISHER, upn, **more)
        t.assign()

    return arrange


GUEST = "ann_contoso.example#EXT#@fabrikam.onmicrosoft.com"
ACCOUNTS = {
    "user-principal-name": (lambda t: t.assign(), lambda t: t.MAIL, PASS),
    "user-principal-name-in-another-case": (lambda t: t.assign(), lambda t: t.MAIL.upper(), PASS),
    "user-object-id": (lambda t: t.assign(), lambda t: t.PUBLISHER, PASS),
    "user-object-id-in-upper-case": (lambda t: t.assign(), lambda t: t.PUBLISHER.upper(), PASS),
    "other-user-object-id": (lambda t: t.assign(), lambda t: t.STRANGER, FAIL),
    "mail-unlike-the-name": (
        owned_by("u1@fabrikam.example", mail="Ann@Contoso.example"),
        lambda _: "ann@contoso.example",
        PASS,
    ),
    "guest-by-address": (owned_by(GUEST), lambda _: "ann@contoso.example", PASS),
    "guest-by-address-in-another-case": (owned_by(GUEST), lambda _: "Ann@Contoso.Example", PASS),
    "guest-by-full-name": (owned_by(GUEST), lambda _: GUEST, PASS),
    "guest-with-underscore-in-the-address": (
        owned_by("ann_lee_contoso.example#EXT#@fabrikam.onmicrosoft.com"),
        lambda _: "ann_lee@contoso.example",
        PASS,
    ),
    "guest-with-apostrophe-in-the-address": (
        owned_by("o'hara_contoso.example#EXT#@fabrikam.onmicrosoft.com"),
        lambda _: "o'hara@contoso.example",
        PASS,
    ),
    "guest-whose-address-ends-alike": (
        owned_by("joann_contoso.example#EXT#@fabrikam.onmicrosoft.com"),
        lambda _: "ann@contoso.example",
        FAIL,
    ),
    "guest-whose-domain-begins-alike": (
        owned_by("ann_contoso.example.org#EXT#@fabrikam.onmicrosoft.com"),
        lambda _: "ann@contoso.example",
        FAIL,
    ),
    "other-mails": (
        owned_by("u1@fabrikam.example", otherMails=["x@contoso.example", "ann@contoso.example"]),
        lambda _: "ann@contoso.example",
        PASS,
    ),
    "other-mails-in-another-case": (
        owned_by("u1@fabrikam.example", otherMails=["ANN@CONTOSO.EXAMPLE"]),
        lambda _: "ann@contoso.example",
        PASS,
    ),
    "proxy-address-primary": (
        owned_by("u1@fabrikam.example", proxyAddresses=["SMTP:ann@contoso.example"]),
        lambda _: "ann@contoso.example",
        PASS,
    ),
    "proxy-address-secondary": (
        owned_by("u1@fabrikam.example", proxyAddresses=["SMTP:u1@fabrikam.example", "smtp:Ann@contoso.example"]),
        lambda _: "ann@contoso.example",
        PASS,
    ),
    "address-that-only-begins-alike": (
        owned_by("u1@fabrikam.example", mail="ann@contoso.example.org"),
        lambda _: "ann@contoso.example",
        FAIL,
    ),
    "address-that-only-ends-alike": (
        owned_by("joann@contoso.example"),
        lambda _: "ann@contoso.example",
        FAIL,
    ),
    "service-principal-by-object-id": (owned_by_the_robot, lambda t: t.ROBOT, PASS),
    "service-principal-by-application-id": (owned_by_the_robot, lambda t: t.ROBOT_APP, PASS),
    "service-principal-by-application-id-in-upper-case": (owned_by_the_robot, lambda t: t.ROBOT_APP.upper(), PASS),
    "service-principal-of-another-application": (owned_by_the_robot, lambda t: t.REGISTRY_APP, FAIL),
    "service-principal-in-a-group-by-application-id": (owned_by_a_group_of_robots, lambda t: t.ROBOT_APP, PASS),
    "group-by-object-id": (owned_by_a_group, lambda t: t.TEAM, PASS),
    "group-by-mail": (owned_by_a_group, lambda _: "team@fabrikam.example", PASS),
    "group-in-a-group": (owned_by_a_group_of_groups, lambda t: t.TEAM, PASS),
    "group-does-not-get-what-its-member-holds": (
        lambda t: (t.group(t.TEAM, [t.PUBLISHER]), t.assign()),
        lambda t: t.TEAM,
        FAIL,
    ),
}


@pytest.mark.parametrize(("arrange", "publisher", "expected"), ACCOUNTS.values(), ids=ACCOUNTS)
def test_account_of_the_publisher(tenant, arrange, publisher, expected):
    arrange(tenant)
    assert verdict_of(tenant, publisher=publisher(tenant)).word == expected


@pytest.mark.parametrize("owners", [("PUBLISHER",), ("STRANGER",)], ids=["the-first", "the-second"])
def test_several_accounts_with_the_address_are_not_chosen_from(tenant, owners):
    tenant.remove_users()
    tenant.user(tenant.PUBLISHER, "u1@fabrikam.example", mail="ann@contoso.example")
    tenant.user(tenant.STRANGER, "u2@fabrikam.example", otherMails=["ann@contoso.example"])
    for owner in owners:
        tenant.assign(getattr(tenant, owner))
    verdict = verdict_of(tenant, publisher="ann@contoso.example")
    assert verdict.word == UNKNOWN
    assert tenant.PUBLISHER in verdict.text
    assert tenant.STRANGER in verdict.text


def test_without_a_publisher_the_flag_is_named(tenant):
    tenant.assign()
    verdict = verdict_of(tenant, publisher=None)
    assert verdict.word == UNKNOWN
    assert "--publisher" in verdict.text
    assert verdict.exit_code == 3


def prolonged(t):
    """Two instances of one assignment, of which the second lasts."""
    t.activated("2001-02-01T00:00:00Z")
    instances = t.body["roleAssignmentScheduleInstances"]
    later = instances[0]["properties"] | {"endDateTime": "2999-01-01T00:00:00Z"}
    instances.append(instances[0] | {"id": instances[0]["id"] + "-later", "properties": later})


def somebody_else_lapsed(t):
    t.activated("2001-02-01T00:00:00Z")
    instance = t.body["roleAssignmentScheduleInstances"][0]["properties"]
    instance["principalId"] = t.STRANGER
    del instance["originRoleAssignmentId"]


TIMES = {
    "eligible-only": (lambda t: t.eligible(), FAIL),
    "eligible-above-only": (lambda t: t.eligible(t.AT_SUBSCRIPTION), FAIL),
    "eligible-and-assigned": (lambda t: (t.eligible(), t.assign()), PASS),
    "activated": (lambda t: t.activated("2999-01-01T00:00:00Z"), PASS),
    "activated-and-lapsed": (lambda t: t.activated("2001-02-01T00:00:00Z"), FAIL),
    "assigned-for-a-time": (lambda t: t.activated("2999-01-01T00:00:00Z", how="Assigned"), PASS),
    "assigned-for-a-time-that-is-over": (lambda t: t.activated("2001-02-01T00:00:00.123Z", how="Assigned"), FAIL),
    "assigned-without-an-end": (lambda t: t.activated(None, how="Assigned"), PASS),
    "lapsed-and-prolonged": (prolonged, PASS),
    "lapsed-for-somebody-else": (somebody_else_lapsed, PASS),
    "lapsed-beside-a-lasting-one": (
        lambda t: (t.activated("2001-02-01T00:00:00Z"), t.assign(scope=t.AT_SUBSCRIPTION)),
        PASS,
    ),
}


@pytest.mark.parametrize(("arrange", "expected"), TIMES.values(), ids=TIMES)
def test_time_of_the_assignment(tenant, arrange, expected):
    arrange(tenant)
    assert verdict_of(tenant).word == expected
