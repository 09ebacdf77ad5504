"""One rule on one disk, as the engine judges it: the verdict, the severity and the words."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from checker import catalog, engine
from checker.facts.estate import Estate
from checker.facts.snapshot import Snapshot
from checker.facts.vhd import Vhd
from checker.inspect.collect import url_alone
from checker.report import Result
from checker.rule import Context, Policy, Publisher

TODAY = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)
SUBSCRIPTION = "22222222-bbbb-4bbb-8bbb-222222222222"
GALLERY = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/images/providers/Microsoft.Compute/galleries/shop"

RULES = {rule.code: rule for rule in catalog.load()}


def definition(name: str = "server", **properties: Any) -> dict[str, Any]:
    """The body of an image definition."""
    common = {"osState": "Generalized", "osType": "Linux", "provisioningState": "Succeeded"}
    return {
        "id": f"{GALLERY}/images/{name}",
        "name": name,
        "type": "Microsoft.Compute/galleries/images",
        "properties": {**common, **properties},
    }


def context(definitions: Iterable[dict[str, Any]] = (), unread: Iterable[dict[str, str]] = ()) -> Context:
    """A context of today, in which the definitions were named as targets."""
    bodies = list(definitions)
    gallery = {"id": GALLERY, "name": "shop", "type": "Microsoft.Compute/galleries", "properties": {}}
    document = {
        "format": "imagecheck-snapshot/1",
        "subscriptions": [{"subscriptionId": SUBSCRIPTION, "tenantId": SUBSCRIPTION}],
        "resources": [gallery, *bodies],
        "unread": list(unread),
    }
    targets = frozenset(body["id"].lower() for body in bodies)
    estate = Estate(Snapshot.from_document(document), TODAY)
    return Context(estate, Publisher(), Policy(), TODAY, targets)


def judge(code: str, vhd: Vhd, given: Context | None = None) -> Result:
    """What a rule says of a disk."""
    (result,) = engine.judge_disks([RULES[code]], [vhd], given or context())
    return result


def told(code: str, vhd: Vhd, given: Context | None = None) -> str:
    """The verdict; of a failure with its severity: ``fail error``."""
    result = judge(code, vhd, given)
    return f"{result.verdict} {result.severity}" if result.verdict == "fail" else str(result.verdict)


def of_url(query: str, url: str = "https://contoso.blob.core.windows.net/vhds/disk.vhd") -> Vhd:
    """What a URL says by itself."""
    return url_alone(url + query)
