"""Look-ups of buyers' standing over gRPC: to the buyer itself, and to a supplier that it ordered from."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, Protocol

import grpc

from headwater.contracts.base import BuyerId
from headwater.stubs.orders.v1 import buyerstandings_pb2 as pb
from headwater.stubs.orders.v1 import buyerstandings_pb2_grpc
from orders.buyerstandings_views import credit_view, standing_view
from orders.domain.buyerstanding_state import BuyerStanding
from orders.domain.levels import month_of
from orders.paging import Context


class Standings(Protocol):
    """What the look-ups need of the stored standings."""

    async def get(self, id: str) -> BuyerStanding | None: ...


class OrderFinder(Protocol):
    """What they need of the stored orders."""

    async def find(self, filter: dict[str, Any], sort: list[tuple[str, int]], limit: int) -> list[tuple[str, Any]]: ...


class BuyerStandingsRpc(buyerstandings_pb2_grpc.BuyerStandingsServicer):
    """Answers `headwater.orders.v1.BuyerStandings`."""

    def __init__(self, standings: Standings, orders: OrderFinder, now: Callable[[], Awaitable[datetime]]) -> None:
        self._standings = standings
        self._orders = orders
        self._now = now

    async def GetBuyerStanding(  # noqa: N802
        self, request: pb.GetBuyerStandingRequest, context: Context
    ) -> pb.GetBuyerStandingResponse:
        """An account's own standing; of one that never ordered, where everybody begins."""
        return pb.GetBuyerStandingResponse(standing=standing_view(await self._of(BuyerId(request.buyer_id))))

    async def GetCredit(self, request: pb.GetCreditRequest, context: Context) -> pb.GetCreditResponse:  # noqa: N802
        """A buyer's credit, for a supplier that has an order of it; to any other there is nobody."""
        between = {"supplier_id": request.supplier_id, "buyer_id": request.buyer_id}
        if not await self._orders.find(between, [], 1):
            detail = f"{request.supplier_id} has no order of a buyer {request.buyer_id!r}: only who has one sees it."
            await context.abort(grpc.StatusCode.NOT_FOUND, detail)
        standing = await self._of(BuyerId(request.buyer_id))
        return pb.GetCreditResponse(credit=credit_view(standing.buyer_id, standing.standing))

    async def _of(self, buyer_id: BuyerId) -> BuyerStanding:
        now = await self._now()
        known = await self._standings.get(buyer_id)
        return (known or BuyerStanding(buyer_id=buyer_id, month=month_of(now))).kept_in_time(now)
