"""SAS007: the URL names one .vhd, without white space."""

import re

from checker.facts.arm_id import Kind
from checker.facts.sas import SasUrl
from checker.facts.vhd import Vhd
from checker.fixes.operations import Fix, Safety
from checker.rule import Basis, Context, Fail, Lowered, NotApplicable, Outcome, Pass, Severity, rule
from rules.sas._url import NOT_DOWNLOADED, url_of
from rules.vhd._documents import SAS, SAS_FAILURES

_EXPECTED = "https://ACCOUNT.blob.core.windows.net/CONTAINER/NAME.vhd?…"
_HOW_TO_FIND = "az storage blob url --account-name ACCOUNT --container-name CONTAINER --name NAME.vhd"
_OFFICIAL = re.compile(r"https://[a-z0-9]{3,24}\.blob\.core\.windows\.net(?::443)?")
_AZURE = re.compile(
    r"https://[a-z0-9-]+(?:\.z[0-9]+)?\.(?:blob|dfs)\."
    r"(?:core\.windows\.net|storage\.azure\.net|core\.usgovcloudapi\.net|core\.chinacloudapi\.cn)(?::443)?"
)


@rule(
    code="SAS007",
    slug="sas-blob-name",
    title="The URL names a .vhd without white space",
    severity=Severity.ERROR,
    basis=Basis.DOCUMENTED,
    sources=(SAS_FAILURES, SAS),
    kind=Kind.VHD,
    reads=(),
)
def sas_blob_name(vhd: Vhd, context: Context) -> Outcome:
    """The URL names a .vhd without white space.

    What it demands
    ---------------
    The URL is of the form ``https://ACCOUNT.blob.core.windows.net/CONTAINER/NAME.vhd``: its path ends with ``.vhd``,
    and the name of the blob, decoded, holds no white space. Another address of Azure's storage (of a national cloud, of
    a zone, without a container) is a warning, since the document shows one form and names no other; an address that is
    not Azure's, a user name or plain HTTP is an error. An emulator on this machine is not asked for its form.

    Why
    ---
    With white space in the name the certification answers with *Failure: Copying Images. Not able to download blob
    using provided SAS Uri.*

    How to fix
    ----------
    Copy the blob under another name, and make the URL of that.
    """
    url = url_of(vhd)
    if isinstance(url, NotApplicable):
        return url
    if url.is_managed_disk:
        return NotApplicable("it is a managed disk opened for export: Azure chose the name")
    has_space = any(character.isspace() for character in url.blob_name)
    if not url.blob_name.endswith(".vhd") or has_space:
        return Fail(
            "the name of the blob holds white space" if has_space else "the URL does not name a .vhd",
            expected=_EXPECTED,
            actual=url.blob_name or "no name",
            evidence=(f"the certification answers with: {NOT_DOWNLOADED}",) if has_space else (),
            fix=Fix(
                "copy the blob under another name",
                Safety.MANUAL,
                steps=("azcopy copy 'URL-WITH-SAS' 'URL-OF-THE-NEW-NAME-WITH-SAS'",),
            ),
        )
    if not _is_emulator(url) and (_OFFICIAL.fullmatch(url.origin) is None or url.has_user or not url.container):
        of_azure = _AZURE.fullmatch(url.origin) is not None and not url.has_user
        return Fail(
            "the URL is not of the form that the certification takes",
            expected=_EXPECTED,
            actual=f"{url.origin}/{url.container or '(no container)'}{' with a user name' if url.has_user else ''}",
            fix=Fix("give the URL of the blob at its storage account", Safety.MANUAL, steps=(_HOW_TO_FIND,)),
            lowered=Lowered(Severity.WARNING, "the document shows one form only, and does not refuse this one")
            if of_azure
            else None,
        )
    return Pass((f"the blob is {url.blob_name} at {url.origin}",))


def _is_emulator(url: SasUrl) -> bool:
    """Whether it is a storage emulator on this machine, which has another form of URLs."""
    return url.host in ("localhost", "127.0.0.1", "::1")
