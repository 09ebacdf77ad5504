"""Dates that a client sends."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from checker.sandbox.refusals import invalid


def check_end_of_life(sent: Mapping[str, Any], now: datetime) -> None:
    """Raise Refusal for an ``endOfLifeDate`` that is over [message documented, code unconfirmed], or is no date."""
    text = sent.get("endOfLifeDate")
    if text is None:
        return
    try:
        date = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        raise invalid("The value of parameter endOfLifeDate is invalid.", "endOfLifeDate") from None
    if (date if date.tzinfo else date.replace(tzinfo=UTC)) <= now:
        raise invalid("EndOfLifeDate must be set to a future date.", "endOfLifeDate")
