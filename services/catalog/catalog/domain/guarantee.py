"""The guarantee for new suppliers (双保计划): exposure and first orders promised within some days. Pure.

While the promise runs, the supplier's traffic weight is topped up, the more the further it is behind an even pace:

    of the time   of the promise   boost, per mille
    0 %           0 %              1200
    50 %          50 %             1200
    50 %          0 %              1600
    100 %         0 %              2000, and then it is broken

Of the two promises the one that is further behind counts. It is kept once both are reached, and broken at its end.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from headwater.contracts.base import UtcTime, Value
from headwater.contracts.governance import GuaranteeSupplier

NO_BOOST, BOOST, MOST_MORE = 1000, 1200, 800
"""Per mille: without a guarantee; with one that is on its way; what comes on top of it at the most."""


class Guarantee(Value):
    """What a supplier was promised, and what it has got so far."""

    guarantee_id: str
    promised_impressions: int
    promised_first_orders: int
    since: UtcTime
    until: UtcTime
    impressions: int = 0
    first_orders: int = 0
    outcome: Literal["running", "kept", "broken"] = "running"
    ended_at: UtcTime | None = None

    def same_as(self, message: GuaranteeSupplier) -> bool:
        """Whether a message asks for this one."""
        asked = (message.guarantee_id, message.impressions, message.first_orders, timedelta(days=message.days))
        promised = (self.guarantee_id, self.promised_impressions, self.promised_first_orders, self.until - self.since)
        return asked == promised


def given(message: GuaranteeSupplier, now: datetime) -> Guarantee:
    """The promise, from now on."""
    return Guarantee(
        guarantee_id=message.guarantee_id, promised_impressions=message.impressions,
        promised_first_orders=message.first_orders, since=now, until=now + timedelta(days=message.days),
    )  # fmt: skip


def reached(guarantee: Guarantee, impressions: int, first_orders: int, now: datetime) -> Guarantee:
    """With so much more, and kept or broken if that is settled by now. What comes after the end does not count."""
    if guarantee.outcome != "running":
        return guarantee
    if now >= guarantee.until:
        return guarantee.model_copy(update={"outcome": "broken", "ended_at": guarantee.until})
    more = {
        "impressions": guarantee.impressions + impressions,
        "first_orders": guarantee.first_orders + first_orders,
    }
    grown = guarantee.model_copy(update=more) if impressions or first_orders else guarantee
    if _share(grown) < 1000:
        return grown
    return grown.model_copy(update={"outcome": "kept", "ended_at": now})


def boost(guarantee: Guarantee | None, now: datetime) -> int:
    """By how much the guarantee tops a weight up, per mille."""
    if guarantee is None or guarantee.outcome != "running":
        return NO_BOOST
    elapsed = 1000 * (now - guarantee.since) // (guarantee.until - guarantee.since)
    behind = min(max(elapsed - _share(guarantee), 0), 1000)
    return BOOST + MOST_MORE * behind // 1000


def _share(of: Guarantee) -> int:
    """How much of the promise is reached, per mille, by the figure that is further behind."""
    shown = 1000 * of.impressions // of.promised_impressions
    ordered = 1000 * of.first_orders // of.promised_first_orders
    return min(shown, ordered, 1000)
