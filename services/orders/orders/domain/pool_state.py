"""What is known of a pool, and of each share in it.

A pool may have 10,000 shares and is one document of a bounded size: its shares are parts, documents of their own, and
the pool keeps only who joined last. Every hundredth share carries the ids of the hundred before it, so that all of
them are found again when they are settled, a page at a time and in the order in which they joined.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from pydantic import Field

from headwater.contracts.base import (
    BuyerId,
    Key,
    Message,
    OfferId,
    OrderId,
    PoolId,
    Sent,
    ShareId,
    SkuId,
    SupplierId,
)
from headwater.contracts.catalog import PriceRange
from headwater.contracts.orders import Destination, MadeToOrder, OrderLine
from headwater.contracts.pools import Closes, Design, PoolStatus, ShareAnswer, ShareStatus
from headwater.contracts.production import BatchLine
from headwater.decision import Part, State
from orders.domain.batches import Batches
from orders.domain.ledger import Posting

PAGE = 100
MOST_SHARES = 100 * PAGE
"""Those that were left count: a page of ids is as long with them."""


class Share(Part):
    """What one buyer wants of a pool, and the money for it."""

    buyer_id: BuyerId
    lines: tuple[OrderLine, ...]
    """At the price that was paid at joining."""
    destination: Destination
    payment_id: str
    digest: str
    """Of the command: tells whether a repeated one asks for the same."""
    status: ShareStatus = "joined"
    joined_at: datetime
    held_fen: int
    """What the pool has of its money."""
    returned_fen: int = 0
    order_id: OrderId | None = None
    why: str = ""
    """Why its money went back."""
    before: tuple[ShareId, ...] = ()
    """Of a page's end: the shares that joined before it."""
    postings: dict[str, Posting] = Field(default_factory=dict)

    @property
    def pieces(self) -> int:
        """In all."""
        return sum(line.quantity for line in self.lines)

    def but(self, **changes: Any) -> Share:
        """A copy with some fields changed."""
        return self.model_copy(update=changes)


class Pool(State):
    """A pool (凑单) of goods that exist, or the pre-order (预售) of a design."""

    pool_id: PoolId
    opened_by: Key
    supplier_id: SupplierId
    offer_id: OfferId
    """The pool's own id where the goods are yet to be made."""
    skus: tuple[SkuId, ...]
    design: Design | None
    price_ranges: tuple[PriceRange, ...]
    most_pieces: int
    closes: Closes
    closes_at: datetime
    opened_at: datetime
    agreed: MadeToOrder | None = None
    """The inquiry under which the design is made, if any."""
    fingerprint: str
    status: PoolStatus = "open"
    unit_fen: int
    """What a piece costs: of the first range, until the pool has closed and the price may have fallen."""
    wanted: tuple[BatchLine, ...] = ()
    """All shares together, by SKU; what was left is not in it."""
    shares_open: int = 0
    """That are neither left, nor ordered, nor returned."""
    ordered: int = 0
    returned: int = 0
    """Of those that the pool itself has settled: how many are orders, and how many have their money back."""
    held_fen: int = 0
    """What the pool has of the money of all shares."""
    joins: int = 0
    """How many have ever joined."""
    heads: tuple[ShareId, ...] = ()
    """The shares that carry a page."""
    tail: tuple[ShareId, ...] = ()
    """Who joined since the last page."""
    made_by: datetime | None = None
    """Known from the start of the production on."""
    batches: Batches = ()
    shares: dict[str, Share] = Field(default_factory=dict)
    """Stored as parts: a rule sees those that its message touches."""

    @property
    def target(self) -> int:
        """How many pieces must be wanted."""
        return self.price_ranges[0].start_quantity

    @property
    def pieces(self) -> int:
        """How many are wanted."""
        return sum(line.pieces for line in self.wanted)

    @property
    def missing(self) -> int:
        """How many more must be wanted; 0 once it was reached."""
        return max(self.target - self.pieces, 0) if self.status in ("open", "failing", "failed") else 0

    def price_at(self, pieces: int) -> int:
        """What a piece costs when so many are wanted, in fen."""
        reached = [step.price_fen for step in self.price_ranges if step.start_quantity <= pieces]
        return reached[-1] if reached else self.price_ranges[0].price_fen

    def counted(self, lines: Iterable[OrderLine], times: int) -> tuple[BatchLine, ...]:
        """What is wanted with these lines once more (`times` 1), or without them (-1)."""
        pieces = {line.sku_id: line.pieces for line in self.wanted}
        for line in lines:
            pieces[line.sku_id] = pieces.get(line.sku_id, 0) + times * line.quantity
        return tuple(BatchLine(sku_id=sku, pieces=pieces[sku]) for sku in self.skus if pieces.get(sku))

    def with_share(self, share_id: str, share: Share, **changes: Any) -> Pool:
        """The pool with this share as it is now, and with its money counted."""
        before = self.shares.get(share_id)
        held = self.held_fen + share.held_fen - (before.held_fen if before else 0)
        return self.evolve(shares={**self.shares, share_id: share}, held_fen=held, **changes)

    def tell(self, share_id: ShareId, asked: Any) -> tuple[Sent, ...]:
        """A share and the pool as they are now, to someone who wants to know."""
        if asked.reply_to is None:
            return ()
        share = self.shares[share_id]
        answer = ShareAnswer(
            pool_id=self.pool_id, share_id=share_id, status=share.status, held_fen=share.held_fen,
            returned_fen=share.returned_fen, order_id=share.order_id, why=share.why, pool_status=self.status,
            missing_pieces=self.missing, closes_at=self.closes_at,
        )  # fmt: skip
        return (Sent(to=asked.reply_to, message=answer),)


class Refusal(NamedTuple):
    """Why a command changes nothing."""

    code: str
    detail: str


Messages = tuple[Message | Sent, ...]
