"""What is known of an inquiry: whom it asks, what they propose, the terms that bind, and all changes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Literal, NamedTuple

from pydantic import Field

from headwater.contracts.base import BuyerId, Fen, InquiryId, Key, Message, OrderId, SupplierId, UtcTime, Value
from headwater.contracts.inquiries import (
    BatchKind,
    Benchmark,
    InquiryStatus,
    Pictures,
    ProposalStatus,
    Requirements,
    Terms,
)
from headwater.contracts.orders import OrderLine
from headwater.decision import Part, State

EntryKind = Literal[
    "opened", "proposed", "chosen", "ordered", "feedback", "version_proposed", "version_agreed", "version_declined",
    "closed", "gathered",
]  # fmt: skip


class Proposal(Value):
    """What one factory proposes."""

    proposal_id: Key
    supplier_id: SupplierId
    terms: Terms
    valid_until: UtcTime
    made_at: UtcTime
    status: ProposalStatus = "live"


class NextVersion(Value):
    """A version that waits for the other side."""

    version: int
    by: Key
    requirements: Requirements
    terms: Terms
    note: str
    agree_by: UtcTime


class OrderedBatch(Value):
    """An order that was sent on its way under the inquiry."""

    order_id: OrderId
    batch: BatchKind
    lines: tuple[OrderLine, ...]
    total_fen: Fen
    has_roster: bool


class Entry(Part):
    """One change that the inquiry went through, as it was: entries are added, and never changed."""

    what: EntryKind
    by: Key
    at: UtcTime
    version: int
    """The version that it was about; 0 before one is agreed."""
    digest: str
    """Of the command: tells whether a repeated one asks for the same."""
    requirements: Requirements | None = None
    terms: Terms | None = None
    text: str = ""
    pictures: Pictures = ()
    verdict: str = ""
    order: OrderedBatch | None = None
    order_id: OrderId | None = None
    """Of feedback: the order that it is about."""


class Inquiry(State):
    """A custom order (定制单) of one buyer: from asking factories to the orders under what was agreed."""

    inquiry_id: InquiryId
    buyer_id: BuyerId
    benchmark: Benchmark
    requirements: Requirements
    """Those that bind; before anything is agreed, those that factories are asked for."""
    quantity: int
    target_price_fen: int | None
    needed_by: datetime
    invited: tuple[SupplierId, ...]
    """Nobody: all factories are."""
    answer_until: datetime
    opened_at: datetime
    status: InquiryStatus = "open"
    proposals: tuple[Proposal, ...] = ()
    """One of each factory, the newest."""
    supplier_id: SupplierId | None = None
    """Whose proposal was chosen."""
    version: int = 0
    terms: Terms | None = None
    """Those that bind."""
    next: NextVersion | None = None
    changes: int = 0
    """How many entries it has."""
    entries: dict[str, Entry] = Field(default_factory=dict)

    @property
    def live(self) -> tuple[Proposal, ...]:
        """The proposals that can be chosen."""
        return tuple(one for one in self.proposals if one.status == "live")

    def is_seen_by(self, account: str) -> bool:
        """Whether it is this account's to see: the buyer's and the invited factories'; where all are, who proposed.

        As long as all may propose, all may see it.
        """
        if account == self.buyer_id or account in self.invited:
            return True
        return not self.invited and (self.status == "open" or any(one.supplier_id == account for one in self.proposals))

    def timed(self) -> Inquiry:
        """The same, asking to be woken when the next thing in it is due; only what waits for something is."""
        due: Iterable[datetime] = ()
        if self.status in ("open", "comparing"):
            due = [one.valid_until for one in self.live] + ([self.answer_until] if self.status == "open" else [])
        elif self.status == "revising" and self.next is not None:
            due = [self.next.agree_by]
        wake_at = min(due, default=None)
        return self if wake_at == self.wake_at else self.evolve(wake_at=wake_at)


class Refusal(NamedTuple):
    """Why a command changes nothing."""

    code: str
    detail: str


class Change(NamedTuple):
    """What a command changes: the inquiry from now on, what its entry says, and what is told."""

    inquiry: Inquiry
    what: EntryKind
    messages: tuple[Message, ...] = ()
    said: dict[str, Any] = {}  # noqa: RUF012 - never changed
    """The entry's fields beside who, when and which version."""
