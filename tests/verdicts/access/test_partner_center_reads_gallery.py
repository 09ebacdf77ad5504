"""ACC002: the provider is registered, and Microsoft's own two principals may read images and versions."""

import pytest

PASS, FAIL, UNKNOWN = "pass", "fail", "not-evaluated"


def judge(tenant, *flags):
    return tenant.judge("ACC002", *flags, publisher=None, tenants=())


def test_everything_in_place(tenant):
    tenant.meet_partner_center()
    verdict = judge(tenant)
    assert verdict.word == PASS
    assert verdict.severity == "warning"
    assert verdict.exit_code == 0


STATES = {
    "Registered": PASS,
    "registered": PASS,
    "REGISTERED": PASS,
    "NotRegistered": FAIL,
    "notregistered": FAIL,
    "Registering": FAIL,
    "Unregistering": FAIL,
    "Unregistered": FAIL,
}


@pytest.mark.parametrize(("state", "expected"), STATES.items(), ids=STATES)
def test_state_of_the_provider(tenant, state, expected):
    tenant.register(state)
    tenant.admit()
    assert judge(tenant).word == expected


KEYS = {
    "namespace-in-lower-case": lambda t: {t.SUBSCRIPTION: {t.PROVIDER.lower(): "Registered"}},
    "subscription-in-upper-case": lambda t: {t.SUBSCRIPTION.upper(): {t.PROVIDER: "Registered"}},
    "beside-other-providers": lambda t: {
        t.SUBSCRIPTION: {"Microsoft.Compute": "NotRegistered", t.PROVIDER: "Registered"},
        t.OTHER_SUBSCRIPTION: {t.PROVIDER: "NotRegistered"},
    },
}


@pytest.mark.parametrize("providers", KEYS.values(), ids=KEYS)
def test_where_the_state_is_found(tenant, providers):
    tenant.admit()
    tenant.body["providers"] = providers(tenant)
    assert judge(tenant).word == PASS


NO_PROVIDER = {
    "section-absent": lambda t: t.drop("providers"),
    "subscription-absent": lambda t: t.body["providers"].clear(),
    "subscription-absent-beside-another": lambda t: t.body.update(
        providers={t.OTHER_SUBSCRIPTION: {t.PROVIDER: "Registered"}}
    ),
    "unread-by-id": lambda t: t.unread("providers", t.AT_SUBSCRIPTION),
    "unread-by-guid": lambda t: t.unread("providers", t.SUBSCRIPTION),
    "unread-by-guid-in-upper-case": lambda t: t.unread("providers", t.SUBSCRIPTION.upper()),
}


@pytest.mark.parametrize("lose", NO_PROVIDER.values(), ids=NO_PROVIDER)
def test_provider_unknown(tenant, lose):
    tenant.meet_partner_center()
    lose(tenant)
    verdict = judge(tenant)
    assert verdict.word == UNKNOWN
    assert verdict.reason["fact"] == "providers"
    assert verdict.reason["permission"]
    assert verdict.exit_code == 0, "a warning that is not known does not count where only errors do"
    assert judge(tenant, "--fail-on", "warning").exit_code == 3


@pytest.mark.parametrize("lose", NO_PROVIDER.values(), ids=NO_PROVIDER)
def test_provider_unknown_and_a_principal_without_a_role(tenant, lose):
    tenant.admit(tenant.REGISTRY)
    lose(tenant)
    assert judge(tenant).word == FAIL


OWNERS = {
    "services": (lambda t: t.MICROSOFT_SERVICES, PASS),
    "services-in-upper-case": (lambda t: t.MICROSOFT_SERVICES.upper(), PASS),
    "corporate": (lambda t: t.MICROSOFT_CORPORATE, PASS),
    "corporate-in-upper-case": (lambda t: t.MICROSOFT_CORPORATE.upper(), PASS),
    "this-tenant": (lambda t: t.DIRECTORY, FAIL),
    "another-tenant": (lambda t: t.OTHER_DIRECTORY, FAIL),
    "nobody": (lambda _: None, FAIL),
}


@pytest.mark.parametrize("whose", ["REGISTRY", "CENTER"], ids=["registry", "center"])
@pytest.mark.parametrize(("owner", "expected"), OWNERS.values(), ids=OWNERS)
def test_owner_of_the_application(tenant, whose, owner, expected):
    tenant.meet_partner_center()
    tenant.principal(getattr(tenant, whose))["appOwnerOrganizationId"] = owner(tenant)
    assert judge(tenant).word == expected


@pytest.mark.parametrize("whose", ["REGISTRY", "CENTER"], ids=["registry", "center"])
def test_owner_left_out_of_the_body_is_not_known(tenant, whose):
    tenant.meet_partner_center()
    del tenant.principal(getattr(tenant, whose))["appOwnerOrganizationId"]
    assert judge(tenant).word == UNKNOWN


def forge(t, name, app="forged"):
    """A principal that took the name, owned by this tenant, with the role."""
    t.service_principal(t.ROBOT_APP, app, name, t.DIRECTORY)
    t.admit(t.ROBOT_APP)


FORGERIES = {
    "beside-the-true-ones": (lambda t: (t.admit(), forge(t, t.CENTER_NAME)), PASS),
    "instead-of-the-true-role": (lambda t: (t.admit(t.REGISTRY), forge(t, t.CENTER_NAME)), FAIL),
    "instead-of-the-true-principal": (
        lambda t: (t.remove_principals(t.CENTER), t.admit(t.REGISTRY), forge(t, t.CENTER_NAME)),
        FAIL,
    ),
    "instead-of-the-true-registry": (
        lambda t: (t.remove_principals(t.REGISTRY), t.admit(t.CENTER), forge(t, t.REGISTRY_NAME)),
        FAIL,
    ),
    "registry-application-of-another-owner": (
        lambda t: (t.remove_principals(t.REGISTRY), t.admit(t.CENTER), forge(t, t.REGISTRY_NAME, t.REGISTRY_APP)),
        FAIL,
    ),
}


@pytest.mark.parametrize(("arrange", "expected"), FORGERIES.values(), ids=FORGERIES)
def test_forged_principal_is_not_believed(tenant, arrange, expected):
    tenant.register()
    arrange(tenant)
    verdict = judge(tenant)
    assert verdict.word == expected
    assert all((step.get("principal") or {}).get("id") != tenant.ROBOT_APP for step in verdict.operations)


@pytest.mark.parametrize("whose", ["REGISTRY", "CENTER"], ids=["registry", "center"])
def test_principal_that_is_not_there(tenant, whose):
    tenant.meet_partner_center()
    tenant.remove_principals(getattr(tenant, whose))
    assert judge(tenant).word == FAIL


SCOPES = {
    "gallery": (lambda t: t.admit(), PASS),
    "gallery-in-upper-case": (lambda t: t.admit(scope=t.AT_GALLERY.upper()), PASS),
    "resource-group": (lambda t: t.admit(scope=t.AT_GROUP), PASS),
    "subscription": (lambda t: t.admit(scope=t.AT_SUBSCRIPTION), PASS),
    "root": (lambda t: t.admit(scope=t.AT_ROOT), PASS),
    "management-group-above": (
        lambda t: (t.management_group("mg"), t.admit(scope=t.at_management_group("mg"))),
        PASS,
    ),
    "management-group-elsewhere": (lambda t: t.admit(scope=t.at_management_group("mg")), FAIL),
    "neighbour": (lambda t: t.admit(scope=t.AT_NEIGHBOUR), FAIL),
    "definition-below": (lambda t: t.admit(scope=t.AT_DEFINITION), FAIL),
    "other-subscription": (lambda t: t.admit(scope=t.AT_OTHER_SUBSCRIPTION), FAIL),
    "one-at-the-gallery-one-above": (
        lambda t: (t.admit(t.REGISTRY), t.admit(t.CENTER, scope=t.AT_SUBSCRIPTION)),
        PASS,
    ),
    "registry-alone": (lambda t: t.admit(t.REGISTRY), FAIL),
    "center-alone": (lambda t: t.admit(t.CENTER), FAIL),
    "neither": (lambda _: None, FAIL),
    "ids-in-upper-case": (lambda t: t.admit(t.REGISTRY.upper(), t.CENTER.upper()), PASS),
    "through-nested-groups": (
        lambda t: (
            t.group(t.TEAM, [t.REGISTRY, t.CENTER]),
            t.group(t.DIVISION, [t.TEAM]),
            t.assign(t.DIVISION, role=t.IMAGE_READER, kind="Group"),
        ),
        PASS,
    ),
}


@pytest.mark.parametrize(("arrange", "expected"), SCOPES.values(), ids=SCOPES)
def test_scope_and_holder_of_the_role(tenant, arrange, expected):
    tenant.register()
    arrange(tenant)
    assert judge(tenant).word == expected


def admit_with(*blocks):
    return lambda t: t.admit(role=t.role(*(block(t) for block in blocks)))


def admit_with_two_roles(t):
    t.admit(role=t.role(t.may(t.READ_IMAGES), oid=t.TEAM))
    t.admit(role=t.role(t.may(t.READ_VERSIONS), oid=t.DIVISION), scope=t.AT_GROUP)


ROLES = {
    "image-reader": (lambda t: t.admit(role=t.IMAGE_READER), PASS),
    "image-reader-in-upper-case": (lambda t: t.admit(role=t.IMAGE_READER.upper()), PASS),
    "reader": (lambda t: t.admit(role=t.READER), PASS),
    "contributor": (lambda t: t.admit(role=t.CONTRIBUTOR), PASS),
    "owner": (lambda t: t.admit(role=t.OWNER), PASS),
    "user-access-administrator": (lambda t: t.admit(role=t.ACCESS_ADMINISTRATOR), PASS),
    "custom-exactly-the-two": (admit_with(lambda t: t.may(t.READ_IMAGES, t.READ_VERSIONS)), PASS),
    "custom-in-two-blocks": (admit_with(lambda t: t.may(t.READ_IMAGES), lambda t: t.may(t.READ_VERSIONS)), PASS),
    "custom-wildcard": (admit_with(lambda t: t.may("microsoft.compute/GALLERIES/images/*")), PASS),
    "custom-wildcard-inside": (admit_with(lambda t: t.may("Microsoft.Compute/*/read")), PASS),
    "two-roles-together": (admit_with_two_roles, PASS),
    "custom-images-alone": (admit_with(lambda t: t.may(t.READ_IMAGES)), FAIL),
    "custom-versions-alone": (admit_with(lambda t: t.may(t.READ_VERSIONS)), FAIL),
    "custom-gallery-alone": (admit_with(lambda t: t.may(t.READ_GALLERY)), FAIL),
    "custom-less-versions": (admit_with(lambda t: t.may("*/read", less=[t.READ_VERSIONS])), FAIL),
    "custom-less-versions-in-another-case": (
        admit_with(lambda t: t.may("*/read", less=[t.READ_VERSIONS.upper()])),
        FAIL,
    ),
    "custom-less-what-another-block-gives": (
        admit_with(lambda t: t.may("*/read", less=[t.READ_VERSIONS]), lambda t: t.may(t.READ_VERSIONS)),
        PASS,
    ),
    "custom-of-data": (admit_with(lambda t: t.may(data=["*"])), FAIL),
    "custom-that-took-the-name": (
        lambda t: t.admit(role=t.role(t.may(t.READ_GALLERY), name="Compute Gallery Image Reader")),
        FAIL,
    ),
    "wildcard-of-applications": (admit_with(lambda t: t.may("Microsoft.Compute/galleries/applications/*")), FAIL),
}


@pytest.mark.parametrize(("arrange", "expected"), ROLES.values(), ids=ROLES)
def test_role_of_the_principals(tenant, arrange, expected):
    tenant.register()
    arrange(tenant)
    assert judge(tenant).word == expected


DENIES = {
    "everything-to-everyone": (lambda t: t.deny(), FAIL),
    "reading-to-everyone-at-the-subscription": (lambda t: t.deny(t.may("*/read"), scope=t.AT_SUBSCRIPTION), FAIL),
    "reading-images-to-the-registry": (lambda t: t.deny(t.may(t.READ_IMAGES), to=t.REGISTRY), FAIL),
    "reading-versions-to-the-center": (lambda t: t.deny(t.may(t.READ_VERSIONS), to=t.CENTER), FAIL),
    "reading-the-gallery-alone": (lambda t: t.deny(t.may(t.READ_GALLERY)), PASS),
    "everything-but-the-two": (lambda t: t.deny(t.may("*", less=[t.READ_IMAGES, t.READ_VERSIONS])), PASS),
    "deletion": (lambda t: t.deny(t.may("*/delete", "*/write")), PASS),
    "to-somebody-else": (lambda t: t.deny(to=t.STRANGER), PASS),
    "to-a-group-with-the-center": (
        lambda t: (t.group(t.TEAM, [t.CENTER]), t.deny(to=t.TEAM, kind="Group")),
        FAIL,
    ),
    "to-everyone-but-both": (
        lambda t: t.deny(but=[(t.REGISTRY, "ServicePrincipal"), (t.CENTER, "ServicePrincipal")]),
        PASS,
    ),
    "to-everyone-but-one": (lambda t: t.deny(but=[(t.REGISTRY, "ServicePrincipal")]), FAIL),
    "to-everyone-but-a-group-with-both": (
        lambda t: (t.group(t.TEAM, [t.REGISTRY, t.CENTER]), t.deny(but=[(t.TEAM, "Group")])),
        PASS,
    ),
    "at-the-neighbour": (lambda t: t.deny(scope=t.AT_NEIGHBOUR), PASS),
    "at-the-subscription-alone": (lambda t: t.deny(scope=t.AT_SUBSCRIPTION, here_only=True), PASS),
    "at-the-management-group-above": (
        lambda t: (t.management_group("mg"), t.deny(scope=t.at_management_group("mg"))),
        FAIL,
    ),
    "at-a-management-group-elsewhere": (lambda t: t.deny(scope=t.at_management_group("mg")), PASS),
}


@pytest.mark.parametrize(("arrange", "expected"), DENIES.values(), ids=DENIES)
def test_denies_on_the_principals(tenant, arrange, expected):
    tenant.meet_partner_center()
    arrange(tenant)
    assert judge(tenant).word == expected


OTHER_CONDITION = "(@Resource[Microsoft.Compute/galleries/images:name] StringEquals 'linux')"


def test_conditioned_role_is_not_understood(tenant):
    tenant.register()
    tenant.admit(condition=OTHER_CONDITION)
    assert judge(tenant).word == UNKNOWN


def test_conditioned_role_does_not_matter_beside_a_plain_one(tenant):
    tenant.meet_partner_center()
    tenant.admit(role=tenant.READER, condition=OTHER_CONDITION, scope=tenant.AT_GROUP)
    assert judge(tenant).word == PASS


def test_condition_on_assigning_roles_leaves_reading(tenant, portal_condition):
    tenant.register()
    tenant.admit(role=tenant.OWNER, condition=portal_condition())
    assert judge(tenant).word == PASS


UNKNOWNS = {
    "roles-absent": (lambda t: t.drop("roleAssignments"), "role_assignments"),
    "roles-unread-at-the-gallery": (lambda t: t.unread("role_assignments"), "role_assignments"),
    "denies-absent": (lambda t: t.drop("denyAssignments"), "deny_assignments"),
    "denies-unread-at-the-gallery": (lambda t: t.unread("deny_assignments"), "deny_assignments"),
    "denies-unread-at-the-resource-group": (lambda t: t.unread("deny_assignments", t.AT_GROUP), "deny_assignments"),
    "denies-unread-at-the-subscription": (
        lambda t: t.unread("deny_assignments", t.AT_SUBSCRIPTION),
        "deny_assignments",
    ),
    "denies-unread-at-the-subscription-by-guid": (
        lambda t: t.unread("deny_assignments", t.SUBSCRIPTION),
        "deny_assignments",
    ),
    "directory-absent": (lambda t: t.drop("directory"), "directory"),
    "directory-unread": (lambda t: t.unread("directory", t.DIRECTORY), "directory"),
    "directory-of-another-tenant": (lambda t: t.directory.update(tenantId=t.OTHER_DIRECTORY), "directory"),
    "service-principals-absent": (lambda t: t.directory.pop("servicePrincipals"), "directory"),
}


@pytest.mark.parametrize(("lose", "fact"), UNKNOWNS.values(), ids=UNKNOWNS)
def test_unknown_could_overturn_a_pass(tenant, lose, fact):
    tenant.meet_partner_center()
    lose(tenant)
    verdict = judge(tenant)
    assert verdict.word == UNKNOWN
    assert verdict.reason["kind"] == "unread"
    assert verdict.reason["fact"] == fact


@pytest.mark.parametrize(("lose", "fact"), UNKNOWNS.values(), ids=UNKNOWNS)
def test_unknown_does_not_matter_where_the_provider_is_not_registered(tenant, lose, fact):
    tenant.admit()
    lose(tenant)
    assert judge(tenant).word == FAIL, fact


PARTLY = {
    "definitions-absent-and-a-built-in-role": (
        lambda t: (t.admit(), t.drop("roleDefinitions")),
        PASS,
    ),
    "definitions-unread-and-a-built-in-role": (lambda t: (t.admit(), t.unread("role_definitions")), PASS),
    "definitions-absent-and-a-custom-role": (
        lambda t: (t.admit(role=t.CUSTOM), t.drop("roleDefinitions")),
        UNKNOWN,
    ),
    "role-that-is-not-listed": (lambda t: t.admit(role=t.CUSTOM), UNKNOWN),
    "role-that-is-not-listed-for-one-and-nothing-for-the-other": (
        lambda t: t.admit(t.REGISTRY, role=t.CUSTOM),
        FAIL,
    ),
    "ancestry-unread-and-a-role-at-the-gallery": (
        lambda t: (t.admit(), t.drop("managementGroups")),
        PASS,
    ),
    "ancestry-unread-and-a-role-at-a-management-group": (
        lambda t: (t.admit(scope=t.at_management_group("mg")), t.drop("managementGroups")),
        UNKNOWN,
    ),
    "ancestry-unread-and-a-deny-at-a-management-group": (
        lambda t: (t.admit(), t.deny(scope=t.at_management_group("mg")), t.drop("managementGroups")),
        UNKNOWN,
    ),
    "members-absent-and-direct-roles": (lambda t: (t.admit(), t.directory.pop("members")), PASS),
    "members-absent-and-a-group-with-the-role": (
        lambda t: (
            t.group(t.TEAM),
            t.assign(t.TEAM, role=t.IMAGE_READER, kind="Group"),
            t.directory.pop("members"),
        ),
        UNKNOWN,
    ),
    "users-and-groups-absent": (lambda t: (t.admit(), t.directory.pop("users"), t.directory.pop("groups")), PASS),
    "roles-unread-and-everyone-denied": (lambda t: (t.unread("role_assignments"), t.deny()), FAIL),
    "denies-unread-and-one-without-a-role": (lambda t: (t.admit(t.CENTER), t.drop("denyAssignments")), FAIL),
    "directory-unread-and-everyone-denied": (lambda t: (t.drop("directory"), t.deny()), FAIL),
    "directory-unread-and-nobody-holds-anything": (lambda t: t.drop("directory"), FAIL),
    "service-principals-absent-and-nobody-holds-anything": (lambda t: t.directory.pop("servicePrincipals"), FAIL),
    "service-principals-absent-and-everyone-denied": (
        lambda t: (t.admit(), t.directory.pop("servicePrincipals"), t.deny()),
        FAIL,
    ),
    "subscription-unread-and-everyone-denied": (
        lambda t: (t.admit(), t.unread("subscription", t.SUBSCRIPTION), t.deny()),
        FAIL,
    ),
    "foreign-group-that-reads": (lambda t: t.assign(t.TEAM, role=t.READER, kind="ForeignGroup"), UNKNOWN),
    "foreign-group-that-reads-beside-their-own-roles": (
        lambda t: (t.admit(), t.assign(t.TEAM, role=t.READER, kind="ForeignGroup")),
        PASS,
    ),
    "owner-left-out-of-one-without-a-role": (
        lambda t: (t.admit(t.REGISTRY), t.principal(t.CENTER).pop("appOwnerOrganizationId")),
        FAIL,
    ),
    "owner-left-out-of-one-beside-the-true-one": (
        lambda t: (
            t.admit(),
            t.service_principal(t.ROBOT_APP, "other", t.CENTER_NAME, None),
            t.principal(t.ROBOT_APP).pop("appOwnerOrganizationId"),
        ),
        PASS,
    ),
    "role-that-leaves-out-what-it-allows": (
        lambda t: (t.admit(role=t.role()), t.body["roleDefinitions"][0]["properties"].pop("permissions")),
        UNKNOWN,
    ),
    "role-that-leaves-out-what-it-allows-beside-a-plain-one": (
        lambda t: (t.admit(role=t.role()), t.body["roleDefinitions"][0]["properties"].pop("permissions"), t.admit()),
        PASS,
    ),
    "role-that-leaves-out-what-it-allows-and-everyone-denied": (
        lambda t: (t.admit(role=t.role()), t.body["roleDefinitions"][0]["properties"].pop("permissions"), t.deny()),
        FAIL,
    ),
    "publisher-facts-do-not-matter": (
        lambda t: (t.admit(), t.unread("instance_view"), t.unread("definitions"), t.unread("versions")),
        PASS,
    ),
    "unread-at-the-neighbour": (
        lambda t: (
            t.admit(),
            t.unread("role_assignments", t.AT_NEIGHBOUR),
            t.unread("deny_assignments", t.AT_OTHER_SUBSCRIPTION),
            t.unread("providers", t.OTHER_SUBSCRIPTION),
        ),
        PASS,
    ),
}


@pytest.mark.parametrize(("arrange", "expected"), PARTLY.values(), ids=PARTLY)
def test_three_valued(tenant, arrange, expected):
    tenant.register()
    arrange(tenant)
    assert judge(tenant).word == expected
