"""Trial sales (五折试销): once a half-price trial is delivered, its buyer signs for more, or walks away.

The prices of the trial itself, and that a buyer has one of each offer, are the catalog's (`TakeTrial`).
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from headwater.contracts.base import (
    BuyerId,
    Fen,
    Key,
    Message,
    OfferId,
    OrderId,
    ReplyTo,
    ShortText,
    SupplierId,
    UtcTime,
)
from headwater.contracts.orders import Destination, OrderLine
from headwater.contracts.quotes import SealedQuote
from headwater.contracts.topics import TRIAL_SALE_EVENTS, TRIAL_SALE_INBOX

TrialSaleStatus = Literal["deciding", "signing", "signed", "fulfilled", "broken", "walked"]
"""deciding: the trial is delivered; signing: the order that was signed for waits for its stock; signed: it is
confirmed; fulfilled: it is paid; broken: it was cancelled, or not paid in time; walked: the buyer wants no more."""


class OpenTrialSale(Message, to=TRIAL_SALE_INBOX, key="order_id"):
    """A trial order is delivered: its buyer has until a deadline to decide."""

    order_id: OrderId
    buyer_id: BuyerId
    supplier_id: SupplierId
    offers: Annotated[tuple[OfferId, ...], Field(min_length=1, max_length=100)]


class SignTrial(Message, to=TRIAL_SALE_INBOX, key="order_id"):
    """Sign (签约): order more of the trial's offers, at a sealed quote for goods. Answered by `TrialSaleAnswer`.

    `Refused`: `other_goods` (what is quoted is not the trial's), `already_signed`, `trial_over` (too late, or walked),
    `out_of_stock` and the refusals of a quote, after which the buyer may sign anew.
    """

    order_id: OrderId
    """Of the trial."""
    buyer_id: BuyerId
    sign_id: Key
    """The sender's: the same once more is answered and changes nothing."""
    quote: SealedQuote
    destination: Destination
    fingerprint: Annotated[str, Field(max_length=64)]
    """Tells whether a repeated command asks for the same; its quote may be another."""
    reply_to: ReplyTo | None = None


class WalkAway(Message, to=TRIAL_SALE_INBOX, key="order_id"):
    """The buyer wants no more of it. Answered by `TrialSaleAnswer`; `Refused` (`already_signed`) once it has signed."""

    order_id: OrderId
    buyer_id: BuyerId
    reason: ShortText
    reply_to: ReplyTo | None = None


class NoteFollowUp(Message, to=TRIAL_SALE_INBOX, key="order_id"):
    """What became of the order that was signed for."""

    order_id: OrderId
    follow_up_id: OrderId
    outcome: Literal["paid", "cancelled", "expired"]


class TrialSaleAnswer(Message):
    """The reply to a command: the trial sale as it is now."""

    order_id: OrderId
    status: TrialSaleStatus
    decide_by: UtcTime
    follow_up_id: OrderId | None = None
    """The order that was signed for; it is paid and tracked as any."""
    total_fen: Fen | None = None
    """What that order costs."""


class TrialSaleOpened(Message, to=TRIAL_SALE_EVENTS, key="order_id"):
    """A trial is delivered; who says nothing until `decide_by` has walked away."""

    order_id: OrderId
    buyer_id: BuyerId
    supplier_id: SupplierId
    offers: tuple[OfferId, ...]
    decide_by: UtcTime


class TrialSaleSigned(Message, to=TRIAL_SALE_EVENTS, key="order_id"):
    """The buyer has signed: its order for more is confirmed, at these prices."""

    order_id: OrderId
    buyer_id: BuyerId
    supplier_id: SupplierId
    follow_up_id: OrderId
    lines: tuple[OrderLine, ...]
    total_fen: Fen


class TrialSaleWalked(Message, to=TRIAL_SALE_EVENTS, key="order_id"):
    """The buyer has walked away: it said so, or said nothing in time."""

    order_id: OrderId
    buyer_id: BuyerId
    supplier_id: SupplierId
    by: Literal["buyer", "silence"]
    reason: str = ""


class TrialSaleEnded(Message, to=TRIAL_SALE_EVENTS, key="order_id"):
    """What was signed for is paid (fulfilled), or the buyer cancelled it or did not pay it in time (broken)."""

    order_id: OrderId
    buyer_id: BuyerId
    supplier_id: SupplierId
    follow_up_id: OrderId
    how: Literal["fulfilled", "broken"]
