"""Look-ups of refunds over gRPC. Reads only; who has no part in an order is told that there is none."""

from __future__ import annotations

from typing import Any, Protocol, get_args

import grpc

from headwater.contracts.refunds import RefundStatus
from headwater.stubs.orders.v1 import refunds_pb2 as pb
from headwater.stubs.orders.v1 import refunds_pb2_grpc
from orders import paging
from orders.domain.insurance import POOL, Insurance
from orders.domain.state import Order
from orders.paging import Context
from orders.refunds_views import refund_view


class OrderReader(Protocol):
    """What the look-ups need of the stored orders."""

    async def get(self, id: str) -> Order | None: ...
    async def find(
        self, filter: dict[str, Any], sort: list[tuple[str, int]], limit: int, after: dict[str, Any] | None
    ) -> list[tuple[str, Order]]: ...


class PoolReader(Protocol):
    """What the look-ups need of the stored pool."""

    async def get(self, id: str) -> Insurance | None: ...


class RefundsRpc(refunds_pb2_grpc.RefundsServicer):
    """Answers `headwater.orders.v1.Refunds`."""

    def __init__(self, orders: OrderReader, pools: PoolReader) -> None:
        self._orders = orders
        self._pools = pools

    async def GetRefunds(self, request: pb.GetRefundsRequest, context: Context) -> pb.GetRefundsResponse:  # noqa: N802
        """The refunds of one order, or NOT_FOUND."""
        order = await self._orders.get(request.order_id)
        if order is None or request.viewer not in ("", order.buyer_id, order.supplier_id):
            detail = f"You have no order {request.order_id!r}; ListOrders gives those of a buyer."
            await context.abort(grpc.StatusCode.NOT_FOUND, detail)
        refunds = [refund_view(order, case) for case in order.cases]
        return pb.GetRefundsResponse(order_id=order.order_id, left_fen=order.left_fen, refunds=refunds)

    async def ListRefunds(self, request: pb.ListRefundsRequest, context: Context) -> pb.ListRefundsResponse:  # noqa: N802
        """A page of refunds by order, the newest order first."""
        statuses = get_args(RefundStatus)
        if request.status and request.status not in statuses:
            detail = f"There is no status {request.status!r}; there are {', '.join(statuses)}."
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, detail)
        after = await paging.after(request.page_token, "placed_at", context)
        size = await paging.page_size(request.page_size, context)
        wanted = [request.status] if request.status else list(statuses)
        whose = {name: id for name in ("buyer_id", "supplier_id") if (id := getattr(request, name))}
        filter: dict[str, Any] = {"cases.status": {"$in": wanted}, **whose}
        found = await self._orders.find(filter, [("placed_at", -1), ("_id", -1)], size + 1, after)
        page = [order for _, order in found[:size]]
        more = paging.token_of(page[-1].placed_at, page[-1].order_id) if len(found) > size else ""
        refunds = [refund_view(order, case) for order in page for case in order.cases if case.status in wanted]
        return pb.ListRefundsResponse(refunds=refunds, next_page_token=more)

    async def GetFreightPool(  # noqa: N802
        self, request: pb.GetFreightPoolRequest, context: Context
    ) -> pb.GetFreightPoolResponse:
        """The pool of freight insurance; all 0 before the first premium."""
        pool = await self._pools.get(POOL) or Insurance(insurance_id=POOL)
        return pb.GetFreightPoolResponse(
            balance_fen=pool.balance_fen, collected_fen=pool.collected_fen, claimed_fen=pool.claimed_fen,
            by_platform_fen=pool.by_platform_fen,
        )  # fmt: skip
