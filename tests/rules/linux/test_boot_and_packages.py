"""The rules on booting, packages and configuration: what once passed wrongly, and what asks for other distributions."""

from __future__ import annotations

import pytest
from guests import CLEAN, CONSOLE, NO_PROGRAMS, UNREAD, dpkg, file, line, says, swap

from checker.facts.linux.boot import CommandLine
from checker.facts.linux.packages import Package, Packages, Repository
from checker.facts.linux.swap import NOT_ENABLED, NOT_UNDERSTOOD, SwapEntry
from checker.facts.linux.system import Elf, OsRelease

PASS, ERROR, WARNING, INFO = "pass", "fail error", "fail warning", "fail info"
OTHER, UNKNOWN = "not-applicable", "not-evaluated"


def system(id: str, version: str, *like: str) -> dict[str, OsRelease]:
    return {"os_release": OsRelease(id, version, like, "", {})}


def texts(**files: str | None) -> dict[str, dict[str, str | None]]:
    """Texts by path, ``__`` for a slash and ``_dot_`` for a dot."""
    return {"texts": {"/" + name.replace("__", "/").replace("_dot_", "."): text for name, text in files.items()}}


def repositories(*names: str, address: str = "", enabled: bool = True, refresh: bool = False):
    return {"repositories": tuple(Repository("/etc/x.repo", name, address, enabled, refresh) for name in names)}


def kernels(*names: str) -> dict[str, object]:
    lines = tuple(line(CONSOLE, kernel=f"/boot/vmlinuz-{name}") for name in names)
    return {"boot__kernels": names, "boot__command_lines": lines}


def unused(words: str) -> CommandLine:
    return CommandLine("/boot/loader/entries/a.conf", "x", "/vmlinuz-6.1.0", tuple(words.split()), is_used=False)


def with_options(of_kernels: dict[str, dict[str, str]]) -> dict[str, object]:
    return {"boot__configurations": of_kernels}


IFCFG = "etc__sysconfig__network-scripts__ifcfg-eth0"
GOOD = "DEVICE=eth0\nBOOTPROTO=dhcp\nONBOOT=yes\n"
NETWORK = "etc__sysconfig__network"
DHCP = "etc__sysconfig__network__dhcp"
NO_CLOUD_INIT = {"cloud_init__installed": False, "cloud_init__runs": False, "cloud_init__resource_folder": None,
                 "cloud_init__writes_sources": False}  # fmt: skip
HYPER_V = ("HYPERV", "HYPERV_STORAGE", "HYPERV_NET", "HYPERV_UTILS")
BUILT_IN = {"6.1.0-18-amd64": dict.fromkeys(HYPER_V, "y")}
NEWER_BUS = {"6.1.0-18-amd64": {**BUILT_IN["6.1.0-18-amd64"], "HYPERV_VMBUS": "m"}}

# fmt: off
CASES = [
    # a variable of the boot loader may hold any of them
    *[
        (code, UNKNOWN, {"boot__command_lines": (line(CONSOLE), line(f"{CONSOLE} $what"))})
        for code in ("LNX006", "LNX008", "LNX022", "LNX023", "LNX026")
    ],
    ("LNX001", UNKNOWN, {"boot__command_lines": (line(f"{CONSOLE} $what"),), "agent__configuration": {},
                         "sshd__host_keys": ("/etc/ssh/ssh_host_rsa_key",)}),
    ("LNX001", PASS, {"boot__command_lines": (line(f"{CONSOLE} $what"),)}),
    ("LNX006", WARNING, {"boot__command_lines": (line("$what"),), "agent__units": ()}),
    *[
        ("LNX006", said, {"boot__command_lines": (line(f"{CONSOLE} {word}"),)})
        for said, words in (
            (UNKNOWN, ("1", "S", "init=/bin/sh", "systemd.mask=walinuxagent", "systemd.unit=rescue.target")),
            (PASS, ("3", "init=/lib/systemd/systemd", "init=/sbin/init", "systemd.mask=tmp.mount", "rd.init=x")),
        )
        for word in words
    ],
    ("LNX008", ERROR, {"boot__command_lines": (line("$what"),), "swap__volumes": (swap("partition 2"),)}),
    ("LNX008", UNKNOWN, {"boot__command_lines": UNREAD}),
    ("LNX026", WARNING, {"boot__command_lines": (line("$what systemd.machine_id=0123"),)}),
    # the console: what the kernel does not take for its own, and products that are called Recovery
    ("LNX007", ERROR, {"boot__command_lines": (line("ro -- console=ttyS0 earlyprintk=ttyS0"),)}),
    ("LNX007", PASS, {"boot__command_lines": (line("console=ttyS0 console=tty0 earlyprintk=ttyS0"),)}),
    ("LNX007", ERROR, {"boot__command_lines": (line(CONSOLE), line("ro", "Contoso Recovery Appliance"))}),
    ("LNX007", ERROR, {"boot__command_lines": (line(CONSOLE), line("ro", kernel="/boot/memtest/vmlinuz-6.1.0"))}),
    ("LNX007", PASS, {"boot__command_lines": (line(CONSOLE), line("ro", "x", "/vmlinuz-0-rescue-0123"))}),
    # an entry that nothing seen reads
    ("LNX007", UNKNOWN, {"boot__command_lines": (line(CONSOLE), unused("ro quiet"))}),
    ("LNX007", UNKNOWN, {"boot__command_lines": (line(CONSOLE), unused("console=ttyS0"))}),
    ("LNX007", PASS, {"boot__command_lines": (line(CONSOLE), unused(CONSOLE))}),
    # what Azure advises against, in other words
    ("LNX022", WARNING, {"boot__command_lines": (line(f"{CONSOLE} libata.atapi-enabled=0"),)}),
    ("LNX022", WARNING, {"boot__command_lines": (line(f"{CONSOLE} reserve=0x1f0,0x8,0x170,0x8"),)}),
    ("LNX022", WARNING, {"boot__command_lines": (line(f"{CONSOLE} reserve=0x1F0,8"),)}),
    ("LNX022", WARNING, {"boot__command_lines": (line(CONSOLE), line("single libata.atapi_enabled=0"))}),
    ("LNX022", PASS, {"boot__command_lines": (line(f"{CONSOLE} libata.atapi_enabled=1 reserve=0x2f0,0x8"),)}),
    ("LNX022", WARNING, {"boot__saved_words": ("ro", "reserve=0x1f0,0x8,0x170,0x8")}),
    ("LNX022", WARNING, {"boot__saved_words": ("libata.atapi_enabled=0",), "boot__command_lines": UNREAD}),
    ("LNX022", UNKNOWN, {"boot__saved_words": UNREAD}),
    # options of a kernel that has no configuration
    ("LNX029", UNKNOWN, {"boot__kernels": ("6.1.0-18-amd64", "6.2.0")}),
    ("LNX036", UNKNOWN, {"boot__kernels": ("6.1.0-18-amd64", "6.2.0")}),
    ("LNX036", UNKNOWN, {"boot__configurations": {}}),
    ("LNX036", WARNING, {"boot__needed_modules": {"6.1.0-18-amd64": ("udf", "vfat", "hv_vmbus", "hv_storvsc")}}),
    ("LNX036", PASS, {"boot__needed_modules": {"6.1.0-18-amd64": ("hv_storvsc", "hv_netvsc", "hv_utils")}}),
    ("LNX036", UNKNOWN, {"boot__needed_modules": {}}),
    ("LNX036", UNKNOWN, {"boot__needed_modules": UNREAD}),
    ("LNX036", PASS, {"boot__needed_modules": {"6.1.0-18-amd64": ("hv_storvsc", "hv_netvsc", "hv_utils"), "6.0": ()},
                      "boot__configurations": {**CLEAN.boot.configurations, "6.0": dict.fromkeys(HYPER_V, "m")}}),
    ("LNX036", PASS, {"boot__needed_modules": UNREAD, "boot__configurations": BUILT_IN}),
    ("LNX036", WARNING, {"boot__blocked_modules": ("floppy", "hv_netvsc")}),
    ("LNX036", PASS, {"boot__blocked_modules": ("floppy", "hv_balloon")}),
    ("LNX034", WARNING, {"proxies": ("/etc/apt/apt.conf: http://10.1.2.3:3128",)}),
    ("LNX034", UNKNOWN, {"proxies": UNREAD}),
    # cloud-init names its own mirror, and writes what is missing or what is there anew
    *[
        ("LNX034", expected, {
            **system("ubuntu", "22.04"), **repositories(*suites, address=f"http://{host}/ubuntu"), **change,
        })
        for expected, host, suites, change in (
            (UNKNOWN, "archive.ubuntu.com", ("jammy",), {}),
            (WARNING, "archive.ubuntu.com", ("jammy",), {"cloud_init__names_mirror": False}),
            (UNKNOWN, "archive.ubuntu.com", ("jammy",), {"cloud_init__names_mirror": UNREAD}),
            (UNKNOWN, "azure.archive.ubuntu.com", ("-security", "-updates"), {"cloud_init__names_mirror": False}),
            (PASS, "azure.archive.ubuntu.com", ("-security", "-updates"), {}),
            (PASS, "azure.archive.ubuntu.com", ("-security", "-updates"),
             {"cloud_init__names_mirror": False, "cloud_init__writes_sources": False}),
        )
    ],
    ("LNX022", INFO, {"boot__searched_for": ("/boot/grub/grub.cfg: libata.atapi_enabled=0",)}),
    ("LNX022", UNKNOWN, {"boot__searched_for": UNREAD}),
    ("LNX022", PASS, {"boot__searched_for": ("/x: reserve=0x1f0,0x8",), **system("rhel", "8.9")}),
    ("LNX022", INFO, {"boot__searched_for": ("/x: reserve=0x1f0,0x8",), **system("rhel", "7.9")}),
    ("LNX036", UNKNOWN, {"boot__blocked_modules": UNREAD}),
    ("LNX036", PASS, {"boot__blocked_modules": ("hv_netvsc",), "boot__configurations": BUILT_IN}),
    ("LNX036", WARNING, {"boot__command_lines": (line(f"{CONSOLE} module_blacklist=x,hv-utils"),)}),
    ("LNX036", WARNING, {"boot__command_lines": (line(f"{CONSOLE} rd.driver.blacklist=hv-storvsc"),)}),
    ("LNX036", PASS, {"boot__command_lines": (line(f"{CONSOLE} rd.driver.blacklist=nouveau"),)}),
    ("LNX036", PASS, {"boot__command_lines": (line(f"{CONSOLE} rdblacklist=hv_utils"),), **with_options(BUILT_IN)}),
    ("LNX036", WARNING, {"boot__command_lines": (line(f"{CONSOLE} initcall_blacklist=x,hv_acpi_init"),)}),
    (
        "LNX036",
        WARNING,
        {"boot__command_lines": (line(f"{CONSOLE} initcall_blacklist=hv_acpi_init"),), **with_options(BUILT_IN)},
    ),
    ("LNX036", PASS, {"boot__command_lines": (line(f"{CONSOLE} initcall_blacklist=init_udf_fs"),)}),
    ("LNX036", UNKNOWN, {"boot__command_lines": UNREAD, **with_options(BUILT_IN)}),
    ("LNX023", WARNING, {"boot__command_lines": (line(f"{CONSOLE} initcall_blacklist=init_udf_fs"),)}),
    ("LNX036", WARNING, {**with_options(NEWER_BUS), "boot__blocked_modules": ("hv_vmbus",)}),
    ("LNX036", PASS, with_options(NEWER_BUS)),
    ("LNX036", UNKNOWN, {"boot__command_lines": (line(f"{CONSOLE} $what"),)}),
    ("LNX036", WARNING, {"boot__configurations": {"6.1": {"HYPERV": "y", "HYPERV_STORAGE": "m", "HYPERV_UTILS": "m"}}}),
    # udf and vfat
    ("LNX023", WARNING, {"boot__command_lines": (line(f"{CONSOLE} module_blacklist=floppy,udf"),)}),
    ("LNX023", WARNING, {"boot__command_lines": (line(f"{CONSOLE} modprobe.blacklist=vfat"),)}),
    ("LNX023", PASS, {"boot__command_lines": (line(CONSOLE), line("single module_blacklist=udf"))}),
    ("LNX023", WARNING, {"boot__command_lines": (line(f"{CONSOLE} module_blacklist=fat"),)}),
    ("LNX023", WARNING, {"boot__command_lines": (line(f"{CONSOLE} module_blacklist=x,crc-itu-t"),)}),
    ("LNX023", PASS, {"boot__command_lines": (line(f"{CONSOLE} modprobe.blacklist=fat"),)}),
    ("LNX023", UNKNOWN, {"boot__command_lines": (line(f"{CONSOLE} $more"),)}),
    ("LNX023", UNKNOWN, {"boot__command_lines": UNREAD}),
    ("LNX023", WARNING, {"boot__command_lines": UNREAD, "boot__blocked_modules": ("udf",)}),
    ("LNX023", WARNING, {"boot__needed_modules": {"6.1.0-18-amd64": ("vfat",)}}),
    ("LNX023", WARNING, {"boot__needed_modules": {"6.1.0-18-amd64": ("vfat",)}, "boot__blocked_modules": UNREAD}),
    ("LNX023", PASS, {"boot__needed_modules": {"6.1.0-18-amd64": ("udf", "vfat"), "5.10-gone": ()}}),
    ("LNX023", UNKNOWN, {"boot__needed_modules": {}}),
    ("LNX023", UNKNOWN, {"boot__kernels": ("6.1.0-18-amd64", "6.2.0")}),
    # swap space
    ("LNX008", ERROR, {"swap__started": (swap("/etc/rc.local", "/swapfile"),)}),
    ("LNX008", ERROR, {"swap__started": (swap("/etc/crypttab", "UUID=1"),)}),
    # what a journal leaves open is neither there nor gone
    ("LNX008", UNKNOWN, {"swap__fstab": (SwapEntry("/etc/fstab", "/swapfile sw"),), "swap__files": UNREAD}),
    ("LNX008", UNKNOWN, {"swap__fstab": (SwapEntry("/etc/fstab", "UUID=1 sw"),), "swap__volumes": UNREAD}),
    ("LNX008", WARNING, {"swap__fstab": (SwapEntry("/etc/fstab", "/swapfile sw"),)}),
    ("LNX008", PASS, {"swap__started": (swap("/var/lib/cloud/scripts/per-boot/swap.sh", "/mnt/swapfile"),)}),
    ("LNX008", UNKNOWN, {"swap__started": (swap("/etc/rc.local", f"{NOT_UNDERSTOOD}swapon $X"),)}),
    ("LNX008", UNKNOWN, {"swap__started": (swap("/etc/crypttab", "/dev/sda3"),)}),
    ("LNX008", UNKNOWN, {"swap__cloud_init": (swap("/etc/cloud/cloud.cfg", f"{NOT_UNDERSTOOD}- swap"),)}),
    ("LNX008", ERROR, {"swap__files": (swap("/data/x"),), "swap__units": (swap("data-x.swap", "/data/x"),)}),
    ("LNX008", ERROR, {"boot__command_lines": (line(f"{CONSOLE} systemd.swap-extra=UUID=1"),)}),
    ("LNX008", WARNING, {
        "swap__fstab": (swap("/etc/fstab", f"{NOT_ENABLED}/swapfile sw"),), "swap__files": (swap("/swapfile"),),
    }),
    ("LNX008", WARNING, {"swap__units": (swap("/etc/systemd/system/swapfile.swap", f"{NOT_ENABLED}/swapfile"),)}),
    ("LNX008", ERROR, {
        "swap__fstab": (SwapEntry("/etc/fstab", "/swap file sw"),), "swap__files": (swap("/swap file"),),
    }),
    # cloud-init: the later file wins
    ("LNX008", PASS,
     {"swap__cloud_init": (swap("8.cfg", "swap: filename: /s size: 1G"), swap("9.cfg", "swap: size: 0"))}),
    ("LNX008", ERROR,
     {"swap__cloud_init": (swap("8.cfg", "swap: size: 0"), swap("9.cfg", "swap: filename: /s size: 1G"))}),
    ("LNX008", UNKNOWN, {"swap__cloud_init": (swap("9.cfg", "swap: ["),)}),
    # below /mnt: where nothing mounts the resource disk there, it is not known; where fstab mounts this disk, it is
    ("LNX008", UNKNOWN, {"cloud_init__resource_folder": "/data", "swap__units": (swap("mnt-s.swap", "/mnt/s"),)}),
    ("LNX008", PASS, {"cloud_init__resource_folder": "/data", "swap__units": (swap("data-s.swap", "/data/s"),)}),
    ("LNX008", UNKNOWN, {"cloud_init__resource_folder": UNREAD, "swap__units": (swap("mnt-s.swap", "/mnt/s"),)}),
    ("LNX008", PASS, {**NO_CLOUD_INIT, "swap__units": (swap("mnt-s.swap", "/mnt/s"),),
                      **texts(etc__fstab="/dev/disk/cloud/azure_resource-part1 /mnt auto nofail 0 2\n")}),
    ("LNX008", PASS, {"swap__fstab": (SwapEntry("/etc/fstab", "/dev/disk/azure/local/by-index/0 sw"),)}),
    ("LNX008", UNKNOWN, {"swap__fstab": (SwapEntry("/etc/fstab", "/dev/sdb2 sw"),)}),
    ("LNX008", UNKNOWN, {**NO_CLOUD_INIT, "swap__fstab": (SwapEntry("/etc/fstab", "/mnt/swapfile sw"),)}),
    ("LNX008", ERROR,
     {"swap__fstab": (SwapEntry("/etc/fstab", "/mnt/swapfile sw", True),), "swap__files": (swap("/mnt/swapfile"),)}),
    ("LNX008", PASS, {
        **NO_CLOUD_INIT,
        "swap__fstab": (SwapEntry("/etc/fstab", "/resource/swapfile sw"),),
        "agent__configuration": {"ResourceDisk.Format": "y", "ResourceDisk.MountPoint": "/resource"},
    }),
    ("LNX008", WARNING, {
        "swap__fstab": (SwapEntry("/etc/fstab", "/resource/swapfile sw"),),
        "agent__configuration": {"ResourceDisk.Format": "n", "ResourceDisk.MountPoint": "/resource"},
    }),
    *[
        ("LNX008", expected, {"swap__cloud_init": (swap("/etc/cloud/cloud.cfg", words),)})
        for words, expected in {
            "swap: filename: /swap.img size: 2G maxsize: 0": ERROR,
            "swap: size: '0'": PASS,
            "swap: {}": PASS,
            "swap: false": PASS,
            "swap:": PASS,
            "swap: {filename: /mnt/swap, size: 2G}": UNKNOWN,
            "- [ LABEL=swap, none, swap, sw ]": ERROR,
            "- [ /dev/sdb2, none, swap, sw ]": UNKNOWN,
        }.items()
    ],
    # openssl and python: what comes first on the PATH
    ("LNX010", UNKNOWN, {"programs": {"/usr/local/bin/openssl": "/opt/ssl/openssl"}}),
    ("LNX010", UNKNOWN, {"programs": {"/usr/bin/openssl": "/opt/ssl/bin/openssl"}}),
    ("LNX010", UNKNOWN, {"programs": {"/usr/local/bin/openssl": "/usr/local/bin/openssl"},
                         "packages": dpkg(openssl="1.1.0l-1")}),
    ("LNX010", PASS, {"programs": {"/usr/local/bin/openssl": "/usr/bin/openssl"}}),
    ("LNX010", WARNING, {"programs": NO_PROGRAMS}),
    ("LNX010", UNKNOWN, {"programs": UNREAD}),
    ("LNX010", ERROR, {"packages": dpkg(openssl="0.9.7"), "programs": UNREAD}),
    ("LNX011", WARNING, {"programs": {"/usr/local/bin/python3": "/opt/python3.6"}}),
    ("LNX011", UNKNOWN, {"python": "pypy3", "programs": {"/usr/bin/python3": "/usr/bin/pypy3"}}),
    ("LNX011", UNKNOWN, {"programs": {"/usr/local/bin/python3": "/opt/python"}, "packages": dpkg()}),
    ("LNX011", UNKNOWN, {"programs": {"/usr/local/bin/python3": "/usr/local/bin/python3"}}),
    ("LNX011", UNKNOWN, {"programs": {"/usr/bin/python3": "/opt/python/current"}}),
    ("LNX011", PASS, {"python": "python3", "programs": {"/usr/bin/python3": "/usr/bin/python3"}}),
    ("LNX011", UNKNOWN, {"programs": UNREAD}),
    ("LNX011", WARNING, {"programs": UNREAD, "python": "python3.6"}),
    # OMI and Defender
    ("LNX016", ERROR, {"packages": dpkg(omi="2:1.6.8-0")}),
    ("LNX016", PASS, {"packages": Packages("dpkg", {"omi": (Package("omi", "1.6.8-0", "not-installed"),)})}),
    ("LNX016", UNKNOWN, {
        "packages": Packages("dpkg", {"omi": (Package("omi", "1.9", "config-files"),)}),
        "files": {"/opt/omi/bin/omiserver": file("/opt/omi/bin/omiserver")},
    }),
    ("LNX017", ERROR, {"packages": dpkg(mdatp="101.1")}),
    ("LNX017", ERROR, {"defender": {"/var/opt/microsoft/mdatp": file("/var/opt/microsoft/mdatp", kind="directory")}}),
    ("LNX017", PASS, {"packages": Packages("dpkg", {"mdatp": (Package("mdatp", "101.1", "config-files"),)})}),
    # ifcfg-eth0
    ("LNX030", PASS, {**system("rhel", "9.4"), **texts(**{IFCFG: GOOD})}),
    ("LNX030", WARNING, {**system("rhel", "9.4"), **texts(**{IFCFG: GOOD.replace("dhcp", "static")})}),
    ("LNX030", WARNING, {**system("rocky", "8"), **texts(**{IFCFG: GOOD.replace("ONBOOT", "#ONBOOT")})}),
    ("LNX030", WARNING, {**system("rocky", "8"), **texts(**{IFCFG: GOOD + "ONBOOT=no\n"})}),
    ("LNX030", INFO, {**system("rhel", "9.4"), **texts(**{IFCFG: GOOD.replace("dhcp", '"dhcp"')})}),
    ("LNX030", UNKNOWN, system("rhel", "9.4")),
    ("LNX030", PASS, {**system("rhel", "8.9"), **texts(**{IFCFG: GOOD + "HWADDR=00:0d:3a:11:22:33\n"})}),
    ("LNX030", WARNING, {**system("rhel", "8.9"), **NO_CLOUD_INIT, **texts(**{IFCFG: GOOD + "HWADDR=00:0d\n"})}),
    ("LNX030", PASS, {**system("rhel", "8.9"), **NO_CLOUD_INIT, **texts(**{IFCFG: GOOD})}),
    ("LNX030", WARNING, {**system("rhel", "10.0"), **NO_CLOUD_INIT}),
    ("LNX030", OTHER, system("fedora", "39")),
    ("LNX030", UNKNOWN, system("fedora", "rawhide")),
    ("LNX030", OTHER, system("amzn", "2023", "fedora")),
    ("LNX030", UNKNOWN, {"os_release": UNREAD}),
    ("LNX030", UNKNOWN, {**system("rhel", "9.4"), "texts": {"/etc/sysconfig/network-scripts/ifcfg-eth0": UNREAD}}),
    # the file that switches the network on
    ("LNX031", PASS, {**system("ol", "8.9"), **texts(**{NETWORK: "# x\nNetworking=YES\n"})}),
    ("LNX031", WARNING, {**system("ol", "8.9"), **texts(**{NETWORK: "#NETWORKING=yes\n"})}),
    ("LNX031", WARNING, {**system("ol", "8.9"), **texts(**{NETWORK: "NETWORKING=yes\nNETWORKING=no\n"})}),
    ("LNX031", WARNING, system("almalinux", "9.3")),
    ("LNX031", OTHER, system("fedora", "40")),
    ("LNX031", PASS, {**system("azurelinux", "3.0"), **texts(etc__systemd__networkd_dot_conf="")}),
    ("LNX031", WARNING, system("azurelinux", "3.0")),
    ("LNX031", WARNING, {**system("azurelinux", "4.0"), **texts(etc__systemd__networkd_dot_conf="")}),
    ("LNX031", PASS, {**system("azurelinux", "4.0"), **texts(usr__lib__systemd__networkd_dot_conf="")}),
    ("LNX031", UNKNOWN, {**system("ol", "8.9"), "texts": {"/etc/sysconfig/network": UNREAD}}),
    # the host name and DHCP
    ("LNX032", PASS, {**system("sles", "15.5"), **texts(**{DHCP: 'DHCLIENT_SET_HOSTNAME="no"\n'})}),
    ("LNX032", WARNING, {**system("sles", "15.5"), **texts(**{DHCP: 'DHCLIENT_SET_HOSTNAME="yes"\n'})}),
    ("LNX032", WARNING, {**system("sles", "15.5"), **texts(**{DHCP: "DHCLIENT_SET_HOSTNAME=no\n"})}),
    ("LNX032", WARNING, {**system("opensuse-leap", "15.6"), **texts(**{DHCP: '# DHCLIENT_SET_HOSTNAME="no"\n'})}),
    ("LNX032", WARNING, system("sles", "15.5")),
    ("LNX032", OTHER, system("rhel", "9.4")),
    *[
        ("LNX032", expected, {**system("sles", "15.5"), **texts(**{DHCP: f"DHCLIENT_SET_HOSTNAME={value}\n"})})
        for value, expected in (('"no"  # why', PASS),
                                ('"no" DHCLIENT_SET_HOSTNAME="yes"', WARNING), ('"no"\r', WARNING))
    ],
    *[
        ("LNX032", expected, {**system("azurelinux", "3.0"), **texts(etc__dhcpcd_dot_conf=text)})
        for text, expected in (
            ("duid\n  option host_name, domain_name # x\n", PASS),
            ("option host_name\nnooption ntp_servers\n", PASS),
            ("nooption host_name\noption host_name\n", PASS),
            ("nooption host_name\n", WARNING),
            ("option host_names\n", WARNING),
            ("option host_name\nnooption  ntp_servers,host_name\n", WARNING),
            ("option ntp_servers, host_name\n", WARNING),
        )
    ],
    ("LNX032", WARNING,
     {**system("mariner", "2.0"), "texts": {"/etc/dhcp/dhclient.conf": "request no-host-name-at-all;\n"}}),
    *[
        ("LNX031", expected, {**system("ol", "8.9"), **texts(**{NETWORK: text})})
        for text, expected in (('NETWORKING="yes"\n', INFO), ("NETWORKING=yes\r\n", WARNING),
                               ('NETWORKING="yes"\n# NETWORKING=yes\n', PASS), ("NETWORKING=yes # on\n", PASS))
    ],
    ("LNX030", WARNING, {**system("rhel", "9.4"), **texts(**{IFCFG: GOOD.replace("\n", "\r\n")})}),
    ("LNX030", WARNING, {**system("rhel", "9.4"), **texts(**{IFCFG: GOOD.replace("dhcp", '"dhcp"\r')})}),
    ("LNX030", WARNING, {**system("rhel", "9.4"), "cloud_init__runs": False}),
    ("LNX030", UNKNOWN, {**system("rhel", "9.4"), "cloud_init__runs": UNREAD}),
    ("LNX032", PASS, {**system("azurelinux", "3.0"), **texts(etc__dhcpcd_dot_conf="option host_name\n")}),
    ("LNX032", WARNING, {**system("azurelinux", "3.0"), **texts(etc__dhcpcd_dot_conf="#option host_name\n")}),
    ("LNX032", PASS,
     {**system("mariner", "2.0"), **texts(etc__dhcp__dhclient_dot_conf="request subnet-mask, host-name;\n")}),
    ("LNX032", UNKNOWN, {**system("azurelinux", "3.0"), "texts": {"/etc/dhcpcd.conf": UNREAD}}),
    # the notes of cloud-init
    ("LNX033", OTHER, {**system("azurelinux", "3.0"), "cloud_init_errors": None}),
    ("LNX033", PASS, {**system("azurelinux", "3.0"), "cloud_init_errors": ()}),
    ("LNX033", WARNING, {**system("azurelinux", "3.0"), "cloud_init_errors": ("result.json: 1 errors",)}),
    ("LNX033", WARNING, {**system("azurelinux", "3.0"), **NO_CLOUD_INIT}),
    ("LNX033", OTHER, {**system("mariner", "1.0"), "cloud_init_errors": ("x",)}),
    ("LNX033", OTHER, {"cloud_init_errors": ("x",)}),
    ("LNX033", UNKNOWN, {**system("azurelinux", "3.0"), "cloud_init_errors": UNREAD}),
    # repositories
    *[
        ("LNX034", WARNING, repositories("bookworm", address=address))
        for address in ("http://deb.debian.org.evil.example/debian", "http://evil.example/deb.debian.org",
                        "http://deb.debian.org@evil.example/", "http://[deb.debian.org", "mirror+http://x/deb.debian.org")
    ],
    ("LNX034", PASS, repositories("bookworm", address="https://deb.debian.org/debian")),
    ("LNX034", WARNING, {**system("rocky", "9.4"), **repositories("notbaseosatall")}),
    ("LNX034", PASS, {**system("rocky", "9.4"), **repositories("rocky-baseos")}),
    ("LNX034", WARNING, {
        **NO_CLOUD_INIT, "os_release": OsRelease("ubuntu", "24.04", ("debian",), "", {"VERSION_CODENAME": "noble"}),
        **repositories("jammy-security", "noble-updates", address="http://azure.archive.ubuntu.com/ubuntu"),
    }),
    ("LNX034", PASS, {
        "os_release": OsRelease("ubuntu", "24.04", ("debian",), "", {"VERSION_CODENAME": "noble"}),
        **repositories("noble-security", "noble-updates", address="http://azure.archive.ubuntu.com/ubuntu"),
    }),
    ("LNX034", WARNING, {**system("ubuntu", "22.04"), "cloud_init__writes_sources": False,
                         **repositories("jammy", address="http://archive.ubuntu.com")}),
    ("LNX034", UNKNOWN, {**system("ubuntu", "22.04"), "cloud_init__writes_sources": UNREAD,
                         **repositories("jammy", address="http://archive.ubuntu.com")}),
    ("LNX034", WARNING, repositories("bookworm", address="http://mirror.example.com/debian")),
    ("LNX034", WARNING, repositories("bookworm", address="http://deb.debian.org/debian", enabled=False)),
    ("LNX034", PASS, repositories("bookworm", address="http://debian-archive.trafficmanager.net/debian")),
    ("LNX034", WARNING, {**system("rhel", "9.4"), **repositories("baseos")}),
    ("LNX034", PASS, {**system("rhel", "9.4"), **repositories(*(f"rhui-{number} X" for number in range(6)))}),
    ("LNX034", PASS, {**system("rocky", "9.4"), **repositories("baseos Rocky Linux 9")}),
    ("LNX034", WARNING, {**system("rocky", "9.4"), **repositories("extras")}),
    ("LNX034", WARNING, {**system("rocky", "9.4"), **repositories("baseos", enabled=False)}),
    ("LNX034", PASS, {**system("ol", "9.4"), **repositories("ol9_baseos_latest")}),
    ("LNX034", WARNING, {**system("ol", "9.4"), **repositories("ol9_baseos")}),
    ("LNX034", PASS, {
        **system("azurelinux", "3.0"),
        **repositories("azurelinux-official-base", "azurelinux-official-ms-oss", "azurelinux-official-ms-non-oss"),
    }),
    ("LNX034", WARNING, {**system("azurelinux", "3.0"), **repositories("azurelinux-official-base")}),
    ("LNX034", WARNING, {**system("sles", "15.5"), **repositories("a SLE-Product-SLES15-SP5-Pool")}),
    ("LNX034", PASS, {**system("sles", "15.5"), **repositories("a SLE-SLES15-Pool", "b SLE-SLES15-Updates")}),
    ("LNX034", UNKNOWN,
     {**system("sles", "15.5"), "repositories": (), "packages": dpkg(**{"cloud-regionsrv-client": "10"})}),
    ("LNX034", PASS, {
        **system("opensuse-leap", "15.6"),
        **repositories("repo-oss", "repo-update", "repo-sle-update", "repo-backports-update", refresh=True),
    }),
    ("LNX034", WARNING,
     {**system("opensuse-leap", "15.6"), **repositories("repo-non-oss", "repo-update", refresh=True)}),
    ("LNX034", OTHER, system("amzn", "2023")),
    ("LNX034", UNKNOWN, {"repositories": UNREAD}),
    ("LNX034", UNKNOWN, {**system("ubuntu", "22.04"), **repositories("jammy", address="http://archive.ubuntu.com")}),
    ("LNX034", WARNING,
     {**system("ubuntu", "22.04"), **NO_CLOUD_INIT, **repositories("jammy", address="http://archive.ubuntu.com")}),
    ("LNX034", PASS, {
        **system("ubuntu", "22.04"),
        **repositories("jammy-security", "jammy-updates", address="http://azure.archive.ubuntu.com/ubuntu"),
    }),
    ("LNX034", WARNING, {
        **system("ubuntu", "22.04"), **NO_CLOUD_INIT, "architecture": Elf("/bin/sh", "aarch64", 64),
        **repositories("jammy-security", "jammy-updates", address="http://azure.archive.ubuntu.com/ubuntu"),
    }),
    # GHOST
    *[
        ("LNX035", expected, {"packages": Packages("rpm", {"glibc": (Package("glibc", version),)})})
        for version, expected in {
            "2.34-100.el9": PASS,
            "2.18-1.fc20": PASS,
            "2.17-55.el7_0.5": PASS,
            "2.17-326.el7_9": PASS,
            "2.17-55.el7_0.3": WARNING,
            "2.12-1.149.el6_6.4": WARNING,
            "2.12-1.132.el6_5.5": UNKNOWN,
            "2.11.3-17.74": UNKNOWN,
            "2.17-55.92.amzn1": UNKNOWN,
            "2.17-21.fc19": UNKNOWN,
            "unknown": UNKNOWN,
        }.items()
    ],
    *[
        ("LNX035", expected, {"packages": dpkg(libc6=version)})
        for version, expected in {
            "2.13-38+deb7u6": WARNING,
            "2.13-38+deb7u7": PASS,
            "2.15-0ubuntu10.9": WARNING,
            "2.15-0ubuntu10": WARNING,
            "2.15-0ubuntu20.2": UNKNOWN,  # of 12.10, which was not repaired
            "2.19-18": PASS,
        }.items()
    ],
    ("LNX035", UNKNOWN, {"packages": dpkg()}),
    ("LNX035", UNKNOWN, {"packages": UNREAD}),
]
# fmt: on


@pytest.mark.parametrize(("code", "expected", "changes"), CASES)
def test_the_verdict(code, expected, changes) -> None:
    assert says(code, **changes) == expected


#: Distribution, version, kernel, and what is expected where the entries of the boot loader name that kernel.
KERNELS = [
    # a kernel of another upstream version than the distribution's is not on the list, however high its numbers are
    ("centos", "7", "4.4.100-1.el7.elrepo.x86_64", UNKNOWN),
    ("centos", "7", "5.3.0-1.el7.elrepo.x86_64", PASS),
    ("debian", "8", "4.14.0-0.bpo.1-amd64", UNKNOWN),
    # a number in a name is no version
    ("centos", "7", "contoso2024.10-3.10.0", UNKNOWN),
    # what is built from Red Hat's system
    ("rocky", "8.9", "4.18.0-513.5.1.el8_9.x86_64", PASS),
    ("almalinux", "8.3", "4.18.0-80.el8.x86_64", ERROR),
    ("ol", "7.5", "3.10.0-862.34.1.el7.x86_64", ERROR),
    ("ol", "7.9", "3.10.0-1160.el7.x86_64", PASS),
    # the rest of the list
    ("ol", "6.10", "2.6.39-400.312.1.el6uek.x86_64", ERROR),
    ("ol", "6.10", "3.8.13-118.35.2.el6uek.x86_64", PASS),
    ("ol", "6.10", "2.6.32-754.15.3.el6.x86_64", PASS),
    ("sles_sap", "12.1", "3.12.74-60.64.115-default", UNKNOWN),
    ("sles_sap", "12.1", "3.12.74-60.64.118-default", PASS),
    ("sles_sap", "12.2", "4.4.121-92.109-default", ERROR),
    ("sles_sap", "12.3", "4.4.180-94.100-default", PASS),
    ("coreos", "2079.6.0", "4.19.43-coreos", PASS),
    ("coreos", "2135.3.1", "4.19.43-coreos", UNKNOWN),
    ("ubuntu", "19.04", "5.3.0-1003-azure", ERROR),
    ("ubuntu", "19.04", "5.3.0-1004-azure", PASS),
]


@pytest.mark.parametrize(("id", "version", "kernel", "expected"), KERNELS)
def test_the_kernel_against_the_list(id, version, kernel, expected) -> None:
    like = {"rocky": ("rhel", "centos"), "almalinux": ("rhel", "centos")}.get(id, ())
    assert says("LNX015", **system(id, version, *like), packages=dpkg(), **kernels(kernel)) == expected


@pytest.mark.parametrize(
    ("release", "kernel", "package", "expected"),
    [
        # the branch of the kernel decides, not the release of Debian: 4.9 on jessie is above 3.16.68
        ("8", "4.9.0-0.bpo.9-amd64", "4.9.168-1+deb9u2~deb8u1", ERROR),
        ("8", "4.9.0-0.bpo.9-amd64", "4.9.168-1+deb9u3~deb8u1", PASS),
        ("9", "4.19.0-0.bpo.5-amd64", "4.19.37-5~bpo9+1", PASS),
        ("9", "4.19.0-0.bpo.4-amd64", "4.19.28-2~bpo9+1", ERROR),
        ("12", "5.3.0-1-amd64", "5.3.2-1", PASS),
    ],
)
def test_the_kernels_of_debian(release, kernel, package, expected) -> None:
    packages = dpkg(**{f"linux_image_{kernel.replace('-', '_')}": package})
    assert says("LNX015", **system("debian", release), packages=packages, **kernels(kernel)) == expected


def test_a_kernel_that_an_entry_boots_counts_wherever_it_lies() -> None:
    new, old = "3.10.0-1160.el7.x86_64", "3.10.0-957.21.2.el7.x86_64"
    changes = {**system("centos", "7"), "boot__kernels": (new,)}
    assert says("LNX015", **changes, boot__command_lines=(line(CONSOLE, kernel=f"/vmlinuz-{new}"),)) == PASS
    for path in (f"/old/vmlinuz-{old}", f"/0123456789abcdef/{old}/linux", "/boot/vmlinuz", "/boot/custom"):
        assert says("LNX015", **changes, boot__command_lines=(line(CONSOLE, kernel=path),)) == UNKNOWN
    # an entry whose kernel would lie in /boot and does not boots nothing, and saves nothing
    only_old = {**system("centos", "7"), "boot__kernels": (old,)}
    assert says("LNX015", **only_old, boot__command_lines=(line(CONSOLE, kernel=f"/boot/vmlinuz-{new}"),)) == ERROR
    assert says("LNX015", **only_old, boot__command_lines=(line(CONSOLE, kernel=f"/else/vmlinuz-{new}"),)) == UNKNOWN
    # where the entries are not known, the kernels that have modules count too
    assert says("LNX015", **changes, boot__command_lines=UNREAD, boot__modules=(new,)) == PASS
    assert says("LNX015", **changes, boot__command_lines=UNREAD, boot__modules=(new, old)) == UNKNOWN
    assert says("LNX015", **changes, boot__command_lines=UNREAD, boot__modules=UNREAD) == UNKNOWN


@pytest.mark.parametrize(
    ("title", "kernel", "words", "expected"),
    [
        ("Debian GNU/Linux (recovery mode)", "/vmlinuz-6", "ro", True),
        ("Red Hat (0-rescue-0123) 9.4", "/vmlinuz-5", "ro", True),
        ("x", "/vmlinuz-0-rescue-0123", "ro", True),
        ("x", "/vmlinuz-6", "ro single", True),
        ("x", "/vmlinuz-6", "recovery nomodeset", True),
        ("Contoso Disaster Recovery", "/vmlinuz-6", "ro", False),
        ("Rescue Server", "/boot/recovery/vmlinuz-6", "ro", False),
    ],
)
def test_what_is_only_for_repair(title, kernel, words, expected) -> None:
    assert CommandLine("/boot/grub/grub.cfg", title, kernel, tuple(words.split())).is_rescue is expected


def test_a_swap_file_in_the_image_below_mnt_counts_where_fstab_turns_it_on() -> None:
    fstab = (SwapEntry("/etc/fstab", "/mnt/swapfile sw"),)
    assert says("LNX008", swap__fstab=fstab, swap__files=(swap("/mnt/swapfile"),)) == ERROR
