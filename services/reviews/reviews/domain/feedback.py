"""Feedback (评价): a buyer may review each line of a delivered order once."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from headwater.contracts.base import BuyerId, Done, Message, OrderId, Refused, Sent, SkuId, SupplierId
from headwater.contracts.orders import OrderDelivered, OrderPaid
from headwater.contracts.reviews import (
    CountReview,
    CountSold,
    DeliveredLine,
    OpenFeedback,
    ReviewAccepted,
    SubmitReview,
)
from headwater.decision import Decision, State
from reviews.domain.keywords import without_private

ACCEPTS = (OpenFeedback, SubmitReview)


class Feedback(State):
    """What of an order may be, and has been, reviewed."""

    order_id: OrderId
    buyer_id: BuyerId
    supplier_id: SupplierId
    lines: tuple[DeliveredLine, ...]
    reviews: dict[SkuId, str] = Field(default_factory=dict)
    """The review of each line that has one."""


def open_for(message: OrderDelivered, now: datetime) -> tuple[OpenFeedback]:
    """A delivered order may be reviewed."""
    lines = tuple(DeliveredLine(sku_id=line.sku_id, pieces=line.quantity) for line in message.lines)
    command = OpenFeedback(
        order_id=message.order_id, buyer_id=message.buyer_id, supplier_id=message.supplier_id, lines=lines
    )
    return (command,)


def count_sold(message: OrderPaid, now: datetime) -> tuple[CountSold, ...]:
    """A paid line is sold."""
    return tuple(
        CountSold(sku_id=line.sku_id, supplier_id=message.supplier_id, order_id=message.order_id, pieces=line.quantity)
        for line in message.lines
    )


def decide(feedback: Feedback | None, message: Message, now: datetime) -> Decision[Feedback]:
    """The outcome of one message for one order's feedback."""
    match message:
        case OpenFeedback() if feedback is None:
            opened = Feedback(
                order_id=message.order_id, buyer_id=message.buyer_id, supplier_id=message.supplier_id,
                lines=message.lines,
            )  # fmt: skip
            return Decision(opened)
        case SubmitReview():
            return submit(feedback, message)
        case _:
            return Decision(feedback)


def submit(feedback: Feedback | None, message: SubmitReview) -> Decision[Feedback]:
    """Take a review in, once per line and only from the buyer."""
    if feedback is not None and feedback.reviews.get(message.sku_id) == message.review_id:
        return Decision(feedback, _answer(message, Done(id=message.review_id)))
    fault = _why_not(feedback, message)
    if feedback is None or fault is not None:
        code, detail = fault or ("", "")
        return Decision(feedback, _answer(message, Refused(id=message.review_id, code=code, detail=detail)))
    text = without_private(message.text)
    reviewed = feedback.evolve(reviews={**feedback.reviews, message.sku_id: message.review_id})
    event = ReviewAccepted(
        order_id=feedback.order_id, sku_id=message.sku_id, supplier_id=feedback.supplier_id,
        review_id=message.review_id, rating=message.rating, text=text,
    )  # fmt: skip
    count = CountReview(
        sku_id=message.sku_id, supplier_id=feedback.supplier_id, review_id=message.review_id,
        rating=message.rating, text=text,
    )  # fmt: skip
    return Decision(reviewed, (event, count, *_answer(message, Done(id=message.review_id))))


def _why_not(feedback: Feedback | None, message: SubmitReview) -> tuple[str, str] | None:
    id = message.order_id
    if feedback is None:
        return "not_delivered", f"Order {id} is not delivered, or was so a moment ago: try again once it is."
    if message.buyer_id != feedback.buyer_id:
        return "not_your_order", f"Order {id} belongs to another buyer."
    if all(line.sku_id != message.sku_id for line in feedback.lines):
        return "not_in_order", f"Order {id} has no {message.sku_id}: GET /v1/orders/{id} shows what it has."
    if message.sku_id in feedback.reviews:
        return "already_reviewed", f"{message.sku_id} of order {id} has its review already; a line has one."
    return None


def _answer(message: SubmitReview, answer: Message) -> tuple[Sent, ...]:
    return (Sent(to=message.reply_to, message=answer),) if message.reply_to else ()
