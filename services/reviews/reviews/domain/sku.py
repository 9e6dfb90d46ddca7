"""What buyers say of a SKU, and how much of it is sold: counters, and a word to the factory when it sells well."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from hashlib import blake2b

from pydantic import Field

from headwater.contracts.base import Message, SkuId, SupplierId
from headwater.contracts.orders import OrderPaid
from headwater.contracts.reviews import CountReview, CountSold, NotifySupplier, RestockSuggested
from headwater.decision import Decision, State
from reviews.domain.keywords import keywords

ACCEPTS = (CountReview, CountSold)
REMEMBERED = 64
"""How many of the last counts a SKU knows by their ids. The stream tells each once; a dead letter may come again."""
MOST_PIECES = 10**9
LONGEST_KEY = 96


class SkuCounters(State):
    """Counters of one SKU. Its size is bounded by the dictionary and by `REMEMBERED`."""

    sku_id: SkuId
    supplier_id: SupplierId
    ratings: tuple[int, int, int, int, int] = (0, 0, 0, 0, 0)
    """How many reviews gave 1, 2, 3, 4 and 5."""
    keywords: dict[str, int] = Field(default_factory=dict)
    """How many reviews say each keyword."""
    sold: int = 0
    """Pieces in paid orders."""
    counted: tuple[str, ...] = ()
    """The last counts by what they counted, oldest first."""

    @property
    def reviews(self) -> int:
        """How many reviews there are."""
        return sum(self.ratings)

    def counting(self, what: str) -> tuple[str, ...]:
        """`counted` with one more, the oldest out."""
        return (*self.counted[1 - REMEMBERED :], what)


def sales_of(message: OrderPaid, now: datetime) -> tuple[CountSold, ...]:
    """A paid line is sold."""
    return tuple(
        CountSold(sku_id=line.sku_id, supplier_id=message.supplier_id, order_id=message.order_id, pieces=line.quantity)
        for line in message.lines
    )


def decide(
    thresholds: Sequence[int], sku: SkuCounters | None, message: Message, now: datetime
) -> Decision[SkuCounters]:
    """Count one review, or one sale. `thresholds`: pieces sold at which the factory is told to restock, ascending."""
    match message:
        case CountReview():
            return count_review(sku or _uncounted(message), message)
        case CountSold():
            return count_sold(thresholds, sku or _uncounted(message), message, now)
        case _:
            return Decision(sku)


def count_review(sku: SkuCounters, message: CountReview) -> Decision[SkuCounters]:
    """One review more, and each keyword in it."""
    what = f"review:{message.review_id}"
    if what in sku.counted:
        return Decision(sku)
    ratings = list(sku.ratings)
    ratings[message.rating - 1] += 1
    said = dict(sku.keywords)
    for keyword in sorted(keywords(message.text)):
        said[keyword] = said.get(keyword, 0) + 1
    return Decision(sku.evolve(ratings=tuple(ratings), keywords=said, counted=sku.counting(what)))


def count_sold(thresholds: Sequence[int], sku: SkuCounters, message: CountSold, now: datetime) -> Decision[SkuCounters]:
    """So many pieces more; each threshold that they pass is told. Sales only grow, so none is passed twice."""
    what = f"sold:{message.order_id}"
    if what in sku.counted:
        return Decision(sku)
    more = sku.evolve(sold=sku.sold + message.pieces, counted=sku.counting(what))
    passed = (threshold for threshold in thresholds if sku.sold < threshold <= more.sold)
    return Decision(more, tuple(told for threshold in passed for told in suggest_restock(more, threshold, now)))


def suggest_restock(sku: SkuCounters, threshold: int, now: datetime) -> tuple[Message, Message]:
    """The alert for dashboards, and the notice for the factory."""
    suggestion = RestockSuggested(
        sku_id=sku.sku_id, supplier_id=sku.supplier_id, threshold=threshold,
        sold=min(sku.sold, MOST_PIECES),  # one order may carry the count past what a message can say
    )  # fmt: skip
    notice = NotifySupplier(
        supplier_id=sku.supplier_id, notice_id=_notice_id(sku.sku_id, threshold), kind="restock",
        title=f"{sku.sku_id} sold over {threshold:,} pieces, restock / {sku.sku_id} 销量突破{threshold:,}件，请补货",
        body=f"{sku.sold:,} pieces are in paid orders. Bring more to the origin warehouses before it runs out. / "
             f"已付款{sku.sold:,}件，请在断货前补到产地仓。",
        sku_id=sku.sku_id, at=now,
    )  # fmt: skip
    return suggestion, notice


def _notice_id(sku_id: SkuId, threshold: int) -> str:
    id = f"restock-{sku_id}-{threshold}"
    if len(id) <= LONGEST_KEY:
        return id
    return f"restock-{blake2b(sku_id.encode(), digest_size=16).hexdigest()}-{threshold}"


def _uncounted(message: CountReview | CountSold) -> SkuCounters:
    return SkuCounters(sku_id=message.sku_id, supplier_id=message.supplier_id)
