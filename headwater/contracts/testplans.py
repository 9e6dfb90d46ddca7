"""Small batch, quick return (小单快返): a buyer tests many styles with few pieces each, and orders again what sells.

Each command says what holds, not what to add: the same once more, or later, changes nothing.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from headwater.contracts.base import (
    BuyerId,
    Fen,
    Key,
    Message,
    OrderId,
    Pieces,
    PlanId,
    ReplyTo,
    ShortText,
    SkuId,
    UtcTime,
    Value,
)
from headwater.contracts.orders import Destination
from headwater.contracts.quotes import SealedQuote
from headwater.contracts.reviews import Rating
from headwater.contracts.topics import TEST_PLAN_EVENTS, TEST_PLAN_INBOX

PlanStatus = Literal["running", "ended"]
PlanEnd = Literal["closed", "out_of_time", "all_stopped"]
Verdict = Literal["hold", "scale", "stop"]
"""scale: order more of the style; hold: wait for more evidence; stop: for good."""
LotStatus = Literal["pricing", "placed", "confirmed", "paid", "delivered", "lost"]
"""pricing: the catalog is asked; placed: the stock is asked; lost: the order came to nothing."""
OwnPlan = Annotated[PlanId, Field(max_length=60)]
"""Short enough for the ids of its orders, `ord_<plan>-<number>`."""


class Limits(Value):
    """The most that is ordered under the plan, first lots included; what comes to nothing does not count."""

    style_pieces: Pieces
    style_fen: Fen
    pieces: Pieces
    """In all."""
    fen: Fen


class Thresholds(Value):
    """By which a style is judged. The defaults are the house's; each buyer knows its own trade."""

    min_days: Annotated[int, Field(ge=1, le=60, strict=True)] = 3
    """Days whose sales are reported, before they say anything."""
    scale_percent: Annotated[int, Field(ge=1, le=100, strict=True)] = 60
    """Sell-through (售罄率: pieces sold of those delivered) from which on a style is ordered again."""
    stop_days: Annotated[int, Field(ge=1, le=365, strict=True)] = 14
    """Days since the last lot was delivered, before too few sales stop a style."""
    stop_percent: Annotated[int, Field(ge=0, le=100, strict=True)] = 20
    """Sell-through below which a style is stopped then."""
    min_rating_tenths: Annotated[int, Field(ge=10, le=50, strict=True)] = 30
    """Tenths of a star: a mean of the buyer's reviews of its lots below this stops a style, whatever sells."""

    @model_validator(mode="after")
    def _leaves_room(self) -> Self:
        if self.stop_percent >= self.scale_percent:
            raise ValueError("stop_percent is below scale_percent: what is between them is held")
        return self


class StartPlan(Message, to=TEST_PLAN_INBOX, key="plan_id"):
    """Start a test plan (测款): the first lots are ordered at once. Answered by `Done`.

    Each line of `lots` is a style. `Refused`: `forged_quote` (another buyer's quote), `duplicate_sku`, `above_limits`,
    `bad_times`, `idempotency_conflict`.
    """

    plan_id: OwnPlan
    buyer_id: BuyerId
    name: ShortText
    lots: Annotated[tuple[SealedQuote, ...], Field(min_length=1, max_length=20)]
    """Sealed quotes for goods, one for each order."""
    follow_up_pieces: Pieces
    """Of a follow-up order, as far as the limits leave room."""
    limits: Limits
    thresholds: Thresholds = Thresholds()
    ends_at: UtcTime
    destination: Destination
    fingerprint: Annotated[str, Field(max_length=64)]
    reply_to: ReplyTo | None = None


class SoldOn(Value):
    """Pieces of a style that the buyer's shop has sold on a day."""

    sku_id: SkuId
    day: date
    """By the shop's own calendar."""
    pieces: Annotated[int, Field(ge=0, le=10**9, strict=True)]
    revision: Annotated[int, Field(ge=1, le=10**6, strict=True)] = 1
    """A correction of the day has a higher one; the highest counts, whenever it comes."""


class ReportSales(Message, to=TEST_PLAN_INBOX, key="plan_id"):
    """What the shop has sold. A SKU and a day count once. Answered by `Done`; all of it is taken, or nothing.

    `Refused`: `no_such_plan`, `not_your_plan`, `plan_ended`, `not_in_plan` (a SKU), `bad_day`, `idempotency_conflict`
    (other pieces for a day under the same revision).
    """

    plan_id: PlanId
    buyer_id: BuyerId
    sold: Annotated[tuple[SoldOn, ...], Field(min_length=1, max_length=500)]
    reply_to: ReplyTo | None = None


class ClosePlan(Message, to=TEST_PLAN_INBOX, key="plan_id"):
    """End a plan: what is not paid is cancelled, what is paid goes on. Answered by `Done`."""

    plan_id: PlanId
    buyer_id: BuyerId
    reason: ShortText
    reply_to: ReplyTo | None = None


class NoteLot(Message, to=TEST_PLAN_INBOX, key="plan_id"):
    """What became of an order of the plan."""

    plan_id: PlanId
    order_id: OrderId
    outcome: Literal["paid", "delivered", "cancelled", "expired"]


class NoteReview(Message, to=TEST_PLAN_INBOX, key="plan_id"):
    """The buyer has reviewed a lot; a review counts once."""

    plan_id: PlanId
    order_id: OrderId
    sku_id: SkuId
    review_id: Key
    rating: Rating


class PlanStarted(Message, to=TEST_PLAN_EVENTS, key="plan_id"):
    """The first lots are being ordered."""

    plan_id: PlanId
    buyer_id: BuyerId
    orders: tuple[OrderId, ...]


class StyleJudged(Message, to=TEST_PLAN_EVENTS, key="plan_id"):
    """The verdict on a style has changed, and why, in numbers."""

    plan_id: PlanId
    buyer_id: BuyerId
    sku_id: SkuId
    verdict: Verdict
    reason: str


class FollowUpConfirmed(Message, to=TEST_PLAN_EVENTS, key="plan_id"):
    """A follow-up order is held for the buyer, who pays it as any."""

    plan_id: PlanId
    buyer_id: BuyerId
    sku_id: SkuId
    order_id: OrderId
    pieces: Pieces
    total_fen: Fen
    pay_by: UtcTime | None


class PlanEnded(Message, to=TEST_PLAN_EVENTS, key="plan_id"):
    """Nothing more is ordered under the plan."""

    plan_id: PlanId
    buyer_id: BuyerId
    how: PlanEnd
