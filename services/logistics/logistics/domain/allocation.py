"""Allocation: which origin warehouses give the pieces, by the promise to the buyer's city.

The soonest warehouse that has all that is still wanted; where nobody has it, the one that has most (fewest parcels;
between equals the sooner), and so on with the rest.

    free pieces                  wanted   allocation
    yiwu 5 (20 h), keqiao 9 (30 h)    4   yiwu 4              both have it: the sooner
    yiwu 5 (20 h), keqiao 9 (30 h)    8   keqiao 8            only one has it all
    yiwu 5 (20 h), keqiao 9 (30 h)   12   keqiao 9, yiwu 3    nobody has it all: who has most, then the rest
    yiwu 5 (20 h), keqiao 9 (30 h)   15   none                14 are not enough
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from headwater.contracts.base import WarehouseId
from logistics.domain.network import Lane


def allocate(free: Mapping[WarehouseId, int], wanted: int, lanes: Sequence[Lane]) -> dict[WarehouseId, int] | None:
    """Pieces by warehouse, or None when there are not enough. `lanes` are the ways to the buyer, the soonest first."""
    rank = {lane.warehouse_id: place for place, lane in enumerate(lanes)}
    stocked = {id: pieces for id, pieces in free.items() if pieces > 0 and id in rank}
    if sum(stocked.values()) < wanted:
        return None
    taken: dict[WarehouseId, int] = {}
    while wanted > 0:
        enough = [id for id, pieces in stocked.items() if pieces >= wanted]
        id = min(enough, key=rank.__getitem__) if enough else max(stocked, key=lambda id: (stocked[id], -rank[id]))
        taken[id] = min(stocked.pop(id), wanted)
        wanted -= taken[id]
    return taken
