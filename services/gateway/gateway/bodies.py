"""The bodies that the API takes. Money in fen, quantities in pieces; a field that is not known is an error."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from headwater.contracts.base import (
    CampaignId,
    Currency,
    Fen,
    Key,
    OfferId,
    Pieces,
    ShortText,
    SkuId,
    SupplierId,
    Value,
    WarehouseId,
)
from headwater.contracts.catalog import Level, Making, MixedBatch, OfferContents, PriceRange, Sku
from headwater.contracts.orders import Destination, OrderKind
from headwater.contracts.quotes import SealedQuote
from headwater.contracts.reviews import Rating, ReviewText


class SupplierBody(Value):
    """A source factory. Without an id it gets one by the Idempotency-Key, or a new one."""

    supplier_id: SupplierId | None = None
    name: ShortText
    name_zh: ShortText
    town: ShortText
    makes: Annotated[tuple[Making, ...], Field(max_length=50)] = ()
    certificates: Annotated[tuple[ShortText, ...], Field(max_length=50)] = ()
    mixed_batch: MixedBatch | None = None


class RevisionBody(OfferContents):
    """All that an offer says from now on: goods in colour x size SKUs with a ladder of prices."""

    currency: Currency = "CNY"
    price_ranges: Annotated[tuple[PriceRange, ...], Field(min_length=1, max_length=10)]
    skus: Annotated[tuple[Sku, ...], Field(min_length=1, max_length=200)]


class OfferBody(RevisionBody):
    """An offer. Without an id it gets one, as a supplier does."""

    offer_id: OfferId | None = None
    supplier_id: SupplierId


class DraftBody(OfferContents):
    """An offer that may still lack SKUs and prices. Without an id it gets one."""

    offer_id: OfferId | None = None
    supplier_id: SupplierId
    currency: Currency = "CNY"
    min_order_quantity: Pieces = 1
    price_ranges: Annotated[tuple[PriceRange, ...], Field(max_length=10)] = ()
    skus: Annotated[tuple[Sku, ...], Field(max_length=200)] = ()


class DescriptionBody(Value):
    """What a supplier says of goods, of which a draft is proposed.

    A title of up to 200 characters, up to 5,000 of text, up to 20 names of pictures: the catalog says what to do about
    more.
    """

    title: str = ""
    text: str = ""
    pictures: tuple[str, ...] = ()
    """One that is no picture's name is left out, and the answer says so."""
    supplier_id: SupplierId | None = None
    """Whose it will be: the proposed ids of SKUs depend on it."""


class PricesBody(Value):
    """New prices of an offer."""

    change_id: Key | None = None
    price_ranges: Annotated[tuple[PriceRange, ...], Field(min_length=1, max_length=10)]


class LevelBody(Value):
    """A buyer's level; none takes it away."""

    level: Level | None


class ReasonBody(Value):
    """Why."""

    reason: Annotated[str, Field(min_length=1, max_length=200)]


class ReceiptBody(Value):
    """Goods that came into an origin warehouse."""

    sku_id: SkuId
    warehouse_id: WarehouseId
    pieces: Pieces
    receipt_id: Key | None = None


class BasketLineBody(Value):
    """So many pieces of a SKU, of its owner's offer or of the one that is named: a co-distributor's."""

    sku_id: SkuId
    quantity: Pieces
    offer_id: OfferId | None = None


class BasketBody(Value):
    """A basket to be priced, as goods, samples, a half-price trial, or a pool's."""

    kind: OrderKind = "goods"
    lines: Annotated[tuple[BasketLineBody, ...], Field(min_length=1, max_length=100)]
    campaign_id: CampaignId | None = None
    """At this campaign's prices, of what is set aside for it."""


class PromiseBody(Value):
    """What is wanted, and where."""

    sku_id: SkuId
    pieces: Pieces
    city: ShortText


class OrderBody(Value):
    """An order of one supplier's goods, and where it goes: at a quote's sealed prices, or at those of this moment."""

    lines: Annotated[tuple[BasketLineBody, ...], Field(max_length=100)] = ()
    kind: OrderKind = "goods"
    campaign_id: CampaignId | None = None
    quote: SealedQuote | None = None
    """One of the `sealed` of `POST /v1/quote`, as it came; instead of `lines` and `kind`."""
    destination: Destination
    out_order_id: Key | None = None
    pay_within_s: Annotated[int, Field(ge=1, le=86_400, strict=True)] | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> OrderBody:
        if bool(self.lines) == (self.quote is not None):
            raise ValueError("give either lines, which are priced now, or a sealed quote, which has its own")
        return self


class CheckoutBody(Value):
    """A basket over several suppliers, and where it goes: at quotes' sealed prices, or at those of this moment."""

    lines: Annotated[tuple[BasketLineBody, ...], Field(max_length=100)] = ()
    kind: OrderKind = "goods"
    campaign_id: CampaignId | None = None
    quotes: Annotated[tuple[SealedQuote, ...], Field(max_length=20)] = ()
    """All of the `sealed` of `POST /v1/quote`, or some, as they came; instead of `lines` and `kind`."""
    all_or_none: bool = False
    """No order is confirmed unless all are."""
    destination: Destination
    out_order_id: Key | None = None
    pay_within_s: Annotated[int, Field(ge=1, le=86_400, strict=True)] | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> CheckoutBody:
        if bool(self.lines) == bool(self.quotes):
            raise ValueError("give either lines, which are priced now, or sealed quotes, which have their own")
        return self


class PaymentBody(Value):
    """The buyer's payment: exactly the order's total; `insured`, with its `premium_fen` (运费险)."""

    payment_id: Key | None = None
    amount_fen: Fen
    insured: bool = False


class ReviewBody(Value):
    """A review of one line."""

    sku_id: SkuId
    rating: Rating
    text: ReviewText
    review_id: Key | None = None


class NothingBody(Value):
    """Nothing needs to be said."""


class SeenBody(Value):
    """How many notices the supplier has seen: the `total` that came with them."""

    seen: Annotated[int, Field(ge=0, le=10**9, strict=True)]


class WithdrawEnrolmentBody(Value):
    """Whose offer is taken back."""

    supplier_id: SupplierId
