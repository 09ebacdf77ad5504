"""The VM that a version was captured from: how it is found, and how it is judged."""

from __future__ import annotations

import itertools

import pytest

BEFORE, PUBLISHED, AFTER = "2026-04-01T00:00:00+00:00", "2026-05-01T10:00:00+00:00", "2026-06-01T00:00:00+00:00"
RUNNING = ("PowerState/running",)


def vm_results(run):
    """Asset and verdict of everything that VM001 and VM002 said."""
    return {(r["rule"], r["asset"].rsplit("/", 1)[-1], r["verdict"]) for r in run.results if r["rule"][:2] == "VM"}


def both(asset, verdict):
    return {("VM001", asset, verdict), ("VM002", asset, verdict)}


def _lead(cloud, form, machine):
    """The storage source of a version that leads to a machine in this form; what it needs is added."""
    gallery = cloud.gallery("upstream")
    definition = cloud.definition(gallery, "base")
    if form == "virtualMachineId":
        return {"virtualMachineId": machine}
    if form == "source.id":
        return {"id": machine}
    if form == "managed-image":
        return {"id": cloud.managed_image("golden", machine)}
    first = cloud.version(definition, "1.0.0", source={"virtualMachineId": machine})
    if form == "version":
        return {"id": first}
    if form == "version-in-other-case":
        return {"id": first.upper()}
    if form == "version-of-version":
        return {"id": cloud.version(definition, "1.0.1", source={"id": first})}
    assert form == "version-of-managed-image"
    image = cloud.managed_image("golden", machine)
    return {"id": cloud.version(definition, "1.0.1", source={"id": image})}


FORMS = (
    "virtualMachineId",
    "source.id",
    "managed-image",
    "version",
    "version-in-other-case",
    "version-of-version",
    "version-of-managed-image",
)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("other_case", [False, True], ids=["as-written", "upper-case-id"])
def test_every_form_of_source_leads_to_the_vm(cloud, check, form, other_case):
    machine = cloud.vm(statuses=RUNNING)
    source = _lead(cloud, form, machine.upper() if other_case else machine)
    cloud.version(cloud.definition(cloud.gallery()), source=source)
    run = check(cloud, "gallery:rg/gal")
    assert vm_results(run) == both("builder", "fail")
    for rule in ("VM001", "VM002"):
        assert run.of(rule, machine)["severity"] == "warning"
        assert run.operations(rule, machine) == []


@pytest.mark.parametrize("form", FORMS)
def test_a_source_vm_in_order_passes(cloud, check, form):
    machine = cloud.vm()
    cloud.version(cloud.definition(cloud.gallery()), source=_lead(cloud, form, machine))
    assert vm_results(check(cloud, "gallery:rg/gal")) == both("builder", "pass")


def test_what_the_source_pulls_in_is_not_judged_itself(cloud, check):
    """The gallery that a version was copied from is on the road to the VM, and no asset of the run."""
    source = _lead(cloud, "version-of-version", cloud.vm())
    cloud.version(cloud.definition(cloud.gallery()), source=source)
    run = check(cloud, "gallery:rg/gal")
    assert not [asset for asset in run.assets() if "/upstream" in asset]


@pytest.mark.parametrize(
    ("source", "disk"),
    [
        pytest.param(
            {"communityGalleryImageId": "/communityGalleries/p/images/i/versions/1.0.0"}, None, id="community"
        ),
        pytest.param({"id": "/sharedGalleries/u/images/i/versions/1.0.0"}, None, id="shared"),
        pytest.param(None, {"id": "SNAPSHOT"}, id="disk-snapshot"),
        pytest.param(None, {"id": "DISK"}, id="disk"),
        pytest.param(None, {"uri": "https://s.blob.example/c/os.vhd", "storageAccountId": "STORAGE"}, id="blob"),
    ],
)
def test_a_source_that_is_no_vm_is_not_applicable(cloud, check, source, disk):
    holder = f"/subscriptions/{cloud.subscription}/resourceGroups/rg/providers"
    places = {
        "SNAPSHOT": cloud.compute_id("snapshots/s"),
        "DISK": cloud.disk("d"),
        "STORAGE": f"{holder}/Microsoft.Storage/storageAccounts/s",
    }
    disk = disk and {key: places.get(value, value) for key, value in disk.items()}
    version = cloud.version(cloud.definition(cloud.gallery()), source=source, disk=disk)
    run = check(cloud)
    assert {run.verdict(rule, version) for rule in ("VM001", "VM002")} == {"not-applicable"}
    assert vm_results(run) == both("1.0.0", "not-applicable")


def test_a_managed_image_made_of_no_vm_is_not_applicable(cloud, check):
    cloud.version(cloud.definition(cloud.gallery()), source={"id": cloud.managed_image("golden", None)})
    run = check(cloud)
    assert run.verdicts("VM001") == run.verdicts("VM002") == {"not-applicable"}


@pytest.mark.parametrize(
    "missing", ["virtualMachines/gone", "images/gone", "galleries/gone/images/i/versions/1.0.0"], ids=str
)
@pytest.mark.parametrize(
    ("elsewhere", "verdict"), [(False, "not-applicable"), (True, "not-evaluated")], ids=["listed", "other-subscription"]
)
def test_a_source_that_is_gone_is_not_applicable_only_where_the_file_is_complete(
    cloud, check, missing, elsewhere, verdict
):
    other = "0a1b2c3d-0000-4000-8000-00000000000c"
    source = cloud.compute_id(missing, subscription=other if elsewhere else "")
    cloud.version(cloud.definition(cloud.gallery()), source={"id": source})
    run = check(cloud)
    assert run.verdicts("VM001") == run.verdicts("VM002") == {verdict}


@pytest.mark.parametrize("value", [{}, 7, ["/subscriptions"]], ids=repr)
def test_a_source_that_cannot_be_read_is_unread_and_not_another_form(cloud, check, value):
    version = cloud.version(cloud.definition(cloud.gallery()))
    cloud.body(version)["properties"]["storageProfile"]["source"] = {"virtualMachineId": value}
    run = check(cloud)
    assert run.code == 2 or run.verdicts("VM001") == run.verdicts("VM002") == {"not-evaluated"}


@pytest.mark.parametrize("value", [None, "left out", []], ids=repr)
def test_a_version_without_its_members_does_not_say_where_it_came_from(cloud, check, value):
    version = cloud.version(cloud.definition(cloud.gallery()))
    body = cloud.body(version)
    body["properties"] = value
    if value == "left out":
        del body["properties"]
    run = check(cloud)
    assert run.code == 2 or run.verdicts("VM001") == run.verdicts("VM002") == {"not-evaluated"}


@pytest.mark.parametrize("scope", ["vm", "subscription", "subscription-guid"])
def test_a_source_vm_that_could_not_be_read_is_not_taken_for_deleted(cloud, check, scope):
    machine = cloud.compute_id("virtualMachines/hidden")
    cloud.version(cloud.definition(cloud.gallery()), source={"virtualMachineId": machine})
    places = {
        "vm": machine,
        "subscription": f"/subscriptions/{cloud.subscription}",
        "subscription-guid": cloud.subscription,
    }
    cloud.unread(places[scope], "vm")
    run = check(cloud)
    assert run.verdicts("VM001") == run.verdicts("VM002") == {"not-evaluated"}


def test_a_version_between_that_could_not_be_read_is_not_taken_for_deleted(cloud, check):
    definition = cloud.definition(cloud.gallery("upstream"), "base")
    first = cloud.version(definition, source={"virtualMachineId": cloud.vm()})
    cloud.version(cloud.definition(cloud.gallery()), source={"id": first})
    cloud.unread(definition, "versions")
    run = check(cloud, "gallery:rg/gal")
    assert run.verdicts("VM001") == run.verdicts("VM002") == {"not-evaluated"}


def test_versions_that_name_each_other_in_a_circle_end(cloud, check):
    definition = cloud.definition(cloud.gallery())
    ids = [f"{definition}/versions/1.0.{n}" for n in range(3)]
    for number in range(3):
        cloud.version(definition, f"1.0.{number}", source={"id": ids[(number + 1) % 3]})
    own = cloud.definition(cloud.gallery("other"))
    cloud.version(own, source={"id": f"{own}/versions/1.0.0".upper()})
    run = check(cloud)
    assert run.verdicts("VM001") | run.verdicts("VM002") <= {"not-applicable", "not-evaluated"}
    assert {verdict for (rule, _), verdict in run.table().items() if rule == "VER002"} == {"pass"}


def test_a_very_long_chain_of_copies_ends_without_a_pass_that_nobody_read(cloud, check):
    definition = cloud.definition(cloud.gallery("upstream"))
    source = {"virtualMachineId": cloud.vm(statuses=RUNNING)}
    for number in range(1500):
        source = {"id": cloud.version(definition, f"1.0.{number}", source=source)}
    cloud.version(cloud.definition(cloud.gallery()), source=source)
    run = check(cloud, "gallery:rg/gal")
    assert run.verdicts("VM001") in ({"fail"}, {"not-evaluated"})
    assert not [r for r in run.results if (r.get("reason") or {}).get("kind") == "crashed"]


def test_two_versions_of_one_vm_give_one_result(cloud, check):
    definition, machine = cloud.definition(cloud.gallery()), cloud.vm()
    cloud.version(definition, "1.0.0", source={"virtualMachineId": machine})
    cloud.version(definition, "1.0.1", source={"id": machine.lower()})
    assert vm_results(check(cloud)) == both("builder", "pass")


def test_a_source_vm_in_another_listed_subscription_is_judged(cloud, check):
    other = "0a1b2c3d-0000-4000-8000-00000000000c"
    cloud.add_subscription(other)
    machine = cloud.vm(subscription=other, statuses=RUNNING)
    cloud.version(cloud.definition(cloud.gallery()), source={"virtualMachineId": machine})
    run = check(cloud)
    assert vm_results(run) == both("builder", "fail")
    assert {run.of(rule, machine)["severity"] for rule in ("VM001", "VM002")} == {"warning"}


@pytest.mark.parametrize(
    ("created", "verdict"),
    [
        pytest.param(BEFORE, "fail", id="before"),
        pytest.param("2026-05-01T09:59:59.9999999+00:00", "fail", id="just-before"),
        pytest.param(PUBLISHED, "fail", id="at-the-same-time"),
        pytest.param("2026-05-01T10:00:01+00:00", "not-applicable", id="just-after"),
        pytest.param("2026-05-01T11:00:00+05:00", "fail", id="before-by-offset"),
        pytest.param("2026-05-01T09:00:00-05:00", "not-applicable", id="after-by-offset"),
        pytest.param(AFTER, "not-applicable", id="after"),
        pytest.param("absent", "not-evaluated", id="left-out"),
        pytest.param("whenever", "not-evaluated", id="unreadable"),
    ],
)
def test_a_machine_created_after_the_version_is_another_one(cloud, check, created, verdict):
    machine = cloud.vm(statuses=RUNNING, created=cloud.absent if created == "absent" else created)
    cloud.version(cloud.definition(cloud.gallery()), source={"virtualMachineId": machine}, published=PUBLISHED)
    assert vm_results(check(cloud)) == both("builder", verdict)


@pytest.mark.parametrize("form", ["managed-image", "version", "version-of-version"])
def test_a_machine_created_after_is_another_one_at_the_end_of_any_road(cloud, check, form):
    """What counts is when the version that was captured from the VM itself was published."""
    machine = cloud.vm(statuses=RUNNING, created=AFTER)
    cloud.version(
        cloud.definition(cloud.gallery()), source=_lead(cloud, form, machine), published="2026-05-02T00:00:00+00:00"
    )
    assert vm_results(check(cloud, "gallery:rg/gal")) == both("builder", "not-applicable")


def test_a_copy_published_after_the_machine_was_made_proves_nothing_for_it(cloud, check):
    """The version was captured in May, the machine made in June, the copy published in July: it is another machine."""
    machine = cloud.vm(statuses=RUNNING, created=AFTER)
    first = cloud.version(
        cloud.definition(cloud.gallery("upstream")), source={"virtualMachineId": machine}, published=PUBLISHED
    )
    cloud.version(cloud.definition(cloud.gallery()), source={"id": first}, published="2026-07-01T00:00:00+00:00")
    assert vm_results(check(cloud, "gallery:rg/gal")) == both("builder", "not-applicable")


@pytest.mark.parametrize(
    ("dates", "verdict"),
    [
        pytest.param((BEFORE, AFTER), "fail", id="one-version-after-the-machine"),
        pytest.param((BEFORE, BEFORE), "not-applicable", id="both-before-it"),
        pytest.param((None, AFTER), "fail", id="one-after-and-one-date-left-out"),
        pytest.param((None, BEFORE), "not-evaluated", id="one-before-and-one-date-left-out"),
    ],
)
def test_a_machine_is_the_source_if_it_is_that_of_one_version(cloud, check, dates, verdict):
    machine = cloud.vm(statuses=RUNNING, created="2026-05-15T00:00:00+00:00")
    definition = cloud.definition(cloud.gallery())
    for number, published in enumerate(dates):
        cloud.version(
            definition, f"1.0.{number}", source={"virtualMachineId": machine}, published=published or cloud.absent
        )
    assert vm_results(check(cloud)) == both("builder", verdict)


#: Facts about a source VM: what may be unread is tried with every value, and only where all agree is there a verdict.
CREATED = {BEFORE: (BEFORE,), AFTER: (AFTER,), None: (BEFORE, AFTER)}
VIEWS = {"good": ("pass",), "running": ("fail",), None: ("pass", "fail")}


@pytest.mark.parametrize(
    ("created", "published", "view"),
    list(itertools.product(CREATED, (PUBLISHED, None), VIEWS)),
    ids=lambda value: str(value)[:7],
)
def test_a_source_vm_is_evaluated_exactly_where_what_is_known_decides(cloud, check, created, published, view):
    possible = {
        "not-applicable" if is_after == AFTER else verdict
        for is_after in (CREATED[created] if published else (BEFORE, AFTER))
        for verdict in VIEWS[view]
    }
    expected = possible.pop() if len(possible) == 1 else "not-evaluated"
    states = {"good": ("OSState/generalized", "PowerState/deallocated"), "running": RUNNING, None: ()}
    machine = cloud.vm(created=created or cloud.absent, statuses=states[view], view=None if view else cloud.absent)
    source = {"virtualMachineId": machine}
    cloud.version(cloud.definition(cloud.gallery()), source=source, published=published or cloud.absent)
    run = check(cloud)
    assert {run.verdict(rule, machine) for rule in ("VM001", "VM002")} == {expected}


def test_a_failing_source_vm_warns_and_says_what_generalizing_would_do(cloud, check):
    machine = cloud.vm(statuses=RUNNING)
    cloud.version(cloud.definition(cloud.gallery()), source={"virtualMachineId": machine})
    run = check(cloud, "--select", "VM", "--guest-is-prepared")
    assert run.code == 0
    assert check(cloud, "--select", "VM", "--fail-on", "warning").code == 1
    for rule in ("VM001", "VM002"):
        assert run.of(rule, machine)["severity"] == "warning"
        assert run.operations(rule, machine) == []
        assert run.safety(rule, machine) in {None, "manual"}


def test_a_source_vm_that_is_named_too_is_a_target(cloud, check):
    machine = cloud.vm(statuses=RUNNING, created=AFTER)
    cloud.version(cloud.definition(cloud.gallery()), source={"virtualMachineId": machine}, published=BEFORE)
    run = check(cloud, "gallery:rg/gal", "vm:RG/BUILDER", "--guest-is-prepared")
    for rule in ("VM001", "VM002"):
        assert run.verdict(rule, machine) == "fail"
        assert run.of(rule, machine)["severity"] == "error"
    assert run.operations("VM001", machine) == ["deallocate"]
    assert run.operations("VM002", machine)[-1] == "generalize"


def test_naming_one_vm_leaves_another_untouched(cloud, check):
    source, named = cloud.vm("source", statuses=RUNNING), cloud.vm("named", statuses=RUNNING)
    cloud.version(cloud.definition(cloud.gallery()), source={"virtualMachineId": source})
    run = check(cloud, "gallery:rg/gal", named, "--guest-is-prepared")
    assert run.operations("VM001", named) == ["deallocate"]
    assert run.operations("VM001", source) == run.operations("VM002", source) == []
