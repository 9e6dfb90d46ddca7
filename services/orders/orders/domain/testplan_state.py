"""What is known of a test plan: its styles with their lots, what was sold, and the last verdict on each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from pydantic import Field

from headwater.contracts.base import BuyerId, OfferId, OrderId, PlanId, SkuId, UtcTime, Value
from headwater.contracts.orders import Destination
from headwater.contracts.testplans import Limits, LotStatus, PlanEnd, PlanStatus, Thresholds, Verdict
from headwater.decision import Part, State
from orders.domain.verdict import Evidence

NOT_STARTED: tuple[LotStatus, ...] = ("pricing", "placed", "confirmed")
UNDERWAY: tuple[LotStatus, ...] = (*NOT_STARTED, "paid")
_RANK = {status: rank for rank, status in enumerate((*UNDERWAY, "delivered"))}


class Lot(Value):
    """Pieces of a style in one order; a first lot shares its order with others of its supplier."""

    order_id: OrderId
    pieces: int
    fen: int = 0
    """What they cost; 0 while that is asked."""
    status: LotStatus
    first: bool
    sold_before: int = 0
    """Pieces of the style that were sold when the lot was asked for."""
    why: str = ""
    """Why it came to nothing."""

    def goes_on(self, status: LotStatus, why: str = "") -> Lot:
        """The lot further on. What is lost stays so, and nothing goes back, whatever comes late."""
        if self.status in ("lost", "delivered") or (status != "lost" and _RANK[status] <= _RANK[self.status]):
            return self
        return self.model_copy(update={"status": status, "why": why})


class Style(Value):
    """One SKU under test."""

    sku_id: SkuId
    offer_id: OfferId
    lots: tuple[Lot, ...]
    sold: int = 0
    days: int = 0
    """Whose sales are reported."""
    reviews: int = 0
    stars: int = 0
    delivered_at: UtcTime | None = None
    """When its last lot was."""
    verdict: Verdict = "hold"
    reason: str = ""

    @property
    def counted(self) -> tuple[Lot, ...]:
        """The lots that did not come to nothing: they count towards the limits."""
        return tuple(lot for lot in self.lots if lot.status != "lost")

    def evidence(self, now: datetime) -> Evidence:
        """What it is judged by."""
        delivered = sum(lot.pieces for lot in self.lots if lot.status == "delivered")
        age = (now - self.delivered_at).days if self.delivered_at else 0
        return Evidence(delivered, self.sold, self.days, age, self.reviews, self.stars)


class Signal(Part):
    """A day's sales of a style (pieces), or a review (stars), that was counted."""

    amount: int
    revision: int = 1


class Plan(State):
    """A test plan (测款) of one buyer."""

    plan_id: PlanId
    buyer_id: BuyerId
    name: str
    status: PlanStatus = "running"
    ended: PlanEnd | None = None
    """How, once it is."""
    styles: tuple[Style, ...]
    orders: int
    """How many orders were numbered."""
    follow_up_pieces: int
    limits: Limits
    thresholds: Thresholds
    started_at: datetime
    ends_at: datetime
    destination: Destination
    fingerprint: str
    """Tells whether a repeated `StartPlan` asks for the same."""
    signals: dict[str, Signal] = Field(default_factory=dict)
    """What was counted, stored as parts: by SKU and day, and by review."""

    def style(self, sku_id: str) -> Style | None:
        """The style of a SKU; None if it is not under test."""
        return next((one for one in self.styles if one.sku_id == sku_id), None)

    def with_style(self, sku_id: str, **changes: Any) -> Plan:
        """The plan with one style changed."""
        styles = tuple(
            one.model_copy(update=changes) if one.sku_id == sku_id else one for one in self.styles
        )  # fmt: skip
        return self.evolve(styles=styles)

    def with_lots(self, order_id: str, change: Callable[[Lot], Lot]) -> Plan:
        """The plan with the lots of an order changed; the same plan if nothing changes."""
        styles = tuple(
            one.model_copy(update={"lots": tuple(change(lot) if lot.order_id == order_id else lot for lot in one.lots)})
            for one in self.styles
        )
        return self if styles == self.styles else self.evolve(styles=styles)

    def lots_of(self, order_id: str) -> Iterator[tuple[Style, Lot]]:
        """The styles that are in an order, each with its lot there."""
        return ((style, lot) for style in self.styles for lot in style.lots if lot.order_id == order_id)

    def room(self, style: Style) -> tuple[int, int]:
        """How many pieces, and how many fen, of a style may still be ordered."""
        everything = [lot for one in self.styles for lot in one.counted]
        return (
            min(self.limits.style_pieces - sum(lot.pieces for lot in style.counted),
                self.limits.pieces - sum(lot.pieces for lot in everything)),
            min(self.limits.style_fen - sum(lot.fen for lot in style.counted),
                self.limits.fen - sum(lot.fen for lot in everything)),
        )  # fmt: skip

    def timed(self, now: datetime) -> Plan:
        """The same, asking to be woken at its end, or when a style is old enough to be stopped."""
        old = timedelta(days=self.thresholds.stop_days)
        due = [one.delivered_at + old for one in self.styles if one.delivered_at and one.verdict != "stop"]
        wake_at = min((at for at in (*due, self.ends_at) if at > now), default=None)
        wake_at = wake_at if self.status == "running" else None
        return self if wake_at == self.wake_at else self.evolve(wake_at=wake_at)
