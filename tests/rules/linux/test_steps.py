"""The steps of fixes: what a disk calls its files and accounts is never more than one word to the shell."""

from __future__ import annotations

import shlex
import subprocess

import pytest
from guests import SSHD, disk, file, guest, keys, line, owned, swap, user
from judging import RULES, judge

from checker.facts.linux.accounts import Password, PasswordState
from checker.facts.linux.packages import Package, Packages
from checker.facts.linux.system import OsRelease
from reports.remedy import steps_in

NAMES = (
    "x;id",
    "$(id)",
    "`id`",
    "-rf",
    "a b",
    "a'b",
    'a"b',
    "a\nid\n",
    "a\n'; id; '",
    "x: sudo id",
    "\u202eid",
    "*",
    "a\\",
    "a\t'b\\'; id",
    "\udcff",
)
PLAIN = {b"rm", b"-f", b"-rf", b"-e", b"--", b"chmod", b"0600", b"visudo", b"userdel", b"-r", b"passwd", b"-l"}
SYSTEMS = {"suse": OsRelease("sles", "15.5", ("suse",), "", {}), "azure": OsRelease("azurelinux", "3.0", (), "", {})}
OMI = Packages("rpm", {"omi": (Package("omi", "1.6.0-0"),), "mdatp": (Package("mdatp", "1"),)})
OLD = Packages("dpkg", {"openssl": (Package("openssl", "0.9.7"),), "libc6": (Package("libc6", "2.13-38"),)})


def commands(code, **changes):
    """The copyable commands and the texts of the steps that a rule tells."""
    fix = judge(code, disk(guest(**changes))).fix
    assert fix is not None
    parts = [part for step in fix.steps for part in steps_in(step)]
    return [part.words for part in parts if part.is_command], [part.words for part in parts if not part.is_command]


# fmt: off
WITH_A_PATH = [
    ("LNX002", lambda name: {"accounts__histories": (owned(f"/home/{name}/.bash_history", 1, "u"),)}),
    ("LNX004", lambda name: {"accounts__authorized_keys": (keys(f"/home/{name}/.ssh/authorized_keys", 1, "u"),)}),
    ("LNX004", lambda name: {"cloud_init__keys": (f"/etc/cloud/cloud.cfg.d/{name}.cfg:3",)}),
    ("LNX018", lambda name: {"accounts__targetpw": (f"/etc/sudoers.d/{name}:3",)}),
    ("LNX019", lambda name: {"sshd__host_keys": (f"/etc/ssh/ssh_host_{name}_key",)}),
    ("LNX021", lambda name: {"udev_net_rules": (f"/etc/{name}/70-persistent-net.rules",)}),
    ("LNX027", lambda name: {"accounts__private_keys": (owned(f"/home/{name}/.ssh/id_rsa", 1, "u"),)}),
    ("LNX017", lambda name: {"defender": {f"/var/{name}/mdatp": file(f"/var/{name}/mdatp", kind="directory")}}),
    ("LNX024", lambda name: {"accounts__authorized_keys": (keys(f"/root/{name}", 1, "root", mode=0o666),)}),
]
# fmt: on


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("code", "changes"), WITH_A_PATH)
def test_a_path_of_the_disk_is_one_word(code, changes, name):
    told, texts = commands(code, **changes(name))
    assert not any(name in text for text in texts)
    for command in told:
        if command != "export HISTSIZE=0 && sync":
            _is_one_line_of_whole_words(command, name)


@pytest.mark.parametrize("name", NAMES)
def test_the_name_of_an_account_is_one_word_and_no_option(name):
    told, texts = commands("LNX003", accounts__passwords=(Password(name, PasswordState.SET),))
    assert texts == ["to remove the account:", "to lock it:"]
    for command in told:
        _is_one_line_of_whole_words(command, name)
        assert shlex.split(command)[-2] == "--"


def _is_one_line_of_whole_words(command, name):
    """The shell is given the command with a program of ours instead of sudo, which shows the words that it got."""
    assert command.isprintable()
    program = 'sudo() { printf "%s\\0" "$@"; }; '
    done = subprocess.run(["bash", "-c", program + command], capture_output=True, check=True)
    words = done.stdout.split(b"\0")[:-1]
    assert done.stderr == b""
    assert any(name.encode("utf-8", "surrogateescape") in word for word in words)
    others = [word for word in words if name.encode("utf-8", "surrogateescape") not in word]
    assert all(word in PLAIN for word in others), words


@pytest.mark.parametrize("name", NAMES)
def test_another_shell_finds_one_word_too(name):
    (command, *_), _ = commands("LNX019", sshd__host_keys=(f"/etc/{name}",))
    done = subprocess.run(["sh", "-c", 'sudo() { echo "$#"; }; ' + command], capture_output=True, check=True)
    assert (done.stdout, done.stderr) == (b"4\n", b"")


def test_root_is_locked_and_never_removed():
    told, _ = commands("LNX003", accounts__passwords=(Password("root", PasswordState.SET),))
    assert told == ["sudo passwd -l -- root"]


def test_an_account_in_two_files_is_named_once():
    twice = {
        "accounts__passwords": (Password("u", PasswordState.SET),),
        "accounts__users": (user("root", 0), user("u", 1000, PasswordState.SET)),
    }
    told, _ = commands("LNX003", **twice)
    assert told == ["sudo userdel -r -- u", "sudo passwd -l -- u"]


def test_the_line_with_a_key_is_named_beside_the_command():
    told, texts = commands("LNX004", cloud_init__keys=("/etc/cloud/cloud.cfg:12",))
    assert (told, texts) == (["sudo -e -- /etc/cloud/cloud.cfg"], ["take the key out of line 12:"])


def test_what_is_too_wide_is_narrowed_and_nothing_else():
    changed = {"/etc/shadow": file("/etc/shadow", permissions=0o664), SSHD: file(SSHD, uid=7)}
    told, texts = commands("LNX024", files=changed)
    assert (told, texts) == (["sudo chmod 0640 -- /etc/shadow", f"sudo chown root -- {SSHD}"], [])


# fmt: off
FAILURES = [
    ("LNX005", {"agent__program": None, "agent__modules": ()}),
    ("LNX006", {"agent__units": ()}),
    ("LNX007", {"boot__command_lines": (line("ro quiet"),)}),
    ("LNX008", {"swap__volumes": (swap("partition 2"),)}),
    ("LNX010", {"packages": OLD}),
    ("LNX016", {"packages": OMI}),
    ("LNX017", {"packages": OMI}),
    ("LNX022", {"boot__command_lines": (line("ro ata_piix.disable=1 console=ttyS0 libata.atapi_enabled=0"),)}),
    ("LNX023", {"boot__blocked_modules": ("udf",)}),
    ("LNX024", {"accounts__users": (user("root", 0), user("toor", 0))}),
    ("LNX026", {"machine_id": "0123456789abcdef0123456789abcdef"}),
    ("LNX032", {"os_release": SYSTEMS["suse"]}),
    ("LNX032", {"os_release": SYSTEMS["azure"]}),
    ("LNX035", {"packages": OLD}),
]
# fmt: on


@pytest.mark.parametrize(("code", "changes"), FAILURES)
def test_each_command_can_be_copied_and_stands_alone(code, changes):
    told, texts = commands(code, **changes)
    assert told
    for text in texts:
        assert not {"sudo", "grep", "apt-get", "dnf"} & {*text.split()}, text
    for command in told:
        assert " or " not in command
        subprocess.run(["bash", "-n", "-c", command], check=True)


def test_every_rule_on_linux_was_thought_of_here():
    """A rule that tells commands, and is not in a table above, tells what is in its own text alone."""
    thought_of = {code for code, _ in (*WITH_A_PATH, *FAILURES)} | {"LNX003"}
    own_words = {"LNX001", "LNX011", "LNX012", "LNX013", "LNX014", "LNX015", "LNX020", "LNX025", "LNX028", "LNX029",
                 "LNX030", "LNX031", "LNX033", "LNX034", "LNX036", "LNX037"}  # fmt: skip
    assert thought_of | own_words == {code for code in RULES if code.startswith("LNX")}
