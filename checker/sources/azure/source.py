"""The live source: Azure itself, or a sandbox that answers as Azure does."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from checker.facts.snapshot import Snapshot
from checker.fixes.runner import Actuator
from checker.redaction import redact
from checker.rule import Publisher
from checker.sources.azure.cloud import Cloud, known_cloud, sandbox_cloud
from checker.sources.azure.credential import shared_sandbox_credential, sign_in
from checker.sources.source import Unwatched, Watcher
from checker.wish import Wish

# The client libraries take most of a second: whoever is not signed in does not wait for them.
if TYPE_CHECKING:
    from checker.sources.azure.clients import Clients

#: How often changes are waited for to be seen everywhere.
_SETTLING = 4


def _now() -> datetime:
    return datetime.now(UTC)


class AzureSource:
    """Asks for what a run wishes, each time it is asked."""

    def __init__(
        self,
        clients: Clients,
        name: str,
        *,
        publisher: Publisher | None = None,
        jobs: int,
        clock: Callable[[], datetime] = _now,
        watcher: Watcher | None = None,
    ) -> None:
        self.clients = clients
        self.name = name
        self.publisher = publisher or Publisher()
        self.notes: tuple[tuple[str, str], ...] = ()
        self._settled = 0
        self._jobs = jobs
        self._clock = clock
        self._watcher = watcher or Unwatched()

    def collect(self, wish: Wish) -> Snapshot:
        """The facts as they are now. Raises SourceProblem or UsageProblem."""
        from checker.sources.azure.collect import collect

        try:
            collected = collect(self.clients, wish, self._clock, jobs=self._jobs, tell=self._watcher)
        finally:
            self._watcher.end()
        self.notes = collected.notes
        return collected.snapshot

    def actuator(self) -> Actuator | None:
        """What performs operations in Azure."""
        from checker.sources.azure.perform import AzureActuator

        if self.clients.cloud.is_loopback:
            return AzureActuator(self.clients, deadline=60.0, interval=0.05)
        return AzureActuator(self.clients)

    def settle(self) -> bool:
        """Wait a little, a few times: Azure shows a new role assignment up to minutes after it was made."""
        if self._settled >= _SETTLING:
            return False
        self._settled += 1
        time.sleep(0.05 if self.clients.cloud.is_loopback else 15.0)
        return True


def open_azure(*, cloud: str, tenant: str | None, way: str, jobs: int, watcher: Watcher | None = None) -> AzureSource:
    """Azure, by the user's own sign-in. Raises SourceProblem where there is none."""
    found = known_cloud(cloud)
    if found is None:
        from checker.sources.azure.metadata import cloud_at

        found = cloud_at(cloud)
    credential = sign_in(way, tenant, found)
    # Asked before anything else is loaded, so that a missing sign-in is told within a second.
    credential.get_token(found.arm_scope)
    from checker.sources.azure.clients import Clients

    return AzureSource(Clients(found, credential), _name(found, tenant), jobs=jobs, watcher=watcher)


def open_sandbox(
    url: str,
    token: str,
    *,
    name: str,
    publisher: Publisher | None = None,
    jobs: int,
    watcher: Watcher | None = None,
) -> AzureSource:
    """A running sandbox. Raises SourceProblem where none answers."""
    from checker.sources.azure.clients import Clients
    from checker.sources.azure.patience import Patience

    cloud = sandbox_cloud(url)
    patience = Patience(attempts=4, first_delay=0.05, budget=20.0, silent_limit=3)
    verify: str | bool = os.environ.get("REQUESTS_CA_BUNDLE") or True
    clients = Clients(cloud, shared_sandbox_credential(token), patience=patience, verify=verify, seconds=20.0)
    return AzureSource(clients, name, publisher=publisher, jobs=jobs, watcher=watcher)


def _name(cloud: Cloud, tenant: str | None) -> str:
    words = "azure" if cloud.name == "public" else f"azure ({cloud.name})"
    return redact(f"{words}, tenant {tenant}" if tenant else words)
