"""For whom the pieces of an order are, and in which parcel each child's are.

    roster (by class, pupil)      parcels (by warehouse)        a child's pieces
    7-1 A 2, 7-1 B 1, 7-2 C 2     guangzhou 2, yiwu 3           A guangzhou 2, B yiwu 1, C yiwu 2

Of each size the parcels are filled one after the other, in the order of the classes, so that a class is in few
parcels; a child whose pieces do not fit into the rest of one has some of the next.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from headwater.contracts.base import BuyerId, InquiryId, Message, OrderId, SupplierId, WarehouseId
from headwater.contracts.rosters import KeepRoster, RosterLine
from headwater.decision import Decision, State

ACCEPTS = (KeepRoster,)


class Roster(State):
    """The size list (尺码表) of one order."""

    order_id: OrderId
    inquiry_id: InquiryId
    buyer_id: BuyerId
    supplier_id: SupplierId
    lines: tuple[RosterLine, ...]
    """By class and pupil, as the parcels are filled."""


def decide(roster: Roster | None, message: Message, now: datetime) -> Decision[Roster]:
    """The outcome of one message for one roster: the first one is kept."""
    if roster is not None or not isinstance(message, KeepRoster):
        return Decision(roster)
    lines = tuple(sorted(message.lines, key=lambda line: (line.class_name, line.pupil, line.size)))
    return Decision(
        Roster(
            order_id=message.order_id, inquiry_id=message.inquiry_id, buyer_id=message.buyer_id,
            supplier_id=message.supplier_id, lines=lines,
        )
    )  # fmt: skip


def pieces_by_size(lines: Iterable[RosterLine]) -> dict[str, int]:
    """How many pieces of each size all children together get."""
    sums: defaultdict[str, int] = defaultdict(int)
    for line in lines:
        sums[line.size] += line.pieces
    return dict(sums)


def assigned(
    lines: Sequence[RosterLine], parcels: Mapping[str, Mapping[WarehouseId, int]]
) -> list[tuple[RosterLine, dict[WarehouseId, int]]]:
    """Each line with the pieces that each warehouse's parcel has of it; `parcels` is by size, then by warehouse.

    While no warehouse holds the goods (`parcels` is empty) nothing is assigned yet. What the parcels of a size hold is
    given out whole, if the roster's pieces are as many: they are the order's line.
    """
    rest = {size: dict(sorted(held.items())) for size, held in parcels.items()}
    return [(line, _take(rest.get(line.size, {}), line.pieces)) for line in lines]


def _take(rest: dict[WarehouseId, int], wanted: int) -> dict[WarehouseId, int]:
    taken: dict[WarehouseId, int] = {}
    for warehouse, pieces in tuple(rest.items()):
        part = min(pieces, wanted)
        if part:
            taken[warehouse] = part
            rest[warehouse] -= part
            wanted -= part
        if not rest[warehouse]:
            del rest[warehouse]  # so that a full parcel is not looked at again for each child
        if not wanted:
            break
    return taken
