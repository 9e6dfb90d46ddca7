"""Look-ups, against readers in memory, over a real gRPC connection."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from typing import Any

import grpc
import pytest

from headwater.stubs.reviews.v1 import reviews_pb2 as pb
from headwater.stubs.reviews.v1 import reviews_pb2_grpc
from reviews.domain.feedback import Feedback
from reviews.domain.notices import Inbox, Notice
from reviews.domain.sku import SkuCounters
from reviews.rpc import ReviewsRpc
from tests.unit.reviews.building import (
    NOW,
    after,
    count_review,
    count_sold,
    mark_read,
    notify,
    on_feedback,
    on_notices,
    on_sku,
    open_feedback,
    review,
)


class Kept:
    """A reader of states in memory."""

    def __init__(self, **states: Any) -> None:
        self.states = states

    async def get(self, id: str) -> Any:
        return self.states.get(id)

    async def get_many(self, ids: Iterable[str]) -> dict[str, Any]:
        return {id: self.states[id] for id in ids if id in self.states}

    async def parts(self, id: str, limit: int, after_key: str | None, newest_first: bool) -> list[tuple[str, Notice]]:
        assert newest_first
        notices: dict[str, Notice] = self.states[id].notices if id in self.states else {}
        keys = [key for key in sorted(notices, reverse=True) if after_key is None or key < after_key]
        return [(key, notices[key]) for key in keys[:limit]]


SOLD: SkuCounters = after(
    on_sku, count_review("r1", 5, "pilling, runs small"), count_review("r2", 2, "pilling"), count_sold(7)
)
REVIEWED: Feedback = after(on_feedback, open_feedback("X-L", "X-M"), review("X-M", "rev_1"))
TOLD: Inbox = after(on_notices, *(notify(f"n{n}", minutes=n) for n in range(5)), mark_read(3))


@pytest.fixture
async def lookups() -> AsyncIterator[Any]:
    server = grpc.aio.server()
    rpc = ReviewsRpc(Kept(**{"X-L": SOLD}), Kept(ord_1=REVIEWED), Kept(factory=TOLD))
    reviews_pb2_grpc.add_ReviewsServicer_to_server(rpc, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield reviews_pb2_grpc.ReviewsStub(channel)
    await server.stop(None)


async def refusal(call: Any) -> tuple[str, str]:
    """The code and the sentence that a call is refused with."""
    with pytest.raises(grpc.aio.AioRpcError) as raised:
        await call
    return raised.value.code().name, raised.value.details() or ""


async def test_a_summary_tells_ratings_keywords_and_sales(lookups: Any) -> None:
    summary = (await lookups.GetSummary(pb.GetSummaryRequest(sku_id="X-L"))).summary
    assert (summary.reviews, list(summary.ratings), summary.mean_rating_x100) == (2, [0, 1, 0, 0, 1], 350)
    assert [(k.keyword, k.reviews) for k in summary.keywords] == [("pilling", 2), ("runs_small", 1)]
    assert summary.sold == 7


async def test_a_sku_that_nobody_bought_has_zeros(lookups: Any) -> None:
    summary = (await lookups.GetSummary(pb.GetSummaryRequest(sku_id="new"))).summary
    assert (summary.sku_id, summary.reviews, list(summary.ratings), summary.sold) == ("new", 0, [0] * 5, 0)


async def test_many_summaries_come_in_the_order_asked_for(lookups: Any) -> None:
    answer = await lookups.BatchGetSummaries(pb.BatchGetSummariesRequest(sku_ids=["new", "X-L", "old"]))
    assert [(summary.sku_id, summary.sold) for summary in answer.summaries] == [("new", 0), ("X-L", 7), ("old", 0)]


async def test_notices_come_newest_first_page_by_page(lookups: Any) -> None:
    first = await lookups.ListNotices(pb.ListNoticesRequest(supplier_id="factory", page_size=3))
    token = first.next_page_token
    rest = await lookups.ListNotices(pb.ListNoticesRequest(supplier_id="factory", page_size=3, page_token=token))
    assert [notice.notice_id for page in (first, rest) for notice in page.notices] == ["n4", "n3", "n2", "n1", "n0"]
    assert rest.next_page_token == ""
    assert (first.total, first.unread) == (5, 2)
    assert rest.notices[-1].at.ToDatetime(NOW.tzinfo) == NOW


async def test_a_page_that_ends_with_the_last_notice_is_the_last(lookups: Any) -> None:
    page = await lookups.ListNotices(pb.ListNoticesRequest(supplier_id="factory", page_size=5))
    assert (len(page.notices), page.next_page_token) == (5, "")


async def test_a_supplier_without_notices_has_an_empty_inbox(lookups: Any) -> None:
    page = await lookups.ListNotices(pb.ListNoticesRequest(supplier_id="new"))
    assert (list(page.notices), page.total, page.unread) == ([], 0, 0)


async def test_feedback_tells_which_lines_have_a_review(lookups: Any) -> None:
    answer = await lookups.GetFeedback(pb.GetFeedbackRequest(order_id="ord_1"))
    assert [(line.sku_id, line.pieces, line.review_id) for line in answer.lines] == [
        ("X-L", 2, ""),
        ("X-M", 2, "rev_1"),
    ]


async def test_an_order_that_is_not_delivered_is_not_found(lookups: Any) -> None:
    code, detail = await refusal(lookups.GetFeedback(pb.GetFeedbackRequest(order_id="ord_2")))
    assert code == "NOT_FOUND"
    assert detail == "Order ord_2 is not delivered yet, or not known here: ask again once it is."


@pytest.mark.parametrize(
    ("rpc", "request_", "says"),
    [
        ("GetSummary", pb.GetSummaryRequest(), "give sku_id"),
        ("GetFeedback", pb.GetFeedbackRequest(), "give order_id"),
        ("BatchGetSummaries", pb.BatchGetSummariesRequest(sku_ids=["X"] * 101), "101 SKUs are asked for"),
        ("ListNotices", pb.ListNoticesRequest(), "give supplier_id"),
        ("ListNotices", pb.ListNoticesRequest(supplier_id="f", page_size=-1), "page_size -1 is not from 1 to 100"),
        ("ListNotices", pb.ListNoticesRequest(supplier_id="f", page_size=101), "page_size 101"),
        ("ListNotices", pb.ListNoticesRequest(supplier_id="f", page_token="x"), "leave it out for the first page"),
    ],
)
async def test_what_cannot_be_looked_up_says_why(lookups: Any, rpc: str, request_: Any, says: str) -> None:
    code, detail = await refusal(getattr(lookups, rpc)(request_))
    assert code == "INVALID_ARGUMENT"
    assert says in detail
