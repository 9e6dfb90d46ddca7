"""Strict selection (严选): by which stated thresholds a supplier belongs to it, and why one does not. Pure.

A supplier is in while it is a verified factory or chain leader, is not suspended, has no report upheld against it, and
its buyers are content. Contentment is the mean of all ratings, told in hundredths of a star: 4.50 lets a supplier in,
and one that is in stays until 4.30, so that a single review does not send it in and out.

    kind            suspended   upheld   reviews   mean   in before   reasons not to be in
    source_factory  no          0        20        4.50   no          none
    source_factory  no          0        20        4.40   no          low_score
    source_factory  no          0        20        4.40   yes         none
    trader          no          1        3         5.00   no          not_a_factory, upheld_reports, few_reviews
"""

from __future__ import annotations

from typing import NamedTuple

from headwater.contracts.governance import SupplierKind

KINDS: tuple[SupplierKind, ...] = ("source_factory", "chain_leader")
LEAST_REVIEWS = 20
ENTERS_X100 = 450
STAYS_X100 = 430
MOST_UPHELD = 0


class Figures(NamedTuple):
    """What the rules look at."""

    kind: SupplierKind
    suspended: bool
    upheld: int
    """Reports upheld, of any kind."""
    reviews: int
    stars: int
    """The sum of all ratings."""


def why_not_strict(of: Figures, inside: bool) -> tuple[str, ...]:
    """Each reason that keeps a supplier out, by name; none if it is in. `inside`: whether it is in so far."""
    least = STAYS_X100 if inside else ENTERS_X100
    reasons = {
        "not_a_factory": of.kind not in KINDS,
        "suspended": of.suspended,
        "upheld_reports": of.upheld > MOST_UPHELD,
        "few_reviews": of.reviews < LEAST_REVIEWS,
        "low_score": of.stars * 100 < least * of.reviews,
    }
    return tuple(name for name, holds in reasons.items() if holds)
