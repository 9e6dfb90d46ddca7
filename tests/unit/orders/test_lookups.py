"""Look-ups of orders over gRPC, with a fake reader: pages, filters, and what is said when they make no sense."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from datetime import timedelta
from typing import Any

import grpc
import pytest

from headwater.contracts.base import BuyerId, CheckoutId, OrderId, SupplierId
from headwater.contracts.checkouts import CheckoutOrder
from headwater.stubs.orders.v1 import orders_pb2 as pb
from headwater.stubs.orders.v1 import orders_pb2_grpc
from orders.domain.checkout import Checkout
from orders.domain.state import Order
from orders.rpc import OrdersRpc
from tests.unit.orders.building import NOW, after, held, pay, place


class FakeOrders:
    """Orders in a list, the newest first, with the filters that the look-ups use."""

    def __init__(self, *orders: Order) -> None:
        self._orders = sorted(orders, key=lambda order: (order.placed_at, order.order_id), reverse=True)

    async def get(self, id: str) -> Order | None:
        return next((order for order in self._orders if order.order_id == id), None)

    async def get_many(self, ids: Iterable[str]) -> dict[str, Order]:
        return {order.order_id: order for order in self._orders if order.order_id in set(ids)}

    async def find(self, filter: dict[str, Any], sort: Any, limit: int, after: Any = None) -> list[tuple[str, Order]]:
        found = [o for o in self._orders if all(getattr(o, name) == value for name, value in filter.items())]
        if after:
            at, last = after["$or"][1]["placed_at"], after["$or"][1]["_id"]["$lt"]
            found = [o for o in found if (o.placed_at, o.order_id) < (at, last)]
        return [(order.order_id, order) for order in found[:limit]]


class FakeCheckouts:
    """One checkout of three orders: one was paid since then, one is unknown to the orders."""

    async def get(self, id: str) -> Checkout | None:
        if id != "chk_1":
            return None
        known = (("ord_1", "confirmed", ""), ("ord_2", "held", ""), ("ord_0", "refused", "forged_quote: it is forged"))
        members = tuple(
            CheckoutOrder(order_id=OrderId(order), supplier_id=SupplierId("factory"), total_fen=100,
                          status=status, why=why)  # type: ignore[arg-type]
            for order, status, why in known
        )  # fmt: skip
        return Checkout(
            checkout_id=CheckoutId("chk_1"), buyer_id=BuyerId("shop"), all_or_none=False, fingerprint="f",
            status="placing", orders=members, placed_at=NOW,
        )  # fmt: skip


def placed(number: int) -> Order:
    """The order of a minute; each by the same shop."""
    return after(place(order_id=f"ord_{number}"), now=NOW + timedelta(minutes=number // 2))


@pytest.fixture
async def orders() -> AsyncIterator[Any]:
    """The look-ups on a real server, with five orders, of which two have the same time."""
    server = grpc.aio.server()
    paid = after(place(), held(), pay())
    fake: Any = FakeOrders(paid, *(placed(number) for number in range(2, 7)))
    orders_pb2_grpc.add_OrdersServicer_to_server(OrdersRpc(fake, FakeCheckouts()), server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield orders_pb2_grpc.OrdersStub(channel)
    await server.stop(None)


async def refusal(call: Any) -> grpc.aio.AioRpcError:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    return caught.value


async def test_an_order_comes_with_its_history_allocations_and_parcels(orders: Any) -> None:
    order = (await orders.GetOrder(pb.GetOrderRequest(order_id="ord_1"), timeout=5)).order
    assert [step.what for step in order.history] == ["placed", "confirmed", "paid"]
    assert (order.paid_fen, order.allocations[0].pieces, order.shipments[0].status) == (10_000, 10, "created")
    assert order.pay_by.ToDatetime() == (NOW + timedelta(minutes=30)).replace(tzinfo=None)
    assert not order.HasField("accept_by")


async def test_an_unknown_order_is_not_found_and_says_where_to_look(orders: Any) -> None:
    error = await refusal(orders.GetOrder(pb.GetOrderRequest(order_id="ord_x"), timeout=5))
    assert error.code() == grpc.StatusCode.NOT_FOUND
    assert "ListOrders" in str(error.details())


async def test_pages_go_from_the_newest_to_the_oldest_and_miss_none(orders: Any) -> None:
    token, pages = "", []
    for _ in range(9):
        request = pb.ListOrdersRequest(buyer_id="shop", page_size=2, page_token=token)
        page = await orders.ListOrders(request, timeout=5)
        pages.append([order.order_id for order in page.orders])
        token = page.next_page_token
        if not token:
            break
    assert pages == [["ord_6", "ord_5"], ["ord_4", "ord_3"], ["ord_2", "ord_1"]]


async def test_orders_are_filtered_by_status(orders: Any) -> None:
    page = await orders.ListOrders(pb.ListOrdersRequest(supplier_id="factory", status="paid"), timeout=5)
    assert [order.order_id for order in page.orders] == ["ord_1"]


@pytest.mark.parametrize(
    ("request_", "says"),
    [
        (pb.ListOrdersRequest(), "Say whose orders"),
        (pb.ListOrdersRequest(buyer_id="shop", status="lost"), "There is no status 'lost'; there are reserving"),
        (pb.ListOrdersRequest(buyer_id="shop", page_token="nonsense"), "page_token"),
        (pb.ListOrdersRequest(buyer_id="shop", page_token="9" * 30 + ".x"), "page_token"),
        (pb.ListOrdersRequest(buyer_id="shop", page_size=-1), "page_size"),
    ],
)
async def test_a_question_that_makes_no_sense_is_answered_with_what_to_do(
    orders: Any, request_: Any, says: str
) -> None:
    error = await refusal(orders.ListOrders(request_, timeout=5))
    assert error.code() == grpc.StatusCode.INVALID_ARGUMENT
    assert says in str(error.details())


async def test_a_checkout_shows_its_orders_as_they_are_now(orders: Any) -> None:
    checkout = (await orders.GetCheckout(pb.GetCheckoutRequest(checkout_id="chk_1"), timeout=5)).checkout
    assert [(one.order_id, one.status, one.why) for one in checkout.orders] == [
        ("ord_1", "paid", ""), ("ord_2", "held", ""), ("ord_0", "refused", "forged_quote: it is forged")
    ]  # fmt: skip
    assert (checkout.total_fen, checkout.orders[0].HasField("pay_by"), checkout.orders[1].HasField("pay_by")) == (
        200, True, False
    )  # fmt: skip


async def test_an_unknown_checkout_is_not_found(orders: Any) -> None:
    error = await refusal(orders.GetCheckout(pb.GetCheckoutRequest(checkout_id="chk_9"), timeout=5))
    assert (error.code(), "chk_9" in error.details()) == (grpc.StatusCode.NOT_FOUND, True)
