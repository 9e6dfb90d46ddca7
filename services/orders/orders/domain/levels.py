"""What a buyer's standing is: which level (L1 … L7) and which coefficients follow from what its orders said.

The figures are the house's own; none was taken from a published rule. All is counted over the last
twelve calendar months (UTC), this one included; what is older is forgotten, good or bad. A buyer has the highest level
of which it reaches everything:

    level   completed, yuan   orders completed   paid in time, of those it could have paid
    L2               1,000                  1
    L3               5,000                  3     70 %
    L4              30,000                 10     80 %
    L5             150,000                 30     85 %
    L6             800,000                100     90 %
    L7           3,000,000                300     95 %

Each coefficient begins at 100; each fact of an order adds to it or takes away, and at the end, not in between, it is
brought into 0 … 1000, so that it does not matter in which order the facts came:

    fact              integrity 诚信   generosity 慷慨
    paid_in_time                 +2
    paid_late                    -3                     in the last tenth of the payment window
    completed                   +10
    accepted                                    +10     by the buyer itself, before the acceptance window ended
    expired_unpaid              -10              -5     goods were held in vain for the whole window
    cancelled_held               -5              -2     goods were held in vain for some of it
    dispute_lost                -30             -10
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from headwater.contracts.buyerstanding import LOWEST, BuyerLevel, Fact, Reckoned, Tally

MONTHS = 12
START, LEAST, MOST = 100, 0, 1000
"""Of both coefficients."""
LATE_TENTH = 10
"""Who pays in the last one of so many parts of the payment window pays late."""


class Rung(NamedTuple):
    """What a level asks for."""

    level: BuyerLevel
    amount_fen: int
    orders: int
    in_time_percent: int


class Points(NamedTuple):
    """What one fact adds to each coefficient."""

    integrity: int
    generosity: int


LADDER = (
    Rung("L7", 300_000_000, 300, 95), Rung("L6", 80_000_000, 100, 90), Rung("L5", 15_000_000, 30, 85),
    Rung("L4", 3_000_000, 10, 80), Rung("L3", 500_000, 3, 70), Rung("L2", 100_000, 1, 0),
)  # fmt: skip
POINTS: dict[Fact, Points] = {
    "paid_in_time": Points(2, 0), "paid_late": Points(-3, 0), "completed": Points(10, 0), "accepted": Points(0, 10),
    "expired_unpaid": Points(-10, -5), "cancelled_held": Points(-5, -2), "dispute_lost": Points(-30, -10),
}  # fmt: skip


def reckon(tallies: Iterable[Tally]) -> Reckoned:
    """The standing of whoever these tallies are of, one account or several."""
    counts: dict[Fact, int] = dict.fromkeys(POINTS, 0)
    amount_fen = 0
    for tally in tallies:
        for fact, count in tally.counts.items():
            counts[fact] += count
        amount_fen += tally.amount_fen
    return Reckoned(
        level=level_of(amount_fen, counts["completed"], in_time_percent(counts)),
        integrity=_clamped(sum(POINTS[fact].integrity * count for fact, count in counts.items())),
        generosity=_clamped(sum(POINTS[fact].generosity * count for fact, count in counts.items())),
        counts={fact: count for fact, count in counts.items() if count}, amount_fen=amount_fen,
    )  # fmt: skip


def level_of(amount_fen: int, orders: int, in_time: int) -> BuyerLevel:
    """The highest level of which all is reached."""
    for rung in LADDER:
        if amount_fen >= rung.amount_fen and orders >= rung.orders and in_time >= rung.in_time_percent:
            return rung.level
    return LOWEST


def in_time_percent(counts: dict[Fact, int]) -> int:
    """Of the orders that could be paid, how many were paid in time, in whole percent; 100 as long as there are none."""
    in_time, late, never = (counts.get(fact, 0) for fact in ("paid_in_time", "paid_late", "expired_unpaid"))
    return in_time * 100 // (in_time + late + never) if in_time + late + never else 100


def is_late(confirmed_at: datetime, pay_by: datetime, now: datetime) -> bool:
    """Whether a payment now is one in the last tenth of its window."""
    return (pay_by - now) * LATE_TENTH < pay_by - confirmed_at


def month_of(at: datetime) -> str:
    """The calendar month of a time in UTC: 2026-11."""
    return f"{at.year:04d}-{at.month:02d}"


def months_after(month: str, many: int) -> str:
    """The month so many months later, or earlier if negative."""
    count = int(month[:4]) * 12 + int(month[5:]) - 1 + many
    return f"{count // 12:04d}-{count % 12 + 1:02d}"


def first_counted(month: str) -> str:
    """The oldest month that counts in a month."""
    return months_after(month, 1 - MONTHS)


def _clamped(points: int) -> int:
    return min(max(START + points, LEAST), MOST)
