"""Checkouts: one basket over several suppliers becomes an order with each, all of them or as many as there are."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from headwater.contracts.base import (
    BuyerId,
    CheckoutId,
    Fen,
    Key,
    Message,
    OrderId,
    ReplyTo,
    SupplierId,
    Value,
)
from headwater.contracts.orders import CompanyPurchase, Destination
from headwater.contracts.quotes import SealedQuote
from headwater.contracts.topics import CHECKOUT_EVENTS, CHECKOUT_INBOX

CheckoutStatus = Literal["placing", "confirming", "confirmed", "partly", "refused"]
"""placing: the suppliers' stock is asked for; confirming: all of it is held; partly: some orders are confirmed."""
MemberStatus = Literal["asked", "held", "confirmed", "refused", "cancelled"]


class CheckoutOrder(Value):
    """An order of a checkout, as far as the checkout has heard of it. What comes after the payment it does not hear."""

    order_id: OrderId
    supplier_id: SupplierId
    total_fen: Fen
    status: MemberStatus = "asked"
    why: str = ""
    """Why it was refused or cancelled."""


class PlaceCheckout(Message, to=CHECKOUT_INBOX, key="checkout_id"):
    """Place an order for each part of a sealed quote. Answered by `CheckoutAnswer` when all have their stock, or not.

    `all_or_none`: no order is confirmed before all are held, and if one cannot be held, none is. The same
    `checkout_id` with the same `fingerprint` is answered again with the checkout as it is now; with another fingerprint
    it is `Refused` (`idempotency_conflict`).
    """

    checkout_id: CheckoutId
    buyer_id: BuyerId
    parts: Annotated[tuple[SealedQuote, ...], Field(min_length=1, max_length=20)]
    all_or_none: bool = False
    destination: Destination
    fingerprint: Annotated[str, Field(max_length=64)]
    out_order_id: Key | None = None
    pay_within_s: Annotated[int, Field(ge=1, le=86_400, strict=True)] | None = None
    company: CompanyPurchase | None = None
    """On whose behalf, which each of its orders says as well."""
    reply_to: ReplyTo | None = None


class CheckoutAnswer(Message):
    """The reply: the checkout with its orders as it is now."""

    checkout_id: CheckoutId
    status: CheckoutStatus
    total_fen: Fen
    """Of the orders that are not refused or cancelled."""
    orders: tuple[CheckoutOrder, ...]


class CheckoutSettled(Message, to=CHECKOUT_EVENTS, key="checkout_id"):
    """Every order of a checkout is confirmed, or will not be."""

    checkout_id: CheckoutId
    buyer_id: BuyerId
    status: Literal["confirmed", "partly", "refused"]
    orders: tuple[CheckoutOrder, ...]
