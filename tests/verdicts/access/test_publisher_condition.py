"""ACC001: the condition that the portal recommends leaves an Owner an Owner; any other is not understood."""

import re

import pytest

PASS, FAIL, UNKNOWN = "pass", "fail", "not-evaluated"

SPACINGS = {
    "as-it-is": lambda text: text,
    "without-spaces-at-brackets": lambda text: re.sub(r"\s*([][(){},])\s*", r"\1", text),
    "one-token-a-line": lambda text: re.sub(r"([(){}])", r"\n\1\n", text),
    "line-ends-of-windows": lambda text: re.sub(r"([(){}])", r"\r\n \1\r\n ", text),
    "tabs": lambda text: text.replace(" ", "\t"),
    "wide": lambda text: text.replace(" ", "    "),
    "around-it": lambda text: f"\n  {text}\n",
    "in-one-more-pair-of-brackets": lambda text: f"({text})",
}


@pytest.mark.parametrize("space", SPACINGS.values(), ids=SPACINGS)
def test_recommended_condition_in_every_spacing(tenant, portal_condition, space):
    tenant.assign(condition=space(portal_condition()))
    verdict = tenant.judge("ACC001")
    assert verdict.word == PASS
    assert "condition" in " ".join(verdict.body["evidence"]), "the pass says that the role is conditioned"


VARIANTS = {
    "fewer-privileged-roles": lambda t, c: c(roles=(t.OWNER, t.ACCESS_ADMINISTRATOR)),
    "roles-in-upper-case": lambda t, c: c(roles=(t.OWNER.upper(), t.RBAC_ADMINISTRATOR.upper())),
    "roles-in-another-order": lambda t, c: c(roles=(t.RBAC_ADMINISTRATOR, t.ACCESS_ADMINISTRATOR, t.OWNER)),
    "actions-in-another-case": lambda _, c: c(
        write="microsoft.authorization/roleassignments/write", delete="MICROSOFT.AUTHORIZATION/ROLEASSIGNMENTS/DELETE"
    ),
    "clauses-in-the-other-order": lambda _, c: " AND ".join(reversed(c().split(" AND "))),
    "clause-on-writing-alone": lambda _, c: c().split(" AND ")[0],
    "clause-on-deleting-alone": lambda _, c: c().split(" AND ")[1],
}


@pytest.mark.parametrize("vary", VARIANTS.values(), ids=VARIANTS)
def test_variants_that_only_limit_assigning_roles(tenant, portal_condition, vary):
    tenant.assign(condition=vary(tenant, portal_condition))
    assert tenant.judge("ACC001").word == PASS


UNGUARDED = "(@Resource[Microsoft.Storage/storageAccounts:name] StringEquals 'images')"
OTHERS = {
    "no-guard-at-all": lambda _: UNGUARDED,
    "clause-without-a-guard-beside-the-portals": lambda c: f"{c()} AND {UNGUARDED}",
    "clause-without-a-guard-before-the-portals": lambda c: f"{UNGUARDED} AND {c()}",
    "clause-without-a-guard-between": lambda c: c().replace(" AND ", f" AND {UNGUARDED} AND "),
    "guard-of-another-action": lambda c: c(write="Microsoft.Compute/galleries/images/read"),
    "guard-of-everything": lambda c: c(write="*"),
    "guard-of-another-provider": lambda c: c(write="Contoso.Authorization/roleAssignments/write"),
    "guard-of-an-action-that-begins-alike": lambda c: c(write="Microsoft.Authorization/roleAssignmentsX/write"),
    "guard-without-its-not": lambda c: c().replace("!(ActionMatches", "(ActionMatches"),
    "guard-and-limit-instead-of-or": lambda c: c().replace(" OR ", " AND "),
    "guard-that-is-only-a-string": lambda _: (
        "(@Resource[Microsoft.Storage/storageAccounts:name] StringEquals "
        "'!(ActionMatches{Microsoft.Authorization/roleAssignments/write}) OR')"
    ),
    "negated-as-a-whole": lambda c: f"!({c()})",
    "bracket-missing": lambda c: c()[:-1],
    "bracket-too-many": lambda c: c() + ")",
    "words": lambda _: "no condition",
    "true-enough-for-a-text-search": lambda c: f'{UNGUARDED} OR @Request[x] StringEquals "{c()}"',
}


@pytest.mark.parametrize("condition", OTHERS.values(), ids=OTHERS)
def test_any_other_condition_is_not_understood(tenant, portal_condition, condition):
    tenant.assign(condition=condition(portal_condition))
    verdict = tenant.judge("ACC001")
    assert verdict.word == UNKNOWN
    assert verdict.reason["kind"] == "unsupported"
    assert verdict.exit_code == 3


BESIDE = {
    "beside-a-plain-one": (lambda t, c: (t.assign(condition=c), t.assign(scope=t.AT_GROUP)), PASS),
    "beside-a-plain-one-given-before": (lambda t, c: (t.assign(scope=t.AT_GROUP), t.assign(condition=c)), PASS),
    "of-somebody-else": (lambda t, c: t.assign(t.STRANGER, condition=c), FAIL),
    "of-a-lesser-role": (lambda t, c: t.assign(role=t.READER, condition=c), FAIL),
    "of-the-neighbour": (lambda t, c: t.assign(scope=t.AT_NEIGHBOUR, condition=c), FAIL),
    "and-denied-to-everyone": (lambda t, c: (t.assign(condition=c), t.deny()), FAIL),
    "through-a-group": (
        lambda t, c: (t.group(t.TEAM, [t.PUBLISHER]), t.assign(t.TEAM, kind="Group", condition=c)),
        UNKNOWN,
    ),
    "of-a-custom-role-equal-to-owner": (lambda t, c: t.assign(role=t.role(t.may("*")), condition=c), UNKNOWN),
}


@pytest.mark.parametrize(("arrange", "expected"), BESIDE.values(), ids=BESIDE)
def test_where_an_unknown_condition_matters(tenant, arrange, expected):
    arrange(tenant, UNGUARDED)
    assert tenant.judge("ACC001").word == expected
