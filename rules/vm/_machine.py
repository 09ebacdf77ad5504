"""What both rules on VMs need to know of a machine."""

from checker.facts.assets import Version, VirtualMachine
from checker.facts.unread import Fact, Unread, every, known, some, then
from checker.rule import Context, Lowered, Severity

TRANSITIONS = ("starting", "stopping", "deallocating")


def is_another_machine(vm: VirtualMachine, context: Context) -> Fact[bool]:
    """Whether a source VM was created after every version captured from its id was published.

    A machine that the user named is judged for itself, whatever was captured from its name.
    """
    versions = context.captured.get(vm.id.key, ())
    if context.is_target(vm.id) or not versions:
        return False
    return every(_created_after(vm, version) for version in versions)


def _created_after(vm: VirtualMachine, version: Version) -> Fact[bool]:
    return then(vm.created, lambda created: then(version.published, lambda published: created > published))


def source_counts_less(vm: VirtualMachine, context: Context) -> Lowered | None:
    """A VM that nobody named is judged as the source of a version, and its failures are warnings."""
    if context.is_target(vm.id):
        return None
    return Lowered(Severity.WARNING, "it is only the source of a version that is already captured")


def status(vm: VirtualMachine, family: str) -> Fact[tuple[str, ...]]:
    """The folded states of a family of status codes (``PowerState/…``) in the full instance view."""
    view = vm.instance_view
    if isinstance(view, Unread):
        return view
    if isinstance(view.codes, Unread):
        return view.codes
    codes = [code for code in view.codes if isinstance(code, str)]
    prefix = family.lower() + "/"
    return tuple(code.lower().removeprefix(prefix) for code in codes if code.lower().startswith(prefix))


def unreadable_status(vm: VirtualMachine) -> Unread | None:
    """A status of the instance view that could not be read, and could be any."""
    view = known(vm.instance_view)
    codes = None if view is None else known(view.codes)
    return next((code for code in codes or () if isinstance(code, Unread)), None)


def is_generalized(vm: VirtualMachine) -> Fact[bool]:
    """Whether the instance view holds ``OSState/generalized``."""
    states = status(vm, "OSState")
    if isinstance(states, Unread):
        return states
    hidden = unreadable_status(vm)
    return some(["generalized" in states, *([] if hidden is None else [hidden])])
