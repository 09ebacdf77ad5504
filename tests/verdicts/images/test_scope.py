"""What a run judges: targets in every form, what they pull in, and what they leave alone."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

OTHER = "0a1b2c3d-0000-4000-8000-00000000000c"


@pytest.fixture
def tenant(cloud):
    """Two galleries; in the first two definitions, one with two versions, one of these captured from a VM."""
    gallery, second = cloud.gallery("market"), cloud.gallery("bench")
    image, sibling = cloud.definition(gallery, "app"), cloud.definition(gallery, "tool")
    source, plain, unrelated = cloud.vm("source"), cloud.vm("plain"), cloud.vm("unrelated")
    return SimpleNamespace(
        gallery=gallery,
        second=second,
        image=image,
        sibling=sibling,
        old=cloud.version(image, "1.0.0", published="2026-01-01T00:00:00Z"),
        new=cloud.version(image, "1.1.0", source={"virtualMachineId": source}),
        cousin=cloud.version(sibling, "3.0.0", source={"virtualMachineId": plain}),
        far=cloud.definition(second, "app"),
        source=source,
        plain=plain,
        unrelated=unrelated,
        disk=cloud.disk("data"),
    )


def names(run, prefix=""):
    return {asset.rsplit("/", 1)[-1] for asset in run.assets(prefix)}


def test_without_a_target_every_gallery_is_judged_and_no_vm_that_is_no_source(cloud, check, tenant):
    run = check(cloud)
    assert names(run, "GAL") == names(run, "ACC") == {"market", "bench"}
    assert run.assets("DEF") == {each.lower() for each in (tenant.image, tenant.sibling, tenant.far)}
    assert run.assets("VER") == {each.lower() for each in (tenant.old, tenant.new, tenant.cousin)}
    assert names(run, "VM") == {"source", "plain", "1.0.0"}
    assert not [r for r in run.results if "unrelated" in r["asset"]]


@pytest.mark.parametrize("case", [str, str.lower, str.upper], ids=["as-written", "lower", "upper"])
@pytest.mark.parametrize("slash", ["/", ""], ids=["slash", "no-slash"])
@pytest.mark.parametrize("which", ["gallery", "image", "new", "source"])
def test_an_arm_id_names_a_target_in_any_case_with_or_without_its_slash(cloud, check, tenant, which, slash, case):
    asset = getattr(tenant, which)
    run = check(cloud, slash + case(asset)[1:])
    assert run.code in {0, 1, 3}
    assert asset in {r["asset"] for r in run.results}, "the id is shown as Azure wrote it"


@pytest.mark.parametrize(
    ("short", "which"),
    [
        ("gallery:rg/market", "gallery"),
        ("gallery:RG/MARKET", "gallery"),
        ("definition:rg/market/app", "image"),
        ("definition:Rg/Market/App", "image"),
        ("version:rg/market/app/1.0.0", "old"),
        ("version:rg/market/app/1.1.0", "new"),
        ("version:rg/market/app/latest", "new"),
        ("version:RG/MARKET/APP/LATEST", "new"),
        ("vm:rg/unrelated", "unrelated"),
        ("vm:RG/UNRELATED", "unrelated"),
    ],
)
def test_a_short_form_is_its_arm_id(cloud, check, tenant, short, which):
    by_short, by_id = check(cloud, short), check(cloud, getattr(tenant, which))
    assert by_short.code == by_id.code != 2
    assert by_short.results == by_id.results


def test_a_gallery_pulls_in_all_that_is_in_it_and_its_source_vms(cloud, check, tenant):
    run = check(cloud, tenant.gallery)
    assert names(run, "GAL") == names(run, "ACC") == {"market"}
    assert names(run, "DEF") == {"app", "tool"}
    assert names(run, "VER") == {"1.0.0", "1.1.0", "3.0.0"}
    assert names(run, "VM") == {"source", "plain", "1.0.0"}


def test_a_definition_pulls_in_its_gallery_its_versions_and_their_source_vms_only(cloud, check, tenant):
    run = check(cloud, tenant.image)
    assert names(run, "GAL") == {"market"}
    assert run.assets("DEF") == {tenant.image.lower()}
    assert run.assets("VER") == {tenant.old.lower(), tenant.new.lower()}
    assert names(run, "VM") == {"source", "1.0.0"}


def test_a_version_pulls_in_its_gallery_its_definition_and_its_source_vm_only(cloud, check, tenant):
    run = check(cloud, tenant.new)
    assert names(run, "GAL") == {"market"}
    assert run.assets("DEF") == {tenant.image.lower()}
    assert tenant.new.lower() in run.assets("VER")
    assert tenant.cousin.lower() not in run.assets()
    assert names(run, "VM") == {"source"}


def test_a_version_that_is_a_target_still_leaves_its_siblings_to_be_looked_up(cloud, check, tenant):
    """1.1.0 is the newest: what proves it about 1.0.0 and about the definition are the other versions."""
    run = check(cloud, tenant.old)
    assert run.verdict("VER003", tenant.old) == "not-applicable"
    assert run.verdict("DEF002", tenant.image) == "pass"


def test_a_vm_pulls_in_nothing(cloud, check, tenant):
    run = check(cloud, tenant.source)
    assert run.assets() == {tenant.source.lower()}
    assert run.code == 0


def test_a_disk_has_no_rule_yet_and_nothing_is_judged(cloud, check, tenant):
    run = check(cloud, "disk:rg/data")
    assert (run.code, run.results) == (3, [])


@pytest.mark.parametrize("form", ["subscription:{}", "/subscriptions/{}", "subscriptions/{}", "/SUBSCRIPTIONS/{}"])
def test_a_subscription_pulls_in_its_galleries_and_no_others(cloud, check, tenant, form):
    cloud.add_subscription(OTHER)
    cloud.gallery("elsewhere", subscription=OTHER)
    run = check(cloud, form.format(cloud.subscription.upper()))
    assert names(run, "GAL") == {"market", "bench"}
    assert "unrelated" not in names(run)


def test_targets_named_twice_in_any_form_give_each_result_once(cloud, check, tenant):
    run = check(cloud, tenant.gallery, tenant.gallery.upper(), "gallery:rg/market", tenant.image, "vm:rg/source")
    pairs = [(r["rule"], r["asset"].lower()) for r in run.results]
    assert len(pairs) == len(set(pairs))
    assert run.table().keys() >= check(cloud, tenant.gallery).table().keys()


@pytest.mark.parametrize("first", ["image", "new", "disk", "source"])
def test_the_order_of_targets_does_not_matter(cloud, check, tenant, first):
    """A definition named before its gallery must not stand in for the rest of the gallery."""
    named = getattr(tenant, first)
    assert check(cloud, named, tenant.gallery).results == check(cloud, tenant.gallery, named).results


def test_a_file_of_targets_has_one_a_line(cloud, check, tenant, tmp_path):
    listed = tmp_path / "targets.txt"
    listed.write_text(f"gallery:rg/bench\n\n{tenant.unrelated}\r\n", encoding="utf-8")
    run = check(cloud, f"@{listed}")
    assert run.table() == check(cloud, "gallery:rg/bench", tenant.unrelated).table()
    assert tenant.unrelated.lower() in run.assets("VM")


def test_a_vm_in_a_file_of_targets_is_named(cloud, check, tmp_path):
    machine = cloud.vm(statuses=("PowerState/running",))
    (tmp_path / "targets.txt").write_text("vm:rg/builder\n", encoding="utf-8")
    run = check(cloud, f"@{tmp_path / 'targets.txt'}")
    assert run.operations("VM001", machine) == ["deallocate"]


@pytest.mark.parametrize(
    "target",
    [
        "gallery:rg/nowhere",
        "gallery:nowhere/market",
        "definition:rg/market/nothing",
        "definition:rg/bench/tool",
        "version:rg/market/app/9.9.9",
        "version:rg/bench/app/latest",
        "vm:rg/nobody",
        "disk:rg/none",
        "vhd:no-such-file.vhd",
        "@nofile.txt",
    ],
)
def test_a_target_that_does_not_exist_is_a_mistake_in_the_call(cloud, check, tenant, target):
    run = check(cloud, "gallery:rg/bench", target)
    assert (run.code, run.results) == (2, [])
    assert len(run.errors.strip().splitlines()) == 1
    assert target.rsplit("/", 1)[-1].removeprefix("@") in run.errors or "latest" in target


@pytest.mark.parametrize(
    "target",
    [
        "galery:rg/market",
        "gallery:market",
        "gallery:rg/market/app/x",
        "definition:rg/market",
        "version:rg/market/app",
        "vm:source",
        "vm:",
        "vm:rg/",
        "",
        "/",
        "@",
        "/subscriptions",
        "market",
    ],
)
def test_what_is_no_target_is_refused_in_one_line(cloud, check, tenant, target):
    run = check(cloud, target)
    assert (run.code, run.results) == (2, [])
    assert len(run.errors.strip().splitlines()) == 1


def test_a_short_form_needs_exactly_one_subscription(cloud, check, tenant):
    cloud.add_subscription(OTHER)
    elsewhere = cloud.gallery("market", subscription=OTHER)
    assert check(cloud, "gallery:rg/market").code == 2
    assert check(cloud, "gallery:rg/market", "--subscription", OTHER).assets("GAL") == {elsewhere.lower()}
    both = ("--subscription", OTHER, "--subscription", cloud.subscription)
    assert check(cloud, "gallery:rg/market", *both).code == 2


def test_a_chosen_subscription_limits_a_run_without_targets(cloud, check, tenant):
    cloud.add_subscription(OTHER)
    elsewhere = cloud.gallery("far", subscription=OTHER)
    assert check(cloud, "--subscription", OTHER.upper()).assets("GAL") == {elsewhere.lower()}
    assert names(check(cloud), "GAL") == {"market", "bench", "far"}


@pytest.mark.parametrize("listed", [[], None], ids=["empty-list", "no-section"])
def test_a_gallery_is_judged_whether_or_not_its_subscription_is_there(cloud, check, tenant, listed):
    cloud.document["subscriptions"] = listed
    if listed is None:
        del cloud.document["subscriptions"]
    assert names(check(cloud), "GAL") == {"market", "bench"}


def test_nothing_to_judge_is_never_a_success(cloud, check):
    cloud.vm("bystander")
    run = check(cloud)
    assert (run.code, run.results) == (3, [])


def test_a_selection_that_judges_nothing_of_a_target_is_not_a_success(cloud, check, tenant):
    assert check(cloud, "vm:rg/source", "--select", "GAL").code == 3


def test_a_selection_that_matches_no_rule_is_a_mistake_in_the_call(cloud, check, tenant):
    assert check(cloud, "--select", "XYZ").code == 2


@pytest.mark.parametrize(
    "name",
    [
        "a b",
        "<script>alert(1)<\u2215script>",
        "\u202egpj.exe",
        "\x1b[31mred\x1b[0m",
        "..",
        "%2e%2e%2f",
        "'; DROP TABLE x; --",
        "\U0001f4a5",
        "\u0130stanbul",
        "stra\u00dfe",
        "x" * 2000,
        "providers",
        "a\nb",
        "a?b#c",
        "@file",
        "-rf",
    ],
    ids=lambda name: ascii(name)[:30],
)
def test_any_string_is_a_name(cloud, check, name):
    gallery = cloud.gallery(name, group=name)
    image = cloud.definition(gallery, name)
    machine = cloud.vm(name, group=name)
    version = cloud.version(image, "1.0.0", source={"virtualMachineId": machine})
    for run in (check(cloud), check(cloud, gallery), check(cloud, version)):
        assert run.verdict("DEF001", image) == run.verdict("VER002", version) == "pass"
        assert run.verdict("VM001", machine) == "pass"
    assert {r["asset"] for r in run.results} == {gallery, image, version, machine}


def test_no_control_character_of_a_name_reaches_the_terminal(cloud, check):
    machine = cloud.vm("\x1b[2J\u202eevil", statuses=("PowerState/running",))
    run = check(cloud, machine, "--verbose")
    assert run.code == 1
    assert "evil" in run.output
    assert "\x1b" not in run.errors + run.output
    assert "\u202e" not in run.errors + run.output


def test_the_target_may_be_what_could_not_be_read(cloud, check):
    """What ``unread`` names is not known to be missing: it is not evaluated."""
    machine = cloud.compute_id("virtualMachines/hidden")
    cloud.unread(machine, "vm")
    cloud.unread(machine, "instance_view")
    run = check(cloud, machine)
    assert run.code == 3
    assert {run.verdict(rule, machine) for rule in ("VM001", "VM002")} == {"not-evaluated"}


@pytest.mark.parametrize("path", ["galleries/g", "galleries/g/images/i", "galleries/g/images/i/versions/1.0.0"])
def test_a_target_in_a_subscription_that_the_file_does_not_hold_never_passes(cloud, check, path):
    run = check(cloud, cloud.compute_id(path, subscription=OTHER))
    assert run.code in {2, 3}
    assert not [r for r in run.results if r["verdict"] == "pass" and r["rule"] != "VER001"]
