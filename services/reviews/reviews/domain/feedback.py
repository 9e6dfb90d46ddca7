"""Feedback (评价): a buyer may review each line of a delivered order once."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from headwater.contracts.base import BuyerId, Done, Message, OrderId, Refused, Sent, SkuId, SupplierId, Value
from headwater.contracts.orders import OrderDelivered
from headwater.contracts.reviews import CountReview, DeliveredLine, OpenFeedback, ReviewAccepted, SubmitReview
from headwater.decision import Decision, State
from reviews.domain.keywords import without_private

ACCEPTS = (OpenFeedback, SubmitReview)


class Line(Value):
    """A delivered SKU of an order, and its one review."""

    sku_id: SkuId
    pieces: int
    """Pieces delivered."""
    review_id: str | None = None
    """None as long as it may be reviewed."""


class Feedback(State):
    """What of an order may be, and has been, reviewed. A SKU stands on one line."""

    order_id: OrderId
    buyer_id: BuyerId
    supplier_id: SupplierId
    lines: tuple[Line, ...]

    def line(self, sku_id: SkuId) -> Line | None:
        """The line of a SKU, None if the order has none of it."""
        return next((line for line in self.lines if line.sku_id == sku_id), None)

    def has_review(self, review_id: str) -> bool:
        """Whether a line has the review of this id."""
        return any(line.review_id == review_id for line in self.lines)

    def with_review(self, sku_id: SkuId, review_id: str) -> Feedback:
        """The same after the line of a SKU was reviewed."""
        reviewed = {"review_id": review_id}
        return self.evolve(
            lines=tuple(line.model_copy(update=reviewed) if line.sku_id == sku_id else line for line in self.lines)
        )


def open_for(message: OrderDelivered, now: datetime) -> tuple[OpenFeedback]:
    """A delivered order may be reviewed."""
    lines = tuple(DeliveredLine(sku_id=line.sku_id, pieces=line.quantity) for line in message.lines)
    command = OpenFeedback(
        order_id=message.order_id, buyer_id=message.buyer_id, supplier_id=message.supplier_id, lines=lines
    )
    return (command,)


def decide(feedback: Feedback | None, message: Message, now: datetime) -> Decision[Feedback]:
    """The outcome of one message for one order's feedback."""
    match message:
        case OpenFeedback() if feedback is None:
            return Decision(opened(message))
        case SubmitReview():
            return submit(feedback, message)
        case _:
            return Decision(feedback)


def opened(message: OpenFeedback) -> Feedback:
    """Feedback with no review yet."""
    pieces: Counter[SkuId] = Counter()
    for line in message.lines:
        pieces[line.sku_id] += line.pieces
    return Feedback(
        order_id=message.order_id, buyer_id=message.buyer_id, supplier_id=message.supplier_id,
        lines=tuple(Line(sku_id=sku_id, pieces=count) for sku_id, count in pieces.items()),
    )  # fmt: skip


def submit(feedback: Feedback | None, message: SubmitReview) -> Decision[Feedback]:
    """Take a review in, once per line and only from the buyer."""
    id, sku_id, review_id = message.order_id, message.sku_id, message.review_id
    if feedback is None:
        detail = f"Order {id} is not delivered yet, or not known here: try again once it is."
        return refuse(feedback, message, "not_delivered", detail)
    if message.buyer_id != feedback.buyer_id:
        return refuse(feedback, message, "not_your_order", f"Order {id} belongs to another buyer: name one of yours.")
    line = feedback.line(sku_id)
    if line is None:
        detail = f"Order {id} has no {sku_id}: GET /v1/orders/{id} shows what it has."
        return refuse(feedback, message, "not_in_order", detail)
    if line.review_id == review_id:
        return Decision(feedback, _answer(message, Done(id=review_id)))
    if line.review_id is not None:
        detail = f"{sku_id} of order {id} has its review already, {line.review_id}: a line is reviewed once."
        return refuse(feedback, message, "already_reviewed", detail)
    if feedback.has_review(review_id):
        detail = f"Review {review_id} is of another line of order {id}: give each review an id of its own."
        return refuse(feedback, message, "review_id_taken", detail)
    return accept(feedback, message)


def accept(feedback: Feedback, message: SubmitReview) -> Decision[Feedback]:
    """Announce the review without what is private in it, and let its SKU count it."""
    text = without_private(message.text)
    event = ReviewAccepted(
        order_id=feedback.order_id, sku_id=message.sku_id, supplier_id=feedback.supplier_id,
        review_id=message.review_id, rating=message.rating, text=text,
    )  # fmt: skip
    count = CountReview(
        sku_id=message.sku_id, supplier_id=feedback.supplier_id, review_id=message.review_id,
        rating=message.rating, text=text,
    )  # fmt: skip
    reviewed = feedback.with_review(message.sku_id, message.review_id)
    return Decision(reviewed, (event, count, *_answer(message, Done(id=message.review_id))))


def refuse(feedback: Feedback | None, message: SubmitReview, code: str, detail: str) -> Decision[Feedback]:
    """Nothing changes; whoever asked is told why."""
    return Decision(feedback, _answer(message, Refused(id=message.review_id, code=code, detail=detail)))


def _answer(message: SubmitReview, answer: Message) -> tuple[Sent, ...]:
    return (Sent(to=message.reply_to, message=answer),) if message.reply_to else ()
