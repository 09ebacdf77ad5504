"""The clients of one run: made in one place, with the same policies, transport and credential."""

from __future__ import annotations

import logging
from functools import cached_property
from typing import Any

from azure.core import PipelineClient
from azure.core.pipeline.policies import (
    BearerTokenCredentialPolicy,
    ContentDecodePolicy,
    CustomHookPolicy,
    RequestIdPolicy,
    UserAgentPolicy,
)
from azure.mgmt.authorization import AuthorizationManagementClient
from azure.mgmt.compute import ComputeManagementClient
from azure.mgmt.core import ARMPipelineClient
from azure.mgmt.core.policies import ARMChallengeAuthenticationPolicy
from azure.mgmt.resource.subscriptions import SubscriptionClient

from checker import __version__
from checker.sources.azure.cloud import Cloud
from checker.sources.azure.credential import SharedCredential
from checker.sources.azure.guard import ReadOnlyGuard
from checker.sources.azure.loopback import AllowLoopbackHttp, StayOnHost
from checker.sources.azure.patience import Patience, PatientRetry
from checker.sources.azure.transport import make_transport

#: The threads that ask Azure at the same time: more only meet its throttling sooner.
THREADS = 8


class Clients:
    """Every client that a source needs, each made when it is first asked for. Safe to share between threads once
    made; ``guard`` decides what may be written, ``patience`` how long a run waits altogether.
    """

    def __init__(
        self,
        cloud: Cloud,
        credential: SharedCredential,
        *,
        patience: Patience | None = None,
        verify: str | bool = True,
        seconds: float = 60.0,
    ) -> None:
        # What a library has to say of an answer, the run says in its own words.
        for library in ("azure", "msal", "msrest", "urllib3"):
            logging.getLogger(library).setLevel(logging.CRITICAL + 1)
        self.cloud = cloud
        self.credential = credential
        self.guard = ReadOnlyGuard()
        self.patience = patience or Patience()
        #: Seconds between two looks at a long-running operation, where Azure names none.
        self.polling_interval = 0.05 if cloud.is_loopback else 10
        self._transport = make_transport(
            connections=THREADS + 2, seconds=seconds, use_proxies=not cloud.is_loopback, verify=verify
        )
        self._compute: dict[str, ComputeManagementClient] = {}
        self._graph: dict[str, PipelineClient[Any, Any]] = {}

    def close(self) -> None:
        """Close the connections."""
        self._transport.session.close() if self._transport.session is not None else None

    def compute(self, subscription: str) -> ComputeManagementClient:
        """The compute client of a subscription (its GUID)."""
        if subscription not in self._compute:
            self._compute[subscription] = ComputeManagementClient(
                self.credential, subscription, polling_interval=self.polling_interval, **self._options()
            )
        return self._compute[subscription]

    @cached_property
    def authorization(self) -> AuthorizationManagementClient:
        """The authorization client. It asks at scopes: the subscription that it is made with does not matter."""
        return AuthorizationManagementClient(self.credential, "", **self._options())

    @cached_property
    def subscriptions(self) -> SubscriptionClient:
        """The client for subscriptions."""
        return SubscriptionClient(self.credential, **self._options())

    @cached_property
    def arm(self) -> PipelineClient[Any, Any]:
        """Resource Manager without a client library: for resource providers, whose library is a large one."""
        return ARMPipelineClient(base_url=self.cloud.arm, policies=self._arm_policies(), transport=self._transport)

    def graph(self, tenant: str) -> PipelineClient[Any, Any]:
        """Microsoft Graph, with a token of a tenant."""
        if tenant not in self._graph:
            policy = BearerTokenCredentialPolicy(_OfTenant(self.credential, tenant), self.cloud.graph_scope)
            self._graph[tenant] = PipelineClient(
                base_url=self.cloud.graph, policies=self._policies(self.cloud.graph, policy), transport=self._transport
            )
        return self._graph[tenant]

    @cached_property
    def anonymous(self) -> PipelineClient[Any, Any]:
        """The sign-in service's public pages: no token is sent."""
        return PipelineClient(
            base_url=self.cloud.authority,
            policies=self._policies(self.cloud.authority, None),
            transport=self._transport,
        )

    def _options(self) -> dict[str, Any]:
        return {
            "base_url": self.cloud.arm,
            "credential_scopes": [self.cloud.arm_scope],
            "policies": self._arm_policies(),
            "transport": self._transport,
        }

    def _arm_policies(self) -> list[Any]:
        return self._policies(self.cloud.arm, ARMChallengeAuthenticationPolicy(self.credential, self.cloud.arm_scope))

    def _policies(self, base: str, authentication: Any) -> list[Any]:
        """The whole pipeline, the same for every client: the libraries' own would register resource providers."""
        # Its option is taken out of a request by the policy that adds the token, and by no other.
        loopback = [AllowLoopbackHttp()] if self.cloud.is_loopback and authentication is not None else []
        return [
            RequestIdPolicy(),
            UserAgentPolicy(f"imagecheck/{__version__}"),
            ContentDecodePolicy(),
            PatientRetry(self.patience),
            StayOnHost(base),
            self.guard,
            *loopback,
            *([] if authentication is None else [authentication]),
            CustomHookPolicy(),
        ]


class _OfTenant:
    """A credential whose tokens are of one tenant."""

    def __init__(self, credential: SharedCredential, tenant: str) -> None:
        self._credential = credential
        self._tenant = tenant

    def get_token(self, *scopes: str, claims: str | None = None, **_: Any) -> Any:
        return self._credential.get_token(*scopes, claims=claims, tenant_id=self._tenant)
