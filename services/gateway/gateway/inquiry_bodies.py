"""The bodies of custom orders: what is asked, proposed, ordered and said. Money in fen, quantities in pieces."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from headwater.contracts.base import Fen, Key, OrderId, Pieces, SupplierId, UtcTime, Value, WarehouseId
from headwater.contracts.inquiries import (
    BatchKind,
    Benchmark,
    Pictures,
    Requirements,
    SizePieces,
    Terms,
    Text,
    Version,
)
from headwater.contracts.orders import Destination
from headwater.contracts.production import BatchLine
from headwater.contracts.rosters import Roster


class InquiryBody(Value):
    """What is to be made, and who is asked: the invited factories, or all when none is."""

    benchmark: Benchmark
    requirements: Requirements
    quantity: Pieces
    target_price_fen: Fen | None = None
    needed_by: UtcTime
    invited: Annotated[tuple[SupplierId, ...], Field(max_length=50)] = ()
    answer_until: UtcTime


class ProposalBody(Value):
    """A factory's terms, and until when they can be chosen."""

    terms: Terms
    valid_until: UtcTime


class ChoiceBody(Value):
    """Which proposal is chosen."""

    proposal_id: Key


class InquiryOrderBody(Value):
    """An order at the agreed terms: pieces by size, or a roster whose sums they are."""

    version: Version
    batch: BatchKind
    pieces: Annotated[tuple[SizePieces, ...], Field(max_length=60)] = ()
    roster: Roster = ()
    destination: Destination


class FeedbackBody(Value):
    """What the buyer says of a batch."""

    order_id: OrderId
    verdict: Literal["good", "change"]
    text: Text
    pictures: Pictures = ()


class VersionBody(Value):
    """The next version, and until when the other side may agree."""

    after_version: Version
    requirements: Requirements
    terms: Terms
    note: Text = ""
    agree_by: UtcTime


class AgreementBody(Value):
    """Whether the other side agrees."""

    agrees: bool


class BatchBody(Value):
    """Goods that the factory has brought into an origin warehouse."""

    batch_id: Key
    warehouse_id: WarehouseId
    lines: Annotated[tuple[BatchLine, ...], Field(min_length=1, max_length=100)]
