"""VM001: a virtual machine is deallocated."""

from checker.facts.arm_id import Kind
from checker.facts.assets import VirtualMachine
from checker.facts.unread import FactName, Unread, read
from checker.fixes.commands import az
from checker.fixes.operations import Deallocate, Fix, Safety
from checker.rule import Basis, Context, Fail, NotApplicable, Outcome, Pass, Severity, rule
from rules.documents import APPROVED_BASE, GENERALIZE
from rules.vm._machine import (
    TRANSITIONS,
    is_another_machine,
    is_generalized,
    source_counts_less,
    status,
    unreadable_status,
)


@rule(
    code="VM001",
    slug="vm-deallocated",
    title="The VM is deallocated",
    severity=Severity.ERROR,
    basis=Basis.DOCUMENTED,
    sources=(
        GENERALIZE,
        APPROVED_BASE,
    ),
    kind=Kind.VM,
    reads=(FactName.VM, FactName.VERSIONS, FactName.INSTANCE_VIEW),
    at_most=source_counts_less,
)
def vm_deallocated(vm: VirtualMachine, context: Context) -> Outcome:
    """A virtual machine is deallocated.

    What it demands
    ---------------
    The power state is ``deallocated``. ``stopped`` is not enough: a shutdown inside the guest leaves the VM
    allocated. A hibernated VM is deallocated too, but its disk holds the hibernation state. A power state that
    Azure itself gives as unknown leaves the rule not-evaluated.

    Why
    ---
    An image is captured from disks that nothing writes to any more.

    How to fix
    ----------
    Deallocate the VM. Never start it again once it is generalized: starting provisions it anew.

    Fix safety
    ----------
    Safe on a VM that is marked as generalized, since it can never run again. Else unsafe: it stops whatever runs
    there, and loses the temporary disk and a dynamic public address. None while the VM is in transition (wait),
    for one that hibernates, and for an ephemeral OS disk, which cannot be deallocated. Only a VM that was named
    as a target is ever changed.
    """
    if read(is_another_machine(vm, context)):
        return NotApplicable("it was created after the version was published: another machine of the same name")
    power = read(status(vm, "PowerState"))
    hibernated = "hibernated" in read(status(vm, "HibernationState"))
    hidden = unreadable_status(vm)
    wrong = [state for state in power if state not in ("deallocated", "unknown")]
    if wrong or hibernated:
        actual = " and ".join([*(f"PowerState/{state}" for state in power), *(["hibernated"] if hibernated else [])])
        return Fail(
            _message(wrong, hibernated),
            expected="PowerState/deallocated, and not hibernated",
            actual=actual,
            evidence=("from the full instance view",),
            fix=_fix(vm, context, power, hibernated),
        )
    if hidden is not None:
        read(hidden)
    if not power or "unknown" in power:
        words = "Azure itself gives the power state as unknown" if power else "the instance view holds no power state"
        read(Unread(vm.id.text, FactName.INSTANCE_VIEW, words))
    return Pass(("PowerState/deallocated in the full instance view",))


def _message(wrong: list[str], hibernated: bool) -> str:
    if hibernated:
        return "the VM is hibernated: its disk holds the hibernation state"
    if "stopped" in wrong:
        return "the VM is stopped but still allocated"
    return f"the VM is {wrong[0]}"


def _fix(vm: VirtualMachine, context: Context, power: tuple[str, ...], hibernated: bool) -> Fix:
    if not context.is_target(vm.id):
        return Fix(
            "leave this VM as it is; deallocate the next one before it is captured",
            Safety.MANUAL,
            steps=("deallocating this VM now changes nothing in the version that was captured",),
        )
    command = az("vm", "deallocate", "--ids", vm.id.text)
    portal = "or in the portal: the virtual machine → Stop; wait for Stopped (deallocated)"
    if hibernated:
        return Fix(
            "decide what to do with the hibernated session",
            Safety.MANUAL,
            steps=(
                "resume it, shut the guest down, deallocate it, and generalize again: a hibernated disk makes no image",
            ),
        )
    if any(state in TRANSITIONS for state in power):
        return Fix(
            "wait until the VM has settled", Safety.MANUAL, steps=(az("vm", "wait", "--ids", vm.id.text, "--updated"),)
        )
    if vm.ephemeral_os_disk is True:
        return Fix(
            "build the image on a VM with a managed OS disk",
            Safety.MANUAL,
            steps=("an ephemeral OS disk can be neither deallocated nor captured",),
        )
    if vm.ephemeral_os_disk is not False or unreadable_status(vm) is not None:
        return Fix("deallocate the VM", Safety.MANUAL, steps=(command, portal))
    safety = Safety.SAFE if is_generalized(vm) is True else Safety.UNSAFE
    return Fix("deallocate the VM", safety, (Deallocate(vm.id.text),), (command, portal))
