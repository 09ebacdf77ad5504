"""The ways to resolve a finding: what is a command, and with what our own command is to be run."""

import shlex
from collections.abc import Callable
from dataclasses import replace

import pytest

from checker.fixes.commands import az
from checker.report import Report, Result, Verdict
from reports.remedy import source_flags, steps_in, ways_of

MakeResult = Callable[..., Result]
MakeReport = Callable[..., Report]


@pytest.mark.parametrize(
    "step",
    [
        "az vm deallocate --ids /subscriptions/1",
        "sudo rm -f /etc/ssh/ssh_host_*_key*",
        "sudo find /root /home -name '.*sh_history' -delete",
        "export HISTSIZE=0 && sync",
        "qemu-img convert -f raw -O vpc a.raw 'a b.vhd'",
        "azcopy copy disk.vhd 'URL-WITH-SAS' --blob-type PageBlob",
        az("vm", "show", "--name", "a, or sudo reboot"),
        az("vm", "show", "--name", "the"),
    ],
)
def test_what_can_be_typed_as_it_stands_is_a_command(step: str):
    assert [(part.words, part.is_command) for part in steps_in(step)] == [(step, True)]


@pytest.mark.parametrize(
    "step",
    [
        "deallocate it, mark it as generalized, and capture it again",
        "sudo update-grub, or sudo grub2-mkconfig",
        "sgdisk --new=1:2048:0 DISK (a new disk; then copy the file systems)",
        "az sig image-version create … --image-version ID",
        "sudo rm -f 'not closed",
        "azure: create a VM",
        "export the disk and upload it",
        "echo it to the team",
        "",
    ],
)
def test_what_is_for_people_is_a_text(step: str):
    assert [(part.words, part.is_command) for part in steps_in(step)] == [(step, False)]


def test_a_command_may_follow_the_place_to_type_it():
    told = [(part.words, part.is_command) for part in steps_in("on the machine: sudo passwd -l builder")]
    assert told == [("on the machine:", False), ("sudo passwd -l builder", True)]


def test_a_name_makes_no_command_of_itself():
    for name in ("x: sudo reboot", "x, or sudo reboot", "x' ; sudo reboot '", "x\nsudo reboot"):
        [step] = steps_in(az("vm", "show", "--name", name))
        assert shlex.split(step.words) == ["az", "vm", "show", "--name", name]


@pytest.mark.parametrize(
    ("steps", "title"),
    [
        (("az vm list",), "Azure CLI"),
        (("sudo sync",), "Commands"),
        (("sudo sync", "az vm list"), "Commands"),
        (("think",), "By hand"),
    ],
)
def test_a_way_is_called_after_its_commands(
    steps: tuple[str, ...], title: str, make_result: MakeResult, make_report: MakeReport
):
    failed = make_result(Verdict.FAIL)
    assert failed.fix is not None
    result = replace(failed, fix=replace(failed.fix, steps=steps, operations=()))
    assert [way.title for way in ways_of(result, make_report(result))] == [title]


@pytest.mark.parametrize(
    ("source", "flags"),
    [
        ("azure", []),
        ("azure (usgov)", ["--cloud", "usgov"]),
        ("azure, tenant contoso.example", ["--tenant", "contoso.example"]),
        ("azure (china), tenant T", ["--cloud", "china", "--tenant", "T"]),
        ("sandbox (the tenant that the program brings)", ["--source", "sandbox"]),
        ("sandbox:my tenant.json", ["--source", "sandbox:my tenant.json"]),
        ("sandbox at http://127.0.0.1:8080", ["--source", "http://127.0.0.1:8080"]),
        ("snapshot:facts.json", []),
    ],
)
def test_our_own_command_leads_to_the_same_source(
    source: str, flags: list[str], make_result: MakeResult, make_report: MakeReport
):
    assert source_flags(source) == flags
    failed = make_result(Verdict.FAIL)
    [*_, own] = ways_of(failed, make_report(failed, source=source, asked=(("publisher", "a@b.example"),)))
    words = shlex.split(own.steps[0].words)
    assert words[: 7 + len(flags)] == [
        *("imagecheck", "check", failed.asset, "--select", "VM001", "--fix", "--unsafe-fixes"),
        *flags,
    ]
    assert ("--publisher" in words) is (source != "sandbox (the tenant that the program brings)")
    assert ("cannot be changed" in own.note) is source.startswith("snapshot:")
    assert ("IMAGECHECK_SANDBOX_TOKEN" in own.note) is source.startswith("sandbox at")


def test_a_finding_without_steps_leads_to_the_page_of_its_rule(make_result: MakeResult, make_report: MakeReport):
    failed = make_result(Verdict.FAIL)
    assert failed.fix is not None
    for fix in (None, replace(failed.fix, steps=(), operations=())):
        [way] = ways_of(replace(failed, fix=fix), make_report())
        assert [step.words for step in way.steps] == ["imagecheck rule VM001"]
