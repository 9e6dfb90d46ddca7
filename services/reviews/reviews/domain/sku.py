"""What buyers say of a SKU, and how much of it is sold: counters, and a word to the factory when it sells well."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from pydantic import Field

from headwater.contracts.base import Message, SkuId, SupplierId
from headwater.contracts.reviews import CountReview, CountSold, NotifySupplier, RestockSuggested
from headwater.decision import Decision, State
from reviews.domain.keywords import keywords

ACCEPTS = (CountReview, CountSold)


class SkuCounters(State):
    """Counters of one SKU."""

    sku_id: SkuId
    supplier_id: SupplierId
    ratings: tuple[int, int, int, int, int] = (0, 0, 0, 0, 0)
    """How many reviews gave 1, 2, 3, 4 and 5."""
    keywords: dict[str, int] = Field(default_factory=dict)
    """How many reviews say each keyword."""
    sold: int = 0
    """Pieces in paid orders."""

    @property
    def reviews(self) -> int:
        """How many reviews there are."""
        return sum(self.ratings)


def decide(
    thresholds: Sequence[int], sku: SkuCounters | None, message: Message, now: datetime
) -> Decision[SkuCounters]:
    """Count one review, or one sale. `thresholds`: pieces sold at which the factory is told to restock."""
    match message:
        case CountReview():
            return count_review(sku or SkuCounters(sku_id=message.sku_id, supplier_id=message.supplier_id), message)
        case CountSold():
            known = sku or SkuCounters(sku_id=message.sku_id, supplier_id=message.supplier_id)
            return count_sold(thresholds, known, message, now)
        case _:
            return Decision(sku)


def count_review(sku: SkuCounters, message: CountReview) -> Decision[SkuCounters]:
    """One review more, and each keyword in it."""
    ratings = list(sku.ratings)
    ratings[message.rating - 1] += 1
    said = dict(sku.keywords)
    for keyword in sorted(keywords(message.text)):
        said[keyword] = said.get(keyword, 0) + 1
    return Decision(sku.evolve(ratings=tuple(ratings), keywords=said))


def count_sold(thresholds: Sequence[int], sku: SkuCounters, message: CountSold, now: datetime) -> Decision[SkuCounters]:
    """So many pieces more; the largest threshold that they pass is told, once."""
    sold = sku.sold + message.pieces
    passed = [threshold for threshold in thresholds if sku.sold < threshold <= sold]
    messages: tuple[Message, ...] = ()
    if passed:
        threshold = max(passed)
        suggestion = RestockSuggested(sku_id=sku.sku_id, supplier_id=sku.supplier_id, sold=sold, threshold=threshold)
        notice = NotifySupplier(
            supplier_id=sku.supplier_id, notice_id=f"restock-{sku.sku_id}-{threshold}", kind="restock",
            title=f"{sku.sku_id} sold over {threshold:,}, restock / {sku.sku_id} 销量突破{threshold:,}件，请补货",
            body=f"{sold:,} pieces are in paid orders. Bring more to the origin warehouses before it runs out. / "
                 f"已付款{sold:,}件，请在断货前补到产地仓。",
            sku_id=sku.sku_id, at=now,
        )  # fmt: skip
        messages = (suggestion, notice)
    return Decision(sku.evolve(sold=sold), messages)
