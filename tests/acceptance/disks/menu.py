"""The boot menu of a tree, made by GRUB's own grub-mkconfig out of the scripts that the distribution ships."""

from __future__ import annotations

from pathlib import Path

from disks.tools import chroot

#: What a publisher sets as Microsoft's documents say.
CONSOLES = "console=tty0 console=ttyS0,115200 earlyprintk=ttyS0,115200"
#: What grub-probe would say on a machine of Azure. The trees are folders here, of which it can say nothing.
_PROBE = """#!/bin/sh
for word; do case $word in --target=*) target=${word#--target=};; -t) target=;; *) target=${target:-$word};; esac; done
case $target in
device) echo /dev/sda1;; disk) echo /dev/sda;; fs_uuid) echo 5eed0000-0000-4000-8000-000000000001;; fs) echo ext2;;
partmap) echo gpt;; drive) echo '(hd0,gpt1)';; compatibility_hint | *_hints) echo hd0,gpt1;;
hints_string) echo --hint-bios=hd0,gpt1 --hint-efi=hd0,gpt1 --hint-baremetal=ahci0,gpt1;;
abstraction | fs_label | partuuid | gpt_parttype) ;;
*) exit 1;;
esac
"""


def make_menu(tree: Path) -> None:
    """Write /etc/default/grub and /boot/grub/grub.cfg."""
    (tree / "etc/default/grub").write_text(f'GRUB_TIMEOUT=0\nGRUB_CMDLINE_LINUX="{CONSOLES}"\n')
    (tree / "boot/grub").mkdir(exist_ok=True)
    program, kept = tree / "usr/sbin/grub-probe", tree / "usr/sbin/grub-probe.kept"
    program.rename(kept)
    try:
        program.write_text(_PROBE)
        program.chmod(0o755)
        chroot(tree, "grub-mkconfig", "--output=/boot/grub/grub.cfg")
    finally:
        kept.replace(program)
