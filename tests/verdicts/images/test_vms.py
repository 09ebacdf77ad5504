"""VM001 and VM002 on a VM that was named as a target: the verdicts and the fixes."""

from __future__ import annotations

import itertools

import pytest

DEALLOCATED, RUNNING, GENERALIZED = "PowerState/deallocated", "PowerState/running", "OSState/generalized"


@pytest.mark.parametrize(
    ("statuses", "verdict"),
    [
        pytest.param((DEALLOCATED,), "pass", id="deallocated"),
        pytest.param(("ProvisioningState/succeeded", GENERALIZED, DEALLOCATED), "pass", id="among-others"),
        pytest.param(("powerstate/DEALLOCATED",), "pass", id="other-case"),
        pytest.param((RUNNING,), "fail", id="running"),
        pytest.param(("POWERSTATE/RUNNING",), "fail", id="running-other-case"),
        pytest.param(("PowerState/stopped",), "fail", id="stopped"),
        pytest.param(("PowerState/stopping",), "fail", id="stopping"),
        pytest.param(("PowerState/starting",), "fail", id="starting"),
        pytest.param(("PowerState/deallocating",), "fail", id="deallocating"),
        pytest.param((DEALLOCATED, "HibernationState/Hibernated"), "fail", id="hibernated"),
        pytest.param(("hibernationstate/hibernated", DEALLOCATED), "fail", id="hibernated-other-case"),
        pytest.param((RUNNING, "HibernationState/Hibernated"), "fail", id="running-and-hibernated"),
        pytest.param(("PowerState/unknown",), "not-evaluated", id="unknown"),
    ],
)
def test_the_power_state_decides_vm001(cloud, check, statuses, verdict):
    machine = cloud.vm(statuses=statuses)
    assert check(cloud, machine).verdict("VM001", machine) == verdict


@pytest.mark.parametrize(
    "statuses",
    [
        (),
        ("ProvisioningState/succeeded",),
        ("PowerState/deallocatedX",),
        ("XPowerState/deallocated",),
        ("PowerState/",),
        ("deallocated",),
        ("ProvisioningState/deallocated",),
        (DEALLOCATED, RUNNING),
        (RUNNING, DEALLOCATED),
    ],
    ids=str,
)
def test_nothing_but_the_code_proves_that_a_vm_is_deallocated(cloud, check, statuses):
    machine = cloud.vm(statuses=statuses)
    assert check(cloud, machine).verdict("VM001", machine) != "pass"


@pytest.mark.parametrize(
    ("statuses", "verdict"),
    [
        pytest.param((GENERALIZED, DEALLOCATED), "pass", id="generalized"),
        pytest.param(("osstate/GENERALIZED", DEALLOCATED), "pass", id="other-case"),
        pytest.param((GENERALIZED, RUNNING), "pass", id="generalized-and-running"),
        pytest.param((GENERALIZED, "PowerState/unknown"), "pass", id="generalized-power-unknown"),
        pytest.param((DEALLOCATED,), "fail", id="no-os-state"),
        pytest.param(("OSState/specialized", DEALLOCATED), "fail", id="specialized"),
        pytest.param(("OSState/generalizedX", DEALLOCATED), "fail", id="longer-code"),
        pytest.param(("XOSState/generalized", DEALLOCATED), "fail", id="other-family"),
        pytest.param(("ProvisioningState/generalized", DEALLOCATED), "fail", id="provisioning-state"),
        pytest.param(("generalized", DEALLOCATED), "fail", id="no-family"),
    ],
)
def test_the_mark_decides_vm002(cloud, check, statuses, verdict):
    machine = cloud.vm(statuses=statuses)
    assert check(cloud, machine).verdict("VM002", machine) == verdict


def test_statuses_of_disks_agents_and_extensions_are_not_the_machines(cloud, check):
    """What runs inside the guest writes extension statuses: it could claim anything there."""
    claim = [{"code": GENERALIZED, "level": "Info"}, {"code": DEALLOCATED, "level": "Info"}]
    view = cloud.view(RUNNING) | {
        "vmAgent": {"vmAgentVersion": "2.9", "statuses": claim, "extensionHandlers": [{"status": claim[0]}]},
        "extensions": [{"name": "x", "statuses": claim, "substatuses": claim}],
        "disks": [{"name": "os", "statuses": claim}],
        "patchStatus": {"configurationStatuses": claim},
    }
    machine = cloud.vm(view=view)
    run = check(cloud, machine)
    assert (run.verdict("VM001", machine), run.verdict("VM002", machine)) == ("fail", "fail")


def test_display_texts_prove_nothing(cloud, check):
    view = cloud.view(RUNNING)
    view["statuses"][0] |= {"displayStatus": "VM deallocated", "message": "OSState/generalized"}
    machine = cloud.vm(view=view)
    run = check(cloud, machine)
    assert (run.verdict("VM001", machine), run.verdict("VM002", machine)) == ("fail", "fail")


@pytest.mark.parametrize("statuses", [pytest.param(None, id="null"), pytest.param("left out", id="left-out")])
def test_an_instance_view_without_statuses_proves_nothing(cloud, check, statuses):
    view = cloud.view()
    view["statuses"] = None
    if statuses == "left out":
        del view["statuses"]
    machine = cloud.vm(view=view)
    run = check(cloud, machine)
    assert "pass" not in {run.verdict("VM001", machine), run.verdict("VM002", machine)}


def test_thousands_of_other_statuses_change_nothing(cloud, check):
    noise = tuple(f"Future{n}/deallocated" for n in range(3000))
    machine = cloud.vm(statuses=(*noise, DEALLOCATED, GENERALIZED))
    run = check(cloud, machine)
    assert (run.verdict("VM001", machine), run.verdict("VM002", machine)) == ("pass", "pass")


def test_a_pass_of_vm002_says_that_the_disk_was_not_looked_at(cloud, check):
    machine = cloud.vm()
    evidence = " ".join(check(cloud, machine).of("VM002", machine)["evidence"])
    assert "Azure recorded" in evidence
    assert "disk was not looked at" in evidence


def test_the_body_of_the_vm_is_not_the_full_instance_view(cloud, check):
    """A key missing from ``instanceViews`` is unread, whatever a list call wrote into the body."""
    machine = cloud.vm(view=cloud.absent)
    cloud.body(machine)["properties"]["instanceView"] = cloud.view(DEALLOCATED, GENERALIZED)
    run = check(cloud, machine)
    for rule in ("VM001", "VM002"):
        reason = run.of(rule, machine)["reason"]
        assert run.verdict(rule, machine) == "not-evaluated"
        assert (reason["kind"], reason["fact"]) == ("unread", "instance_view")
        assert reason["permission"] == "Microsoft.Compute/virtualMachines/instanceView/read"
    assert run.code == 3


def test_a_named_vm_fails_as_an_error(cloud, check):
    machine = cloud.vm(statuses=(RUNNING,))
    run = check(cloud, machine)
    assert [run.of(rule, machine)["severity"] for rule in ("VM001", "VM002")] == ["error", "error"]
    assert run.code == 1


@pytest.mark.parametrize(
    ("statuses", "ephemeral", "safety"),
    [
        pytest.param((RUNNING, GENERALIZED), False, "safe", id="running-generalized"),
        pytest.param(("PowerState/stopped", "OSState/GENERALIZED"), False, "safe", id="stopped-generalized"),
        pytest.param((RUNNING,), False, "unsafe", id="running"),
        pytest.param(("PowerState/stopped",), False, "unsafe", id="stopped"),
        pytest.param(("PowerState/starting",), False, None, id="starting"),
        pytest.param(("PowerState/stopping",), False, None, id="stopping"),
        pytest.param(("PowerState/deallocating",), False, None, id="deallocating"),
        pytest.param(("powerstate/STARTING", GENERALIZED), False, None, id="starting-generalized"),
        pytest.param((RUNNING,), True, None, id="ephemeral"),
        pytest.param((RUNNING, GENERALIZED), True, None, id="ephemeral-generalized"),
        pytest.param((DEALLOCATED, "HibernationState/Hibernated"), False, None, id="hibernated"),
    ],
)
def test_vm001_deallocates_where_that_helps(cloud, check, statuses, ephemeral, safety):
    machine = cloud.vm(statuses=statuses, ephemeral=ephemeral)
    run = check(cloud, machine)
    assert run.verdict("VM001", machine) == "fail"
    if safety is None:
        assert run.operations("VM001", machine) == []
        assert run.safety("VM001", machine) in {None, "manual"}
    else:
        assert run.operations("VM001", machine) == ["deallocate"]
        assert run.safety("VM001", machine) == safety


def test_an_unread_vm_is_judged_by_its_instance_view_but_not_deallocated(cloud, check):
    """Whether its OS disk is ephemeral is unread: then nobody knows that deallocating works."""
    machine = cloud.vm(statuses=(RUNNING,))
    cloud.unread(machine, "vm")
    run = check(cloud, machine, "--guest-is-prepared")
    assert (run.verdict("VM001", machine), run.verdict("VM002", machine)) == ("fail", "fail")
    assert run.operations("VM001", machine) == run.operations("VM002", machine) == []


def test_vm002_is_manual_unless_a_person_vouches(cloud, check):
    machine = cloud.vm(statuses=(DEALLOCATED,))
    run = check(cloud, machine)
    assert (run.safety("VM002", machine), run.operations("VM002", machine)) == ("manual", [])


@pytest.mark.parametrize("power", ["PowerState/deallocated", "PowerState/running", "PowerState/stopped"])
def test_vm002_deallocates_and_marks_where_a_person_vouches(cloud, check, power):
    machine = cloud.vm(statuses=(power,))
    run = check(cloud, machine, "--guest-is-prepared")
    operations = run.operations("VM002", machine)
    assert run.safety("VM002", machine) == "unsafe"
    assert operations in (["deallocate", "generalize"], ["generalize"])
    assert power == DEALLOCATED or operations[0] == "deallocate"
    assert [step["irreversible"] for step in run.of("VM002", machine)["fix"]["operations"]][-1] is True


@pytest.mark.parametrize(
    ("statuses", "ephemeral"),
    [
        pytest.param(("PowerState/starting",), False, id="starting"),
        pytest.param(("PowerState/stopping",), False, id="stopping"),
        pytest.param(("PowerState/deallocating",), False, id="deallocating"),
        pytest.param((RUNNING,), True, id="ephemeral"),
        pytest.param((DEALLOCATED, "HibernationState/Hibernated"), False, id="hibernated"),
    ],
)
def test_vm002_offers_nothing_where_it_cannot_deallocate_even_if_vouched_for(cloud, check, statuses, ephemeral):
    machine = cloud.vm(statuses=statuses, ephemeral=ephemeral)
    run = check(cloud, machine, "--guest-is-prepared")
    assert (run.verdict("VM002", machine), run.operations("VM002", machine)) == ("fail", [])


@pytest.mark.parametrize("flags", [(), ("--guest-is-prepared",)], ids=["plain", "vouched"])
def test_a_vm_is_never_started(cloud, check, flags):
    names = []
    for number, (power, mark) in enumerate(
        itertools.product(("running", "stopped", "stopping", "unknown", "deallocated"), ((), (GENERALIZED,)))
    ):
        names.append(cloud.vm(f"vm{number}", statuses=(f"PowerState/{power}", *mark)))
    run = check(cloud, *names, *flags)
    verbs = {verb for name in names for rule in ("VM001", "VM002") for verb in run.operations(rule, name)}
    assert verbs == ({"deallocate", "generalize"} if flags else {"deallocate"})


def test_a_vouched_for_vm_that_passes_gets_no_fix(cloud, check):
    machine = cloud.vm()
    run = check(cloud, machine, "--guest-is-prepared")
    assert [run.of(rule, machine).get("fix") for rule in ("VM001", "VM002")] == [None, None]
