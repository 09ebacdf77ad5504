"""The retired Azure AD Graph, through azure-graphrbac: for a cloud that has no Microsoft Graph.

The public clouds serve it no more, and its library is archived. It is an extra: ``imagecheck[aad-graph]``.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from checker.errors import SourceProblem
from checker.facts.arm_id import fold
from checker.facts.directory import is_guid
from checker.sources.azure.clients import Clients
from checker.sources.azure.gathered import Unreadable
from checker.sources.azure.graph import Found
from checker.sources.azure.patience import AGAIN

#: Azure AD Graph's names of what Microsoft Graph calls otherwise.
_RENAMED = {"objectId": "id", "appOwnerTenantId": "appOwnerOrganizationId"}
_SECTIONS = {"user": "users", "group": "groups", "serviceprincipal": "service_principals"}


class AadGraph:
    """The directory of one tenant, through Azure AD Graph."""

    #: The library asks for the groups of users only: of nobody else is it known which groups do not hold them.
    knows_every_group = False

    def __init__(self, clients: Clients, tenant: str) -> None:
        try:
            from azure.graphrbac import GraphRbacManagementClient
            from msrest.authentication import Authentication
        except ImportError:
            raise SourceProblem(
                "this cloud has Azure AD Graph only: install azure-graphrbac beside imagecheck to read it"
            ) from None
        base = clients.cloud.aad_graph

        class Bearer(Authentication):  # type: ignore[misc]
            """The run's credential in the form that this older library takes."""

            def signed_session(self, session: Any = None) -> Any:
                signed = super().signed_session(session)
                token = clients.credential.get_token(f"{base}/.default", tenant_id=tenant).token
                signed.headers["Authorization"] = f"Bearer {token}"
                signed.trust_env = not clients.cloud.is_loopback
                return signed

        self._client = GraphRbacManagementClient(Bearer(), tenant, base_url=base)
        config = self._client.config
        # As for the other services; what the server asks to wait is not: this library would wait for ever.
        config.retry_policy.policy.status_forcelist = AGAIN
        config.retry_policy.policy.respect_retry_after_header = False
        config.retry_policy.retries = 3
        config.retry_policy.backoff_factor = clients.patience.first_delay
        config.redirect_policy.allow = False
        config.connection.timeout = 30

    def find(self, name: str, found: Found) -> None:
        """Everybody who answers to a mail address, an object id or an application id."""
        from azure.graphrbac.models import GetObjectsParameters

        if is_guid(name):
            wanted = GetObjectsParameters(
                object_ids=[name], types=["User", "Group", "ServicePrincipal"], include_directory_object_references=True
            )
            self._add_all(self._client.objects.get_objects_by_object_ids(wanted), found)
            self._add_all(self._client.service_principals.list(filter=f"appId eq {_text(name)}"), found)
            return
        for wanted_filter in (
            f"userPrincipalName eq {_text(name)}",
            f"mail eq {_text(name)}",
            f"otherMails/any(m:m eq {_text(name)})",
            f"proxyAddresses/any(p:p eq {_text('smtp:' + name)})",
            f"startswith(userPrincipalName,{_text(name.replace('@', '_') + '#EXT#@')})",
        ):
            self._add_all(self._client.users.list(filter=wanted_filter), found)
        self._add_all(self._client.groups.list(filter=f"mail eq {_text(name)}"), found)

    def find_applications(self, app_ids: Iterable[str], display_names: Iterable[str], found: Found) -> None:
        """The service principals of applications, and those that show a name."""
        filters = [f"appId eq {_text(app_id)}" for app_id in app_ids]
        filters += [f"displayName eq {_text(name)}" for name in display_names]
        for wanted in filters:
            self._add_all(self._client.service_principals.list(filter=wanted), found)

    def find_groups(self, found: Found) -> None:
        """The groups that hold users: what the library asks for users only, it cannot tell of others."""
        for id in list(found.users):
            for group in self._client.users.get_member_groups(id, security_enabled_only=False):
                found.members.setdefault(fold(str(group)), []).append(id)

    def _add_all(self, objects: Iterable[Any], found: Found) -> None:
        for item in objects:
            # The library's names are made from the wire's; what it does not know stays under additional_properties.
            body = {**item.serialize(keep_readonly=True), **(item.additional_properties or {})}
            body = {_RENAMED.get(key, key): value for key, value in body.items()}
            section = _SECTIONS.get(fold(str(body.get("objectType", ""))))
            if section is None or not isinstance(body.get("id"), str):
                raise Unreadable("the directory answered with an object of an unknown type")
            getattr(found, section).setdefault(fold(body["id"]), body)


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
