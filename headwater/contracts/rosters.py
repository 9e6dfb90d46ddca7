"""Size lists of a group, such as school uniforms (校服) by class: who gets how many pieces of which size.

A child is known by a number of the school's, never by a name: the platform has no use for one.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from headwater.contracts.base import BuyerId, InquiryId, Message, OrderId, SupplierId, Value
from headwater.contracts.topics import ROSTER_INBOX

SIZE_FORM = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,23}$"
PUPIL_FORM = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,39}$"
MOST_LINES = 2000

Size = Annotated[str, Field(pattern=SIZE_FORM)]
"""A size as it stands in a SKU's id: M, 150, 155-80A."""
ClassName = Annotated[str, Field(min_length=1, max_length=40)]


class RosterLine(Value):
    """What one child gets of one size."""

    class_name: ClassName
    pupil: Annotated[str, Field(pattern=PUPIL_FORM)]
    """The school's number of the child (学号)."""
    size: Size
    pieces: Annotated[int, Field(ge=1, le=100, strict=True)]


Roster = Annotated[tuple[RosterLine, ...], Field(max_length=MOST_LINES)]


class KeepRoster(Message, to=ROSTER_INBOX, key="order_id"):
    """Keep for whom the pieces of an order are. An order has one roster, which does not change."""

    order_id: OrderId
    inquiry_id: InquiryId
    buyer_id: BuyerId
    supplier_id: SupplierId
    lines: Roster
