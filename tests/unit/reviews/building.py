"""Builders: messages of reviews with what does not matter filled in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from headwater.contracts.base import Message, ReplyTo, Sent
from headwater.contracts.orders import OrderDelivered, OrderLine, OrderPaid
from headwater.contracts.reviews import (
    CountReview,
    CountSold,
    DeliveredLine,
    MarkNoticesRead,
    NotifySupplier,
    OpenFeedback,
    SubmitReview,
)
from headwater.decision import Decision
from reviews.domain import feedback, notices, sku

NOW = datetime(2026, 11, 11, tzinfo=UTC)
THRESHOLDS = (10, 20, 50)
GATEWAY = ReplyTo(topic="gateway.replies.v1", key="req_1")
on_feedback = feedback.decide
on_sku = partial(sku.decide, THRESHOLDS)
on_notices = notices.decide


def delivered(*skus: str) -> OrderDelivered:
    return OrderDelivered(
        order_id="ord_1", buyer_id="shop", supplier_id="factory", lines=order_lines(*skus), accept_by=NOW
    )


def paid(*skus: str, pieces: int = 2) -> OrderPaid:
    return OrderPaid(
        order_id="ord_1", buyer_id="shop", supplier_id="factory", payment_id="pay_1", amount_fen=1, currency="CNY",
        lines=order_lines(*skus, pieces=pieces),
    )  # fmt: skip


def order_lines(*skus: str, pieces: int = 2) -> tuple[OrderLine, ...]:
    return tuple(OrderLine(sku_id=sku, offer_id="off_1", quantity=pieces, unit_price_fen=1) for sku in skus)


def open_feedback(*skus: str, order: str = "ord_1", buyer: str = "shop") -> OpenFeedback:
    lines = tuple(DeliveredLine(sku_id=sku, pieces=2) for sku in skus or ("X-L", "X-M"))
    return OpenFeedback(order_id=order, buyer_id=buyer, supplier_id="factory", lines=lines)


def review(
    sku: str = "X-L", id: str = "rev_1", buyer: str = "shop", order: str = "ord_1", text: str = "", rating: int = 5
) -> SubmitReview:
    return SubmitReview(
        order_id=order, buyer_id=buyer, sku_id=sku, review_id=id, rating=rating, text=text, reply_to=GATEWAY
    )


def count_review(id: str = "rev_1", rating: int = 5, text: str = "") -> CountReview:
    return CountReview(sku_id="X-L", supplier_id="factory", review_id=id, rating=rating, text=text)


def count_sold(pieces: int, order: str = "ord_1", sku: str = "X-L") -> CountSold:
    return CountSold(sku_id=sku, supplier_id="factory", order_id=order, pieces=pieces)


def notify(id: str = "n1", minutes: int = 0) -> NotifySupplier:
    return NotifySupplier(
        supplier_id="factory", notice_id=id, kind="restock", title="restock", body="补货", sku_id="X-L",
        at=NOW + timedelta(minutes=minutes),
    )  # fmt: skip


def mark_read(seen: int) -> MarkNoticesRead:
    return MarkNoticesRead(supplier_id="factory", seen=seen, reply_to=GATEWAY)


def after(decide: Any, *messages: Message) -> Any:
    """The state after these messages."""
    state = None
    for message in messages:
        state = decide(state, message, NOW).state
    return state


def told(decision: Decision[Any], kind: type[Message]) -> list[Any]:
    """What a decision tells of one kind, replies included."""
    bodies = [message.message if isinstance(message, Sent) else message for message in decision.messages]
    return [body for body in bodies if isinstance(body, kind)]
