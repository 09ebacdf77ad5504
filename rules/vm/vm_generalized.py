"""VM002: a virtual machine is marked as generalized."""

from checker.facts.arm_id import Kind
from checker.facts.assets import VirtualMachine
from checker.facts.unread import FactName, known, read
from checker.fixes.commands import az
from checker.fixes.operations import Deallocate, Fix, Generalize, Operation, Safety
from checker.rule import Basis, Context, Fail, NotApplicable, Outcome, Pass, Severity, rule
from rules.documents import APPROVED_BASE, GENERALIZE
from rules.vm._machine import TRANSITIONS, is_another_machine, is_generalized, source_counts_less, status


@rule(
    code="VM002",
    slug="vm-generalized",
    title="The VM is marked as generalized",
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
def vm_generalized(vm: VirtualMachine, context: Context) -> Outcome:
    """A virtual machine is marked as generalized.

    What it demands
    ---------------
    The full instance view holds ``OSState/generalized``. Only the full instance view tells: no list and no plain
    read of the VM does. Azure records this mark and never looks whether the guest was prepared.

    Why
    ---
    A version with the OS state Generalized can only be captured from a VM with this mark.

    How to fix
    ----------
    Prepare the guest first: ``waagent -deprovision+user`` on Linux, Sysprep with ``/generalize /shutdown`` on
    Windows. Then deallocate, then mark the VM. Do not start it to find out whether it was prepared: starting
    provisions it anew, and the preparation is lost.

    Fix safety
    ----------
    Unsafe, and offered only with ``--guest-is-prepared``: Azure cannot tell a prepared guest from another, so a
    person has to vouch for it. The mark cannot be taken away: the VM never starts again. Only a VM that was named
    as a target is ever changed.
    """
    if read(is_another_machine(vm, context)):
        return NotApplicable("it was created after the version was published: another machine of the same name")
    if read(is_generalized(vm)):
        return Pass(("OSState/generalized in the full instance view: what Azure recorded; the disk was not looked at",))
    states = read(status(vm, "OSState"))
    return Fail(
        "the VM is not marked as generalized",
        expected="OSState/generalized in the full instance view",
        actual=f"OSState/{states[0]}" if states else "no OSState in the full instance view",
        fix=_fix(vm, context),
    )


def _fix(vm: VirtualMachine, context: Context) -> Fix:
    if not context.is_target(vm.id):
        return Fix(
            "leave this VM as it is; generalize the next one before it is captured",
            Safety.MANUAL,
            steps=("generalizing this VM now changes nothing in the version that was captured, and ends the VM",),
        )
    steps = (
        "prepare the guest: sudo waagent -deprovision+user -force (Linux), sysprep /generalize /shutdown (Windows)",
        az("vm", "deallocate", "--ids", vm.id.text),
        az("vm", "generalize", "--ids", vm.id.text),
    )
    power = known(status(vm, "PowerState")) or ()
    hibernated = "hibernated" in (known(status(vm, "HibernationState")) or ())
    fit = (
        context.policy.guest_is_prepared
        and vm.ephemeral_os_disk is False
        and not hibernated
        and len(power) == 1
        and power[0] not in (*TRANSITIONS, "unknown")
    )
    if not fit:
        title = "prepare the guest, deallocate, mark as generalized"
        if not context.policy.guest_is_prepared:
            title += "; of a guest that is prepared, --guest-is-prepared and --unsafe-fixes do the rest"
        return Fix(title, Safety.MANUAL, steps=steps)
    before: tuple[Operation, ...] = () if power == ("deallocated",) else (Deallocate(vm.id.text),)
    return Fix("deallocate and mark as generalized", Safety.UNSAFE, (*before, Generalize(vm.id.text)), steps)
