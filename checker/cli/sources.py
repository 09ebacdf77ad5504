"""``--source``: which facts are judged, and how they are reached."""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from checker.cli.open_files import check_open_files
from checker.cli.progress import Progress
from checker.errors import SourceProblem, UsageProblem
from checker.facts.snapshot import Snapshot
from checker.rule import Publisher
from checker.sources import snapshot as snapshot_file
from checker.sources.source import SnapshotSource, Source, Watcher

_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_TOKEN = "IMAGECHECK_SANDBOX_TOKEN"


@contextmanager
def opened(values: Mapping[str, Any]) -> Iterator[Source]:
    """The source that the flags name, for as long as it is used. Raises SourceProblem or UsageProblem.

    On standard error it says how far a long collection is.
    """
    watcher = Progress(sys.stderr, shown=not values.get("quiet"))
    source = str(values["source"])
    kind, colon, rest = source.partition(":")
    if source == "azure":
        with _closing(_azure(values, watcher)) as azure:
            yield azure
    elif source == "sandbox:":
        raise UsageProblem(
            "--source sandbox: names no file: write sandbox alone, sandbox:FILE or the URL of a running one"
        )
    elif source == "sandbox" or (kind == "sandbox" and colon and not _is_url(rest)):
        with _own_sandbox(Path(rest) if colon else None, values, watcher) as sandbox:
            yield sandbox
    elif _is_url(source) or (kind == "sandbox" and colon):
        with _closing(_running_sandbox(source if _is_url(source) else rest, values, watcher)) as running:
            yield running
    else:
        path = rest if kind == "snapshot" and colon else source
        if not path or "://" in path:
            raise UsageProblem(f"--source {source} names no file, no sandbox and not azure")
        yield SnapshotSource(snapshot_file.load(Path(path)), f"snapshot:{path}")


def default_subscriptions(values: Mapping[str, Any]) -> tuple[str, ...]:
    """The subscriptions that the flags name; for Azure, else the one that AZURE_SUBSCRIPTION_ID names."""
    named = tuple(values["subscription"])
    variable = os.environ.get("AZURE_SUBSCRIPTION_ID", "")
    return named or ((variable,) if variable and values["source"] == "azure" else ())


def is_changeable(source: str) -> bool:
    """Whether what a source names can be changed: Azure or a sandbox, not a file."""
    return source == "azure" or source.partition(":")[0] == "sandbox" or _is_url(source)


def _is_url(text: str) -> bool:
    return text.startswith(("http://", "https://"))


@contextmanager
def _closing(source: Any) -> Iterator[Source]:
    try:
        yield source
    finally:
        source.clients.close()


def _azure(values: Mapping[str, Any], watcher: Watcher) -> Source:
    from checker.sources.azure.source import open_azure

    check_open_files(values["jobs"])
    return open_azure(
        cloud=values["cloud"], tenant=values["tenant"], way=values["auth"], jobs=values["jobs"], watcher=watcher
    )


def _running_sandbox(url: str, values: Mapping[str, Any], watcher: Watcher) -> Source:
    try:
        parts, port = urlsplit(url), urlsplit(url).port
    except ValueError as error:
        raise UsageProblem(f"--source {url}: {str(error)[:80]}") from None
    if parts.hostname not in _LOOPBACK or port is None:
        raise UsageProblem(f"--source {url}: a sandbox runs on this machine, like http://127.0.0.1:8080")
    token = os.environ.get(_TOKEN)
    if not token:
        raise SourceProblem(f"--source {url}: set {_TOKEN} to the token that the sandbox printed when it started")
    from checker.sources.azure.source import open_sandbox

    check_open_files(values["jobs"])
    base = f"{parts.scheme}://{parts.netloc}"
    return open_sandbox(base, token, name=f"sandbox at {base}", jobs=values["jobs"], watcher=watcher)


@contextmanager
def _own_sandbox(path: Path | None, values: Mapping[str, Any], watcher: Watcher) -> Iterator[Source]:
    """A sandbox that lives as long as the run: of a snapshot file, or of the tenant that the program brings."""
    from checker.sandbox import tenant
    from checker.sandbox.server import serve
    from checker.sandbox.service import Sandbox
    from checker.sandbox.store import Store
    from checker.sources.azure.source import open_sandbox

    # Both ends of each connection are this program's.
    check_open_files(2 * values["jobs"])
    if path is None:
        snapshot = Snapshot.from_document(tenant.document())
        name = "sandbox (the tenant that the program brings)"
        publisher = Publisher(tenant.PUBLISHER, (tenant.PUBLISHER_TENANT,))
    else:
        snapshot, name, publisher = snapshot_file.load(path), f"sandbox:{path}", Publisher()
    token = secrets.token_urlsafe(24)
    with serve(Sandbox(Store(snapshot), token)) as running:
        source = open_sandbox(running.url, token, name=name, publisher=publisher, jobs=values["jobs"], watcher=watcher)
        try:
            yield source
        finally:
            source.clients.close()
