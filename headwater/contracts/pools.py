"""Pools (凑单): buyers want the same goods together, and a price that falls once they want enough of them.

A pool is of goods that exist, at the pool price that the catalog has sealed; or it is the **pre-order** of a design
(数字商品): of goods that a flexible factory makes once enough of them are wanted. Who joins pays at once, and has the
money back when the pool fails. Each command has an id of its sender's: the same once more is answered and changes
nothing, and other contents under it are `Refused` (`idempotency_conflict`).
"""

from __future__ import annotations

import itertools
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from headwater.contracts.base import (
    BuyerId,
    Fen,
    InquiryId,
    Key,
    Message,
    OfferId,
    OrderId,
    Pieces,
    PoolId,
    ReplyTo,
    ShareId,
    ShortText,
    SupplierId,
    UtcTime,
    Value,
    WarehouseId,
)
from headwater.contracts.catalog import PriceRange
from headwater.contracts.inquiries import Pictures, Requirements, Version
from headwater.contracts.orders import Destination, MadeToOrder
from headwater.contracts.production import BatchLine
from headwater.contracts.quotes import SealedQuote
from headwater.contracts.topics import INQUIRY_INBOX, POOL_EVENTS, POOL_INBOX

PoolStatus = Literal["open", "reached", "producing", "overdue", "ordering", "ordered", "failing", "failed"]
"""reached: enough is wanted, and others may still join; producing: a pre-order is being made, overdue: not in time;
ordering: each share becomes an order; failing: money goes back; ordered and failed: all of that is done."""
ShareStatus = Literal["joined", "left", "ordering", "paying", "ordered", "returned"]
"""ordering: its order is asked for; paying: the order is confirmed, and the pool pays it; returned: its money is."""
Closes = Literal["at_reach", "at_deadline"]

OwnPool = Annotated[PoolId, Field(max_length=48)]
"""Short enough for the ids of a design's SKUs, `<pool>-<size>`."""
OwnShare = Annotated[ShareId, Field(max_length=80)]
"""Short enough for the id of its order, `ord_<share>`."""
Lines = Annotated[tuple[BatchLine, ...], Field(max_length=100)]


class Design(Value):
    """Goods that do not exist yet (数字商品). Each size becomes a SKU, `<pool>-<size>`."""

    title: ShortText
    requirements: Requirements
    pictures: Pictures = ()
    lead_days: Annotated[int, Field(ge=1, le=365, strict=True)]
    """From the pool's end until the factory has brought all of them into origin warehouses (交期)."""


# --- commands ------------------------------------------------------------------------------------------------------


class OpenPool(Message, to=POOL_INBOX, key="pool_id"):
    """Open a pool of goods, by anyone, or the pre-order of a design, by the factory that will make it or
    by the buyer with whom it has agreed to.

    Answered by `Done`. `Refused`: `no_quote`, `forged_quote`, `expired_quote`, `bad_price`, `bad_times`, `bad_target`,
    `not_your_design`, `goods_or_design`.
    """

    pool_id: OwnPool
    opened_by: Key
    supplier_id: SupplierId
    goods: SealedQuote | None = None
    """Of each SKU that may be wanted a line, of one offer, at the pool's price: the catalog vouches for it."""
    design: Design | None = None
    """Or what is to be made."""
    price_ranges: Annotated[tuple[PriceRange, ...], Field(min_length=1, max_length=10)]
    """From so many pieces in all on, a piece costs so much. The first range starts at the pool's target, and everyone
    pays its price at joining; goods that exist have one."""
    most_pieces: Pieces | None = None
    """That the pool takes in all; None: as many as come."""
    closes_at: UtcTime
    closes: Closes
    """Once the target is reached, or at `closes_at` only, so that the price may fall further."""
    fingerprint: Annotated[str, Field(max_length=64)]
    agreed: MadeToOrder | None = None
    """Under which version of an inquiry its factory has agreed to make the design: its buyer then opens the pool."""
    reply_to: ReplyTo | None = None

    @model_validator(mode="after")
    def _is_a_ladder(self) -> Self:
        for sooner, later in itertools.pairwise(self.price_ranges):
            if later.start_quantity <= sooner.start_quantity or later.price_fen >= sooner.price_fen:
                raise ValueError("each price range starts at more pieces than the one before it, and costs less")
        return self


class GatherUnderInquiry(Message, to=INQUIRY_INBOX, key="inquiry_id"):
    """As an inquiry's buyer: let others pre-order what was agreed, at its terms. The agreed minimum is the target.

    Answered by `Done` of the pool, or `Refused`: `version_changed`, `not_agreed`, `not_your_inquiry`, `bad_times`.
    """

    inquiry_id: InquiryId
    buyer_id: BuyerId
    pool_id: OwnPool
    version: Version
    """The one that the buyer has seen: another one has other terms."""
    title: ShortText
    pictures: Pictures = ()
    most_pieces: Pieces | None = None
    closes_at: UtcTime
    closes: Closes
    reply_to: ReplyTo | None = None


class JoinPool(Message, to=POOL_INBOX, key="pool_id"):
    """Want so many pieces together with others, and pay for them: `payment_id` has arrived at the platform.

    Answered by `ShareAnswer`. `Refused`: `pool_closed`, `pool_full`, `above_most`, `wrong_amount`, `not_in_pool`,
    `price_changed`, `own_pool`, `duplicate_sku`, and as an order is for its quote.
    """

    pool_id: PoolId
    share_id: OwnShare
    buyer_id: BuyerId
    quote: SealedQuote | None = None
    """Of goods that exist: what the catalog has sealed for this buyer at the pool's price."""
    lines: Lines = ()
    """Of a design: how many of which SKU."""
    destination: Destination
    payment_id: Key
    amount_fen: Fen
    reply_to: ReplyTo | None = None


class LeavePool(Message, to=POOL_INBOX, key="pool_id"):
    """Want it no more, and have the money back: before the pool is reached, or when what it makes is overdue.

    Answered by `ShareAnswer`. `Refused`: `already_reached`, `no_such_share`.
    """

    pool_id: PoolId
    share_id: ShareId
    buyer_id: BuyerId
    reply_to: ReplyTo | None = None


class PoolBatchFinished(Message, to=POOL_INBOX, key="pool_id"):
    """The factory has made a batch of a pre-order, for all who joined, and brought it into an origin warehouse.

    Answered and refused as `production.BatchFinished` is, for the sums of all shares.
    """

    pool_id: PoolId
    supplier_id: SupplierId
    batch_id: Key
    warehouse_id: WarehouseId
    lines: Annotated[tuple[BatchLine, ...], Field(min_length=1, max_length=100)]
    reply_to: ReplyTo | None = None


class SettlePage(Message, to=POOL_INBOX, key="pool_id"):
    """From the pool to itself: settle the shares that stand before `head`, or with none the last ones."""

    pool_id: PoolId
    head: ShareId | None = None


class SettleShares(Message, to=POOL_INBOX, key="pool_id"):
    """From the pool to itself: each of these becomes an order, or has its money back."""

    pool_id: PoolId
    shares: Annotated[tuple[ShareId, ...], Field(max_length=1000)]


class ShareAnswer(Message):
    """The reply to a buyer: its share and the pool as they are now."""

    pool_id: PoolId
    share_id: ShareId
    status: ShareStatus
    held_fen: Fen
    """What the pool has of its money."""
    returned_fen: Fen
    """What of it went back."""
    order_id: OrderId | None = None
    why: str = ""
    pool_status: PoolStatus
    missing_pieces: Annotated[int, Field(ge=0, strict=True)]
    closes_at: UtcTime


# --- events --------------------------------------------------------------------------------------------------------


class PoolOpened(Message, to=POOL_EVENTS, key="pool_id"):
    """Buyers may join. `offer_id` is the pool's own id where the goods are yet to be made."""

    pool_id: PoolId
    opened_by: Key
    supplier_id: SupplierId
    offer_id: OfferId
    target_pieces: Pieces
    price_fen: Fen
    closes_at: UtcTime


class PoolJoined(Message, to=POOL_EVENTS, key="pool_id"):
    """Somebody joined, and paid."""

    pool_id: PoolId
    share_id: ShareId
    buyer_id: BuyerId
    pieces: Pieces
    amount_fen: Fen


class PoolReached(Message, to=POOL_EVENTS, key="pool_id"):
    """Enough is wanted: nobody can leave any more."""

    pool_id: PoolId
    supplier_id: SupplierId
    pieces: Pieces


class PoolMade(Message, to=POOL_EVENTS, key="pool_id"):
    """How the production of a pre-order goes: started with what all want together, overdue, or all of it received."""

    pool_id: PoolId
    supplier_id: SupplierId
    stage: Literal["producing", "overdue", "received"]
    lines: tuple[BatchLine, ...]
    made_by: UtcTime


class ShareOrdered(Message, to=POOL_EVENTS, key="pool_id"):
    """A share has become an order, which the pool has paid."""

    pool_id: PoolId
    share_id: ShareId
    buyer_id: BuyerId
    order_id: OrderId
    amount_fen: Fen


class ShareReturned(Message, to=POOL_EVENTS, key="pool_id"):
    """A share is no more, and its buyer has the money back: it left, the pool failed, or the order was not taken."""

    pool_id: PoolId
    share_id: ShareId
    buyer_id: BuyerId
    amount_fen: Fen
    why: str


class PoolSettled(Message, to=POOL_EVENTS, key="pool_id"):
    """Every share is an order, or has its money back: the pool holds nothing any more."""

    pool_id: PoolId
    supplier_id: SupplierId
    status: Literal["ordered", "failed"]
    unit_price_fen: Fen
    """What a piece cost in the end; of a pool that failed, what it would have cost."""
    ordered: Annotated[int, Field(ge=0, strict=True)]
    returned: Annotated[int, Field(ge=0, strict=True)]
