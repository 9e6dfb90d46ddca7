"""Custom orders (定制): a buyer asks several factories, chooses one's proposal, and orders at exactly its terms.

Each command has an id of its sender's (`change_id`, or what it makes): the same once more is answered and changes
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
    ReplyTo,
    ShortText,
    SupplierId,
    UtcTime,
    Value,
)
from headwater.contracts.catalog import Picture, PriceRange
from headwater.contracts.orders import Destination
from headwater.contracts.rosters import Roster, Size
from headwater.contracts.topics import INQUIRY_EVENTS, INQUIRY_INBOX

InquiryStatus = Literal["open", "comparing", "agreed", "revising", "lapsed", "closed"]
"""open: factories propose; comparing: none may any longer, and the buyer chooses; agreed: terms bind; revising: a next
version waits for the other side; lapsed: nothing was chosen in time; closed: by the buyer."""
ProposalStatus = Literal["live", "expired", "chosen", "passed_over"]
BatchKind = Literal["trial", "bulk"]
"""A small trial batch (打样) at the price of a sample, or the goods themselves (大货) at the ladder."""

Text = Annotated[str, Field(max_length=2000)]
Pictures = Annotated[tuple[Picture, ...], Field(max_length=20)]
Words = Annotated[tuple[ShortText, ...], Field(max_length=20)]
Version = Annotated[int, Field(ge=1, le=10_000, strict=True)]
OwnInquiry = Annotated[InquiryId, Field(max_length=48)]
"""Short enough for the ids of its SKUs, `<inquiry>-v<version>-<size>`."""


class Benchmark(Value):
    """What the goods are to be like (对标): an offer, or what it looks like in words and pictures."""

    offer_id: OfferId | None = None
    description: Text = ""
    pictures: Pictures = ()

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.offer_id is None and not self.description:
            raise ValueError("name an offer, or describe what it is to be like")
        return self


class Requirements(Value):
    """What is to be made."""

    text: Text
    materials: Words = ()
    process: Words = ()
    """How: printing, embroidery, washing …"""
    sizes: Annotated[tuple[Size, ...], Field(min_length=1, max_length=60)]
    """The size range; each size becomes a SKU."""

    @model_validator(mode="after")
    def _sizes_once(self) -> Self:
        if len(set(self.sizes)) < len(self.sizes):
            raise ValueError("a size stands in the range twice: leave one of them out")
        return self


class Terms(Value):
    """At what a factory makes it. An order's price is the range that its pieces of all sizes reach together."""

    price_ranges: Annotated[tuple[PriceRange, ...], Field(min_length=1, max_length=10)]
    min_quantity: Pieces
    """Of a bulk order (起订量)."""
    lead_days: Annotated[int, Field(ge=1, le=365, strict=True)]
    """From an order's payment until all of it is in origin warehouses (交期)."""
    capacity_per_month: Pieces
    trial_pieces: Pieces | None = None
    """The largest trial batch; none: there are none."""
    sample_price_fen: Annotated[int, Field(ge=1, le=10**15, strict=True)] | None = None
    """What a piece of a trial batch costs."""

    @model_validator(mode="after")
    def _is_a_ladder(self) -> Self:
        starts = [step.start_quantity for step in self.price_ranges]
        if any(later <= sooner for sooner, later in itertools.pairwise(starts)):
            raise ValueError("each price range starts at more pieces than the one before it")
        if starts[0] > self.min_quantity:
            raise ValueError(f"{self.min_quantity} pieces have no price: the first range starts at {starts[0]}")
        if (self.trial_pieces is None) != (self.sample_price_fen is None):
            raise ValueError("a trial batch has both trial_pieces and sample_price_fen; give both or none")
        return self

    def price_at(self, pieces: int) -> int:
        """What a piece of a bulk order of so many costs, in fen; below the first range it is the first range's."""
        reached = [step.price_fen for step in self.price_ranges if step.start_quantity <= pieces]
        return reached[-1] if reached else self.price_ranges[0].price_fen


class SizePieces(Value):
    """So many pieces of a size."""

    size: Size
    pieces: Pieces


# --- commands ------------------------------------------------------------------------------------------------------


class OpenInquiry(Message, to=INQUIRY_INBOX, key="inquiry_id"):
    """Ask factories for proposals (询价): those that are invited, or all when none is. `Refused`: `bad_times`."""

    inquiry_id: OwnInquiry
    buyer_id: BuyerId
    benchmark: Benchmark
    requirements: Requirements
    quantity: Pieces
    """What the buyer means to order in all."""
    target_price_fen: Fen | None = None
    """What a piece should cost at most."""
    needed_by: UtcTime
    invited: Annotated[tuple[SupplierId, ...], Field(max_length=50)] = ()
    answer_until: UtcTime
    reply_to: ReplyTo | None = None


class Propose(Message, to=INQUIRY_INBOX, key="inquiry_id"):
    """A factory's proposal (报价), which expires by itself. A later one of the same factory replaces it.

    `Refused`: `not_invited`, `answers_closed`, `bad_times`, `too_many_proposals`.
    """

    inquiry_id: InquiryId
    supplier_id: SupplierId
    terms: Terms
    valid_until: UtcTime
    change_id: Key
    reply_to: ReplyTo | None = None


class ChooseProposal(Message, to=INQUIRY_INBOX, key="inquiry_id"):
    """The buyer chooses a proposal: its terms are version 1. `Refused`: `no_such_proposal`, `already_chosen`."""

    inquiry_id: InquiryId
    buyer_id: BuyerId
    proposal_id: Key
    """The `change_id` that it was made by: a proposal that was replaced meanwhile is not chosen by mistake."""
    change_id: Key
    reply_to: ReplyTo | None = None


class OrderUnderInquiry(Message, to=INQUIRY_INBOX, key="inquiry_id"):
    """Order at the agreed terms: so many pieces by size, or a roster whose sums they are.

    Answered by the order (`OrderAnswer`), or `Refused`: `version_changed`, `below_minimum`, `above_trial`, `no_trial`,
    `unknown_size`, `pieces_or_roster`, `not_agreed`, `not_your_inquiry`.
    """

    inquiry_id: InquiryId
    buyer_id: BuyerId
    order_id: OrderId
    version: Version
    """The one that the buyer has seen: another one has other terms."""
    batch: BatchKind
    pieces: Annotated[tuple[SizePieces, ...], Field(max_length=60)] = ()
    roster: Roster = ()
    destination: Destination
    reply_to: ReplyTo | None = None

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        if len({one.size for one in self.pieces}) < len(self.pieces):
            raise ValueError("a size stands there twice: add its pieces up")
        if len({(one.class_name, one.pupil, one.size) for one in self.roster}) < len(self.roster):
            raise ValueError("a child has the same size on two lines: add its pieces up")
        return self


class GiveFeedback(Message, to=INQUIRY_INBOX, key="inquiry_id"):
    """What the buyer says of a batch. `Refused`: `not_in_inquiry` when the order is none of this inquiry's."""

    inquiry_id: InquiryId
    buyer_id: BuyerId
    order_id: OrderId
    verdict: Literal["good", "change"]
    text: Text
    pictures: Pictures = ()
    change_id: Key
    reply_to: ReplyTo | None = None


class ProposeVersion(Message, to=INQUIRY_INBOX, key="inquiry_id"):
    """The buyer or the chosen factory wants other requirements or terms. The other side agrees, or the old ones stay.

    `Refused`: `not_agreed`, `version_changed`, `version_pending`, `bad_times`, `not_your_inquiry`.
    """

    inquiry_id: InquiryId
    by: Key
    """The buyer's id or the factory's."""
    after_version: Version
    requirements: Requirements
    terms: Terms
    note: Text = ""
    agree_by: UtcTime
    change_id: Key
    reply_to: ReplyTo | None = None


class AnswerVersion(Message, to=INQUIRY_INBOX, key="inquiry_id"):
    """The other side agrees to the next version, or not. `Refused`: `no_such_version`, `own_version`."""

    inquiry_id: InquiryId
    by: Key
    version: Version
    agrees: bool
    change_id: Key
    reply_to: ReplyTo | None = None


class CloseInquiry(Message, to=INQUIRY_INBOX, key="inquiry_id"):
    """The buyer wants no more of it. Orders that were placed go on."""

    inquiry_id: InquiryId
    buyer_id: BuyerId
    reason: ShortText
    change_id: Key
    reply_to: ReplyTo | None = None


# --- events --------------------------------------------------------------------------------------------------------


class InquiryOpened(Message, to=INQUIRY_EVENTS, key="inquiry_id"):
    """Factories are asked; with nobody `invited`, all of them."""

    inquiry_id: InquiryId
    buyer_id: BuyerId
    invited: tuple[SupplierId, ...]
    quantity: Pieces
    answer_until: UtcTime


class ProposalMade(Message, to=INQUIRY_EVENTS, key="inquiry_id"):
    """A factory has proposed, or proposed anew."""

    inquiry_id: InquiryId
    buyer_id: BuyerId
    supplier_id: SupplierId
    proposal_id: Key
    valid_until: UtcTime


class ProposalExpired(Message, to=INQUIRY_EVENTS, key="inquiry_id"):
    """A proposal was not chosen while it held."""

    inquiry_id: InquiryId
    supplier_id: SupplierId
    proposal_id: Key


class VersionProposed(Message, to=INQUIRY_EVENTS, key="inquiry_id"):
    """A next version waits for the other side until `agree_by`."""

    inquiry_id: InquiryId
    version: Version
    by: Key
    agree_by: UtcTime


class VersionAgreed(Message, to=INQUIRY_EVENTS, key="inquiry_id"):
    """These terms bind every order from now on. Version 1 is the proposal that was chosen."""

    inquiry_id: InquiryId
    buyer_id: BuyerId
    supplier_id: SupplierId
    version: Version
    requirements: Requirements
    terms: Terms


class VersionDropped(Message, to=INQUIRY_EVENTS, key="inquiry_id"):
    """The next version will not be; the one before it still binds."""

    inquiry_id: InquiryId
    version: Version
    why: Literal["declined", "not_answered"]


class OrderedUnderInquiry(Message, to=INQUIRY_EVENTS, key="inquiry_id"):
    """An order was sent on its way at the terms of this version."""

    inquiry_id: InquiryId
    order_id: OrderId
    version: Version
    batch: BatchKind
    total_fen: Fen


class FeedbackGiven(Message, to=INQUIRY_EVENTS, key="inquiry_id"):
    """What the buyer says of a batch."""

    inquiry_id: InquiryId
    supplier_id: SupplierId
    order_id: OrderId
    verdict: Literal["good", "change"]
    text: Text


class InquiryClosed(Message, to=INQUIRY_EVENTS, key="inquiry_id"):
    """Nothing more is proposed or ordered under it."""

    inquiry_id: InquiryId
    buyer_id: BuyerId
    how: Literal["lapsed", "closed"]
