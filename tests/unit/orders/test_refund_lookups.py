"""Look-ups of refunds over gRPC, with fake readers: whose they are, which are shown, and the pool."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import grpc
import pytest

from headwater.stubs.orders.v1 import refunds_pb2 as pb
from headwater.stubs.orders.v1 import refunds_pb2_grpc
from orders.domain.insurance import POOL, Insurance
from orders.domain.state import Order
from orders.refunds_rpc import RefundsRpc
from tests.unit.orders.refunding import DELIVERED, after, answer, ask


class FakeOrders:
    """One order with two refunds, of which one is decided."""

    def __init__(self) -> None:
        self.order = after(*DELIVERED, ask(X_L=4), answer(), ask("rfd_2", X_M=1))
        self.filters: list[dict[str, Any]] = []

    async def get(self, id: str) -> Order | None:
        return self.order if id == "ord_1" else None

    async def find(self, filter: dict[str, Any], sort: Any, limit: int, after: Any = None) -> list[tuple[str, Order]]:
        self.filters.append(filter)
        return [("ord_1", self.order)]


class FakePool:
    """A pool that the platform has helped out."""

    async def get(self, id: str) -> Insurance | None:
        return Insurance(insurance_id=POOL, balance_fen=5, claimed_fen=100, by_platform_fen=30) if id == POOL else None


ORDERS = FakeOrders()


@pytest.fixture
async def refunds() -> AsyncIterator[Any]:
    """The look-ups on a real server."""
    server = grpc.aio.server()
    refunds_pb2_grpc.add_RefundsServicer_to_server(RefundsRpc(ORDERS, FakePool()), server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield refunds_pb2_grpc.RefundsStub(channel)
    await server.stop(None)


@pytest.mark.parametrize("viewer", ["", "shop", "factory"])
async def test_both_sides_and_an_operator_see_the_refunds_of_an_order(refunds: Any, viewer: str) -> None:
    shown = await refunds.GetRefunds(pb.GetRefundsRequest(order_id="ord_1", viewer=viewer), timeout=5)
    assert (shown.left_fen, [one.status for one in shown.refunds]) == (18_300, ["refunded", "asked"])
    first, second = shown.refunds
    assert [step.what for step in first.history] == ["asked", "agreed", "paid"]
    assert (first.history[0].evidence, first.HasField("due"), second.HasField("due")) == (["photo-0"], False, True)


@pytest.mark.parametrize(("order", "viewer"), [("ord_1", "eve"), ("ord_9", "shop")])
async def test_to_anyone_else_there_is_no_such_order(refunds: Any, order: str, viewer: str) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await refunds.GetRefunds(pb.GetRefundsRequest(order_id=order, viewer=viewer), timeout=5)
    assert caught.value.code() == grpc.StatusCode.NOT_FOUND


async def test_a_list_is_of_one_side_and_of_the_status_that_is_asked_for(refunds: Any) -> None:
    page = await refunds.ListRefunds(pb.ListRefundsRequest(supplier_id="factory", status="asked"), timeout=5)
    assert [one.case_id for one in page.refunds] == ["rfd_2"]
    assert ORDERS.filters[-1] == {"cases.status": {"$in": ["asked"]}, "supplier_id": "factory"}
    assert len((await refunds.ListRefunds(pb.ListRefundsRequest(), timeout=5)).refunds) == 2


async def test_a_status_that_does_not_exist_is_answered_with_those_that_do(refunds: Any) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await refunds.ListRefunds(pb.ListRefundsRequest(status="lost"), timeout=5)
    assert "there are recalling" in str(caught.value.details())


async def test_the_pool_says_what_it_has_and_what_the_platform_paid(refunds: Any) -> None:
    pool = await refunds.GetFreightPool(pb.GetFreightPoolRequest(), timeout=5)
    assert (pool.balance_fen, pool.by_platform_fen) == (5, 30)
