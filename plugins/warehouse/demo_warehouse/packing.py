"""What a parcel weighs, and how long it takes to pack."""

from __future__ import annotations

from random import Random

from headwater.contracts.logistics import PackParcel

CARTON_G = 200
PIECE_G = 350
"""A garment or the like, in its bag."""
HEAVIEST_G = 10_000_000
"""The platform's limit for one parcel: ten tonnes."""


def weight_g(task: PackParcel) -> int:
    """The weight of the packed parcel, in grams."""
    return min(CARTON_G + PIECE_G * sum(line.pieces for line in task.lines), HEAVIEST_G)


def packing_s(task: PackParcel, usual_ms: float, seed: int) -> float:
    """How long packing takes, in seconds: from half to twice the usual, always the same for one parcel."""
    return usual_ms / 1000 * Random(f"{seed}/{task.shipment_id}").uniform(0.5, 2.0)
