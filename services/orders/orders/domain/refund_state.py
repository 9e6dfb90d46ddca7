"""What is known of a refund: a case of an order, from the request to its end."""

from __future__ import annotations

from collections import Counter
from typing import Literal

from pydantic import Field

from headwater.contracts.base import CaseId, ShipmentId, SkuId, UtcTime, Value
from headwater.contracts.refunds import InspectedLine, RefundLine, RefundReason, RefundStatus

CaseEvent = Literal[
    "asked", "recalled", "delivered_all_the_same", "agreed", "silent", "refused", "disputed", "ruled", "sent",
    "inspected", "not_inspected", "paid", "withdrawn", "not_disputed", "not_sent", "freight_paid",
]  # fmt: skip
Fate = Literal["recalling", "stopped", "returned", "delivered"]
"""Of a parcel that is called back."""


class CaseStep(Value):
    """One line of a case's history: who did what, when and why."""

    what: CaseEvent
    by: str
    """An account, or `platform`."""
    at: UtcTime
    why: str = ""
    evidence: tuple[str, ...] = ()
    digest: str = ""
    """Of the command that it is from: the same command once more is known by it."""


class Case(Value):
    """A request for money back (退款单), and what became of it."""

    case_id: CaseId
    status: RefundStatus
    reason: RefundReason
    early: bool
    """Whether it was asked for before the goods arrived: then the money went back at once."""
    lines: tuple[RefundLine, ...]
    returns: bool
    """Whether the goods go back before the money does."""
    asked_fen: int
    agreed_fen: int
    """What is paid when nothing more stands in the way: what was asked for, or ruled."""
    refunded_fen: int = 0
    due: UtcTime | None = None
    """When it goes on by itself."""
    parcels: dict[ShipmentId, Fate] = Field(default_factory=dict)
    """Those that are called back."""
    carrier: str = ""
    tracking_number: str = ""
    """Of the parcel that the buyer sent back."""
    inspected: tuple[InspectedLine, ...] | None = None
    freight: Literal["none", "claimed", "paid"] = "none"
    freight_fen: int = 0
    """What insurance paid of the return's freight."""
    history: tuple[CaseStep, ...]

    @property
    def is_owing(self) -> bool:
        """Whether money may yet go back by it, so that the order must wait."""
        return not self.early and self.status in {"asked", "refused", "disputed", "returning", "sent"}

    @property
    def pieces(self) -> Counter[SkuId]:
        """What it is about, by SKU."""
        return Counter({line.sku_id: line.pieces for line in self.lines})
