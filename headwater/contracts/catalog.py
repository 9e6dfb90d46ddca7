"""Catalog: suppliers (供应商), offers (货源) with colour x size SKUs, and quantity price ranges (阶梯价)."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from headwater.contracts.base import (
    Currency,
    Fen,
    Key,
    Message,
    OfferId,
    Pieces,
    ReplyTo,
    ShortText,
    SkuId,
    SupplierId,
    Value,
)
from headwater.contracts.topics import (
    CATALOG_OFFER_EVENTS,
    CATALOG_OFFER_INBOX,
    CATALOG_SUPPLIER_EVENTS,
    CATALOG_SUPPLIER_INBOX,
)


class PriceRange(Value):
    """From `start_quantity` pieces on, a piece costs `price_fen` (1688: `priceRangeList[]{startQuantity, price}`)."""

    start_quantity: Pieces
    price_fen: Annotated[Fen, Field(ge=1)]


class Sku(Value):
    """One colour and size of an offer (规格)."""

    sku_id: SkuId
    colour: ShortText
    size: ShortText


class RegisterSupplier(Message, to=CATALOG_SUPPLIER_INBOX, key="supplier_id"):
    """Register a source factory (源头工厂), or change what is known of it. Answered by `Done` or `Refused`."""

    supplier_id: SupplierId
    name: ShortText
    name_zh: ShortText
    town: ShortText
    reply_to: ReplyTo | None = None


class SupplierRegistered(Message, to=CATALOG_SUPPLIER_EVENTS, key="supplier_id"):
    """A supplier is known, or its description changed."""

    supplier_id: SupplierId
    name: str
    name_zh: str
    town: str


class ListOffer(Message, to=CATALOG_OFFER_INBOX, key="offer_id"):
    """List an offer (上架), or list it anew after it was delisted. Answered by `Done` or `Refused`.

    The same offer listed twice with the same contents is done already; with other contents it is refused: prices
    change by `ChangePrices`. With a `change_id` it is applied once, so that a late repeat does not undo a delisting.
    """

    offer_id: OfferId
    supplier_id: SupplierId
    subject: ShortText
    subject_zh: ShortText
    currency: Currency
    min_order_quantity: Pieces
    price_ranges: Annotated[tuple[PriceRange, ...], Field(min_length=1, max_length=10)]
    skus: Annotated[tuple[Sku, ...], Field(min_length=1, max_length=200)]
    change_id: Key | None = None
    reply_to: ReplyTo | None = None


class ChangePrices(Message, to=CATALOG_OFFER_INBOX, key="offer_id"):
    """Replace an offer's price ranges. Answered by `Done` or `Refused`.

    `change_id` is the caller's; the same one twice is applied once, and with other prices it is refused
    (`idempotency_conflict`).
    """

    offer_id: OfferId
    change_id: Key
    price_ranges: Annotated[tuple[PriceRange, ...], Field(min_length=1, max_length=10)]
    reply_to: ReplyTo | None = None


class DelistOffer(Message, to=CATALOG_OFFER_INBOX, key="offer_id"):
    """Take an offer off the shelf (下架), with a reason. Answered by `Done` or `Refused`.

    With a `change_id` it is applied once, so that a late repeat does not undo a new listing.
    """

    offer_id: OfferId
    reason: ShortText
    change_id: Key | None = None
    reply_to: ReplyTo | None = None


class OfferListed(Message, to=CATALOG_OFFER_EVENTS, key="offer_id"):
    """An offer can be ordered from now on."""

    offer_id: OfferId
    supplier_id: SupplierId
    subject: str
    subject_zh: str
    currency: Currency
    min_order_quantity: Pieces
    price_ranges: tuple[PriceRange, ...]
    skus: tuple[Sku, ...]


class PricesChanged(Message, to=CATALOG_OFFER_EVENTS, key="offer_id"):
    """An offer's price ranges from now on."""

    offer_id: OfferId
    price_ranges: tuple[PriceRange, ...]


class OfferDelisted(Message, to=CATALOG_OFFER_EVENTS, key="offer_id"):
    """An offer can no longer be ordered."""

    offer_id: OfferId
    reason: str
