"""What is known of a delivered half-price trial, and of what its buyer signed for."""

from __future__ import annotations

from datetime import datetime

from headwater.contracts.base import BuyerId, Fen, Key, OfferId, OrderId, ReplyTo, Sent, SupplierId, Value
from headwater.contracts.orders import OrderLine
from headwater.contracts.trialsales import TrialSaleAnswer, TrialSaleStatus
from headwater.decision import State


class FollowUp(Value):
    """The order that the buyer signs for."""

    order_id: OrderId
    sign_id: Key
    fingerprint: str
    """Tells whether a repeated `SignTrial` asks for the same."""
    lines: tuple[OrderLine, ...]
    total_fen: Fen
    refused_as: str = ""
    """The code when it was not taken; the buyer may sign anew."""
    why: str = ""


class TrialSale(State):
    """What becomes of one delivered trial order."""

    order_id: OrderId
    buyer_id: BuyerId
    supplier_id: SupplierId
    offers: tuple[OfferId, ...]
    delivered_at: datetime
    decide_by: datetime
    status: TrialSaleStatus = "deciding"
    attempts: tuple[FollowUp, ...] = ()
    """What was signed for: all but the last were refused."""
    walked_because: str = ""
    reply_to: ReplyTo | None = None
    """Who waits to hear whether it is signed; None once it was told."""

    @property
    def follow_up(self) -> FollowUp | None:
        """The order that was signed for last."""
        return self.attempts[-1] if self.attempts else None

    def tell(self, reply_to: ReplyTo | None) -> tuple[Sent, ...]:
        """The trial sale as it is now, to someone who wants to know."""
        if reply_to is None:
            return ()
        taken = self.follow_up if self.status not in ("deciding", "walked") else None
        answer = TrialSaleAnswer(
            order_id=self.order_id, status=self.status, decide_by=self.decide_by,
            follow_up_id=taken and taken.order_id, total_fen=taken and taken.total_fen,
        )  # fmt: skip
        return (Sent(to=reply_to, message=answer),)
