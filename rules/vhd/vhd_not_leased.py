"""VHD010: nothing holds a lease on the blob."""

from checker.facts.arm_id import Kind
from checker.facts.unread import FactName, Unread, read
from checker.facts.vhd import Vhd
from checker.fixes.operations import Fix, Safety
from checker.rule import Basis, Context, Fail, NotApplicable, Outcome, Pass, Severity, rule
from rules.vhd._documents import FAQ


@rule(
    code="VHD010",
    slug="vhd-not-leased",
    title="Nothing holds a lease on the blob",
    severity=Severity.WARNING,
    basis=Basis.DERIVED,
    sources=(FAQ,),
    kind=Kind.VHD,
    reads=(FactName.DISK_FILE,),
)
def vhd_not_leased(vhd: Vhd, context: Context) -> Outcome:
    """Nothing holds a lease on the blob.

    What it demands
    ---------------
    The answer to a request for the blob does not say ``x-ms-lease-status: locked``. That a blob in use is one under
    lease is our reading.

    Why
    ---
    The certification lists *Blob in use* among the reasons why a download failed: another process uses the VHD. What
    a VM uses as its disk is under lease, and changes.

    How to fix
    ----------
    Give the certification a copy of its own, or end the lease once nothing uses the blob.
    """
    blob = read(vhd.blob)
    if blob is None:
        return NotApplicable("it is a local file")
    if vhd.sas is not None and vhd.sas.is_managed_disk:
        return NotApplicable("it is a managed disk: the blob behind it is Azure's own")
    silent = Unread(vhd.id.text, "lease", "the server did not say it")
    status = read(silent if blob.lease_status is None else blob.lease_status)
    state = blob.lease_state or "not told"
    if status.lower() == "unlocked":
        return Pass((f"x-ms-lease-status: {status}, x-ms-lease-state: {state}",))
    return Fail(
        "something holds a lease on the blob",
        expected="x-ms-lease-status: unlocked",
        actual=f"x-ms-lease-status: {status}, x-ms-lease-state: {state}",
        evidence=("the certification may answer with: Blob in use",),
        fix=Fix(
            "give the certification a copy of its own",
            Safety.MANUAL,
            steps=(
                "azcopy copy 'URL-WITH-SAS' 'URL-OF-THE-COPY-WITH-SAS' --blob-type PageBlob",
                "or, once nothing uses the blob: az storage blob lease break --account-name ACCOUNT "
                "--container-name CONTAINER --blob-name NAME.vhd",
            ),
        ),
    )
