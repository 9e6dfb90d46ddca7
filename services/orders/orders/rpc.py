"""Look-ups of orders over gRPC. Reads only; what is read was committed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol, get_args

import grpc

from headwater.contracts.orders import OrderStatus
from headwater.stubs.orders.v1 import orders_pb2 as pb
from headwater.stubs.orders.v1 import orders_pb2_grpc
from orders import paging
from orders.domain.checkout import Checkout
from orders.domain.state import Order
from orders.paging import Context
from orders.views import checkout_view, view


class OrderReader(Protocol):
    """What the look-ups need of the store."""

    async def get(self, id: str) -> Order | None: ...
    async def get_many(self, ids: Iterable[str]) -> dict[str, Order]: ...
    async def find(
        self, filter: dict[str, Any], sort: list[tuple[str, int]], limit: int, after: dict[str, Any] | None
    ) -> list[tuple[str, Order]]: ...


class CheckoutReader(Protocol):
    """What the look-ups need of the stored checkouts."""

    async def get(self, id: str) -> Checkout | None: ...


class OrdersRpc(orders_pb2_grpc.OrdersServicer):
    """Answers `headwater.orders.v1.Orders`."""

    def __init__(self, orders: OrderReader, checkouts: CheckoutReader) -> None:
        self._orders = orders
        self._checkouts = checkouts

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
        after = await paging.after(request.page_token, "placed_at", context)
        size = await paging.page_size(request.page_size, context)
        filter = {**whose, **({"status": request.status} if request.status else {})}
        found = await self._orders.find(filter, [("placed_at", -1), ("_id", -1)], size + 1, after)
        page = [order for _, order in found[:size]]
        more = paging.token_of(page[-1].placed_at, page[-1].order_id) if len(found) > size else ""
        return pb.ListOrdersResponse(orders=[view(order) for order in page], next_page_token=more)

    async def GetCheckout(self, request: pb.GetCheckoutRequest, context: Context) -> pb.GetCheckoutResponse:  # noqa: N802
        """One checkout with its orders as they are now, or NOT_FOUND."""
        checkout = await self._checkouts.get(request.checkout_id)
        if checkout is None:
            await context.abort(grpc.StatusCode.NOT_FOUND, f"There is no checkout {request.checkout_id!r}.")
        orders = await self._orders.get_many([one.order_id for one in checkout.orders])
        return pb.GetCheckoutResponse(checkout=checkout_view(checkout, orders))
