"""What is known of an order, and the policy of the house."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from pydantic import Field

from headwater.contracts.base import (
    BuyerId,
    CampaignId,
    Currency,
    OfferId,
    OrderId,
    ReplyTo,
    Sent,
    ShipmentId,
    SkuId,
    SupplierId,
    UtcTime,
    Value,
)
from headwater.contracts.logistics import ShipmentStatus
from headwater.contracts.orders import (
    Allocation,
    CompanyPurchase,
    Destination,
    MadeToOrder,
    OrderAnswer,
    OrderKind,
    OrderLine,
    OrderStatus,
    PoolPurchase,
)
from headwater.contracts.production import ProductionStage
from headwater.contracts.quotes import Secrets
from headwater.decision import State
from orders.domain.batches import Batch
from orders.domain.ledger import Posting, vouched_fen
from orders.domain.levels import is_late
from orders.domain.refund_state import Case

Happening = Literal[
    "placed", "confirmed", "refused", "paid", "overdue", "received", "held_up", "reserved", "shipped", "delivered",
    "accepted", "completed", "cancelled", "expired", "refunded",
]  # fmt: skip


class Windows(NamedTuple):
    """How long each side of a refund has."""

    ask: timedelta = timedelta(days=7)
    """For the buyer to ask after the delivery, while the goods are not accepted."""
    answer: timedelta = timedelta(days=3)
    """For the supplier to answer or to inspect a return, and for the buyer to dispute a refusal."""
    send_back: timedelta = timedelta(days=7)
    """For the buyer to send goods back."""


class Policy(NamedTuple):
    """How long the house waits, and whose prices it trusts."""

    secrets: Secrets
    """Of the catalog's seals."""
    payment_window: timedelta = timedelta(minutes=30)
    """For the buyer's payment, from the confirmation on."""
    acceptance_window: timedelta = timedelta(days=7)
    """For the buyer's acceptance, from the delivery on; then the goods count as accepted."""
    trial_decision: timedelta = timedelta(days=7)
    """For the buyer to sign after a trial, from the delivery on; then it has walked away."""
    refunds: Windows = Windows()


class Step(Value):
    """One line of an order's history."""

    what: Happening
    at: UtcTime
    note: str = ""


class Production(Value):
    """How far the goods of a made-to-order order are."""

    made: MadeToOrder
    stage: ProductionStage = "agreed"
    made_by: UtcTime | None = None
    """Known from the payment on."""
    batches: tuple[Batch, ...] = ()


class Order(State):
    """An order (订单) of one buyer with one supplier, from placing to its end."""

    order_id: OrderId
    buyer_id: BuyerId
    supplier_id: SupplierId
    currency: Currency
    lines: tuple[OrderLine, ...]
    destination: Destination
    fingerprint: str
    """Tells whether a repeated `PlaceOrder` asks for the same."""
    out_order_id: str | None
    """The buyer's own number of this order."""
    total_fen: int
    kind: OrderKind = "goods"
    status: OrderStatus
    placed_at: datetime
    pay_within_s: int | None
    history: tuple[Step, ...]
    reply_to: ReplyTo | None = None
    """Who waits to hear whether the order is confirmed; None once it was told."""
    together: bool = False
    """Whether it is confirmed only when its checkout says so."""
    campaign_id: CampaignId | None = None
    """Whose set-aside pieces it was placed for; None: for what is free to everyone."""
    company: CompanyPurchase | None = None
    """The company that it is placed for, if any."""
    pool: PoolPurchase | None = None
    """Of an order at a pool's price: the pool that pays it."""
    allocations: tuple[Allocation, ...] = ()
    """What origin warehouses hold, or held, for it."""
    pay_by: datetime | None = None
    accept_by: datetime | None = None
    payment_id: str | None = None
    paid_fen: int = 0
    """What the buyer has paid of the total and not got back."""
    settled_fen: int = 0
    """What belongs to the supplier."""
    refunded_fen: int = 0
    """What the buyer had paid and has back."""
    unvouched_fen: int = 0
    """What the platform had vouched for and has back."""
    premium_fen: int = 0
    """What was paid for freight insurance, besides the total."""
    cases: tuple[Case, ...] = ()
    """The requests for money back, in the order that they came in."""
    production: Production | None = None
    """Of goods that are made for it; None for goods that exist."""
    shipments: dict[ShipmentId, ShipmentStatus] = Field(default_factory=dict)
    postings: dict[str, Posting] = Field(default_factory=dict)
    """What it has posted, stored as parts. A rule adds some and reads none: the order itself tells how far it is."""
    refusal: str | None = None

    @property
    def is_held(self) -> bool:
        """Whether origin warehouses hold all of its lines."""
        return len({held.sku_id for held in self.allocations}) == len(self.lines)

    @property
    def left_fen(self) -> int:
        """What is left for the supplier after refunds: paid, or vouched for, and not given back; released at the end.

        While the order is paid and not over, escrow holds exactly this for it.
        """
        return self.paid_fen + vouched_fen(self.lines) - self.unvouched_fen if self.paid_fen else 0

    @property
    def is_over(self) -> bool:
        """Whether nothing more can happen to it."""
        return self.status in {"completed", "refused", "cancelled", "expired"}

    def pays_late(self, now: datetime) -> bool:
        """Whether a payment now is one in the last tenth of its window, by the order's time, which never goes back."""
        now = max(now, self.history[-1].at)
        confirmed_at = next((step.at for step in reversed(self.history) if step.what == "confirmed"), None)
        return confirmed_at is not None and self.pay_by is not None and is_late(confirmed_at, self.pay_by, now)

    @property
    def trials(self) -> tuple[OfferId, ...]:
        """The offers of which it is the buyer's half-price trial."""
        return tuple(dict.fromkeys(line.offer_id for line in self.lines)) if self.kind == "trial" else ()

    @property
    def samples(self) -> tuple[SkuId, ...]:
        """The SKUs of which it is samples."""
        return tuple(line.sku_id for line in self.lines) if self.kind == "sample" else ()

    def happened(self, what: Happening, at: datetime, note: str = "") -> tuple[Step, ...]:
        """The history with one step more; time does not go back in it."""
        return (*self.history, Step(what=what, at=max(at, self.history[-1].at), note=note))

    def answer(self) -> OrderAnswer:
        """The order as it is now, for whoever asks."""
        return OrderAnswer(
            order_id=self.order_id, status=self.status, total_fen=self.total_fen, currency=self.currency,
            pay_by=self.pay_by, refusal=self.refusal, premium_fen=self.premium_fen,
        )  # fmt: skip

    def tell(self, reply_to: ReplyTo | None) -> tuple[Sent, ...]:
        """The answer, to someone who wants one."""
        return (Sent(to=reply_to, message=self.answer()),) if reply_to else ()
