"""A cloud that is none of the public ones: its Resource Manager tells where the rest is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from azure.core import PipelineClient
from azure.core.exceptions import AzureError, HttpResponseError
from azure.core.pipeline.policies import ContentDecodePolicy

from checker.errors import SourceProblem
from checker.sources.azure.cloud import CHINA, PUBLIC, US_GOVERNMENT, Cloud
from checker.sources.azure.gathered import Unreadable
from checker.sources.azure.patience import Patience, PatientRetry
from checker.sources.azure.reading import send, words_of
from checker.sources.azure.transport import make_transport

_VERSION = "2022-09-01"
#: Whose tokens nobody else may ask for: the public clouds' Resource Managers, in their newer and older names.
_PUBLIC_HOSTS = frozenset(
    {
        *(urlsplit(cloud.arm).hostname for cloud in (PUBLIC, US_GOVERNMENT, CHINA)),
        *(urlsplit(cloud.graph).hostname for cloud in (PUBLIC, US_GOVERNMENT, CHINA)),
        "management.core.windows.net",
        "management.core.usgovcloudapi.net",
        "management.core.chinacloudapi.cn",
    }
)


def cloud_at(url: str) -> Cloud:
    """The cloud whose Resource Manager is at an https URL. Raises SourceProblem where it does not say."""
    base = url.rstrip("/")
    client: Any = PipelineClient(
        base_url=base,
        policies=[ContentDecodePolicy(), PatientRetry(Patience(attempts=2, budget=5.0))],
        transport=make_transport(connections=1, seconds=10.0, use_proxies=True),
    )
    try:
        content = send(client, "GET", f"{base}/metadata/endpoints?api-version={_VERSION}")
        return _cloud(base, content)
    except (HttpResponseError, AzureError, Unreadable) as error:
        raise SourceProblem(f"--cloud {base} does not tell where its services are: {words_of(error)}") from None


def _cloud(base: str, content: Any) -> Cloud:
    found = content[0] if isinstance(content, list) and content else content
    if not isinstance(found, Mapping):
        raise Unreadable("its metadata is not an object")
    authentication = found.get("authentication")
    authentication = authentication if isinstance(authentication, Mapping) else {}
    authority = _https(authentication.get("loginEndpoint"), "loginEndpoint")
    audiences = authentication.get("audiences")
    audience = next((text for text in audiences or () if isinstance(text, str)), base)
    if urlsplit(audience).hostname in _PUBLIC_HOSTS:
        # A token for a public cloud would go to whoever answers here.
        raise Unreadable(f"its metadata asks for tokens of {urlsplit(audience).hostname}, which is another cloud")
    graph = found.get("microsoftGraphResourceId")
    aad_graph = found.get("graph") or found.get("graphEndpoint")
    graph_url = _https(graph, "microsoftGraphResourceId") if graph else ""
    return Cloud(
        base,
        arm=base,
        arm_scope=f"{audience.rstrip('/')}/.default",
        graph=graph_url,
        graph_scope=f"{graph_url}/.default",
        authority=authority,
        aad_graph="" if graph_url or not aad_graph else _https(aad_graph, "graph"),
    )


def _https(value: Any, name: str) -> str:
    if not isinstance(value, str) or urlsplit(value).scheme != "https":
        raise Unreadable(f"its metadata has no {name} that is an https URL")
    return value.rstrip("/")
