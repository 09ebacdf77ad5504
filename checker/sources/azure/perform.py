"""Performing operations in Azure, one at a time.

Right before each, what it rests on is read again and compared with the plan. The guard lets exactly the request of
the operation through, once it is known which that is.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar, assert_never
from urllib.parse import quote

from azure.core.exceptions import HttpResponseError, ServiceRequestError, ServiceResponseError
from azure.mgmt.authorization.v2022_04_01.models import RoleAssignmentCreateParameters
from azure.mgmt.compute.models import GalleryImageVersionUpdate

from checker.errors import SourceProblem
from checker.facts.arm_id import ArmId, fold
from checker.facts.estate import Estate
from checker.facts.partner_center import NAMESPACE
from checker.facts.unread import Fact, Unread
from checker.fixes.operations import (
    Deallocate,
    Generalize,
    GrantRole,
    IncludeInLatest,
    KnownPrincipal,
    LatePrincipal,
    Operation,
    RegisterProvider,
    assignment_name,
)
from checker.fixes.plan import Step
from checker.fixes.runner import Ending, Outcome
from checker.fixes.simulate import include_in_latest
from checker.fixes.state import State, forbids, state_of
from checker.rule import Publisher
from checker.sources.azure.call import Ask, Call
from checker.sources.azure.clients import Clients
from checker.sources.azure.fetch import Fetch, InstanceViewRefused, directory_reader, is_absent
from checker.sources.azure.gathered import Gathered
from checker.sources.azure.graph import Found
from checker.sources.azure.inclusion import inclusion
from checker.sources.azure.late import looking_for
from checker.sources.azure.reading import code_of, one, send, words_of

T = TypeVar("T")

_PROVIDERS_VERSION = "2021-04-01"


class AzureActuator:
    """Performs operations. ``deadline`` and ``interval`` are seconds: how long an operation may take, and how often
    Azure is asked whether something is there.
    """

    def __init__(
        self,
        clients: Clients,
        *,
        deadline: float = 1800.0,
        interval: float = 10.0,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._clients = clients
        self._deadline = deadline
        self._interval = interval
        self._clock = clock
        self._sleep = sleep

    def perform(self, step: Step) -> Outcome:
        """Perform one step, to its end or its deadline."""
        try:
            outcome = self._moved(step)
        except Exception as error:  # whatever Azure answers, or the libraries make of it
            return Outcome(Ending.FAILED, _words(error))
        if outcome is not None:
            return outcome
        try:
            return self._act(step.operation)
        except (ServiceRequestError, ServiceResponseError) as error:
            return Outcome(Ending.FAILED, f"{_words(error)}; it may have been done all the same")
        except Exception as error:
            return Outcome(Ending.FAILED, _words(error))

    def _moved(self, step: Step) -> Outcome | None:
        """How a step ends without being performed; None where all is as it was planned."""
        state = self._state(step.operation)
        if isinstance(state, Unread):
            return Outcome(Ending.REFUSED, f"what it rests on cannot be read again: {state.detail}")
        if state == step.after:
            return Outcome(Ending.UNNEEDED, "it was so already")
        if state != step.before:
            return Outcome(Ending.REFUSED, f"it has moved since it was planned: {_difference(step.before, state)}")
        why = forbids(step.operation, state)
        return Outcome(Ending.REFUSED, why) if why else None

    def _act(self, operation: Operation) -> Outcome:
        match operation:
            case Deallocate():
                return self._deallocate(ArmId.parse(operation.vm))
            case Generalize():
                return self._generalize(ArmId.parse(operation.vm))
            case RegisterProvider():
                return self._register(operation)
            case GrantRole():
                return self._grant(operation)
            case IncludeInLatest():
                return self._include(ArmId.parse(operation.version))
            case _:
                assert_never(operation)

    # -- reading again --------------------------------------------------------------------------

    def _state(self, operation: Operation) -> Fact[State]:
        match operation:
            case Deallocate() | Generalize():
                calls = [Call(Ask.VM, ArmId.parse(operation.vm))]
            case RegisterProvider():
                calls = [Call(Ask.PROVIDER, ArmId.parse(f"/subscriptions/{operation.subscription}"))]
            case GrantRole():
                return self._state_of_grant(operation)
            case IncludeInLatest():
                version = ArmId.parse(operation.version)
                calls = [Call(Ask.VERSIONS, version.parent or version), Call(Ask.REPLICATION, version)]
            case _:
                assert_never(operation)
        return state_of(operation, self._read(calls))

    def _read(self, calls: list[Call]) -> Estate:
        now = datetime.now(UTC)
        gathered = Gathered(now)
        fetch = Fetch(self._clients, gathered, Publisher())
        for call in calls:
            try:
                fetch.perform(call)
            except HttpResponseError as error:
                # What is gone is noted as such: the state says it.
                if not is_absent(error):
                    raise
        return Estate(gathered.snapshot(), now)

    def _state_of_grant(self, operation: GrantRole) -> Fact[State]:
        scope = ArmId.parse(operation.scope)
        gathered = Gathered(datetime.now(UTC))
        fetch = Fetch(self._clients, gathered, Publisher())
        fetch.perform(Call(Ask.ROLE_ASSIGNMENTS, scope))
        principal = operation.principal
        if isinstance(principal, KnownPrincipal) and (principal.owner_tenants or principal.found_as):
            subscription = scope.subscription_id
            fetch.perform(Call(Ask.SUBSCRIPTION, subscription))
            tenant = Estate(gathered.snapshot(), datetime.now(UTC)).subscription(subscription.subscription).tenant_id
            if isinstance(tenant, Unread):
                return tenant
            found = Found()
            name = principal.found_as or principal.object_id
            directory_reader(self._clients, tenant).find(name, found)
            gathered.set_directory(found.section(tenant), asked=[name, principal.object_id], members=None)
        return state_of(operation, Estate(gathered.snapshot(), datetime.now(UTC)))

    # -- acting ---------------------------------------------------------------------------------

    def _deallocate(self, vm: ArmId) -> Outcome:
        machines = self._clients.compute(vm.subscription).virtual_machines
        with self._clients.guard.permit("POST", f"{vm.text}/deallocate"):
            poller = machines.begin_deallocate(vm.resource_group, *vm.names())
        return self._wait(poller)

    def _generalize(self, vm: ArmId) -> Outcome:
        machines = self._clients.compute(vm.subscription).virtual_machines
        with self._clients.guard.permit("POST", f"{vm.text}/generalize"):
            machines.generalize(vm.resource_group, *vm.names())
        return Outcome(Ending.DONE)

    def _register(self, operation: RegisterProvider) -> Outcome:
        subscription = ArmId.parse(f"/subscriptions/{operation.subscription}")
        path = f"/subscriptions/{quote(operation.subscription)}/providers/{NAMESPACE}"
        with self._clients.guard.permit("POST", f"{path}/register"):
            send(
                self._clients.arm, "POST", f"{self._clients.cloud.arm}{path}/register?api-version={_PROVIDERS_VERSION}"
            )
        fetch = Fetch(self._clients, Gathered(datetime.now(UTC)), Publisher())

        def registered() -> bool | None:
            return True if fold(str(fetch.provider(subscription).get("registrationState"))) == "registered" else None

        if self._until(registered) is None:
            return Outcome(Ending.FAILED, f"it was still not registered after {self._deadline:g} s")
        return Outcome(Ending.DONE)

    def _grant(self, operation: GrantRole) -> Outcome:
        match operation.principal:
            case KnownPrincipal():
                return self._assign(operation, operation.principal)
            case LatePrincipal():
                return self._grant_late(operation, operation.principal)
            case _:
                assert_never(operation.principal)

    def _grant_late(self, operation: GrantRole, wanted: LatePrincipal) -> Outcome:
        """Wait for the principal, and grant it the role as one that was known from the start."""
        owned = self._until(looking_for(self._clients, ArmId.parse(operation.scope), wanted)) or ()
        if not owned:
            return Outcome(
                Ending.FAILED,
                f"no service principal of {wanted.name} that Microsoft owns appeared within {self._deadline:g} s: "
                "grant it later, with this command again",
            )
        if len(owned) > 1:
            return Outcome(
                Ending.REFUSED, f"{len(owned)} service principals of {wanted.name} are Microsoft's: grant it by hand"
            )
        # Whose it is was proven by this very answer; another part of the directory may not know it yet.
        known = KnownPrincipal(owned[0].id, "ServicePrincipal", wanted.name)
        bound = dataclasses.replace(operation, principal=known)
        state = self._state(bound)
        if isinstance(state, Unread):
            return Outcome(Ending.REFUSED, f"what it rests on cannot be read: {state.detail}")
        if dict(state)["role"] == "given":
            return Outcome(Ending.UNNEEDED, f"{known.object_id} has it already")
        return self._assign(bound, known)

    def _assign(self, operation: GrantRole, principal: KnownPrincipal) -> Outcome:
        scope = ArmId.parse(operation.scope)
        name = assignment_name(scope.text, operation.role_guid, principal.object_id)
        role = f"/subscriptions/{scope.subscription}/providers/Microsoft.Authorization/roleDefinitions"
        # The type is sent, since Azure may not know a new principal everywhere yet.
        wanted = RoleAssignmentCreateParameters(
            role_definition_id=f"{role}/{operation.role_guid}",
            principal_id=principal.object_id,
            principal_type=principal.type,
        )
        path = f"{scope.text}/providers/Microsoft.Authorization/roleAssignments/{name}"
        try:
            with self._clients.guard.permit("PUT", path):
                self._clients.authorization.role_assignments.create(quote(scope.text.strip("/")), name, wanted)
        except HttpResponseError as error:
            if fold(code_of(error)) == "roleassignmentexists":
                return Outcome(Ending.UNNEEDED, "it was so already")
            raise
        return Outcome(Ending.DONE, f"to {principal.object_id}")

    def _include(self, version: ArmId) -> Outcome:
        versions = self._clients.compute(version.subscription).gallery_image_versions
        body = one(versions.get, version.resource_group, *version.names())
        changes = GalleryImageVersionUpdate({"properties": inclusion(include_in_latest(body)["properties"])})
        with self._clients.guard.permit("PATCH", version.text):
            gallery, definition, name = version.names()
            poller = versions.begin_update(version.resource_group, gallery, definition, name, changes)
        return self._wait(poller)

    def _wait(self, poller: Any) -> Outcome:
        poller.wait(self._deadline)
        if not poller.done():
            # It goes on in Azure: whether it ends well, the next run sees.
            return Outcome(Ending.FAILED, f"it was still under way after {self._deadline:g} s")
        poller.result()
        return Outcome(Ending.DONE)

    def _until(self, look: Callable[[], T | None]) -> T | None:
        """What a look finds, as soon as it is not None; None at the deadline."""
        ends = self._clock() + self._deadline
        while True:
            found = look()
            if found is not None or self._clock() >= ends:
                return found
            self._sleep(self._interval)


def _words(error: Exception) -> str:
    if isinstance(error, SourceProblem):
        return str(error)
    # A failed long-running operation comes with the status 200, which says nothing.
    return words_of(error.error if isinstance(error, InstanceViewRefused) else error).removeprefix("200 ")


def _difference(before: State, now: State) -> str:
    old = dict(before)
    moved = [f"{name} was {old.get(name, 'unknown')}, is {value}" for name, value in now if old.get(name) != value]
    return "; ".join(moved)
