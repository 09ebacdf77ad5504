"""Kernel command lines by every way that a system boots: what is read, and what makes them unknown."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from memory_tree import Broken, MemoryFileSystem, reader
from small_disks import Link

from checker.facts.unread import Unread
from checker.inspect.filesystem import Journal
from checker.inspect.fstab import Mount
from checker.inspect.linux.boot import read_boot
from checker.inspect.linux.command_lines import read_command_lines, read_texts_in_menus
from checker.inspect.linux.grub import statements
from checker.inspect.resolver import Tree
from checker.inspect.root import Root
from checker.inspect.volumes import Volume, VolumeKind

MENU = b"menuentry 'x' {\n  linux /boot/vmlinuz-6.1.0 ro console=ttyS0\n}\n"
BLS = b"title x\nlinux /vmlinuz-6.1.0\noptions ro console=ttyS0\n"


def lines(files, root=None):
    found = read_command_lines(reader(files), root)
    return found if isinstance(found, Unread) else {(one.source, one.arguments) for one in found}


def arguments(menu: bytes, **files: bytes):
    found = lines({"boot/grub/grub.cfg": menu, **{name.replace("__", "/"): text for name, text in files.items()}})
    return found if isinstance(found, Unread) else [words for _, words in sorted(found)]


# -- the words of a menu ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("linux /v ro # console=ttyS0", ["/v", "ro"]),
        ("linux /v ro#1 console=ttyS0", ["/v", "ro#1", "console=ttyS0"]),
        ("linux /v ro; set x=console=ttyS0", ["/v", "ro"]),
        ("linux /v 'a console=ttyS0'", ["/v", "a console=ttyS0"]),
        ('linux /v "console=ttyS0"', ["/v", "console=ttyS0"]),
        ("linux /v console=tty\\S0", ["/v", "console=ttyS0"]),
        ("if true; then linux16 /v ro", ["/v", "ro"]),
        ("linux /v \\\nconsole=ttyS0", ["/v", "console=ttyS0"]),
        ("linux /v $known", ["/v", "a", "b"]),
        ('linux /v "$known"', ["/v", "a b"]),
        ("linux /v '$known'", ["/v", "$known"]),
        ("linux /v x${known}y", ["/v", "xa", "by"]),
        ("linux /v $unknown $vt_handoff", ["/v", "$unknown"]),
        ("linux /v $empty z", ["/v", "z"]),
    ],
)
def test_a_line_is_read_as_the_shell_of_grub_reads_it(text, expected):
    found = [words for words in statements(text, {"known": "a b", "empty": ""}) if words[0].startswith("linux")]
    assert [words[1:] for words in found] == [expected]


def test_entries_in_submenus_and_in_branches_all_count():
    menu = (
        b"submenu 'more' {\n menuentry 'a' {\n linux /v a\n }\n}\nif x; then\n linux /v b\nelse\n linuxefi /v c\nfi\n"
    )
    assert arguments(menu) == [("a",), ("b",), ("c",)]


@pytest.mark.parametrize(
    "menu",
    [
        b"menuentry 'x' { linux /v quiet; initrd /x; }\n",
        b"menuentry 'x' --class y {linux /v quiet\n}\n",
        b"true && linux /v quiet\n",
        b"set l=linux\n$l /v quiet\n",
        b"if x; then linux /v quiet; fi\n",
    ],
)
def test_a_line_is_found_however_it_is_written(menu):
    assert arguments(menu) == [("quiet",)]


def test_a_title_ends_with_its_entry():
    menu = b"menuentry 'x' {\n if y; then\n linux /v a\n fi\n}\n"
    menu += b"linux /v b\nsubmenu 'm' {\n linux /v c\n}\n"
    found = read_command_lines(reader({"boot/grub/grub.cfg": menu}))
    assert [(one.arguments, one.title) for one in found] == [
        (("a",), "x"),
        (("b",), ""),
        (("c",), ""),
    ]


@pytest.mark.parametrize(
    ("menu", "saved", "expected"),
    [
        (b"linux /v $k\n", b"k=console=ttyS0\n", [("console=ttyS0",)]),
        (b"set k=quiet\nlinux /v $k\n", b"", [("quiet",)]),
        # what is saved counts before what is only set where nothing was saved
        (b'if [ -z "${k}" ]; then\n set k=quiet\nfi\nlinux /v $k\n', b"k=console=ttyS0\n", [("console=ttyS0",)]),
        # a variable with two values has neither
        (b"set k=console=ttyS0\nlinux /v $k\n", b"k=quiet\n", [("$k",)]),
        (b"set k=console=ttyS0\nset k=quiet\nlinux /v $k\n", b"", [("$k",)]),
        (b'set k="$k console=ttyS0"\nlinux /v $k\n', b"k=quiet\n", [("$k",)]),
        (b"linux /v $other\n", b"k=quiet\n", [()]),  # nothing sets it
        (b"linux /v $root\n", b"k=quiet\n", [("$root",)]),
        (b"regexp --set other x\nlinux /v $other\n", b"k=quiet\n", [("$other",)]),
        (b"for other in a b; do\nlinux /v ${other}\ndone\n", b"k=quiet\n", [("$other",)]),
        (b"set k=console=ttyS0\nfor k in quiet; do\nlinux /v ${k}\ndone\n", b"", [("$k",)]),
        # Red Hat's tuned and SUSE's snapshots: empty where nothing sets them
        (b"linux /v a $tuned_params ${extra_cmdline}\n", b"", [("a",)]),
        (b"set tuned_params=quiet\nlinux /v a $tuned_params\n", b"", [("a", "quiet")]),
        (b"set tuned_params=\nlinux /v a $tuned_params\n", b"tuned_params=quiet\n", [("a", "$tuned_params")]),
    ],
)
def test_variables(menu, saved, expected):
    menu = b"load_env\n" + menu
    assert arguments(menu, boot__grub__grubenv=b"# GRUB Environment Block\n" + saved) == expected


def test_a_variable_that_nothing_sets_is_empty_without_an_environment_block_too():
    assert arguments(b"linux /v a $k\n") == [("a",)]
    assert arguments(b"linux /v a $root\n") == [("a", "$root")]


def test_what_is_saved_is_not_known_where_no_menu_loads_it():
    assert arguments(b"linux /v $k\n", boot__grub__grubenv=b"k=console=ttyS0\n") == [("$k",)]


BY_FILE = (
    b"load_env -f $p/mariner.cfg\nif [ -f  $p/systemd.cfg ]; then\n\tload_env -f $p/systemd.cfg\nelse\n"
    b"\tset k=net.ifnames=0\nfi\nset p=/boot\nlinux $p/v $k\n"
)


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({}, [("net.ifnames=0",)]),
        ({"boot__systemd.cfg": b"k=quiet splash\n"}, [("quiet", "splash")]),
        ({"boot__systemd.cfg": b"other=x\n", "boot__mariner.cfg": b"k=y\n"}, [("$k",)]),
    ],
)
def test_what_is_set_instead_of_a_file_counts_only_without_it(files, expected):
    assert arguments(BY_FILE, **files) == expected


def test_a_condition_that_is_cut_off_is_read():
    assert arguments(b"if [ -f\nload_env -f\nfi\nlinux /v a\n") == [("a",)]


def test_what_is_set_behind_another_condition_always_counts():
    menu = BY_FILE.replace(b"if [ -f  $p/systemd.cfg ]; then", b"if true; then")
    assert arguments(menu, **{"boot__systemd.cfg": b"k=quiet\n"}) == [("$k",)]


@pytest.mark.parametrize(
    ("load", "saved", "words"),
    [
        (b"load_env -f /opt/x.env\n", b"", "/opt/x.env"),
        (b"load_env --file=(hd0,gpt3)/some/x.env\n", b"", "/some/x.env"),
        (b'load_env -f "${env_block}"\n', b"env_block=512+1\n", "$env_block"),
        (b"set e=/opt/x.env\nload_env -f $e\n", b"", "$e"),
        (b"set e=/opt\nload_env -f $e/x.env\n", b"", "$e/x.env"),
        (b"set e=/boot\nload_env -f $e/x.env\n", b"", ""),
        (
            b'if [ "${env_block}" ] ; then\n set env_block="(${root})${env_block}"\n load_env -f "${env_block}"\nfi\n',
            b"",
            "",
        ),
        (b'set e="(${esp})/EFI/x/grubenv"\nload_env -f "${e}"\n', b"", ""),
        (b"load_env -f ${config_directory}/grubenv\n", b"", ""),
    ],
)
def test_variables_from_a_file_that_is_not_looked_for_leave_the_menu_unknown(load, saved, words):
    found = lines({"boot/grub/grub.cfg": load + MENU, "boot/grub/grubenv": saved})
    assert isinstance(found, Unread) is bool(words)
    assert not words or words in found.detail


@pytest.mark.parametrize(
    "command",
    [
        b"unset a",
        b"read a",
        b"regexp --set=a '(.*)' quiet",
        b"regexp --set=1:a '(.*)' quiet",
        b"regexp --set 1:a '(.*)' quiet",
        b"probe --set=a --fs-uuid $root",
        b"probe -s a --fs-uuid $root",
        b"search --no-floppy --set=a --file /x",
        b"search.file /x a",
        b"smbios --type 1 --get-string 5 --set a",
        b"getenv x a",
        b"if true; then unset a; fi",
    ],
)
def test_a_variable_that_another_command_changes_is_unknown(command):
    menu = b"set a='console=ttyS0'\n%b\nmenuentry 'E' {\n linux /v $a\n}\n"
    assert arguments(menu % command, boot__grub__grubenv=b"x=y\n") == [("$a",)]
    others = b"search --no-floppy --fs-uuid --set=root 1-2\nunset b\nregexp --set=c x y\n[ -s $prefix/grubenv ]\n"
    assert arguments(menu % others) == [("console=ttyS0",)]


REPAIR = MENU + b"menuentry 'Debian (recovery mode)' {\n linux /v ro single\n}\n"
SAVED = b'load_env\nset default="${saved_entry}"\n'


@pytest.mark.parametrize(
    ("menu", "saved", "is_known"),
    [
        (b"set default=0\n" + REPAIR, b"", True),
        (b"set default='x'\n" + REPAIR, b"", True),
        (SAVED + REPAIR, b"saved_entry=\n", True),
        (SAVED + REPAIR, b"saved_entry=0\n", True),
        (SAVED + REPAIR, b"saved_entry=0123-5.14.0-362.el9.x86_64\n", True),
        (SAVED + REPAIR, b"other=1\n", True),
        (SAVED + MENU, b"saved_entry=1\n", True),  # there is no entry for repair
        (REPAIR, b"saved_entry=1\n", True),  # which nothing asks for
        (b'if [ "${boot_counter}" = "0" -o "${boot_counter}" = "-1" ]; then\n set default=1\nfi\n' + REPAIR, b"", True),
        (
            b'if [ "${next_entry}" ]; then\n set default="${next_entry}"\nelse\n set default="0"\nfi\n' + REPAIR,
            b"",
            True,
        ),
        (SAVED + REPAIR, b"saved_entry=1\n", False),
        (SAVED + REPAIR, b"saved_entry=0123-0-rescue\n", False),
        (SAVED + REPAIR, b"saved_entry=Advanced>Debian (recovery mode)\n", False),
        (b"set default=2\n" + REPAIR, b"", False),
        (b"set default='1>2'\n" + REPAIR, b"", False),
        (b"set default=${a}${b}\n" + REPAIR, b"", False),
        (b"set default=fix\n" + MENU + b"menuentry 'fix' {\n linux /v single\n}\n", b"", False),
    ],
)
def test_an_entry_for_repair_that_may_be_the_one_that_is_booted(menu, saved, is_known):
    assert (not isinstance(arguments(menu, boot__grub__grubenv=saved), Unread)) is is_known


def test_several_lines_of_options_are_known_where_systemd_boot_reads_them():
    entry = b"linux /v\noptions ro\noptions console=ttyS0\n"
    assert lines({"boot/loader/entries/a.conf": entry}) == {("/boot/loader/entries/a.conf", ("ro", "console=ttyS0"))}
    by_grub = lines({"boot/loader/entries/a.conf": entry, "boot/grub2/grub.cfg": b"blscfg\n"})
    assert "several lines of options" in by_grub.detail


def test_a_menu_that_was_cut_off_is_not_known():
    """GRUB refuses a menu with a block that nothing closes."""
    assert "{ without }" in arguments(MENU.rstrip().removesuffix(b"}")).detail


def test_what_eval_runs_is_not_known():
    hidden = b"menuentry 'E' {\n eval 'linux /vmlinuz quiet'\n}\n"
    assert "eval" in arguments(MENU + hidden).detail


def test_two_environment_blocks_that_differ_leave_a_variable_unknown():
    files = {"boot__grub__grubenv": b"k=console=ttyS0\n", "boot__grub2__grubenv": b"k=quiet\n"}
    assert arguments(b"load_env\nlinux /v $k\n", **files) == [("$k",)]


def test_an_environment_block_of_another_name_is_read_where_a_menu_loads_it():
    menu = b"set p=/boot\nload_env -f $p/mariner.cfg\nlinux $p/$mariner_linux $mariner_cmdline\n"
    found = read_command_lines(
        reader(
            {"boot/grub2/grub.cfg": menu, "boot/mariner.cfg": b"mariner_linux=vmlinuz-5.15.1\nmariner_cmdline=a b\n"}
        )
    )
    assert (found[0].kernel, found[0].arguments) == ("/boot/vmlinuz-5.15.1", ("a", "b"))


# -- where menus lie ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "boot/grub/grub.cfg",
        "boot/grub2/grub.cfg",
        "boot/grub/custom.cfg",
        "boot/grub2/user.cfg",
        "boot/efi/EFI/redhat/grub.cfg",
        "boot/efi/boot/grub2/grub.cfg",
        "efi/EFI/debian/grub.cfg",
    ],
)
def test_every_menu_is_read(path):
    quiet = MENU.replace(b"console=ttyS0", b"quiet")
    found = lines({"boot/grub/grub.cfg": MENU, path: quiet})
    assert (f"/{path}", ("ro", "quiet")) in found


@pytest.mark.parametrize("folder", ["boot/loader/entries", "boot/efi/loader/entries", "efi/loader/entries"])
def test_every_folder_of_entries_is_read(folder):
    found = lines({"boot/grub/grub.cfg": MENU, f"{folder}/a.conf": BLS.replace(b"console=ttyS0", b"quiet")})
    assert (f"/{folder}/a.conf", ("ro", "quiet")) in found


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (b"linux\t/v\noptions\tro console=ttyS0\n", ("ro", "console=ttyS0")),
        (b"linux /v\noptions ro\noptions console=ttyS0\n", ("ro", "console=ttyS0")),
        (b"linux /v\n#options console=ttyS0\n", ("$default_kernelopts",)),
        (b"linux /v\noptions ro # console=ttyS0\n", ("ro",)),
    ],
)
def test_the_options_of_an_entry(entry, expected):
    assert {words for _, words in lines({"boot/loader/entries/a.conf": entry})} == {expected}


STARTED = "boot/efi/EFI/BOOT/BOOTX64.EFI"
SYSTEMD_BOOT = b"MZ" + bytes(300) + b"#### LoaderInfo: systemd-boot 257 ####"


@pytest.mark.parametrize(
    ("files", "is_used"),
    [
        ({}, True),
        ({"boot/grub/grub.cfg": MENU}, False),
        ({"boot/grub/grub.cfg": MENU + b"blscfg\n"}, True),
        ({"boot/grub/grub.cfg": MENU, "boot/efi/EFI/systemd/systemd-bootx64.efi": b"MZ"}, True),
        ({"boot/grub/grub.cfg": MENU, "boot/efi/loader/loader.conf": b"", STARTED: SYSTEMD_BOOT}, True),
    ],
)
def test_entries_that_nothing_reads_are_marked(files, is_used):
    found = read_command_lines(reader({"boot/loader/entries/a.conf": BLS, **files}))
    assert [one.is_used for one in found if one.source.endswith(".conf")] == [is_used]


UKI = b"MZ" + bytes(300) + b".linux\0\0" + bytes(200)


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"boot/efi/EFI/Linux/a.efi": b"MZ"}, "starts by itself"),
        ({"boot/EFI/Linux/a.efi": b"MZ"}, "starts by itself"),
        ({"efi/EFI/BOOT/BOOTX64.EFI": UKI}, "starts by itself"),
        ({"boot/efi/EFI/BOOT/BOOTX64.EFI": b"MZ" + bytes(0x200) + b"HdrS" + bytes(99)}, "starts by itself"),
        ({"boot/efi/EFI/BOOT/BOOTX64.EFI": Broken()}, "not read"),
        ({"boot/efi/EFI/ubuntu/kernel.efi-6.2.0-1018-azure": UKI}, "starts by itself"),
        ({"boot/extlinux/extlinux.conf": b"append ro\n"}, "boot loader that is not read"),
        ({"boot/syslinux/syslinux.cfg": b"append ro\n"}, "boot loader that is not read"),
        ({"boot/grub/stage2": b"x"}, "boot loader that is not read"),
        ({"boot/efi/EFI/refind/refind.conf": b""}, "boot loader that is not read"),
        ({"boot/efi/EFI/refind/refind.conf": b"", STARTED: "MZ rEFInd".encode("utf-16-le")}, "that is not read"),
        ({"boot/efi/EFI/BOOT/refind.conf": b"", STARTED: b"MZ"}, "boot loader that is not read"),
        ({"boot/efi/EFI/BOOT/limine.conf": b"", STARTED: b"MZ"}, "boot loader that is not read"),
        ({"boot/limine/limine.conf": b""}, "boot loader that is not read"),
        ({"boot/efi/loader/loader.conf": b"", STARTED: SYSTEMD_BOOT}, "systemd-boot, and there are no entries"),
        ({"etc/lilo.conf": b""}, "LILO"),
        ({"boot/loader/entries/a.conf": b"efi /a.efi\noptions x\n"}, "starts a program"),
        ({"boot/grub2/grub.cfg": b"chainloader /EFI/other.efi\n"}, "chainloader"),
        ({"boot/grub2/grub.cfg": b"multiboot2 /boot/xen.gz\nmodule2 /boot/vmlinuz quiet\n"}, "multiboot2"),
        ({"boot/grub2/grub.cfg": b"set l=linux\nset l=linux16\n$l /v quiet\n"}, "$l /v quiet"),
        ({"boot/grub2/grub.cfg": b"configfile /other/menu.cfg\n"}, "/other/menu.cfg"),
        ({"boot/grub2/grub.cfg": b"source $prefix/hidden.cfg\n"}, "hidden.cfg"),
        ({"boot/grub2/grub.cfg": b"set prefix=($root)/elsewhere\nconfigfile $prefix/grub.cfg\n"}, "elsewhere"),
        ({"boot/grub2/grub.cfg": b"blscfg\n"}, "there are none"),
        ({"boot/grub2/grub.cfg": b"uki\n"}, "uki"),
        ({"boot/grub2/grub.cfg": b"set d=/opt\nconfigfile $d/grub.cfg\n"}, "/opt/grub.cfg"),
        ({"boot/grub2/grub.cfg": b"set blsdir=/elsewhere/entries\nblscfg\n"}, "/elsewhere/entries"),
        ({"boot/grub2/grub.cfg": b"blscfg (hd0,1)/elsewhere/entries\n"}, "/elsewhere/entries"),
        ({"boot/grub2/grub.cfg": b"blscfg\n", "boot/grub2/grubenv": b"blsdir=/@/x\n"}, "/@/x"),
        ({"boot/grub2": Broken()}, "damaged"),
        ({"boot/grub/grubenv": Broken()}, "damaged"),
        ({"boot/efi": Broken()}, "damaged"),
        ({"boot/efi/loader/entries": Broken()}, "damaged"),
    ],
)
def test_a_way_to_boot_that_is_not_read_leaves_them_unknown(files, words):
    found = lines({"boot/grub/grub.cfg": MENU, **files})
    assert isinstance(found, Unread)
    assert words in found.detail


@pytest.mark.parametrize(
    "files",
    [
        {"boot/efi/EFI/refind/refind.conf": b"", "boot/refind_linux.conf": b"", STARTED: b"MZ shim"},
        {"boot/efi/loader/loader.conf": b"", STARTED: b"MZ shim"},
        {STARTED: b"any bytes"},
        {STARTED: SYSTEMD_BOOT},  # nothing configures it
    ],
)
def test_what_the_firmware_does_not_start_takes_nothing_away(files):
    assert lines({"boot/grub/grub.cfg": MENU, **files}) == lines({"boot/grub/grub.cfg": MENU})


def test_the_first_grub_is_unknown_only_where_there_is_no_second():
    assert isinstance(lines({"boot/grub/menu.lst": b"kernel /v console=ttyS0\n"}), Unread)
    assert not isinstance(
        lines({"boot/grub/menu.lst": b"kernel /v console=hvc0\n", "boot/grub/grub.cfg": MENU}), Unread
    )


@pytest.mark.parametrize(
    "menu",
    [
        b"search.fs_uuid 1 root\nset prefix=($root)'/boot/grub'\nconfigfile $prefix/grub.cfg\n",
        b"search --fs-uuid --set=dev 1\nset prefix=($dev)/grub2\nexport $prefix\nconfigfile $prefix/grub.cfg\n",
        b'set prefix=(${root})/boot/grub2\nsource "${prefix}/grub.cfg"\n',
        b"if [ -f  ${config_directory}/custom.cfg ]; then\n  source ${config_directory}/custom.cfg\nfi\n",
        b"if [ -f ${prefix}/user.cfg ]; then\n  source ${prefix}/user.cfg\nfi\n",
        b"configfile ($root)/@/boot/grub/grub.cfg\n",
        b"set prefix=($root)//grub2\nconfigfile ($root)//grub2/grub.cfg\n",  # KIWI, where /boot is a volume
        b"search -n -u 1 -s\nset bootprefix=/boot\nconfigfile $bootprefix/grub2/grub.cfg\n",
    ],
)
def test_a_menu_that_leads_to_a_usual_one_is_understood(menu):
    assert lines({"boot/efi/EFI/any/grub.cfg": menu, "boot/grub/grub.cfg": MENU}) == lines({"boot/grub/grub.cfg": MENU})


# -- which entry is booted unasked --------------------------------------------------------------

GOOD = b"menuentry 'good' --id g {\n linux /v a\n}\n"
REPAIR = b"menuentry 'good (recovery mode)' $menuentry_id_option 'r' {\n linux /v a single\n}\n"
MORE = b"submenu 'more' $menuentry_id_option 'm' {\n" + GOOD.replace(b"'good'", b"'other'") + REPAIR + b"}\n"


@pytest.mark.parametrize(
    ("menu", "is_known"),
    [
        (GOOD + REPAIR, True),
        (REPAIR + GOOD, False),
        (b"set default=0\n" + REPAIR + GOOD, False),
        (b"set default=1\n" + REPAIR + GOOD, True),
        (b"set default=1\n" + GOOD + REPAIR, False),
        (b"set default=g\n" + REPAIR + GOOD, True),
        (b"set default=r\n" + GOOD + REPAIR, False),
        (b"set default='1>0'\n" + GOOD + MORE, True),
        (b"set default='1>1'\n" + GOOD + MORE, False),
        (b"set default='m>r'\n" + GOOD + MORE, False),
        (b"set default='more>other'\n" + GOOD + MORE, True),
        (b"set default=1\n" + GOOD + MORE, True),  # the first of the submenu
        (b"set default=5\n" + GOOD + MORE, False),
        (b"set default='1>$x'\n" + GOOD + MORE, False),
        (b"set default=1\nif y; then\n" + GOOD + b"fi\n" + GOOD + REPAIR, False),
        (b"load_env\nset default=$saved_entry\n" + GOOD + REPAIR, True),
        (b"set t='x (recovery mode)'\nmenuentry \"$t\" {\n linux /v a single\n}\n" + GOOD, False),
        # what may not be there does not count, or does
        (b"if y; then\n" + GOOD + b"fi\n" + REPAIR + GOOD, False),
        (b"if y; then\n" + GOOD + b"fi\n" + GOOD + REPAIR, True),
        (b"set default=2\n" + GOOD + b"if y; then\n" + GOOD + b"fi\n" + GOOD + GOOD + REPAIR, True),
        (b"set default=3\n" + GOOD + b"if y; then\n" + GOOD + b"fi\n" + GOOD + GOOD + REPAIR, False),
    ],
)
def test_a_default_that_may_be_for_repair_leaves_the_menu_unknown(menu, is_known):
    assert isinstance(lines({"boot/grub/grub.cfg": menu, "boot/grub/grubenv": b""}), Unread) is not is_known


def test_a_saved_default_that_is_for_repair_leaves_the_menu_unknown():
    menu = b"load_env\nset default=$saved_entry\n" + GOOD + REPAIR
    assert isinstance(lines({"boot/grub/grub.cfg": menu, "boot/grub/grubenv": b"saved_entry=1\n"}), Unread)
    assert isinstance(lines({"boot/grub/grub.cfg": menu, "boot/grub/grubenv": b"saved_entry=g\n"}), set)


# -- volumes that fstab does not mount ----------------------------------------------------------


@dataclass(frozen=True)
class Shelf(Volume):
    """A volume whose files are in memory."""

    files: tuple[tuple[str, bytes], ...] = ()
    journal: Journal = Journal.CLEAN

    def open(self):
        return MemoryFileSystem(dict(self.files), self.journal)


def root_with(*others: Volume, fstab: tuple[Mount, ...] = ()) -> Root:
    own = Volume("partition 1", VolumeKind.EXT, None)
    return Root(Tree(MemoryFileSystem({})), own, "ext4", Journal.CLEAN, (own, *others), fstab)


QUIET = MENU.replace(b"console=ttyS0", b"quiet")


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        (VolumeKind.EXT, "grub2/grub.cfg"),
        (VolumeKind.XFS, "boot/grub/grub.cfg"),
        (VolumeKind.FAT, "EFI/debian/grub.cfg"),
        (VolumeKind.FAT, "boot/grub2/grub.cfg"),
    ],
)
def test_a_menu_on_a_volume_that_is_not_mounted_counts(kind, path):
    found = lines({"boot/grub/grub.cfg": MENU}, root_with(Shelf("partition 2", kind, None, files=((path, QUIET),))))
    assert (f"partition 2: /{path}", ("ro", "quiet")) in found


def test_a_unified_kernel_image_on_a_volume_that_is_not_mounted_counts():
    esp = Shelf("partition 15", VolumeKind.FAT, None, files=(("EFI/Linux/a.efi", UKI),))
    found = lines({"boot/grub/grub.cfg": MENU}, root_with(esp))
    assert found.fact == "partition 15: /EFI/Linux/a.efi"


def test_a_volume_that_is_mounted_is_not_read_twice():
    esp = Shelf("partition 15", VolumeKind.FAT, None, "U-1", files=(("EFI/x/grub.cfg", QUIET),))
    mount = Mount("UUID=U-1", "/boot/efi", "vfat", ())
    assert lines({"boot/grub/grub.cfg": MENU}, root_with(esp, fstab=(mount,))) == lines({"boot/grub/grub.cfg": MENU})
    asked_for = Mount("UUID=U-1", "/boot/efi", "vfat", ("noauto",))
    found = lines({"boot/grub/grub.cfg": MENU}, root_with(esp, fstab=(asked_for,)))
    assert ("partition 15: /EFI/x/grub.cfg", ("ro", "quiet")) in found
    elsewhere = Mount("UUID=U-1", "/mnt/esp", "vfat", ())
    assert len(lines({"boot/grub/grub.cfg": MENU}, root_with(esp, fstab=(elsewhere,)))) == 2


@pytest.mark.parametrize(
    ("volume", "is_known"),
    [
        (Volume("partition 3", VolumeKind.UNREADABLE, None, why="an error"), False),
        (Volume("partition 3", VolumeKind.BTRFS, None), False),
        (Volume("partition 3", VolumeKind.RAID, None), False),
        (Shelf("partition 3", VolumeKind.EXT, None, journal=Journal.DIRTY), False),
        (Volume("partition 3", VolumeKind.UNKNOWN, None), True),
        (Volume("partition 3", VolumeKind.SWAP, None), True),
    ],
)
def test_a_volume_that_cannot_be_read_may_hold_another_menu(volume, is_known):
    assert isinstance(lines({"boot/grub/grub.cfg": MENU}, root_with(volume)), Unread) is not is_known


def test_what_is_saved_is_known_whether_or_not_it_is_used():
    files = {"boot/grub2/grubenv": b"# GRUB Environment Block\nkernelopts=ro quiet\nsaved_entry=x\n###"}
    assert read_boot(reader(files)).saved_words == ("ro", "quiet", "x")
    assert read_boot(reader({"boot/x": b""})).saved_words == ()
    assert isinstance(read_boot(reader({"boot/grub": Broken()})).saved_words, Unread)


# -- kernels and modules ------------------------------------------------------------------------


def test_the_configuration_of_a_kernel_may_lie_beside_its_modules():
    files = {
        "boot/config-6.1": b"CONFIG_CIFS=m\n",
        "lib/modules/6.2/config": b"CONFIG_CIFS=y\n",
        "lib/modules/6.3/modules.dep": b"",
    }
    assert read_boot(reader(files)).configurations == {"6.1": {"CIFS": "m"}, "6.2": {"CIFS": "y"}}


@pytest.mark.parametrize("text", [b"", b"CONFIG_CIFS=m\nCONFIG_WATCH"])
def test_a_configuration_that_is_cut_off_is_unread(text):
    assert isinstance(read_boot(reader({"boot/config-6.1": text})).configurations, Unread)


def test_the_old_file_of_modprobe_counts():
    assert read_boot(reader({"etc/modprobe.conf": b"blacklist udf\n"})).blocked_modules == ("udf",)


@pytest.mark.parametrize(
    ("line", "blocked"),
    [
        (b"blacklist udf", ("udf",)),
        (b"install udf /bin/true", ("udf",)),
        (b"install udf /usr/bin/false", ("udf",)),
        (b"install udf /sbin/nologin", ("udf",)),
        (b"install udf exit 0", ("udf",)),
        (b"install udf :", ("udf",)),
        (b"install \\\n udf /bin/true", ("udf",)),
        (b"install udf /sbin/modprobe --ignore-install udf && logger udf", ()),
        (b"install udf /bin/true # not /sbin/modprobe udf", ("udf",)),
        (b"install udf echo modprobe is off", ("udf",)),
        (b"install udf logger udf; /sbin/modprobe -i udf", ()),
        (b"alias fs-udf off", ("udf",)),
        (b"alias fs-udf udf", ()),
        (b"# blacklist udf", ()),
        (b"options udf x=1", ()),
    ],
)
def test_what_keeps_a_module_from_loading(line, blocked):
    assert read_boot(reader({"etc/modprobe.d/a.conf": line + b"\n"})).blocked_modules == blocked


def test_what_a_module_needs_keeps_it_from_loading_too():
    def blocked(line):
        return set(read_boot(reader({"etc/modprobe.d/a.conf": line + b"\n"})).blocked_modules)

    assert "vfat" in blocked(b"install fat /bin/false")
    assert "udf" in blocked(b"install crc-itu-t /bin/true")
    assert "vfat" not in blocked(b"blacklist fat")


def test_a_file_of_etc_hides_the_one_of_its_name():
    files = {"usr/lib/modprobe.d/a.conf": b"blacklist udf\n", "usr/local/lib/modprobe.d/b.conf": b"blacklist vfat\n"}
    assert set(read_boot(reader(files)).blocked_modules) == {"udf", "vfat"}
    assert read_boot(reader({**files, "etc/modprobe.d/a.conf": b""})).blocked_modules == ("vfat",)
    assert read_boot(reader({**files, "etc/modprobe.d/b.conf": Link("/dev/null")})).blocked_modules == ("udf",)


@pytest.mark.parametrize("ending", [".ko", ".ko.xz", ".ko.zst"])
def test_the_modules_that_are_needed(ending):
    files = {
        "lib/modules/6.1/modules.dep": f"kernel/fs/udf/udf{ending}: kernel/lib/crc-itu-t{ending}\n".encode(),
        f"lib/modules/6.1/kernel/fs/udf/udf{ending}": b"x",
        "lib/modules/6.1/modules.builtin": b"kernel/fs/fat/vfat.ko\n",
        "lib/modules/6.2/modules.dep": b"updates/vfat.ko:\nkernel/fs/udf/udf.ko:\n",  # one was removed since
        "lib/modules/6.2/updates/vfat.ko": b"x",
        "lib/modules/6.3/modules.order": b"kernel/fs/udf/udf.ko\n",
    }
    assert read_boot(reader(files)).needed_modules == {"6.1": ("udf", "vfat"), "6.2": ("vfat",), "6.3": ()}
    assert isinstance(read_boot(reader({**files, "lib/modules/6.2/kernel": Broken()})).needed_modules, Unread)


def test_the_drivers_that_modprobe_finds():
    listed = b"kernel/drivers/hv/hv_vmbus.ko.xz:\nupdates/hv_netvsc.ko: kernel/hv_utils.ko\nx/not_hv_utils.ko:\n"
    seen = read_boot(reader({"lib/modules/6.1/modules.dep": listed}))
    assert seen.needed_modules == {"6.1": ("hv_vmbus", "hv_netvsc")}


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"boot/vmlinuz-6.1": b"x", "boot/vmlinuz": Link("vmlinuz-6.1")}, {"6.1"}),
        ({"boot/vmlinuz-6.1": b"x", "boot/vmlinuz": b"x"}, {"6.1", "vmlinuz"}),
        ({"boot/bzImage": b"x", "boot/kernel-5.15-gentoo": b"x"}, {"bzImage", "5.15-gentoo"}),
        ({"boot/vmlinuz": Link("gone")}, set()),
        ({"boot/vmlinuz-5.14-default": b"x", "boot/vmlinux-5.14-default.gz": b"x"}, {"5.14-default"}),
        ({"boot/vmlinuz-4.15.0-20-generic.efi.signed": b"x"}, {"4.15.0-20-generic"}),
        ({"boot/vmlinuz-6.1.0+.old": b"x"}, {"6.1.0+"}),
    ],
)
def test_a_kernel_that_does_not_tell_its_version_is_one(files, expected):
    assert set(read_boot(reader(files)).kernels) == expected


@pytest.mark.parametrize(
    "files",
    [
        {"boot/grub/grub.cfg": b"linux /v " + b"\\a" * 200_000},
        {"boot/grub/grub.cfg": b"if " * 100_000 + b"linux /v"},
        {"boot/grub/grub.cfg": b"load_env\nlinux /v " + b"$a " * 2000, "boot/grub/grubenv": b"a=" + b"x" * 60_000},
        {
            "boot/grub/grub.cfg": b'load_env\nlinux /v "' + b"$a" * 2000 + b'"',
            "boot/grub/grubenv": b"a=" + b"x" * 60_000,
        },
        {"boot/grub/grub.cfg": MENU, **{f"boot/efi/EFI/{number}/grub.cfg": b"" for number in range(99)}},
        {f"boot/efi/EFI/{number}/grub.cfg": b"#" * 400_000 for number in range(9)},
        {"boot/loader/entries/a.conf": b"linux /v\noptions " + b"x " * 90_000},
        {"boot/grub/grub.cfg": b"{\n" * 50_000 + REPAIR * 4000},
        {"boot/grub/grub.cfg": b"menuentry x {}\n" * 20_000 + REPAIR},
        {"boot/grub/grub.cfg": REPAIR + b"".join(b"set default=%d\n" % number for number in range(20_000))},
    ],
)
def test_a_menu_made_to_be_slow_is_unread(files):
    assert isinstance(lines(files), Unread)


def test_names_without_end_are_not_looked_for_one_by_one():
    names = b"".join(b"echo $n%d\n" % number for number in range(20_000))
    assert arguments(MENU + names, boot__grub__grubenv=b"a=b\n") == [("ro", "console=ttyS0")]


def test_a_command_made_to_be_slow_is_not():
    line = b"install udf " + b";" * 900_000 + b"\n"
    assert read_boot(reader({"etc/modprobe.d/a.conf": line})).blocked_modules == ("udf",)


def test_what_the_certification_searches_a_menu_for_is_found_in_comments_too():
    wanted = ("libata.atapi_enabled=0", "reserve=0x1f0,0x8")
    files = {
        "boot/grub/grub.cfg": MENU + b"# no libata.atapi_enabled=0 here\n",
        "boot/grub/custom.cfg": b"# reserve=0x1f0,0x8",
    }
    assert read_texts_in_menus(reader(files), None, wanted) == ("/boot/grub/grub.cfg: libata.atapi_enabled=0",)
    assert read_texts_in_menus(reader({"boot/grub/grub.cfg": MENU}), None, wanted) == ()
    assert isinstance(read_texts_in_menus(reader({"boot/grub/grub.cfg": Broken()}), None, wanted), Unread)


KERNEL = {"boot/vmlinuz-6.1.0": b"x", "boot/vmlinuz-6.0.0": b"x"}


@pytest.mark.parametrize(
    ("links", "named", "kernel"),
    [
        ({"boot/vmlinuz": "vmlinuz-6.1.0"}, "/boot/vmlinuz", "/boot/vmlinuz-6.1.0"),
        ({"boot/vmlinuz": "vmlinuz-6.1.0"}, "/vmlinuz", "/vmlinuz-6.1.0"),  # /boot is a volume
        ({"vmlinuz": "boot/vmlinuz-6.1.0"}, "/vmlinuz", "/vmlinuz-6.1.0"),
        ({"boot/vmlinuz.old": "vmlinuz-6.0.0"}, "/boot/vmlinuz.old", "/boot/vmlinuz-6.0.0"),
        ({"boot/vmlinuz": "vmlinuz-6.1.0", "vmlinuz": "boot/vmlinuz-6.0.0"}, "/vmlinuz", "/vmlinuz"),
        ({"boot/vmlinuz": "/opt/vmlinuz-6.1.0"}, "/boot/vmlinuz", "/boot/vmlinuz"),
        ({}, "/boot/vmlinuz", "/boot/vmlinuz"),
        ({"boot/vmlinuz": "vmlinuz"}, "/boot/vmlinuz", "/boot/vmlinuz"),
    ],
)
def test_a_kernel_that_is_named_by_a_symlink_is_followed(links, named, kernel):
    menu = f"menuentry x {{\n linux {named} ro\n}}\n".encode()
    files = {**KERNEL, **{path: Link(target) for path, target in links.items()}, "boot/grub/grub.cfg": menu}
    assert [line.kernel for line in read_boot(reader(files)).command_lines] == [kernel]
