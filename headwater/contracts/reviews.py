"""Reviews: feedback for delivered lines, counters per SKU, and notices to suppliers."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from headwater.contracts.base import (
    BuyerId,
    Key,
    Message,
    OrderId,
    Pieces,
    ReplyTo,
    SkuId,
    SupplierId,
    UtcTime,
    Value,
)
from headwater.contracts.topics import ALERT_EVENTS, FEEDBACK_EVENTS, FEEDBACK_INBOX, NOTICES_INBOX, SKU_INBOX

Rating = Annotated[int, Field(ge=1, le=5, strict=True)]
ReviewText = Annotated[str, Field(max_length=2000)]


class DeliveredLine(Value):
    """A line that its buyer may review."""

    sku_id: SkuId
    pieces: Pieces


class OpenFeedback(Message, to=FEEDBACK_INBOX, key="order_id"):
    """The order is delivered: its buyer may review each of its lines once."""

    order_id: OrderId
    buyer_id: BuyerId
    supplier_id: SupplierId
    lines: tuple[DeliveredLine, ...]


class SubmitReview(Message, to=FEEDBACK_INBOX, key="order_id"):
    """A buyer's review (评价) of one line. Answered by `Done` (the review's id) or `Refused`.

    The same `review_id` counts once.
    """

    order_id: OrderId
    buyer_id: BuyerId
    sku_id: SkuId
    review_id: Key
    rating: Rating
    text: ReviewText
    reply_to: ReplyTo | None = None


class ReviewAccepted(Message, to=FEEDBACK_EVENTS, key="order_id"):
    """A review of a delivered line has been taken in."""

    order_id: OrderId
    sku_id: SkuId
    supplier_id: SupplierId
    review_id: Key
    rating: Rating
    text: ReviewText


class CountReview(Message, to=SKU_INBOX, key="sku_id"):
    """Add a review to its SKU's counters."""

    sku_id: SkuId
    supplier_id: SupplierId
    review_id: Key
    rating: Rating
    text: ReviewText


class CountSold(Message, to=SKU_INBOX, key="sku_id"):
    """Add sold (paid) pieces to the SKU's counter."""

    sku_id: SkuId
    supplier_id: SupplierId
    order_id: OrderId
    pieces: Pieces


class RestockSuggested(Message, to=ALERT_EVENTS, key="sku_id"):
    """A SKU sold past a threshold: "XI66781 sold over 10,000, restock" (补货)."""

    sku_id: SkuId
    supplier_id: SupplierId
    sold: Pieces
    threshold: Pieces


class NotifySupplier(Message, to=NOTICES_INBOX, key="supplier_id"):
    """Put a notice into a supplier's inbox; the same `notice_id` is told once."""

    supplier_id: SupplierId
    notice_id: Key
    kind: Literal["restock"]
    title: str
    body: str
    sku_id: SkuId | None = None
    at: UtcTime


class MarkNoticesRead(Message, to=NOTICES_INBOX, key="supplier_id"):
    """The supplier has seen its notices. Answered by `Done` or `Refused`.

    `seen` is the `total` that came with them: the first so many are read, and what has come in since stays unread.
    """

    supplier_id: SupplierId
    seen: Annotated[int, Field(ge=0, le=10**9, strict=True)]
    reply_to: ReplyTo | None = None
