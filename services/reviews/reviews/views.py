"""Counters and notices as the look-ups show them."""

from __future__ import annotations

from headwater.rpc import stamp
from headwater.stubs.reviews.v1 import reviews_pb2 as pb
from reviews.domain.notices import Notice
from reviews.domain.sku import SkuCounters


def summary_view(sku_id: str, sku: SkuCounters | None) -> pb.Summary:
    """What buyers say of a SKU; zeros if nobody bought it."""
    if sku is None:
        return pb.Summary(sku_id=sku_id, ratings=[0] * 5)
    stars = sum(rating * count for rating, count in enumerate(sku.ratings, start=1))
    return pb.Summary(
        sku_id=sku_id, reviews=sku.reviews, ratings=sku.ratings,
        mean_rating_x100=stars * 100 // sku.reviews if sku.reviews else 0,
        keywords=[
            pb.KeywordCount(keyword=keyword, reviews=count)
            for keyword, count in sorted(sku.keywords.items(), key=lambda item: (-item[1], item[0]))
        ],
        sold=sku.sold,
    )  # fmt: skip


def notice_view(notice: Notice) -> pb.Notice:
    """A notice."""
    return pb.Notice(
        notice_id=notice.notice_id, kind=notice.kind, title=notice.title, body=notice.body, at=stamp(notice.at),
        sku_id=notice.sku_id or "",
    )  # fmt: skip
