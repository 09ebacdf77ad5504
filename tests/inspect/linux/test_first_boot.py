"""What cloud-init would do: only a plain configuration decides, everything else is unread."""

from __future__ import annotations

import pytest
from memory_tree import Broken, reader
from small_disks import Folder, Link

from checker.facts.unread import Unread
from checker.inspect.linux.first_boot import read_cloud_init

STOCK = (
    b"users:\n   - default\ndisable_root: true\n# ssh_deletekeys: false\ncloud_init_modules:\n - migrator\n\n"
    b"# a comment\n - users-groups\n - ssh\ncloud_config_modules:\n - ssh-import-id\n - set-passwords\n"
    b"system_info:\n   default_user:\n     name: debian\n     lock_passwd: True\n"
)
UNIT = {"etc/systemd/system/cloud-init.target.wants/cloud-init.service": Link("/lib/systemd/system/cloud-init.service")}
BASE = {"usr/bin/cloud-init": b"x", "etc/cloud/cloud.cfg": STOCK, **UNIT}


def cloud_init(**changes):
    drop_ins = {f"etc/cloud/cloud.cfg.d/{name}.cfg": text.encode() for name, text in changes.pop("drop", {}).items()}
    tree = {**BASE, **drop_ins, **changes.pop("tree", {})}
    return read_cloud_init(reader({path: content for path, content in tree.items() if content is not None}))


def replaces(**changes):
    fact = cloud_init(**changes).replaces_host_keys
    return "unread" if isinstance(fact, Unread) else fact


def test_the_stock_configuration_replaces_host_keys_and_names_no_credential():
    seen = cloud_init()
    assert (seen.installed, seen.replaces_host_keys, seen.keeps_instance) == (True, True, False)
    assert (seen.passwords, seen.keys) == ((), ())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ssh_deletekeys: false\n", False),
        ("ssh_deletekeys:   0\n", False),
        ("ssh_deletekeys: No # why\n", False),
        ("ssh_deletekeys: ~\n", False),
        ("ssh_deletekeys:\n", False),
        ('"ssh_deletekeys": false\n', False),
        ("ssh_deletekeys: true\r\n", True),
        ("ssh_deletekeys: 1\n", True),
        ("#ssh_deletekeys: false\n", True),
        # versions differ, or it is no plain line
        ("ssh_deletekeys: 'false'\n", "unread"),
        ("ssh_deletekeys: n\n", "unread"),
        ("{ssh_deletekeys: false}\n", "unread"),
        ("ssh_deletekeys: true\nssh_deletekeys: false\n", "unread"),
        ("x: &a\n  ssh_deletekeys: false\n<<: *a\n", "unread"),
        ("## template: jinja\nssh_deletekeys: {{ x }}\n", "unread"),
        # the modules
        ("cloud_init_modules: [migrator, bootcmd]\n", False),
        ("cloud_init_modules: [migrator, ssh]\n", True),
        ("cloud_init_modules:\n- migrator\n- [ssh, always]\n", True),
        ("cloud_init_modules:\n- ssh-import-id\n- 'x'\n", False),
        ("cloud_init_modules:\n", False),
        ("cloud_init_modules: *ssh\n", "unread"),
        ("cloud_final_modules: [ssh]\ncloud_init_modules: []\n", True),
        # where it looks for data
        ("datasource_list: [ Azure ]\n", True),
        ("datasource_list:\n - NoCloud\n - Azure\n", True),
        ("datasource_list: [ None ]\n", "unread"),
    ],
)
def test_host_keys_by_configuration(text, expected):
    assert replaces(drop={"99": text}) == expected


def test_the_last_file_by_name_counts_and_others_than_cfg_do_not():
    assert replaces(drop={"10": "ssh_deletekeys: false\n", "90": "ssh_deletekeys: true\n"}) is True
    assert replaces(drop={"10": "ssh_deletekeys: true\n", "90": "ssh_deletekeys: false\n"}) is False
    assert replaces(tree={"etc/cloud/cloud.cfg.d/99.cfg.bak": b"ssh_deletekeys: false\n"}) is True


@pytest.mark.parametrize(
    ("tree", "expected"),
    [
        ({"usr/bin/cloud-init": None}, False),
        ({"etc/cloud/cloud.cfg": None}, False),
        ({"etc/cloud/cloud-init.disabled": b""}, False),
        ({"etc/cloud/cloud-init.disabled": b"", "etc/cloud/cloud-init.enabled": b""}, True),
        ({"etc/systemd/system/cloud-init.service": Link("/dev/null")}, False),
        ({"etc/systemd/system/cloud-init.target": Link("../../../dev/null")}, False),
        (dict.fromkeys(UNIT), "unread"),
        (
            dict.fromkeys(UNIT)
            | {"usr/lib/systemd/system/cloud-init.target.wants/cloud-init-network.service": Link("../x.service")},
            True,
        ),
        ({"etc/cloud/ds-identify.cfg": b"policy: disabled\n"}, "unread"),
        ({"etc/cloud/ds-identify.cfg": b"policy: search,found=all,notfound=disabled\n"}, True),
        ({"etc/cloud/cloud.cfg": Broken()}, "unread"),
        ({"etc/cloud/cloud.cfg.d": Broken()}, "unread"),
        ({"etc/cloud/cloud.cfg": Broken(), "usr/bin/cloud-init": None}, False),
    ],
)
def test_host_keys_by_whether_it_runs(tree, expected):
    assert replaces(tree=tree) == expected


def test_whether_it_runs_is_told_by_itself():
    assert cloud_init(drop={"9": "ssh_deletekeys: false\n"}).runs is True
    assert cloud_init(tree={"etc/cloud/cloud-init.disabled": b""}).runs is False
    assert cloud_init(tree={"usr/bin/cloud-init": None, "etc/cloud/cloud.cfg": Broken()}).runs is False


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", False),  # the module is not there
        ("cloud_config_modules: [apt-configure]\n", True),
        ("cloud_config_modules:\n - apt_configure\n", True),
        ("cloud_config_modules: [apt-configure]\napt:\n  preserve_sources_list: true\n", False),
        ("cloud_config_modules: [apt-configure]\napt: {preserve_sources_list: True}\n", False),
        ("cloud_config_modules: [apt-configure]\napt_preserve_sources_list: yes\n", False),
        ("cloud_config_modules: [apt-configure]\napt:\n  preserve_sources_list: false # no\n", True),
        ("cloud_config_modules: [apt-configure]\napt:\n  preserve_sources_list: *no\n", "unread"),
        ("cloud_config_modules: [apt-configure]\napt:\n  preserve_sources_list:\n", True),
    ],
)
def test_whether_it_writes_the_sources_of_apt(text, expected):
    fact = cloud_init(drop={"99": text}).writes_sources
    assert ("unread" if isinstance(fact, Unread) else fact) == expected


def test_one_of_two_words_on_the_sources_of_apt_is_not_understood():
    drop = {"1": "apt:\n  preserve_sources_list: true\ncloud_config_modules: [apt-configure]\n",
            "9": "apt: {preserve_sources_list: false}\n"}  # fmt: skip
    assert isinstance(cloud_init(drop=drop).writes_sources, Unread)


def test_the_cache_that_is_kept():
    assert cloud_init(drop={"9": "manual_cache_clean: true\n"}).keeps_instance is True
    assert cloud_init(drop={"9": "manual_cache_clean: off\n"}).keeps_instance is False
    assert isinstance(cloud_init(drop={"9": "{manual_cache_clean: true}\n"}).keeps_instance, Unread)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("password: passw0rd\n", 1),
        ("users:\n - name: a\n   passwd: $6$a$b\n", 1),
        ("users: [{name: a, hashed_passwd: x}]\n", 1),
        ("chpasswd:\n  list: |\n    root:secret\n", 1),
        ("chpasswd: {list: [root:secret]}\n", 1),
        ("chpasswd:\n  expire: false\n\n  users:\n  - {name: a}\n", 1),
        ("datasource:\n  None:\n    userdata_raw: |\n      #cloud-config\n      password: x\n", 1),
        ("chpasswd: { expire: False }\nssh_pwauth: true\n", 0),
        ("chpasswd:\n  expire: false\nlist: 1\n", 0),
        ("users:\n - name: a\n   passwd: '*'\n   lock_passwd: true\n   passwd: ~\n", 0),
        ("# password: x\n", 0),
        ("cloud_config_modules:\n - set-passwords\n", 0),
    ],
)
def test_passwords_in_its_configuration(text, count):
    assert len(cloud_init(drop={"99": text}).passwords) == count


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("ssh_authorized_keys:\n - ssh-rsa AAAAB3 x\n", ("/etc/cloud/cloud.cfg.d/99.cfg:2",)),
        ("users: [{name: a, ssh_authorized_keys: [ssh-ed25519 AAAAC3]}]\n", ("/etc/cloud/cloud.cfg.d/99.cfg:1",)),
        ("ssh_import_id: [gh:somebody]\n", ("/etc/cloud/cloud.cfg.d/99.cfg:1",)),
        ("ssh_authorized_keys: []\n", ()),
        ("# ssh_authorized_keys: [ssh-rsa AAAA]\n", ()),
        ("known: ssh-rsa AAAA\n", ()),
    ],
)
def test_keys_in_its_configuration(text, found):
    assert cloud_init(drop={"99": text}).keys == found


SCRIPT = "var/lib/cloud/scripts/per-boot/x.sh"


@pytest.mark.parametrize(
    "line",
    [
        'echo "root:secret" | chpasswd',
        "[chpasswd, -e]",
        "echo x | passwd --stdin root",
        "(echo x; echo x) | /usr/bin/passwd root",
        "[ usermod, -p, '$6$x', root ]",
        "/usr/sbin/useradd -mp '$6$x' admin",
        "sed -i s/x/y/ /etc/shadow",
    ],
)
def test_a_command_of_cloud_init_that_sets_a_password(line):
    assert cloud_init(drop={"99": f"runcmd:\n - {line}\n"}).passwords == ("/etc/cloud/cloud.cfg.d/99.cfg:2",)
    assert cloud_init(drop={"99": f"#runcmd:\n# - {line}\n"}).passwords == ()
    assert cloud_init(tree={SCRIPT: f"#!/bin/sh\n{line}\n".encode()}).passwords == (f"/{SCRIPT}:2",)


@pytest.mark.parametrize(
    "line", ["chpasswd: {expire: false}", "usermod -L root", "passwd -l root", "useradd -m app", "cat /etc/passwd"]
)
def test_other_commands_set_none(line):
    seen = cloud_init(drop={"99": f"bootcmd:\n - {line}\n"})
    assert (seen.passwords, seen.keys) == ((), ())


@pytest.mark.parametrize(
    "text",
    [
        "runcmd:\n - curl -s https://x/keys >> /root/.ssh/authorized_keys\n",
        "runcmd:\n - [ssh-import-id, gh:somebody]\n",
        "write_files:\n - path: /root/.ssh/authorized_keys\n   encoding: b64\n   content: c3NoLWVkMjU1MTk=\n",
        "ssh_authorized_keys:\n  - >-\n    ssh-ed25519\n    AAAAC3\n",
    ],
)
def test_a_key_that_may_come_and_is_not_seen_leaves_it_open(text):
    assert "may have cloud-init give an account a key" in cloud_init(drop={"99": text}).keys.detail
    seen = cloud_init(drop={"99": f"{text}ssh_authorized_keys: [ssh-rsa AAAA]\n"}).keys
    assert seen[0].startswith("/etc/cloud/cloud.cfg.d/99.cfg:")


def test_scripts_of_cloud_init_that_are_programs_or_cannot_be_read():
    long = b"authorized_keys chpasswd " * 20_000
    assert (cloud_init(tree={SCRIPT: long}).passwords, cloud_init(tree={SCRIPT: long}).keys) == ((), ())
    assert isinstance(cloud_init(tree={SCRIPT: Broken()}).passwords, Unread)
    assert isinstance(cloud_init(tree={SCRIPT: b"cp keys /root/.ssh/authorized_keys\n"}).keys, Unread)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("system_info:\n  paths:\n    cloud_dir: /var/lib/cloud/\n", ()),
        ("system_info: {paths: {cloud_dir: '/var/lib/cloud', run_dir: /x}}\n", ()),
        ("system_info: {paths: {cloud_dir: /srv/c}}\n", ("/etc/cloud/cloud.cfg.d/99.cfg:1",)),
        ("system_info:\n  paths:\n    cloud_dir: /var/lib/cloud2\n", ("/etc/cloud/cloud.cfg.d/99.cfg:3",)),
        ("system_info:\n  paths:\n    cloud_dir:\n      /srv/c\n", ("/etc/cloud/cloud.cfg.d/99.cfg:3",)),
        ("# cloud_dir: /srv/c\n", ()),
    ],
)
def test_another_place_for_its_memory(text, found):
    assert cloud_init(drop={"99": text}).memory_elsewhere == found


def test_what_it_remembers():
    tree = {"var/lib/cloud/instances/i/vendor": b"", "var/lib/cloud/sem/config_ssh.once": b""}
    assert cloud_init(tree=tree).remembered == ("/var/lib/cloud/instances/i", "/var/lib/cloud/sem/config_ssh.once")
    assert cloud_init(tree={"var/lib/cloud/sem": Folder()}).remembered == ()
    assert isinstance(cloud_init(tree={"var/lib/cloud/sem": Broken()}).remembered, Unread)


def written(path: str, *more: str) -> str:
    lines = ["write_files:", f" - path: {path}", "   content: |", "     hello: x", "     password: y", *more]
    return "\n".join([*lines, ""])


@pytest.mark.parametrize(
    ("text", "count"),
    [
        (written("/etc/motd.d/x"), 0),
        (written("/opt/app/settings.yaml", "", "     passwd: z", "   owner: root"), 0),
        (written("/etc/x", "   permissions: '0600'", "password: z"), 1),
        (written("/etc/x", "   password: z"), 1),
        (written("/etc/shadow"), 2),
        (written("/etc/cloud/cloud.cfg.d/99.cfg"), 1),
        (written("/root/x"), 1),
        (written("/etc/cloud/cloud.cfg.d/9.cfg").replace("path", '"path"'), 1),
        ("x:\n  content: |\n    password: y\n", 1),
        (written("/etc/x", " - path: /etc/passwd", "   content: x"), 2),
        ("## template: jinja\n" + written("/etc/x"), 1),
        ('{note: "a\ncontent: |\n  b", password: x}\n', 1),
        ("content: |\nchpasswd:\n  list: x\n", 1),
    ],
)
def test_the_text_of_a_file_that_is_written_is_no_configuration(text, count):
    assert len(cloud_init(drop={"9": text}).passwords) == count


def test_seeds_count_and_nothing_counts_without_the_program():
    seed = {"var/lib/cloud/seed/nocloud/user-data": b"#cloud-config\npassword: x\nssh_import_id: [a]\n"}
    seen = cloud_init(tree=seed)
    assert len(seen.passwords) == len(seen.keys) == 1
    without = cloud_init(tree={**seed, "usr/bin/cloud-init": None})
    assert (without.passwords, without.keys) == ((), ())
    assert isinstance(cloud_init(tree={"var/lib/cloud/seed/nocloud": Broken()}).passwords, Unread)


def test_configuration_made_to_be_slow_is_not():
    text = "cloud_init_modules:" + " \n" * 20_000 + "chpasswd:" + "\n " * 20_000 + "password:" + " " * 20_000 + "x\n"
    assert len(cloud_init(drop={"99": text}).passwords) == 1


MODULES = STOCK.decode().replace(" - ssh\n", " - ssh\n - mounts\n", 1)
SET_UP = "disk_setup:\n  ephemeral0:\n    layout: [66, [33, 82]]\nfs_setup:\n  - device: ephemeral0.1\n    label: x\n"


@pytest.mark.parametrize(
    ("modules", "text", "expected"),
    [
        (MODULES, "", "/mnt"),
        (STOCK.decode(), "", None),  # the module is not among them
        (
            MODULES,
            'mounts:\n  - ["ephemeral0.1", "/mnt/resource"]\n  - ["ephemeral0.2", "none", "swap"]\n',
            "/mnt/resource",
        ),
        (MODULES, f"{SET_UP}mounts:\n  - [ ephemeral0, /data, auto, 'defaults,nofail' ]\n", "/data"),
        (MODULES, f"{SET_UP}mounts:\n  - [ ephemeral0.2, none, swap, sw, '0', '0' ]\n", "/mnt"),
        (MODULES, "mounts:\n - [ ephemeral0, null ]\n", "unread"),
        (MODULES, "mounts:\n - - ephemeral0\n   - /data\n", "unread"),
        (MODULES, "{mounts: [[ephemeral0, /data]]}\n", "unread"),
        (MODULES, "mounts:\n - [ephemeral0, /a]\n - [ephemeral0.1, /b]\n", "unread"),
    ],
)
def test_where_it_mounts_the_resource_disk(modules, text, expected):
    seen = cloud_init(tree={"etc/cloud/cloud.cfg": modules.encode()}, drop={"9": text}).resource_folder
    assert ("unread" if isinstance(seen, Unread) else seen) == expected


def test_it_mounts_nothing_where_it_does_not_run():
    assert cloud_init(tree={"usr/bin/cloud-init": None}).resource_folder is None
