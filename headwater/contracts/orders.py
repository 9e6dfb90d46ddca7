"""Orders: from placing to completion. An order has one supplier; its lines are priced by the catalog's quote."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from headwater.contracts.base import (
    BuyerId,
    CampaignId,
    CompanyId,
    Currency,
    Fen,
    InquiryId,
    Key,
    Message,
    OfferId,
    OrderId,
    Pieces,
    PoolId,
    ReplyTo,
    RequisitionId,
    ShareId,
    ShipmentId,
    ShortText,
    SkuId,
    SupplierId,
    UtcTime,
    Value,
    WarehouseId,
)
from headwater.contracts.campaigns import CampaignRun
from headwater.contracts.topics import ORDER_EVENTS, ORDER_INBOX

OrderStatus = Literal[
    "reserving", "confirmed", "paid", "shipped", "delivered", "completed", "refused", "cancelled", "expired"
]
"""1688's words: confirmed = waitbuyerpay, paid = waitsellersend, shipped = waitbuyerreceive, completed = success,
cancelled = cancel, refused and expired = terminated."""
OrderKind = Literal["goods", "sample", "trial", "pool"]
"""At which of an offer's prices: its ladder, its sample price (样品), half price once (五折试销), its pool's (拼单)."""


class OrderLine(Value):
    """So many pieces of a SKU at a price: the one that the quote gave for this basket."""

    sku_id: SkuId
    offer_id: OfferId
    quantity: Pieces
    unit_price_fen: Fen
    vouched_fen: Fen = 0
    """What of a piece's price the platform vouches for to the supplier, since others' orders made it so low."""


class Destination(Value):
    """Where the parcel goes. `city` is a name on the network; the rest is what a label needs."""

    city: ShortText
    address: ShortText
    consignee: ShortText
    phone: ShortText


class QuoteSeal(Value):
    """What makes a quote one of the catalog's; see `headwater.contracts.quotes`."""

    secret: Key
    """The name of the secret that it was made with."""
    expires_at: UtcTime
    mac: Annotated[str, Field(min_length=64, max_length=64, pattern="^[0-9a-f]+$")]


class CompanyPurchase(Value):
    """For which company (企业) an order is placed, and by which requisition. The buyer is the member who asked."""

    company_id: CompanyId
    requisition_id: RequisitionId
    po_number: Annotated[str, Field(max_length=60)] = ""
    """The company's own purchase order number (采购单号); several orders may have the same."""


class PoolPurchase(Value):
    """Of which pool (凑单) an order is, and of which share in it: the pool pays it, with what was paid at joining."""

    pool_id: PoolId
    share_id: ShareId


class MadeToOrder(Value):
    """That an order's goods do not exist yet: they are made for it, as a version of an inquiry (询价单) says."""

    inquiry_id: InquiryId
    version: Annotated[int, Field(ge=1, strict=True)]
    lead_days: Annotated[int, Field(ge=1, le=365, strict=True)]
    """From the payment until the factory has brought all of them into origin warehouses."""


class PlaceOrder(Message, to=ORDER_INBOX, key="order_id"):
    """Place an order at prices that the catalog has sealed. All lines are held in origin warehouses, or none.

    Answered, once the stock has spoken, by `OrderAnswer` (confirmed or refused). The same `order_id` with the same
    `fingerprint` is answered again with the order as it is now; with another fingerprint it is `Refused`
    (`idempotency_conflict`). `pay_within_s` shortens the platform's payment window, in seconds. Without the seal of a
    quote for exactly these lines it is `Refused` (`no_quote`, `forged_quote`), and after its time (`expired_quote`).
    `campaign`: the quote's; the goods are those that are set aside for it. Before it starts the order is `Refused`
    (`campaign_not_started`), by the broker's clock, and after its end (`campaign_over`).
    `together`: once all is held it is answered by `OrderHeld` first, and confirmed by `ConfirmOrder` only.
    An order of kind pool is placed by a pool, else it is `Refused` (`join_a_pool`), and it is paid by that pool alone.
    `made`: no stock is asked for before the goods are made; the order is confirmed at once (see `production`).
    """

    order_id: OrderId
    buyer_id: BuyerId
    supplier_id: SupplierId
    currency: Currency
    lines: Annotated[tuple[OrderLine, ...], Field(min_length=1, max_length=100)]
    destination: Destination
    fingerprint: Annotated[str, Field(max_length=64)]
    out_order_id: Key | None = None
    pay_within_s: Annotated[int, Field(ge=1, le=86_400, strict=True)] | None = None
    kind: OrderKind = "goods"
    seal: QuoteSeal | None = None
    together: bool = False
    campaign: CampaignRun | None = None
    company: CompanyPurchase | None = None
    made: MadeToOrder | None = None
    pool: PoolPurchase | None = None
    reply_to: ReplyTo | None = None


class OrderHeld(Message):
    """The reply to a `PlaceOrder` that is to be confirmed together with others: all its lines are held."""

    order_id: OrderId


class ConfirmOrder(Message, to=ORDER_INBOX, key="order_id"):
    """The others are held as well: the order is confirmed, and its payment window begins.

    Whoever placed it is answered by `OrderAnswer`, as by any other order.
    """

    order_id: OrderId


class PayOrder(Message, to=ORDER_INBOX, key="order_id"):
    """The buyer's money has arrived at the platform. Answered by `OrderAnswer` or `Refused`.

    The same `payment_id` counts once. `insured`: the amount has the premium of freight insurance (运费险) in it.
    """

    order_id: OrderId
    buyer_id: BuyerId
    payment_id: Key
    amount_fen: Fen
    pool_id: PoolId | None = None
    """The pool that pays it, of what its buyer paid at joining; None: the buyer does."""
    reply_to: ReplyTo | None = None
    insured: bool = False


class CancelOrder(Message, to=ORDER_INBOX, key="order_id"):
    """The buyer takes the order back, before payment. Answered by `OrderAnswer` or `Refused`."""

    order_id: OrderId
    buyer_id: BuyerId
    reason: ShortText
    reply_to: ReplyTo | None = None


class AcceptOrder(Message, to=ORDER_INBOX, key="order_id"):
    """The buyer confirms receipt (确认收货). Answered by `OrderAnswer` or `Refused`."""

    order_id: OrderId
    buyer_id: BuyerId
    reply_to: ReplyTo | None = None


class OrderAnswer(Message):
    """The reply to a command: the order as it is now. `refusal` says why when `status` is refused."""

    order_id: OrderId
    status: OrderStatus
    total_fen: Fen
    currency: Currency
    pay_by: UtcTime | None = None
    refusal: str | None = None
    premium_fen: Fen = 0
    """What was paid for freight insurance, besides the total."""


class Allocation(Value):
    """Pieces of a SKU that an origin warehouse holds for the order."""

    sku_id: SkuId
    warehouse_id: WarehouseId
    pieces: Pieces


class OrderPlaced(Message, to=ORDER_EVENTS, key="order_id"):
    """An order came in; its stock has been asked for."""

    order_id: OrderId
    buyer_id: BuyerId
    supplier_id: SupplierId
    lines: tuple[OrderLine, ...]
    total_fen: Fen
    currency: Currency
    city: str
    out_order_id: Key | None = None
    kind: OrderKind = "goods"
    campaign_id: CampaignId | None = None
    company: CompanyPurchase | None = None


class OrderConfirmed(Message, to=ORDER_EVENTS, key="order_id"):
    """Every line is held; the buyer may pay until `pay_by`."""

    order_id: OrderId
    buyer_id: BuyerId
    allocations: tuple[Allocation, ...]
    pay_by: UtcTime


class OrderRefused(Message, to=ORDER_EVENTS, key="order_id"):
    """At least one line could not be held; what was held has been released."""

    order_id: OrderId
    buyer_id: BuyerId
    reason: str
    trials: tuple[OfferId, ...] = ()
    """The offers of which it was the buyer's half-price trial, which may be had again."""
    samples: tuple[SkuId, ...] = ()
    """The SKUs of which it was samples, which may be had again."""
    company: CompanyPurchase | None = None


class OrderPaid(Message, to=ORDER_EVENTS, key="order_id"):
    """The order is paid in full; its shipments have been asked for."""

    order_id: OrderId
    buyer_id: BuyerId
    supplier_id: SupplierId
    payment_id: Key
    amount_fen: Fen
    currency: Currency
    lines: tuple[OrderLine, ...]
    company: CompanyPurchase | None = None
    late: bool = False
    """Whether it was paid in the last tenth of its payment window: its goods were held nearly all of it."""


class OrderShipped(Message, to=ORDER_EVENTS, key="order_id"):
    """A carrier has the first parcel of the order."""

    order_id: OrderId
    buyer_id: BuyerId
    shipment_id: ShipmentId


class OrderDelivered(Message, to=ORDER_EVENTS, key="order_id"):
    """Every parcel has arrived; the buyer may accept until `accept_by`, then it is accepted for them."""

    order_id: OrderId
    buyer_id: BuyerId
    supplier_id: SupplierId
    lines: tuple[OrderLine, ...]
    accept_by: UtcTime
    trials: tuple[OfferId, ...] = ()
    """The offers of which it was the buyer's half-price trial, which it now decides on."""


class OrderAccepted(Message, to=ORDER_EVENTS, key="order_id"):
    """The goods are accepted: by the buyer, or by the end of the acceptance window."""

    order_id: OrderId
    buyer_id: BuyerId
    by: Literal["buyer", "window"]


class OrderCompleted(Message, to=ORDER_EVENTS, key="order_id"):
    """The order is done and its money belongs to the supplier."""

    order_id: OrderId
    buyer_id: BuyerId
    supplier_id: SupplierId
    settled_fen: Fen
    currency: Currency


class OrderCancelled(Message, to=ORDER_EVENTS, key="order_id"):
    """The buyer took the order back; what was held has been released, and what was paid goes back."""

    order_id: OrderId
    buyer_id: BuyerId
    reason: str
    trials: tuple[OfferId, ...] = ()
    """The offers of which it was the buyer's half-price trial, which may be had again."""
    samples: tuple[SkuId, ...] = ()
    """The SKUs of which it was samples, which may be had again."""
    company: CompanyPurchase | None = None
    refunded_fen: Fen = 0
    """What the buyer had paid and has back."""
    held: bool = False
    """Whether its goods were held for the buyer, who could have paid."""


class OrderExpired(Message, to=ORDER_EVENTS, key="order_id"):
    """The payment window closed without payment; what was held has been released."""

    order_id: OrderId
    buyer_id: BuyerId
    trials: tuple[OfferId, ...] = ()
    """The offers of which it was the buyer's half-price trial, which may be had again."""
    samples: tuple[SkuId, ...] = ()
    """The SKUs of which it was samples, which may be had again."""
    company: CompanyPurchase | None = None
