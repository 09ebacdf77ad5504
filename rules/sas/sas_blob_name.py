"""SAS007: the URL names one .vhd, without white space."""

import re

from checker.facts.arm_id import Kind
from checker.facts.sas import SasUrl
from checker.facts.vhd import Vhd
from checker.fixes.operations import Fix, Safety
from checker.rule import Basis, Context, Fail, Lowered, NotApplicable, Outcome, Pass, Severity, rule
from rules.sas._url import NOT_DOWNLOADED, shown, url_of
from rules.vhd._documents import SAS, SAS_FAILURES

_EXPECTED = "https://ACCOUNT.blob.core.windows.net/CONTAINER/NAME.vhd?…"
_OTHER_FORM = Lowered(Severity.WARNING, "the document shows one form only, and does not refuse this one")
_RENAME = Fix(
    "copy the blob under another name",
    Safety.MANUAL,
    steps=("azcopy copy 'URL-WITH-SAS' 'URL-OF-THE-NEW-NAME-WITH-SAS'",),
)
_COPY = Fix(
    "copy the disk to a blob, and give the URL of that",
    Safety.MANUAL,
    steps=("azcopy copy 'URL-WITH-SAS' 'URL-OF-A-BLOB-WITH-SAS' --blob-type PageBlob",),
)
_FIND = Fix(
    "give the URL of the blob at its storage account",
    Safety.MANUAL,
    steps=("az storage blob url --account-name ACCOUNT --container-name CONTAINER --name NAME.vhd",),
)
#: Azure's rules for the names of containers; those with a dollar sign it makes itself.
_CONTAINER = re.compile(r"(?=.{3,63}\Z)[a-z0-9]+(?:-[a-z0-9]+)*|\$root|\$web|\$logs")
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
    not Azure's, a user name or plain HTTP is an error. An emulator on this machine is not asked for its form. The name
    of the container is one that Azure takes, and no part of the path is empty, made of dots, or holds a character that
    cannot be seen. A query that asks for a list, a snapshot or a version is a warning.

    A managed disk opened for export (``md-….blob.storage.azure.net``) is a warning: such a URL is for the one disk, and
    no document of the Marketplace knows it. What is on the disk can be judged by it; to submit it, copy it to a blob.

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
        return _fail(
            "it is a managed disk opened for export, and the documents want the URL of a blob in a container",
            actual=url.origin,
            fix=_COPY,
            lowered=Lowered(Severity.WARNING, "the documents show one form only, and do not speak of this one"),
        )
    problem = _problem(url)
    if problem:
        has_space = "white space" in problem
        return _fail(
            problem, actual=url.blob_name or "no name", fix=_RENAME, answer=NOT_DOWNLOADED if has_space else ""
        )
    if not _is_emulator(url) and (_OFFICIAL.fullmatch(url.origin) is None or url.has_user or not url.container):
        return _fail(
            "the URL is not of the form that the certification takes",
            actual=f"{url.origin}/{url.container or '(no container)'}{' with a user name' if url.has_user else ''}",
            fix=_FIND,
            lowered=_OTHER_FORM if _AZURE.fullmatch(url.origin) is not None and not url.has_user else None,
        )
    asked = [name for name in ("comp", "restype", "snapshot", "versionid") if url.values(name)]
    if asked:
        return _fail(
            f"the query asks for something else than the blob itself: {', '.join(asked)}",
            actual=", ".join(f"{name}={shown(url.values(name))}" for name in asked),
            fix=_FIND,
            lowered=_OTHER_FORM,
        )
    return Pass((f"the blob is {'/'.join(url.path[1:]) or url.blob_name} at {url.origin}",))


def _fail(message: str, *, actual: str, fix: Fix, lowered: Lowered | None = None, answer: str = "") -> Fail:
    evidence = (f"the certification answers with: {answer}",) if answer else ()
    return Fail(message, expected=_EXPECTED, actual=actual, evidence=evidence, fix=fix, lowered=lowered)


def _problem(url: SasUrl) -> str:
    """What is wrong with the names of the container and the blob, in words; nothing where they are right."""
    name = url.path[1:] or url.path
    if any(character.isspace() for segment in name for character in segment):
        return "the name of the blob holds white space"
    if not url.blob_name.endswith(".vhd"):
        return "the URL does not name a .vhd"
    if any(segment in ("", ".", "..") for segment in url.path):
        return "a part of the path is empty, or one or two dots: what reads it leaves such parts out"
    if any(not character.isprintable() or character == "\ufffd" for segment in name for character in segment):
        return "the name of the blob holds a character that cannot be seen"
    if url.container and not _is_emulator(url) and _CONTAINER.fullmatch(url.container) is None:
        return f"no container can be called {url.container}"
    return ""


def _is_emulator(url: SasUrl) -> bool:
    """Whether it is a storage emulator on this machine, which has another form of URLs."""
    return url.host in ("localhost", "127.0.0.1", "::1")
