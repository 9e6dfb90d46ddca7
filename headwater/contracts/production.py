"""Goods that are made to order (定制生产): what their factory reports, and how far they are."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from headwater.contracts.base import (
    BuyerId,
    InquiryId,
    Key,
    Message,
    OrderId,
    Pieces,
    ReplyTo,
    SkuId,
    SupplierId,
    UtcTime,
    Value,
    WarehouseId,
)
from headwater.contracts.orders import OrderLine
from headwater.contracts.topics import INQUIRY_EVENTS, ORDER_INBOX

ProductionStage = Literal["agreed", "producing", "overdue", "received", "held_up", "reserved"]
"""agreed: not paid yet; received: all pieces are in origin warehouses, and asked for; held_up: they could not be held;
reserved: they go to the buyer as those of any order do."""


class BatchLine(Value):
    """Pieces of a SKU in one batch."""

    sku_id: SkuId
    pieces: Pieces


class BatchFinished(Message, to=ORDER_INBOX, key="order_id"):
    """The factory has made a batch of an order and brought it into an origin warehouse (入库).

    Answered by `Done` when it is taken up; the same `batch_id` counts once. `Refused`: `not_your_order`,
    `not_producing`, `not_in_order` (a SKU), `too_many_pieces` (more than are lacking), `idempotency_conflict`.
    """

    order_id: OrderId
    supplier_id: SupplierId
    batch_id: Key
    warehouse_id: WarehouseId
    lines: Annotated[tuple[BatchLine, ...], Field(min_length=1, max_length=100)]
    reply_to: ReplyTo | None = None


class ProductionStarted(Message, to=INQUIRY_EVENTS, key="inquiry_id"):
    """A made-to-order order is paid: the factory makes these goods until `made_by`."""

    inquiry_id: InquiryId
    order_id: OrderId
    supplier_id: SupplierId
    lines: tuple[OrderLine, ...]
    made_by: UtcTime


class ProductionOverdue(Message, to=INQUIRY_EVENTS, key="inquiry_id"):
    """The goods are not all there at `made_by`: the buyer may wait, or cancel the order and have the money back."""

    inquiry_id: InquiryId
    order_id: OrderId
    buyer_id: BuyerId
    supplier_id: SupplierId
    made_by: UtcTime


class ProductionReceived(Message, to=INQUIRY_EVENTS, key="inquiry_id"):
    """All of an order's goods are in origin warehouses; from here on it goes as any order does."""

    inquiry_id: InquiryId
    order_id: OrderId


class ProductionHeldUp(Message, to=INQUIRY_EVENTS, key="inquiry_id"):
    """The goods are made, and cannot be held for the order: the buyer may cancel it and have the money back."""

    inquiry_id: InquiryId
    order_id: OrderId
    reason: str
