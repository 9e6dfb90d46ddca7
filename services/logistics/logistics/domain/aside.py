"""Pieces that are set aside for a campaign: a pool in the origin warehouses that only its orders draw from. Pure.

    free --SetStockAside--> aside --an order of the campaign, after the start--> held --picked--> gone
      ^                       | ^                                                 |
      |                       | +---- the order came to nothing, before the end --+
      +--- the end, or ReturnStockAside                      after the end: free -+

The pool is given to orders in the order in which their reservations stand in the SKU's inbox: one writer decides them
one after the other, each on what the one before has left (docs/decisions/0022). The end needs no message: whatever
comes first at or after that second, a `Wake` at the latest, gives back what is left before it is decided itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from pydantic import Field

from headwater.contracts.base import BuyerId, Value, WarehouseId
from headwater.contracts.campaigns import CampaignRun
from headwater.contracts.logistics import ReserveStock

MOST_LIMITED = 20_000
"""Pieces of a SKU that can be set aside with a limit per buyer: who has how many is kept beside them."""
ENDED_KEPT = 16
"""The ended ones that a SKU remembers, so that a message which comes late finds them over."""


class Aside(Value):
    """What is set aside of one SKU for one enrolment."""

    turn: int
    run: CampaignRun
    pieces: int
    """That were set aside in all."""
    left: dict[WarehouseId, int]
    """Of them, not sold. Once it is over: what was given back."""
    limit: int | None = None
    taken: dict[BuyerId, int] = Field(default_factory=dict)
    """By whom, where there is a limit."""
    over: bool = False


def spread(free: Mapping[WarehouseId, int], wanted: int) -> dict[WarehouseId, int] | None:
    """From which warehouses to set pieces aside: who has most first, so that few hold them. None: not enough."""
    if sum(free.values()) < wanted:
        return None
    taken: dict[WarehouseId, int] = {}
    for id in sorted(free, key=lambda id: (-free[id], id)):
        if wanted and free[id] > 0:
            taken[id] = min(free[id], wanted)
            wanted -= taken[id]
    return taken


def why_not(aside: Aside | None, message: ReserveStock, now: datetime) -> str | None:
    """Why an order cannot have pieces of the pool, whatever is left in it."""
    if aside is None or aside.over:
        return f"Nothing of {message.sku_id} is set aside for the campaign any longer: order it at its usual price."
    run, starts = aside.run, f"{aside.run.starts_at:%F %T}"
    if now < run.starts_at:
        return f"Campaign {run.campaign_id} starts {starts} UTC: order then."
    if aside.limit is None:
        return None
    if message.buyer_id is None:
        return f"{message.sku_id} has a limit for each buyer: say who buys."
    before = aside.taken.get(message.buyer_id, 0)
    if before + message.pieces > aside.limit:
        return (
            f"A buyer may have {aside.limit} pieces of {message.sku_id} in campaign {run.campaign_id}, and this one "
            f"has {before}: order {aside.limit - before} at most, or at the usual price."
        )
    return None


def sold(aside: Aside, buyer_id: BuyerId | None, taken: Mapping[WarehouseId, int]) -> Aside:
    """With these pieces drawn from it."""
    return _moved(aside, buyer_id, taken, -1)


def given_back(aside: Aside, buyer_id: BuyerId | None, pieces: Mapping[WarehouseId, int]) -> Aside:
    """With pieces back in it, of an order that came to nothing."""
    return _moved(aside, buyer_id, pieces, 1)


def _moved(aside: Aside, buyer_id: BuyerId | None, pieces: Mapping[WarehouseId, int], sign: int) -> Aside:
    left = {id: aside.left.get(id, 0) + sign * pieces.get(id, 0) for id in {**aside.left, **pieces}}
    taken = aside.taken
    if aside.limit is not None and buyer_id is not None:
        count = taken.get(buyer_id, 0) - sign * sum(pieces.values())
        taken = {**taken, buyer_id: count} if count else {id: n for id, n in taken.items() if id != buyer_id}
    return aside.model_copy(update={"left": left, "taken": taken})
