"""Microsoft Graph: who a name is, who owns an application, who is in which group."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import quote, urlencode

from azure.core.exceptions import HttpResponseError

from checker.facts.arm_id import fold
from checker.facts.directory import is_guid
from checker.sources.azure.clients import Clients
from checker.sources.azure.gathered import Unreadable
from checker.sources.azure.reading import Trail, code_of, send, values

_USER = "id,displayName,userPrincipalName,mail,otherMails,proxyAddresses"
_GROUP = "id,displayName,mail,proxyAddresses"
_PRINCIPAL = "id,displayName,appId,appOwnerOrganizationId"
#: What Graph asks for before it answers a filter over several properties.
_ADVANCED = {"ConsistencyLevel": "eventual"}


@dataclass
class Found:
    """Bodies by object id, as Microsoft Graph writes them."""

    users: dict[str, dict[str, Any]] = field(default_factory=dict)
    groups: dict[str, dict[str, Any]] = field(default_factory=dict)
    service_principals: dict[str, dict[str, Any]] = field(default_factory=dict)
    members: dict[str, list[str]] = field(default_factory=dict)

    def section(self, tenant: str) -> dict[str, Any]:
        """The ``directory`` section of a snapshot."""
        return {
            "tenantId": tenant,
            "users": list(self.users.values()),
            "groups": list(self.groups.values()),
            "servicePrincipals": list(self.service_principals.values()),
            "members": self.members,
        }


class DirectoryReader(Protocol):
    """What a directory is asked. Each raises what the client libraries raise.

    ``knows_every_group`` says whether a group that ``find_groups`` does not name certainly holds nobody found.
    """

    knows_every_group: bool

    def find(self, name: str, found: Found) -> None:
        """Everybody who answers to a mail address, an object id or an application id."""

    def find_applications(self, app_ids: Iterable[str], display_names: Iterable[str], found: Found) -> None:
        """The service principals of applications, and those that show a name."""

    def find_groups(self, found: Found) -> None:
        """The groups that hold whom was found, directly or through others."""


class MicrosoftGraph:
    """The directory of one tenant, through Microsoft Graph."""

    knows_every_group = True

    def __init__(self, clients: Clients, tenant: str) -> None:
        self._client = clients.graph(tenant)
        self._base = clients.cloud.graph

    def find(self, name: str, found: Found) -> None:
        """Everybody who answers to a mail address, an object id or an application id."""
        if is_guid(name):
            self._find_by_id(name, found)
        else:
            self._find_by_address(name, found)

    def find_applications(self, app_ids: Iterable[str], display_names: Iterable[str], found: Found) -> None:
        """The service principals of applications, and those that show a name: one plain filter each."""
        filters = [f"appId eq {_text(app_id)}" for app_id in app_ids]
        filters += [f"displayName eq {_text(name)}" for name in display_names]
        for wanted in filters:
            _add(found.service_principals, self._list("/servicePrincipals", _PRINCIPAL, wanted))

    def find_groups(self, found: Found) -> None:
        """The groups that hold whom was found, directly or through others."""
        for kind, bodies in (
            ("users", found.users),
            ("groups", found.groups),
            ("servicePrincipals", found.service_principals),
        ):
            for id in list(bodies):
                for holder in self._list(f"/{kind}/{quote(id, safe='')}/transitiveMemberOf", "id"):
                    found.members.setdefault(_id(holder), []).append(id)

    def _find_by_id(self, id: str, found: Found) -> None:
        body = {"ids": [id], "types": ["user", "group", "servicePrincipal"]}
        sections = {
            "#microsoft.graph.user": found.users,
            "#microsoft.graph.group": found.groups,
            "#microsoft.graph.serviceprincipal": found.service_principals,
        }
        for item in values(send(self._client, "POST", f"{self._base}/v1.0/directoryObjects/getByIds", body=body)):
            section = sections.get(fold(str(item.get("@odata.type", ""))) if isinstance(item, Mapping) else "")
            if section is None:
                raise Unreadable(f"the directory object {id} is of an unknown type")
            _add(section, [item])
        _add(found.service_principals, self._list("/servicePrincipals", _PRINCIPAL, f"appId eq {_text(id)}"))

    def _find_by_address(self, name: str, found: Found) -> None:
        address = f"proxyAddresses/any(p:p eq {_text('smtp:' + name)})"
        of_users = [
            f"userPrincipalName eq {_text(name)}",
            f"mail eq {_text(name)}",
            f"otherMails/any(m:m eq {_text(name)})",
            address,
        ]
        user, at, domain = name.partition("@")
        if at:
            # How Azure writes the name of a guest.
            of_users.append(f"startswith(userPrincipalName,{_text(f'{user}_{domain}#EXT#@')})")
        _add(found.users, self._list_any("/users", _USER, of_users))
        if at:
            _add(found.groups, self._list_any("/groups", _GROUP, [f"mail eq {_text(name)}", address]))

    def _list_any(self, path: str, select: str, filters: list[str]) -> list[Any]:
        """What any of the filters finds: together, or one by one where Graph does not take them together."""
        try:
            return self._list(path, select, " or ".join(filters), advanced=True)
        except HttpResponseError as error:
            if error.response is None or error.response.status_code != 400 or "unsupported" not in fold(code_of(error)):
                raise
        return [body for wanted in filters for body in self._list(path, select, wanted)]

    def _list(self, path: str, select: str, wanted: str = "", *, advanced: bool = False) -> list[Any]:
        query = {
            "$select": select,
            **({"$filter": wanted} if wanted else {}),
            **({"$count": "true"} if advanced else {}),
        }
        url = f"{self._base}/v1.0{path}?{urlencode(query, quote_via=quote)}"
        found: list[Any] = []
        trail = Trail()
        while url:
            content = send(self._client, "GET", url, headers=_ADVANCED if advanced else None)
            found += values(content)
            url = content.get("@odata.nextLink") or ""
            trail.add(url)
        return found


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _add(section: dict[str, dict[str, Any]], bodies: Iterable[Any]) -> None:
    for body in bodies:
        section.setdefault(_id(body), dict(body))


def _id(body: Any) -> str:
    id = body.get("id") if isinstance(body, Mapping) else None
    if not isinstance(id, str):
        raise Unreadable("a directory object without an id")
    return fold(id)
