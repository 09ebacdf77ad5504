"""The work of ``imagecheck sandbox``, loaded only when it runs."""

from __future__ import annotations

import contextlib
import dataclasses
import errno
import json
import os
import secrets
import shlex
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event
from typing import NamedTuple, TextIO

import click

from checker.cli.outputs import check_writable, write_file
from checker.cli.typed import Typed
from checker.errors import ReportProblem, UsageProblem, error_words
from checker.facts.snapshot import Snapshot
from checker.redaction import redact
from checker.sandbox import tenant
from checker.sandbox.control import LogEntry
from checker.sandbox.server import Running, serve
from checker.sandbox.service import Sandbox
from checker.sandbox.store import Store
from checker.sandbox.tls import Certificate, certificate
from checker.sources import snapshot as snapshot_file
from checker.visible import visible

_TOKEN = "IMAGECHECK_SANDBOX_TOKEN"
#: Ends that the system sends; Windows has the last instead of the second.
_SIGNALS = ("SIGINT", "SIGTERM", "SIGBREAK")


class Wishes(NamedTuple):
    """What was asked for on the command line."""

    file: str | None
    port: int
    tls: bool
    save: str | None
    log: str | None


def run_sandbox(wishes: Wishes, typed: Typed) -> int:
    """Serve until a signal comes, then save; the exit code. Everything that can fail early does."""
    given = _given_token()
    if wishes.file is None:
        snapshot, shown = Snapshot.from_document(tenant.document()), "the tenant that the program brings"
    else:
        snapshot, shown = snapshot_file.load(Path(wishes.file)), _shown(wishes.file)
    _check_files(wishes)
    with contextlib.ExitStack() as stack:
        log = stack.enter_context(_log_to(wishes.log))
        store = Store(snapshot)
        sandbox = Sandbox(store, given or secrets.token_hex(16), log=log, on_crash=_say_crash)
        made = stack.enter_context(certificate()) if wishes.tls else None
        stop = stack.enter_context(_signals())
        with _served(sandbox, wishes.port, made) as running:
            _announce(running, shown, made, given is not None, typed)
            # On Windows a wait without an end does not hear Ctrl-C.
            while not stop.wait(0.5):
                pass
        if wishes.save is not None:
            sandbox.settle()
            with sandbox.store.lock:
                left = dataclasses.replace(snapshot, sections=sandbox.store.document())
            write_file(Path(wishes.save), snapshot_file.dump(left))
            saved = _shown(wishes.save)
            click.echo(f"Saved {saved}; it holds names and mail addresses of people.")
            click.echo(f"Next: {typed.name} check --source {shlex.quote(f'snapshot:{saved}')}")
    return 0


def _given_token() -> str | None:
    token = os.environ.get(_TOKEN) or None
    if token is not None and (not token.isascii() or not token.isprintable() or " " in token):
        raise UsageProblem(f"{_TOKEN} holds characters that a header cannot: use letters and digits")
    return token


def _check_files(wishes: Wishes) -> None:
    """Find out before the work is done, not after, that it cannot be saved."""
    for other, name in ((wishes.file, "the snapshot"), (wishes.save, "--save")):
        if other is not None and wishes.log is not None and _is_same(other, wishes.log):
            raise UsageProblem(f"--log would write over {name} {other}")
    if wishes.save is not None:
        check_writable(Path(wishes.save))


def _is_same(one: str, other: str) -> bool:
    try:
        return Path(one).resolve() == Path(other).resolve()
    except (OSError, ValueError, RuntimeError):
        return False


@contextlib.contextmanager
def _log_to(name: str | None) -> Iterator[Callable[[LogEntry], None] | None]:
    if name is None:
        yield None
        return
    with contextlib.ExitStack() as stack:
        try:
            file = stack.enter_context(Path(name).open("w", encoding="utf-8", buffering=1, newline="\n"))
        except (OSError, ValueError) as error:
            raise ReportProblem(f"{name} cannot be written: {getattr(error, 'strerror', None) or error}") from None
        yield _writer(file, name)


def _writer(file: TextIO, name: str) -> Callable[[LogEntry], None]:
    """Writes entries; where that fails it says so once, and requests are answered all the same."""
    failed = Event()

    def write(entry: LogEntry) -> None:
        try:
            file.write(json.dumps(entry) + "\n")
        except (OSError, ValueError) as error:
            if not failed.is_set():
                failed.set()
                _say(f"warning: {name} cannot be written any more: {error_words(error)}")

    return write


@contextlib.contextmanager
def _signals() -> Iterator[Event]:
    """An event that is set when the program is asked to end."""
    stop, before = Event(), {}
    for name in _SIGNALS:
        number = getattr(signal, name, None)
        if number is not None:
            with contextlib.suppress(OSError, ValueError):
                before[number] = signal.signal(number, lambda *_: stop.set())
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def _served(sandbox: Sandbox, port: int, made: Certificate | None) -> Iterator[Running]:
    with contextlib.ExitStack() as stack:
        try:
            running = stack.enter_context(serve(sandbox, port, made.context() if made else None))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise UsageProblem(f"--port {port} is in use: choose another, or leave --port out") from None
            raise UsageProblem(f"--port {port} of 127.0.0.1 cannot be had: {error.strerror or error}") from None
        yield running


def _announce(running: Running, shown: str, made: Certificate | None, given: bool, typed: Typed) -> None:
    token = f'"${_TOKEN}"' if given else running.sandbox.token
    lines = [f"Serving {shown} on {running.url} until Ctrl-C or SIGTERM."]
    lines.append(f"Token: what {_TOKEN} holds" if given else f"Token: {token}")
    variables = [] if given else [f"{_TOKEN}={token}"]
    if made is not None:
        authority = shlex.quote(str(made.authority))
        variables.append(f"REQUESTS_CA_BUNDLE={authority}")
        lines += [
            "",
            "For the azure command line, paste:",
            f"  export AZURE_CONFIG_DIR=\"$(mktemp -d)\" REQUESTS_CA_BUNDLE={authority} NO_PROXY='*'",
            "  export AZURE_CORE_COLLECT_TELEMETRY=0 AZURE_CORE_INSTANCE_DISCOVERY=false",
            f"  az cloud register -n Sandbox --endpoint-resource-manager {running.url}",
            "  az cloud set -n Sandbox",
            f"  az login --service-principal -u imagecheck -p {token} --tenant {_tenant(running.sandbox.store)}",
            "",
        ]
    command = " ".join([*variables, f"{typed.name} check --source {running.url}"])
    click.echo("\n".join([*lines, f"Next: {command}"]))


def _tenant(store: Store) -> str:
    """The tenant to sign in to: that of the first subscription, else any that is known."""
    bodies = [*(store.bodies("subscriptions") or ()), *(store.bodies("tenants") or ())]
    directory = store.section("directory")
    found = [body.get("tenantId") for body in (*bodies, directory or {})]
    return shlex.quote(visible(next((id for id in found if isinstance(id, str)), "common")))


def _shown(path: str) -> str:
    return visible(redact(path)).replace("\n", "\\n")


def _say_crash(error: Exception) -> None:
    _say(f"error: a mistake in imagecheck itself: {error_words(error)}; the client got 500; please report it")


def _say(words: str) -> None:
    line = " ".join(visible(redact(words)).split())
    click.echo(f"imagecheck: {line}", err=True)
