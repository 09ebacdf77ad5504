"""LNX008: there is no swap space on the OS disk."""

from __future__ import annotations

from checker.facts.arm_id import Kind
from checker.facts.linux.swap import NOT_ENABLED
from checker.facts.linux_guest import LinuxGuest
from checker.facts.unread import Fact, FactName, Unread, known, read, then
from checker.facts.vhd import Vhd
from checker.fixes.operations import Fix, Safety
from checker.rule import Basis, Context, Fail, Lowered, NotApplicable, Outcome, Pass, Severity, rule
from rules.linux._documents import BITWARDEN, FAQ, LISA, SCYLLA
from rules.linux._guest import are_known, guest_of, unread
from rules.linux._swap import Place, in_force, place_of, place_of_cloud_config, resource_folders


@rule(
    code="LNX008",
    slug="no-swap-on-os-disk",
    title="There is no swap space on the OS disk",
    severity=Severity.ERROR,
    basis=Basis.REPORTED,
    sources=(FAQ, LISA, SCYLLA, BITWARDEN),
    kind=Kind.VHD,
    reads=(FactName.GUEST,),
)
def no_swap_on_os_disk(vhd: Vhd, context: Context) -> Outcome:
    """No partition and no file of the OS disk is used for swapping, now or after the first boot.

    What it demands
    ---------------
    Looked at are partitions and logical volumes, /etc/fstab and /etc/crypttab, files that hold swap space, units of
    systemd, programs that make it (dphys-swapfile, swapspace, systemd-swap), what runs ``swapon`` (scripts, crontabs,
    dispatchers of the network, rules of udev and units of /etc, and other units that are enabled, by themselves or by a
    script that they name), the kernel's command line, and the configuration of cloud-init, which would make it at the
    first boot. Units of the distributions are known by their names, and not opened. Swap space on the resource disk is
    fine (by ``ResourceDisk.EnableSwap`` of waagent.conf, by a mount of cloud-init, or in a folder that either of them
    or /etc/fstab mounts that disk at), and so is zram. A file that holds swap space and that nothing seen turns on is a
    warning, and so are a unit that nothing enables, a line of /etc/fstab whose swap space is not there, and one whose
    unit, or swap.target as a whole, systemd has masked, unless a script runs ``swapon -a``.

    Not evaluated is what may be on either disk: a device like /dev/sdb1; a file below /mnt where nothing seen mounts
    the resource disk; the file of cloud-init's ``swap:`` section below /mnt, which cloud-init makes before it mounts
    anything there. So is what is not understood of cloud-init's configuration or of a script, and an enabled unit whose
    name has *swap* in it; and a kernel's command line that is not known whole. A shell variable that a script sets
    once, at the left margin and to a plain word, is put in. What a script or a crontab calls by its whole path, below
    /opt, /usr/local, /root, /home, /srv, /etc and /var/lib, is read too; what that calls in its turn is not, and what
    programs do that are no scripts is not seen. Files that hold swap space are looked for in the root, in /swap, /var,
    /var/lib/swapspace, /mnt and /mnt/resource, under a few names more, and where something names them.

    Why
    ---
    It answers the self-test's 41, *Swap Partition on OS Disk*, and ``verify_no_swap_on_osdisk``, which looks at files
    too. Publishers report refusals: *Swap space configured on the OS disk.*

    How to fix
    ----------
    Turn it off, remove it and its line in /etc/fstab; let the agent make it on the resource disk.
    """
    guest = guest_of(vhd)
    if isinstance(guest, NotApplicable):
        return guest
    swap, resource = guest.swap, resource_folders(guest)
    found: dict[Place, list[str]] = {place: [] for place in Place}
    parts = (swap.volumes, swap.fstab, swap.files, swap.units, swap.cloud_init, swap.started)
    missing = [part for part in parts if isinstance(part, Unread)]
    found[Place.OS_DISK] += [f"{entry.source}: {entry.what}" for entry in (known(swap.volumes) or ())]
    turned_on = {entry.what for entry in (*(known(swap.units) or ()), *(known(swap.started) or ()))}
    files = {entry.source for entry in (known(swap.files) or ())}
    idle: list[str] = []
    for entry in known(swap.fstab) or ():
        if entry.what.startswith(NOT_ENABLED):
            idle.append(f"{entry.source}: {entry.what} (systemd has it masked)")
            continue
        device, _, options = entry.what.rpartition(" ")
        place = Place.OS_DISK if entry.on_this_disk else place_of(device, resource)
        if "noauto" in options.split(","):
            idle.append(f"{entry.source}: {entry.what}, which is not turned on")
            continue
        is_there = _is_there(guest, device, files) if place is Place.OS_DISK else True
        if is_there is False:
            idle.append(f"{entry.source}: {entry.what}, which is not there")
        else:
            turned_on.add(device)
        if is_there is True:
            found[place].append(f"{entry.source}: {entry.what}")
    for entry in (*(known(swap.units) or ()), *(known(swap.started) or ())):
        if entry.what.startswith(NOT_ENABLED):
            idle.append(f"{entry.source}: {entry.what}")
            continue
        place = Place.OS_DISK if entry.on_this_disk else place_of(entry.what, resource)
        found[place].append(f"{entry.source}: {entry.what}")
    for entry in known(swap.files) or ():
        (found[Place.OS_DISK] if entry.source in turned_on else idle).append(f"{entry.source}: {entry.what}")
    for entry in in_force(known(swap.cloud_init) or ()):
        wanted = place_of_cloud_config(entry.what, resource)
        if wanted is not None:
            found[wanted].append(f"{entry.source}: {entry.what}")
    lines = guest.boot.command_lines
    for line in () if isinstance(lines, Unread) else lines:
        extra = [word for word in line.arguments if word.startswith("systemd.swap-extra=")]
        for word in () if line.is_rescue else extra:
            device = word.partition("=")[2].partition(":")[0]
            found[place_of(device, resource)].append(f"{line.source}: {word}")
    fix = Fix(
        "remove the swap space",
        Safety.MANUAL,
        steps=(
            "sudo swapoff -a",
            "remove its line from /etc/fstab, its file or partition, and its unit",
            "for swap space on the resource disk, set ResourceDisk.EnableSwap=y in /etc/waagent.conf",
        ),
    )
    expected = "swap space on the resource disk, or none"
    if found[Place.OS_DISK]:
        return Fail("there is swap space on the OS disk", expected, "; ".join(found[Place.OS_DISK]), fix=fix)
    for part in missing:
        read(part)
    read(are_known(vhd, (line for line in read(lines) if not line.is_rescue)))
    if found[Place.UNKNOWN]:
        what = found[Place.UNKNOWN][0]
        read(
            unread(
                vhd,
                what.partition(":")[0],
                f"{what}: whether that is on the OS disk or on the resource disk is not known",
            )
        )
    if idle:
        return Fail(
            "there are traces of swap space on the OS disk",
            expected,
            "; ".join(idle),
            fix=fix,
            lowered=Lowered(Severity.WARNING, "nothing that was seen turns it on"),
        )
    fine = (*found[Place.RESOURCE_DISK], *found[Place.MEMORY])
    return Pass(fine or ("nothing that was seen makes swap space",))


def _is_there(guest: LinuxGuest, device: str, files: set[str]) -> Fact[bool]:
    """Whether what fstab names is there: a file that holds swap space, or a volume on the disk."""
    if device.startswith("/") and not device.startswith("/dev/"):
        return then(guest.swap.files, lambda _: device in files)
    return then(guest.swap.volumes, bool)
