"""Look-ups of reviews over gRPC. Reads only; what is read was committed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Protocol

import grpc

from headwater.stubs.reviews.v1 import reviews_pb2 as pb
from headwater.stubs.reviews.v1 import reviews_pb2_grpc
from reviews.domain.feedback import Feedback
from reviews.domain.notices import Inbox, Notice
from reviews.domain.sku import SkuCounters
from reviews.views import notice_view, summary_view

PAGE, MOST = 50, 100
KEY = re.compile(r"-?\d{1,15}-.+")
"""A page ends at a notice's key: its time in milliseconds, then its id."""
Context = grpc.aio.ServicerContext[Any, Any]


class Skus(Protocol):
    """What the look-ups need of the stored counters."""

    async def get_many(self, ids: Iterable[str]) -> dict[str, SkuCounters]: ...


class Feedbacks(Protocol):
    """What the look-ups need of the stored feedback."""

    async def get(self, id: str) -> Feedback | None: ...


class Inboxes(Protocol):
    """What the look-ups need of the stored notices."""

    async def get(self, id: str) -> Inbox | None: ...
    async def parts(
        self, id: str, limit: int, after_key: str | None, newest_first: bool
    ) -> list[tuple[str, Notice]]: ...


class ReviewsRpc(reviews_pb2_grpc.ReviewsServicer):
    """Answers `headwater.reviews.v1.Reviews`."""

    def __init__(self, skus: Skus, feedbacks: Feedbacks, inboxes: Inboxes) -> None:
        self._skus = skus
        self._feedbacks = feedbacks
        self._inboxes = inboxes

    async def GetSummary(self, request: pb.GetSummaryRequest, context: Context) -> pb.GetSummaryResponse:  # noqa: N802
        """One SKU's summary."""
        if not request.sku_id:
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, "Say which SKU: give sku_id.")
        found = await self._skus.get_many([request.sku_id])
        return pb.GetSummaryResponse(summary=summary_view(request.sku_id, found.get(request.sku_id)))

    async def BatchGetSummaries(  # noqa: N802
        self, request: pb.BatchGetSummariesRequest, context: Context
    ) -> pb.BatchGetSummariesResponse:
        """Many SKUs' summaries."""
        if len(request.sku_ids) > MOST:
            detail = f"{len(request.sku_ids)} SKUs are asked for; one call answers {MOST}: ask in several."
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, detail)
        found = await self._skus.get_many(request.sku_ids)
        return pb.BatchGetSummariesResponse(summaries=[summary_view(id, found.get(id)) for id in request.sku_ids])

    async def ListNotices(self, request: pb.ListNoticesRequest, context: Context) -> pb.ListNoticesResponse:  # noqa: N802
        """A page of a supplier's notices, the newest first."""
        if not request.supplier_id:
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, "Say whose notices: give supplier_id.")
        if not 0 <= request.page_size <= MOST:
            detail = f"page_size {request.page_size} is not from 1 to {MOST}: leave it out for {PAGE}."
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, detail)
        if request.page_token and not KEY.fullmatch(request.page_token):
            detail = "page_token is not one of ours: leave it out for the first page."
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, detail)
        inbox = await self._inboxes.get(request.supplier_id)
        size = request.page_size or PAGE
        found = await self._inboxes.parts(request.supplier_id, size + 1, request.page_token or None, True)
        return pb.ListNoticesResponse(
            notices=[notice_view(notice) for _, notice in found[:size]],
            next_page_token=found[size - 1][0] if len(found) > size else "",
            total=inbox.total if inbox else 0,
            unread=inbox.unread if inbox else 0,
        )

    async def GetFeedback(self, request: pb.GetFeedbackRequest, context: Context) -> pb.GetFeedbackResponse:  # noqa: N802
        """What of an order may be, and has been, reviewed."""
        if not request.order_id:
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, "Say which order: give order_id.")
        feedback = await self._feedbacks.get(request.order_id)
        if feedback is None:
            detail = f"Order {request.order_id} is not delivered yet, or not known here: ask again once it is."
            await context.abort(grpc.StatusCode.NOT_FOUND, detail)
        lines = [
            pb.FeedbackLine(sku_id=line.sku_id, pieces=line.pieces, review_id=line.review_id or "")
            for line in feedback.lines
        ]
        return pb.GetFeedbackResponse(lines=lines)
