"""How assets are shown on the console: as short as a target is written."""

from __future__ import annotations

from collections.abc import Collection

from checker.facts.arm_id import ArmId, Kind

#: How many digits of a GUID tell it from others, as a rule.
_BEGIN = 8


def short(asset: str, several: bool) -> str:
    """An asset as a target is written, ``vm:RG/NAME``; with its subscription where there are ``several``."""
    try:
        id = ArmId.parse(asset)
    except ValueError:
        return asset
    if id.kind is None or id.kind is Kind.SUBSCRIPTION:
        return asset
    subscription = f"  in {id.subscription}" if several else ""
    return f"{id.kind}:{'/'.join((id.resource_group, *id.names()))}{subscription}"


def brief(asset: str, subscriptions: Collection[str], dots: str) -> str:
    """An asset as a target is written; where there are several ``subscriptions``, with the begin of its own."""
    own = subscription_of(asset)
    words = short(asset, several=False)
    if words == asset or not own or len(subscriptions) < 2:
        return words
    begin = own[:_BEGIN]
    clashes = sum(other.startswith(begin) for other in subscriptions) > 1
    return f"{words}  in {own if clashes else begin + dots}"


def subscription_of(asset: str) -> str:
    """The folded GUID of an asset's subscription; empty where it has none."""
    return asset.split("/", 3)[2].lower() if asset.startswith("/") and asset.count("/") > 1 else ""
