"""The verdict on a style under test: scale, hold or stop, with the reason in numbers.

**Sell-through** (售罄率) is the pieces that the shop has sold of those that were delivered, over all lots of the style.
With the defaults (3 reported days; 60 % scales; 20 % after 14 days stops; reviews below 3.0 stop):

    delivered  sold  reported days  days since the last delivery  reviews   verdict
    0          0     0              -                             -         hold: nothing is delivered
    10         9     2              2                             -         hold: 3 reported days are needed
    10         6     3              3                             -         scale: 60 %
    10         5     3              3                             -         hold: 50 %
    10         1     13             13                            -         hold: too early to stop
    10         1     13             14                            -         stop: 10 %, below 20 %
    10         0     0              30                            -         hold: nobody reported that nothing sold
    10         9     9              9                             1 of 2.0  stop: bad goods are not ordered again
    110        9     17             1                             -         hold: the follow-up lot has just come

The thresholds are the buyer's, the defaults the house's own and no industry figure.
"""

from __future__ import annotations

from typing import NamedTuple

from headwater.contracts.testplans import Thresholds, Verdict


class Evidence(NamedTuple):
    """What is known of a style."""

    delivered: int
    """Pieces, of all lots."""
    sold: int
    days: int
    """Days whose sales are reported."""
    age_days: int
    """Whole days since the last lot was delivered."""
    reviews: int = 0
    stars: int = 0
    """Of all reviews together."""


class Judged(NamedTuple):
    """The verdict, and a sentence for people."""

    verdict: Verdict
    reason: str


def judge(thresholds: Thresholds, seen: Evidence) -> Judged:
    """What to do about a style. Exact: percentages are compared by multiplying."""
    if seen.delivered == 0:
        return Judged("hold", "Nothing is delivered yet.")
    if seen.reviews and 10 * seen.stars < thresholds.min_rating_tenths * seen.reviews:
        mean = f"{seen.stars / seen.reviews:.1f}"
        least = f"{thresholds.min_rating_tenths / 10:.1f}"
        return Judged("stop", f"{seen.reviews} reviews have {mean} stars on average, below {least}.")
    if seen.days < thresholds.min_days:
        return Judged("hold", f"Sales of {seen.days} days are reported; {thresholds.min_days} are needed.")
    shown = (
        f"{seen.sold} of {seen.delivered} delivered pieces ({100 * seen.sold // seen.delivered} %) "
        f"sold in {seen.days} reported days"
    )
    if 100 * seen.sold >= thresholds.scale_percent * seen.delivered:
        return Judged("scale", f"{shown}: at least {thresholds.scale_percent} %.")
    if seen.age_days >= thresholds.stop_days and 100 * seen.sold < thresholds.stop_percent * seen.delivered:
        return Judged("stop", f"{shown}, {seen.age_days} days after delivery: below {thresholds.stop_percent} %.")
    if 100 * seen.sold < thresholds.stop_percent * seen.delivered:
        return Judged("hold", f"{shown}: it is too early to stop before {thresholds.stop_days} days.")
    return Judged("hold", f"{shown}: between {thresholds.stop_percent} % and {thresholds.scale_percent} %.")
