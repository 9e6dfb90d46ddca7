"""Look-ups of custom orders over gRPC. Reads only; who may not see an inquiry is told that there is none."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime
from typing import Any, Protocol

import grpc

from headwater.stubs.orders.v1 import inquiries_pb2 as pb
from headwater.stubs.orders.v1 import inquiries_pb2_grpc
from orders import paging
from orders.domain.inquiry import MOST_CHANGES
from orders.domain.inquiry_state import Entry, Inquiry
from orders.domain.roster import Roster
from orders.domain.state import Order
from orders.inquiries_views import add_history, add_orders, compared, inquiry_view, roster_lines
from orders.paging import Context

MOST_ROSTERS = 50


class InquiryReader(Protocol):
    """What the look-ups need of the stored inquiries."""

    async def get(self, id: str) -> Inquiry | None: ...
    async def find(
        self, filter: dict[str, Any], sort: list[tuple[str, int]], limit: int, after: dict[str, Any] | None
    ) -> list[tuple[str, Inquiry]]: ...
    async def parts(self, id: str, limit: int) -> list[tuple[str, Entry]]: ...


class RosterReader(Protocol):
    """What the look-ups need of the stored rosters."""

    async def find(
        self, filter: dict[str, Any], sort: list[tuple[str, int]], limit: int
    ) -> list[tuple[str, Roster]]: ...


class OrderReader(Protocol):
    """What the look-ups need of the stored orders."""

    async def get_many(self, ids: Iterable[str]) -> dict[str, Order]: ...


class InquiriesRpc(inquiries_pb2_grpc.InquiriesServicer):
    """Answers `headwater.orders.v1.Inquiries`."""

    def __init__(
        self, inquiries: InquiryReader, rosters: RosterReader, orders: OrderReader,
        clock: Callable[[], Awaitable[datetime]],
    ) -> None:  # fmt: skip
        self._inquiries = inquiries
        self._rosters = rosters
        self._orders = orders
        self._clock = clock

    async def GetInquiry(self, request: pb.GetInquiryRequest, context: Context) -> pb.GetInquiryResponse:  # noqa: N802
        """One inquiry with its history and orders, as far as they are the viewer's to see."""
        inquiry = await self._seen(request.inquiry_id, request.viewer, context)
        shown = inquiry_view(inquiry, request.viewer)
        entries = await self._inquiries.parts(inquiry.inquiry_id, MOST_CHANGES)
        placed = add_history(shown, inquiry, entries, request.viewer)
        if placed:
            add_orders(shown, await self._orders.get_many(placed))
        return pb.GetInquiryResponse(inquiry=shown)

    async def ListInquiries(  # noqa: N802
        self, request: pb.ListInquiriesRequest, context: Context
    ) -> pb.ListInquiriesResponse:
        """A page of a buyer's inquiries, or of those that a factory may see, the newest first."""
        if bool(request.buyer_id) == bool(request.supplier_id):
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, "Say whose: give either buyer_id or supplier_id.")
        after = await paging.after(request.page_token, "opened_at", context)
        size = await paging.page_size(request.page_size, context)
        filter: dict[str, Any] = {"buyer_id": request.buyer_id} if request.buyer_id else {
            "$or": [
                {"invited": request.supplier_id}, {"proposals.supplier_id": request.supplier_id},
                {"invited": [], "status": "open"},
            ]
        }  # fmt: skip
        found = await self._inquiries.find(filter, [("opened_at", -1), ("_id", -1)], size + 1, after)
        page = [inquiry for _, inquiry in found[:size]]
        more = paging.token_of(page[-1].opened_at, page[-1].inquiry_id) if len(found) > size else ""
        viewer = request.buyer_id or request.supplier_id
        return pb.ListInquiriesResponse(inquiries=[inquiry_view(one, viewer) for one in page], next_page_token=more)

    async def CompareProposals(  # noqa: N802
        self, request: pb.CompareProposalsRequest, context: Context
    ) -> pb.CompareProposalsResponse:
        """The proposals that can be chosen, side by side."""
        inquiry = await self._seen(request.inquiry_id, request.viewer, context)
        if request.viewer not in ("", inquiry.buyer_id):
            await _not_there(request.inquiry_id, context)
        if not 0 <= request.quantity <= 10**9:
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, "quantity is from 1 to 1,000,000,000 pieces.")
        return compared(inquiry, request.quantity or inquiry.quantity, await self._clock())

    async def GetRoster(self, request: pb.GetRosterRequest, context: Context) -> pb.GetRosterResponse:  # noqa: N802
        """The lines of the inquiry's rosters, each with where its pieces are."""
        inquiry = await self._seen(request.inquiry_id, request.viewer, context)
        if request.viewer not in ("", inquiry.buyer_id, inquiry.supplier_id):
            await _not_there(request.inquiry_id, context)
        one = {"order_id": request.order_id} if request.order_id else {}
        found = await self._rosters.find({"inquiry_id": inquiry.inquiry_id, **one}, [("_id", 1)], MOST_ROSTERS)
        orders = await self._orders.get_many([id for id, _ in found])
        lines = [
            line for id, roster in found for line in roster_lines(roster, orders.get(id), request.class_name)
        ]  # fmt: skip
        return pb.GetRosterResponse(lines=lines)

    async def _seen(self, inquiry_id: str, viewer: str, context: Context) -> Inquiry:
        inquiry = await self._inquiries.get(inquiry_id)
        if inquiry is None or (viewer and not inquiry.is_seen_by(viewer)):
            await _not_there(inquiry_id, context)
        assert inquiry is not None
        return inquiry


async def _not_there(inquiry_id: str, context: Context) -> None:
    detail = f"There is no inquiry {inquiry_id!r} for you; ListInquiries gives yours."
    await context.abort(grpc.StatusCode.NOT_FOUND, detail)
