"""The bodies of refunds: what is asked, answered, disputed, ruled, sent back and inspected. Money in fen."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from headwater.contracts.base import ShortText, Value
from headwater.contracts.refunds import Evidence, InspectedLine, RefundLine, RefundReason, Ruling, Words


class RefundBody(Value):
    """What goes back and why. Before the goods arrive: whole parcels, so neither lines nor an amount."""

    reason: RefundReason
    text: Annotated[str, Field(max_length=500)] = ""
    lines: Annotated[tuple[RefundLine, ...], Field(max_length=100)] = ()
    """None: all that is in no request yet."""
    evidence: Evidence = ()
    """References of photos; after the goods arrived at least one."""
    returns: bool = False
    """Whether the goods go back before the money does."""
    amount_fen: Annotated[int, Field(ge=1, le=10**15, strict=True)] | None = None
    """Less than the price of the pieces."""


class RefundAnswerBody(Value):
    """Whether the supplier agrees; if not, why."""

    agrees: bool
    reason: Annotated[str, Field(max_length=500)] = ""


class DisputeBody(Value):
    """Why the buyer does not take the refusal."""

    text: Words
    evidence: Evidence = ()


class RulingBody(Value):
    """What an operator decides; in part: how much."""

    ruling: Ruling
    reason: Words
    amount_fen: Annotated[int, Field(ge=1, le=10**15, strict=True)] | None = None
    returns: bool | None = None
    """Whether the goods go back first; left out: as the buyer had offered."""


class ReturnBody(Value):
    """With whom the goods go back, and under which number (退货运单)."""

    carrier: Annotated[str, Field(min_length=1, max_length=60)]
    tracking_number: Annotated[str, Field(min_length=1, max_length=60)]


class InspectionBody(Value):
    """What was found: by SKU and warehouse what goes on the shelf again, and what is written off."""

    lines: Annotated[tuple[InspectedLine, ...], Field(max_length=100)] = ()
    note: ShortText = ""
