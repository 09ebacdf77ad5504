"""ACC001 counts as a warning where what ACC002 demands is met, and the exit code follows."""

import pytest

PASS, FAIL, UNKNOWN = "pass", "fail", "not-evaluated"
ERROR, WARNING = "error", "warning"


def unclear(t):
    """The publisher may be an owner or not: the condition is not understood."""
    t.assign(condition="(@Resource[Microsoft.Storage/storageAccounts:name] StringEquals 'images')")


def half_admitted(t):
    t.register()
    t.admit(t.REGISTRY)


def perhaps_admitted(t):
    t.register()
    t.admit(role=t.CUSTOM)


def perhaps_registered(t):
    t.admit()
    t.drop("providers")


def met(t):
    t.meet_partner_center()


def not_met(t):
    """Nothing of it."""


def not_held(t):
    """Nobody is an owner."""


# What the publisher holds, what Partner Center may, the verdict, its severity, and the exit code for each --fail-on.
CASES = {
    "fails-and-the-newer-way-is-met": (not_held, met, FAIL, WARNING, (0, 1, 1)),
    "fails-and-the-newer-way-is-not-met": (not_held, not_met, FAIL, ERROR, (1, 1, 1)),
    "fails-and-the-newer-way-is-half-met": (not_held, half_admitted, FAIL, ERROR, (1, 1, 1)),
    "fails-and-the-newer-way-is-unknown-by-its-role": (not_held, perhaps_admitted, FAIL, ERROR, (1, 1, 1)),
    "fails-and-the-newer-way-is-unknown-by-its-provider": (not_held, perhaps_registered, FAIL, ERROR, (1, 1, 1)),
    "unknown-and-the-newer-way-is-met": (unclear, met, UNKNOWN, WARNING, (0, 3, 3)),
    "unknown-and-the-newer-way-is-not-met": (unclear, not_met, UNKNOWN, ERROR, (3, 3, 3)),
    "unknown-and-the-newer-way-is-half-met": (unclear, half_admitted, UNKNOWN, ERROR, (3, 3, 3)),
    "unknown-and-the-newer-way-is-unknown": (unclear, perhaps_admitted, UNKNOWN, ERROR, (3, 3, 3)),
}


@pytest.mark.parametrize("level", range(3), ids=["error", "warning", "info"])
@pytest.mark.parametrize(("hold", "admit", "word", "severity", "codes"), CASES.values(), ids=CASES)
def test_severity_and_exit_code(tenant, hold, admit, word, severity, codes, level):
    hold(tenant)
    admit(tenant)
    verdict = tenant.judge("ACC001", "--fail-on", ("error", "warning", "info")[level])
    assert (verdict.word, verdict.severity) == (word, severity)
    assert verdict.exit_code == codes[level]


def test_lowered_failure_says_why(tenant):
    met(tenant)
    assert "ACC002" in tenant.judge("ACC001").text


def test_lowered_although_the_other_rule_is_ignored(tenant):
    met(tenant)
    verdict = tenant.judge("ACC001", "--ignore", "ACC002", select="ACC")
    assert (verdict.word, verdict.severity, verdict.exit_code) == (FAIL, WARNING, 0)


def test_lowered_without_a_publisher(tenant):
    met(tenant)
    verdict = tenant.judge("ACC001", publisher=None)
    assert (verdict.word, verdict.severity, verdict.exit_code) == (UNKNOWN, WARNING, 0)


def test_not_lowered_without_a_publisher_and_the_newer_way(tenant):
    verdict = tenant.judge("ACC001", publisher=None)
    assert (verdict.word, verdict.severity, verdict.exit_code) == (UNKNOWN, ERROR, 3)


def test_each_gallery_for_itself(tenant):
    tenant.gallery(tenant.AT_NEIGHBOUR)
    met(tenant)
    assert tenant.judge("ACC001").severity == WARNING
    verdict = tenant.judge("ACC001", gallery=tenant.AT_NEIGHBOUR)
    assert verdict.severity == ERROR
    assert verdict.exit_code == 1


EXITS = {
    "only-a-warning-fails": (lambda t: t.assign(), [], 0),
    "only-a-warning-fails-and-warnings-count": (lambda t: t.assign(), ["--fail-on", "warning"], 1),
    "only-a-warning-is-unknown": (lambda t: (t.assign(), perhaps_admitted(t)), [], 0),
    "only-a-warning-is-unknown-and-warnings-count": (
        lambda t: (t.assign(), perhaps_admitted(t)),
        ["--fail-on", "warning"],
        3,
    ),
    "an-error-is-unknown": (unclear, [], 3),
    "an-error-is-unknown-and-allowed": (unclear, ["--allow-unevaluated", "ACC001"], 0),
    "an-error-is-unknown-and-everything-allowed": (unclear, ["--allow-unevaluated", "all"], 0),
    "an-error-is-unknown-and-another-allowed": (unclear, ["--allow-unevaluated", "ACC002"], 3),
    "an-error-fails-and-unknown-is-allowed": (not_held, ["--allow-unevaluated", "ACC001"], 1),
    "an-error-is-unknown-and-a-counted-warning-fails": (unclear, ["--fail-on", "warning"], 1),
    "an-error-fails-with-exit-zero": (not_held, ["--exit-zero"], 0),
    "everything-passes-and-infos-count": (lambda t: (t.assign(), met(t)), ["--fail-on", "info"], 0),
}


@pytest.mark.parametrize(("arrange", "flags", "expected"), EXITS.values(), ids=EXITS)
def test_exit_code_of_the_access_rules_together(tenant, arrange, flags, expected):
    arrange(tenant)
    assert tenant.judge("ACC001", *flags, select="ACC,GAL").exit_code == expected


def test_error_elsewhere_wins_over_what_is_not_evaluated(tenant):
    unclear(tenant)
    verdict = tenant.judge("ACC001", select="ACC,GAL", tenants=[tenant.OTHER_DIRECTORY])
    assert verdict.word == UNKNOWN
    assert verdict.exit_code == 1
