"""Where a cloud's services are."""

from __future__ import annotations

from dataclasses import dataclass

from checker.errors import UsageProblem


@dataclass(frozen=True, slots=True)
class Cloud:
    """The addresses of one cloud, without a slash at the end, and the scopes that tokens are asked for.

    ``aad_graph`` is the retired Azure AD Graph: only a cloud without Microsoft Graph is asked there.
    ``is_loopback`` is set for a sandbox: plain HTTP is allowed, to this machine, and proxies are left aside.
    """

    name: str
    arm: str
    arm_scope: str
    graph: str
    graph_scope: str
    authority: str
    aad_graph: str = ""
    is_loopback: bool = False


PUBLIC = Cloud(
    "public",
    arm="https://management.azure.com",
    arm_scope="https://management.azure.com/.default",
    graph="https://graph.microsoft.com",
    graph_scope="https://graph.microsoft.com/.default",
    authority="https://login.microsoftonline.com",
)
US_GOVERNMENT = Cloud(
    "usgov",
    arm="https://management.usgovcloudapi.net",
    arm_scope="https://management.usgovcloudapi.net/.default",
    graph="https://graph.microsoft.us",
    graph_scope="https://graph.microsoft.us/.default",
    authority="https://login.microsoftonline.us",
)
CHINA = Cloud(
    "china",
    arm="https://management.chinacloudapi.cn",
    arm_scope="https://management.chinacloudapi.cn/.default",
    graph="https://microsoftgraph.chinacloudapi.cn",
    graph_scope="https://microsoftgraph.chinacloudapi.cn/.default",
    authority="https://login.chinacloudapi.cn",
)
_KNOWN = {cloud.name: cloud for cloud in (PUBLIC, US_GOVERNMENT, CHINA)}


def known_cloud(name: str) -> Cloud | None:
    """A cloud by its name; None for the URL of another. Raises UsageProblem for a text that is neither."""
    if name in _KNOWN:
        return _KNOWN[name]
    if name.startswith("https://"):
        return None
    raise UsageProblem(
        f"--cloud {name} is not known: write {', '.join(_KNOWN)}, or the https:// URL of its Resource Manager"
    )


def sandbox_cloud(url: str) -> Cloud:
    """A running sandbox: every service has the same address."""
    return Cloud(
        "sandbox",
        arm=url,
        arm_scope=f"{url}/.default",
        graph=url,
        graph_scope=f"{url}/.default",
        authority=url,
        is_loopback=True,
    )
