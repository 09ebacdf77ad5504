"""ACC001, what is not known: not evaluated if and only if some value of it would change the verdict."""

import pytest

PASS, FAIL, UNKNOWN = "pass", "fail", "not-evaluated"


def unread(fact, scope=None):
    return lambda t: t.unread(fact, scope(t) if scope else None)


def drop(*sections):
    return lambda t: t.drop(*sections)


def without_directory_list(*names):
    def arrange(t):
        for name in names:
            del t.directory[name]

    return arrange


def foreign_directory(t):
    t.directory["tenantId"] = t.OTHER_DIRECTORY


NO_ROLES = {
    "roles-section-absent": drop("roleAssignments"),
    "roles-unread-at-the-gallery": unread("role_assignments"),
    "roles-unread-at-the-gallery-in-upper-case": unread("role_assignments", lambda t: t.AT_GALLERY.upper()),
    "roles-unread-at-the-resource-group": unread("role_assignments", lambda t: t.AT_GROUP),
    "roles-unread-at-the-subscription": unread("role_assignments", lambda t: t.AT_SUBSCRIPTION),
    "roles-unread-at-the-subscription-by-guid": unread("role_assignments", lambda t: t.SUBSCRIPTION),
    "roles-unread-at-the-subscription-by-guid-in-upper-case": unread(
        "role_assignments", lambda t: t.SUBSCRIPTION.upper()
    ),
}
NO_DENIES = {
    "denies-section-absent": drop("denyAssignments"),
    "denies-unread-at-the-gallery": unread("deny_assignments"),
    "denies-unread-at-the-resource-group": unread("deny_assignments", lambda t: t.AT_GROUP),
    "denies-unread-at-the-subscription": unread("deny_assignments", lambda t: t.AT_SUBSCRIPTION),
    "denies-unread-at-the-subscription-by-guid": unread("deny_assignments", lambda t: t.SUBSCRIPTION),
}
NO_DEFINITIONS = {
    "definitions-section-absent": drop("roleDefinitions"),
    "definitions-unread-at-the-gallery": unread("role_definitions"),
    "definitions-unread-at-the-resource-group": unread("role_definitions", lambda t: t.AT_GROUP),
    "definitions-unread-at-the-subscription": unread("role_definitions", lambda t: t.AT_SUBSCRIPTION),
    "definitions-unread-at-the-subscription-by-guid": unread("role_definitions", lambda t: t.SUBSCRIPTION),
}
NO_ANCESTRY = {
    "ancestry-section-absent": drop("managementGroups"),
    "ancestry-key-absent": lambda t: t.body["managementGroups"].clear(),
    "ancestry-unread-at-the-subscription": unread("management_groups", lambda t: t.AT_SUBSCRIPTION),
    "ancestry-unread-at-the-subscription-by-guid": unread("management_groups", lambda t: t.SUBSCRIPTION),
}
NO_DIRECTORY = {
    "directory-absent": drop("directory"),
    "directory-of-another-tenant": foreign_directory,
    "directory-unread": unread("directory", lambda t: t.DIRECTORY),
    "directory-unread-in-upper-case": unread("directory", lambda t: t.DIRECTORY.upper()),
}
NO_MEMBERS = {
    **NO_DIRECTORY,
    "members-absent": without_directory_list("members"),
}


def reason_names(verdict, fact):
    """The reason says which fact of what is missing, why, and what would answer it."""
    assert verdict.reason["kind"] == "unread"
    assert verdict.reason["fact"] == fact
    assert verdict.reason["scope"]
    assert verdict.reason["detail"]
    assert verdict.reason["permission"]


@pytest.mark.parametrize("lose", NO_ROLES.values(), ids=NO_ROLES)
def test_roles_unknown(tenant, lose):
    lose(tenant)
    verdict = tenant.judge("ACC001")
    assert verdict.word == UNKNOWN
    assert verdict.exit_code == 3
    reason_names(verdict, "role_assignments")


def test_roles_unread_at_the_gallery_win_over_the_list(tenant):
    tenant.assign()
    assert tenant.judge("ACC001").word == PASS
    tenant.unread("role_assignments")
    assert tenant.judge("ACC001").word == UNKNOWN


@pytest.mark.parametrize("scope", ["AT_GALLERY", "AT_GROUP"], ids=["gallery", "resource-group"])
def test_scope_of_what_is_unread_is_shown_as_azure_wrote_it(tenant, scope):
    tenant.unread("role_assignments", getattr(tenant, scope))
    assert tenant.judge("ACC001").reason["scope"] == getattr(tenant, scope)


@pytest.mark.parametrize("lose", NO_ROLES.values(), ids=NO_ROLES)
def test_roles_unknown_and_everyone_denied(tenant, lose):
    lose(tenant)
    tenant.deny()
    assert tenant.judge("ACC001").word == FAIL


@pytest.mark.parametrize("lose", NO_DENIES.values(), ids=NO_DENIES)
def test_denies_unknown_could_overturn_a_pass(tenant, lose):
    tenant.assign()
    lose(tenant)
    verdict = tenant.judge("ACC001")
    assert verdict.word == UNKNOWN
    reason_names(verdict, "deny_assignments")


@pytest.mark.parametrize("lose", NO_DENIES.values(), ids=NO_DENIES)
def test_denies_unknown_do_not_matter_to_a_failure(tenant, lose):
    tenant.assign(tenant.STRANGER)
    lose(tenant)
    assert tenant.judge("ACC001").word == FAIL


DEFINITIONS = {
    "custom-role": (lambda t: t.assign(role=t.CUSTOM), UNKNOWN),
    "custom-role-of-somebody-else": (lambda t: t.assign(t.STRANGER, role=t.CUSTOM), FAIL),
    "custom-role-of-the-neighbour": (lambda t: t.assign(role=t.CUSTOM, scope=t.AT_NEIGHBOUR), FAIL),
    "custom-role-and-denied": (lambda t: (t.assign(role=t.CUSTOM), t.deny()), FAIL),
    "custom-role-and-owner": (lambda t: (t.assign(role=t.CUSTOM), t.assign()), PASS),
    "owner": (lambda t: t.assign(), PASS),
    "contributor": (lambda t: t.assign(role=t.CONTRIBUTOR), FAIL),
    "reader": (lambda t: t.assign(role=t.READER), FAIL),
    "user-access-administrator": (lambda t: t.assign(role=t.ACCESS_ADMINISTRATOR), FAIL),
    "image-reader": (lambda t: t.assign(role=t.IMAGE_READER), FAIL),
}


@pytest.mark.parametrize("lose", NO_DEFINITIONS.values(), ids=NO_DEFINITIONS)
@pytest.mark.parametrize(("arrange", "expected"), DEFINITIONS.values(), ids=DEFINITIONS)
def test_definitions_unknown(tenant, arrange, expected, lose):
    arrange(tenant)
    lose(tenant)
    verdict = tenant.judge("ACC001")
    assert verdict.word == expected
    if expected == UNKNOWN:
        reason_names(verdict, "role_definitions")


def test_a_role_that_is_not_listed_is_unread(tenant):
    tenant.role(tenant.may("*/read"), oid=tenant.ROBOT)
    tenant.assign(role=tenant.CUSTOM)
    verdict = tenant.judge("ACC001")
    assert verdict.word == UNKNOWN
    reason_names(verdict, "role_definitions")


@pytest.mark.parametrize("lose", NO_DEFINITIONS.values(), ids=NO_DEFINITIONS)
def test_unread_definitions_win_over_the_list(tenant, lose):
    tenant.assign(role=tenant.role(tenant.may("*")))
    assert tenant.judge("ACC001").word == PASS
    lose(tenant)
    assert tenant.judge("ACC001").word == UNKNOWN


LEFT_OUT = {
    "its-permissions": lambda body: body["properties"].pop("permissions"),
    "its-properties": lambda body: body.pop("properties"),
}
HELD = {
    "by-the-publisher": (lambda t: t.assign(role=t.CUSTOM), UNKNOWN),
    "by-the-publisher-beside-owner": (lambda t: (t.assign(role=t.CUSTOM), t.assign()), PASS),
    "by-the-publisher-who-is-denied": (lambda t: (t.assign(role=t.CUSTOM), t.deny()), FAIL),
    "by-somebody-else": (lambda t: t.assign(t.STRANGER, role=t.CUSTOM), FAIL),
    "by-somebody-else-beside-the-publisher": (lambda t: (t.assign(t.STRANGER, role=t.CUSTOM), t.assign()), PASS),
    "by-nobody": (lambda t: t.assign(), PASS),
}


@pytest.mark.parametrize("omit", LEFT_OUT.values(), ids=LEFT_OUT)
@pytest.mark.parametrize(("arrange", "expected"), HELD.values(), ids=HELD)
def test_role_that_leaves_out_what_it_allows(tenant, arrange, expected, omit):
    tenant.role(tenant.may("*"))
    omit(tenant.body["roleDefinitions"][0])
    arrange(tenant)
    verdict = tenant.judge("ACC001")
    assert verdict.word == expected
    assert verdict.reason.get("kind", "unread") == "unread", "what was left out is unread, and no crash"


ANCESTRY = {
    "owner-at-a-management-group": (lambda t: t.assign(scope=t.at_management_group("mg")), UNKNOWN),
    "owner-at-a-management-group-and-the-gallery": (
        lambda t: (t.assign(scope=t.at_management_group("mg")), t.assign()),
        PASS,
    ),
    "owner-at-a-management-group-and-denied": (
        lambda t: (t.assign(scope=t.at_management_group("mg")), t.deny()),
        FAIL,
    ),
    "owner-at-the-gallery": (lambda t: t.assign(), PASS),
    "owner-at-the-root": (lambda t: t.assign(scope=t.AT_ROOT), PASS),
    "reader-at-a-management-group": (lambda t: t.assign(role=t.READER, scope=t.at_management_group("mg")), FAIL),
    "stranger-at-a-management-group": (lambda t: t.assign(t.STRANGER, scope=t.at_management_group("mg")), FAIL),
    "nobody": (lambda _: None, FAIL),
    "denied-at-a-management-group": (
        lambda t: (t.assign(), t.deny(scope=t.at_management_group("mg"))),
        UNKNOWN,
    ),
    "denied-at-a-management-group-alone": (
        lambda t: (t.assign(), t.deny(scope=t.at_management_group("mg"), here_only=True)),
        PASS,
    ),
    "deletion-denied-at-a-management-group": (
        lambda t: (t.assign(), t.deny(t.may("*/delete"), scope=t.at_management_group("mg"))),
        PASS,
    ),
    "stranger-denied-at-a-management-group": (
        lambda t: (t.assign(), t.deny(to=t.STRANGER, scope=t.at_management_group("mg"))),
        PASS,
    ),
    "nobody-and-denied-at-a-management-group": (lambda t: t.deny(scope=t.at_management_group("mg")), FAIL),
}


@pytest.mark.parametrize("lose", NO_ANCESTRY.values(), ids=NO_ANCESTRY)
@pytest.mark.parametrize(("arrange", "expected"), ANCESTRY.values(), ids=ANCESTRY)
def test_ancestry_unknown(tenant, arrange, expected, lose):
    arrange(tenant)
    lose(tenant)
    verdict = tenant.judge("ACC001")
    assert verdict.word == expected
    if expected == UNKNOWN:
        reason_names(verdict, "management_groups")


DIRECTORY = {
    "owner-for-the-publisher": (lambda t: t.assign(), UNKNOWN),
    "owner-for-a-group": (lambda t: t.assign(t.TEAM, kind="Group"), UNKNOWN),
    "everyone-denied": (lambda t: (t.assign(), t.deny()), FAIL),
    "everyone-denied-but-somebody": (lambda t: (t.assign(), t.deny(but=[(t.ROBOT, "User")])), UNKNOWN),
}


@pytest.mark.parametrize("lose", NO_DIRECTORY.values(), ids=NO_DIRECTORY)
@pytest.mark.parametrize(("arrange", "expected"), DIRECTORY.values(), ids=DIRECTORY)
def test_directory_unknown_and_publisher_given_by_address(tenant, arrange, expected, lose):
    arrange(tenant)
    lose(tenant)
    verdict = tenant.judge("ACC001")
    assert verdict.word == expected
    if expected == UNKNOWN:
        reason_names(verdict, "directory")


ANYBODY = {
    "nobody-holds-anything": (lambda _: None, FAIL),
    "nobody-holds-owner": (lambda t: t.assign(role=t.READER), FAIL),
    "owner-at-the-neighbour": (lambda t: t.assign(scope=t.AT_NEIGHBOUR), FAIL),
}


@pytest.mark.parametrize("lose", NO_DIRECTORY.values(), ids=NO_DIRECTORY)
@pytest.mark.parametrize(("arrange", "expected"), ANYBODY.values(), ids=ANYBODY)
def test_directory_does_not_matter_where_nobody_is_an_owner(tenant, arrange, expected, lose):
    arrange(tenant)
    lose(tenant)
    assert tenant.judge("ACC001").word == expected


def test_directory_does_not_matter_to_an_object_id_with_a_role_of_its_own(tenant):
    tenant.assign()
    tenant.drop("directory")
    assert tenant.judge("ACC001", publisher=tenant.PUBLISHER).word == PASS


def test_directory_matters_to_an_object_id_where_a_group_is_denied(tenant):
    tenant.assign()
    tenant.deny(to=tenant.TEAM, kind="Group")
    tenant.drop("directory")
    assert tenant.judge("ACC001", publisher=tenant.PUBLISHER).word == UNKNOWN


def test_users_missing_from_the_directory_are_unread(tenant):
    tenant.assign()
    del tenant.directory["users"]
    assert tenant.judge("ACC001").word == UNKNOWN


def test_service_principals_missing_from_the_directory_are_unread(tenant):
    tenant.assign(tenant.ROBOT, kind="ServicePrincipal")
    del tenant.directory["servicePrincipals"]
    assert tenant.judge("ACC001", publisher=tenant.ROBOT_APP).word == UNKNOWN


MEMBERS = {
    "owner-for-the-publisher": (lambda t: t.assign(), PASS),
    "owner-for-a-group": (lambda t: t.assign(t.TEAM, kind="Group"), UNKNOWN),
    "owner-for-a-group-and-the-publisher": (lambda t: (t.assign(t.TEAM, kind="Group"), t.assign()), PASS),
    "reader-for-a-group": (lambda t: t.assign(t.TEAM, role=t.READER, kind="Group"), FAIL),
    "owner-for-a-group-at-the-neighbour": (lambda t: t.assign(t.TEAM, scope=t.AT_NEIGHBOUR, kind="Group"), FAIL),
    "nobody": (lambda _: None, FAIL),
    "group-denied": (lambda t: (t.assign(), t.deny(to=t.TEAM, kind="Group")), UNKNOWN),
    "group-denied-deletion": (lambda t: (t.assign(), t.deny(t.may("*/delete"), to=t.TEAM, kind="Group")), PASS),
    "group-denied-but-the-publisher": (
        lambda t: (t.assign(), t.deny(to=t.TEAM, kind="Group", but=[(t.PUBLISHER, "User")])),
        PASS,
    ),
    "everyone-denied-but-a-group": (lambda t: (t.assign(), t.deny(but=[(t.TEAM, "Group")])), UNKNOWN),
    "everyone-denied-but-a-user": (lambda t: (t.assign(), t.deny(but=[(t.STRANGER, "User")])), FAIL),
    "nobody-and-group-denied": (lambda t: t.deny(to=t.TEAM, kind="Group"), FAIL),
}


@pytest.mark.parametrize(("arrange", "expected"), MEMBERS.values(), ids=MEMBERS)
def test_members_unknown(tenant, arrange, expected):
    tenant.group(tenant.TEAM, [tenant.PUBLISHER])
    arrange(tenant)
    del tenant.directory["members"]
    verdict = tenant.judge("ACC001")
    assert verdict.word == expected
    if expected == UNKNOWN:
        reason_names(verdict, "directory")


ELSEWHERE = {
    f"{fact}-of-{where}": (fact, scope)
    for fact in ("role_assignments", "deny_assignments", "role_definitions", "management_groups", "providers")
    for where, scope in {
        "the-neighbour": lambda t: t.AT_NEIGHBOUR,
        "another-resource-group": lambda t: t.AT_GROUP + "2",
        "another-subscription": lambda t: t.AT_OTHER_SUBSCRIPTION,
        "another-subscription-by-guid": lambda t: t.OTHER_SUBSCRIPTION,
    }.items()
} | {"directory-of-another-tenant": ("directory", lambda t: t.OTHER_DIRECTORY)}


@pytest.mark.parametrize(("fact", "scope"), ELSEWHERE.values(), ids=ELSEWHERE)
def test_what_is_unread_elsewhere_does_not_matter(tenant, fact, scope):
    tenant.assign(role=tenant.role(tenant.may("*")))
    tenant.unread(fact, scope(tenant))
    assert tenant.judge("ACC001").word == PASS


UNRELATED = ["definitions", "versions", "vm", "replication", "instance_view", "providers"]


@pytest.mark.parametrize("fact", UNRELATED)
@pytest.mark.parametrize("scope", ["AT_GALLERY", "AT_SUBSCRIPTION"], ids=["at-the-gallery", "at-the-subscription"])
def test_facts_that_say_nothing_about_ownership_do_not_matter(tenant, fact, scope):
    tenant.assign()
    tenant.unread(fact, getattr(tenant, scope))
    assert tenant.judge("ACC001").word == PASS


NO_SCHEDULES = {
    "eligibility-absent": drop("roleEligibilityScheduleInstances"),
    "eligibility-and-activations-absent": drop("roleEligibilityScheduleInstances", "roleAssignmentScheduleInstances"),
    "eligibility-unread-at-the-gallery": unread("eligibility"),
    "eligibility-unread-at-the-subscription": unread("eligibility", lambda t: t.AT_SUBSCRIPTION),
}


@pytest.mark.parametrize("lose", NO_SCHEDULES.values(), ids=NO_SCHEDULES)
@pytest.mark.parametrize("role", [None, "READER"], ids=["without-a-role", "with-a-lesser-role"])
def test_eligibility_never_saves_from_a_failure(tenant, lose, role):
    if role:
        tenant.assign(role=getattr(tenant, role))
    lose(tenant)
    assert tenant.judge("ACC001").word == FAIL


def test_several_things_unknown_and_one_certain_breach(tenant):
    tenant.assign(tenant.TEAM, role=tenant.CUSTOM, scope=tenant.at_management_group("mg"), kind="Group")
    tenant.deny(scope=tenant.AT_SUBSCRIPTION)
    tenant.drop("managementGroups", "roleDefinitions", "providers", "roleEligibilityScheduleInstances")
    tenant.unread("role_assignments")
    tenant.unread("directory", tenant.DIRECTORY)
    assert tenant.judge("ACC001").word == FAIL


def test_several_things_unknown_and_one_sufficient_proof(tenant):
    tenant.assign(tenant.TEAM, scope=tenant.at_management_group("mg"), kind="Group")
    tenant.assign(role=tenant.CUSTOM, scope=tenant.AT_GROUP)
    tenant.assign(condition="@Resource[x] StringEquals 'y'", scope=tenant.AT_SUBSCRIPTION)
    tenant.assign(tenant.COMPANY, kind="ForeignGroup")
    tenant.assign()
    tenant.drop("managementGroups", "roleDefinitions", "providers")
    del tenant.directory["members"]
    assert tenant.judge("ACC001").word == PASS


EITHER_WAY = {
    "management-group-that-gives-and-takes": (
        lambda t: (t.assign(scope=t.at_management_group("mg")), t.deny(scope=t.at_management_group("mg"))),
        lambda t: t.drop("managementGroups"),
    ),
    "group-that-is-given-and-denied": (
        lambda t: (t.assign(t.TEAM, kind="Group"), t.deny(to=t.TEAM, kind="Group")),
        lambda t: t.directory.pop("members"),
    ),
    "foreign-group-that-is-given-and-denied": (
        lambda t: (t.assign(t.TEAM, kind="ForeignGroup"), t.deny(to=t.TEAM, kind="ForeignGroup")),
        lambda t: t.directory["members"].clear(),
    ),
}


@pytest.mark.parametrize(("arrange", "lose"), EITHER_WAY.values(), ids=EITHER_WAY)
def test_one_unknown_that_gives_and_takes_never_passes(tenant, arrange, lose):
    """Above or not, member or not: either no role, or a role that is denied. Each side is judged by itself, so this
    is not-evaluated where a failure could be shown."""
    arrange(tenant)
    lose(tenant)
    assert tenant.judge("ACC001").word == UNKNOWN
