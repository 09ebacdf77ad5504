"""DEF001: the OS state of an image definition is Generalized."""

from checker.facts.arm_id import Kind
from checker.facts.assets import Definition, same
from checker.facts.unread import FactName, known, read
from checker.fixes.commands import az, create_version
from checker.fixes.operations import Fix, Safety
from checker.rule import Basis, Context, Fail, Outcome, Pass, Severity, rule
from rules.documents import APPROVED_BASE, SHARED_IMAGES


@rule(
    code="DEF001",
    slug="definition-generalized",
    title="The image definition's OS state is Generalized",
    severity=Severity.ERROR,
    basis=Basis.DOCUMENTED,
    sources=(
        APPROVED_BASE,
        SHARED_IMAGES,
    ),
    kind=Kind.DEFINITION,
    reads=(FactName.DEFINITIONS,),
)
def definition_generalized(definition: Definition, context: Context) -> Outcome:
    """The OS state of an image definition is Generalized.

    What it demands
    ---------------
    ``properties.osState`` of the image definition is ``Generalized``. Azure records this when the
    definition is created and never looks whether it is true of the disks.

    Why
    ---
    A Marketplace image is deployed by strangers. A specialized image carries one machine's accounts,
    keys and names; certification refuses it ("VM not generalized").

    How to fix
    ----------
    The OS state cannot be changed. Create a new definition with the OS state Generalized, generalize the
    source VM, and capture a new version into the new definition.
    """
    state = read(definition.os_state)
    if same(state, "Generalized"):
        return Pass((f"osState is {state}: what Azure recorded; the disk was not looked at",))
    gallery, name, *_ = definition.id.names()
    generalized = f"{name}-generalized"
    return Fail(
        f"the OS state of the definition is {state}",
        expected="Generalized",
        actual=state,
        evidence=("the OS state of a definition cannot be changed",),
        fix=Fix(
            "create a generalized definition and capture into it",
            Safety.MANUAL,
            steps=(
                az(
                    *("sig", "image-definition", "create", "--subscription", definition.id.subscription),
                    *("--resource-group", definition.id.resource_group),
                    *("--gallery-name", gallery, "--gallery-image-definition", generalized),
                    *("--os-state", "Generalized", "--os-type", known(definition.os_type) or "Linux"),
                    # What is left out is V1 and x64 to Azure, as it was to the definition that there is.
                    *("--hyper-v-generation", known(definition.hyper_v_generation) or "V1"),
                    *("--architecture", known(definition.architecture) or "x64"),
                    *("--publisher", known(definition.publisher) or "PUBLISHER"),
                    # Two definitions of a gallery cannot have all three names in common.
                    *("--offer", known(definition.offer) or "OFFER", "--sku", "NEW-SKU"),
                ),
                create_version(definition.id, generalized),
                "or in the portal: the gallery → Add → VM image definition → Operating system state: Generalized",
            ),
        ),
    )
