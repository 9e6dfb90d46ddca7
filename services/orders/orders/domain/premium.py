"""What freight insurance (运费险) costs and covers: one table, and one rate on it.

The **cover** is what a return parcel of so many pieces may cost to send back: the first kilogram and what each further
one adds (首重 and 续重), of garments of about 350 g. The **premium** of an order is `RATE` of the cover of all its
pieces, rounded up to whole fen: with fewer than one insured order in sixteen returned, the pool pays for itself. Both
are rules of this house, made of those two assumptions, and no insurer's tariff: change them here.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from headwater.contracts.orders import OrderLine

RATE = Fraction(6, 100)
"""Of the cover, per order."""
COVERS: tuple[tuple[int, int], ...] = ((2, 1_000), (10, 1_800), (50, 5_000), (200, 15_000))
"""Up to so many pieces in a parcel, so many fen."""
MOST_FEN = 40_000
"""The cover of anything larger."""


def cover_fen(pieces: int) -> int:
    """What is paid for sending so many pieces back."""
    return next((fen for most, fen in COVERS if pieces <= most), MOST_FEN)


def premium_fen(lines: Iterable[OrderLine]) -> int:
    """What an order of these lines pays to be insured."""
    return -int(-RATE * cover_fen(sum(line.quantity for line in lines)) // 1)
