"""Reviews: each one that was taken in is counted once, and so is each piece sold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from headwater_proof.checks.case import Case
from headwater_proof.evidence import Violation


def counted(case: Case) -> Iterator[Violation]:
    """By SKU: pieces sold are those of the paid orders; reviews are those that the feedback shows."""
    sold: Counter[str] = Counter()
    for order in case.orders.values():
        if order["paid_fen"]:
            sold.update({line["sku_id"]: line["quantity"] for line in order["lines"]})
    reviews: Counter[str] = Counter()
    for feedback in case.documents("reviews", "feedback").values():
        reviews.update(line["sku_id"] for line in feedback["lines"] if line["review_id"])
    counters = case.documents("reviews", "sku")
    for sku in sorted(sold.keys() | reviews.keys() | counters.keys()):
        found = counters.get(sku, {"sold": 0, "ratings": ()})
        if (found["sold"], sum(found["ratings"])) != (sold[sku], reviews[sku]):
            yield Violation("reviews", sku, f"{sold[sku]} sold and {reviews[sku]} reviews, counted are "
                                            f"{found['sold']} and {sum(found['ratings'])}")  # fmt: skip


def taken_in(case: Case) -> Iterator[Violation]:
    """A review that was acknowledged is stored."""
    stored = {line["review_id"] for one in case.documents("reviews", "feedback").values() for line in one["lines"]}
    for review in case.asked("review"):
        if review.outcome == "ok" and review.op not in stored:
            yield Violation("reviews", review.op, f"of {review.subject} was acknowledged, and is not stored")
