"""Look-ups of orders over gRPC. Reads only; what is read was committed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Protocol, get_args

import grpc

from headwater.contracts.orders import OrderStatus
from headwater.stubs.orders.v1 import orders_pb2 as pb
from headwater.stubs.orders.v1 import orders_pb2_grpc
from orders.domain.state import Order
from orders.views import view

PAGE, MOST = 50, 100
Context = grpc.aio.ServicerContext[Any, Any]


class OrderReader(Protocol):
    """What the look-ups need of the store."""

    async def get(self, id: str) -> Order | None: ...
    async def find(
        self, filter: dict[str, Any], sort: list[tuple[str, int]], limit: int, after: dict[str, Any] | None
    ) -> list[tuple[str, Order]]: ...


class OrdersRpc(orders_pb2_grpc.OrdersServicer):
    """Answers `headwater.orders.v1.Orders`."""

    def __init__(self, orders: OrderReader) -> None:
        self._orders = orders

    async def GetOrder(self, request: pb.GetOrderRequest, context: Context) -> pb.GetOrderResponse:  # noqa: N802
        """One order, or NOT_FOUND."""
        order = await self._orders.get(request.order_id)
        if order is None:
            detail = f"There is no order {request.order_id!r}; ListOrders gives those of a buyer."
            await context.abort(grpc.StatusCode.NOT_FOUND, detail)
        return pb.GetOrderResponse(order=view(order))

    async def ListOrders(self, request: pb.ListOrdersRequest, context: Context) -> pb.ListOrdersResponse:  # noqa: N802
        """A page of a buyer's or a supplier's orders, the newest first."""
        whose = {name: id for name in ("buyer_id", "supplier_id") if (id := getattr(request, name))}
        if not whose:
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, "Say whose orders: give buyer_id or supplier_id.")
        if request.status and request.status not in get_args(OrderStatus):
            known = ", ".join(get_args(OrderStatus))
            detail = f"There is no status {request.status!r}; there are {known}."
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, detail)
        try:
            after = _after(request.page_token)
        except (ValueError, OverflowError, OSError):
            detail = "page_token is not one of ours: leave it out for the first page."
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, detail)
        if request.page_size < 0:
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, f"page_size is at least 1, and at most {MOST}.")
        size = min(request.page_size or PAGE, MOST)
        filter = {**whose, **({"status": request.status} if request.status else {})}
        found = await self._orders.find(filter, [("placed_at", -1), ("_id", -1)], size + 1, after)
        page = [order for _, order in found[:size]]
        more = _token(page[-1]) if len(found) > size else ""
        return pb.ListOrdersResponse(orders=[view(order) for order in page], next_page_token=more)


def _token(last: Order) -> str:
    return f"{last.placed_at.timestamp() * 1000:.0f}.{last.order_id}"


def _after(token: str) -> dict[str, Any] | None:
    """The filter for what comes behind a token. Raises `ValueError`."""
    if not token:
        return None
    milliseconds, _, order_id = token.partition(".")
    at = datetime.fromtimestamp(int(milliseconds) / 1000, UTC)
    return {"$or": [{"placed_at": {"$lt": at}}, {"placed_at": at, "_id": {"$lt": order_id}}]}
