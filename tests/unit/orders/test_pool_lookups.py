"""Look-ups of pools: what is missing and until when, and to each buyer its own shares alone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import grpc
import pytest

from headwater.stubs.orders.v1 import pools_pb2 as pb
from headwater.stubs.orders.v1 import pools_pb2_grpc
from orders.domain.pool_state import Pool, Share
from orders.pools_rpc import JOINABLE, PoolsRpc
from tests.unit.orders.building import NOW
from tests.unit.orders.pooling import SOON, Town, batch, join, opened, preorder, wake, want


class FakePools:
    """Pools in a list, the newest first, with the filters that the look-ups use."""

    def __init__(self, *towns: Town) -> None:
        self._pools = [town.pool for town in towns if town.pool is not None]
        self._shares = [
            (town.pool.pool_id, id, share) for town in towns if town.pool for id, share in town.shares.items()
        ]

    async def get(self, id: str) -> Pool | None:
        return next((pool for pool in self._pools if pool.pool_id == id), None)

    async def find(self, filter: dict[str, Any], sort: Any, limit: int, after: Any = None) -> list[tuple[str, Pool]]:
        statuses = filter["status"]["$in"] if filter["status"] == JOINABLE else [filter["status"]]
        found = [
            pool for pool in self._pools
            if pool.status in statuses and filter.get("supplier_id") in (None, pool.supplier_id)
        ]  # fmt: skip
        return [(pool.pool_id, pool) for pool in found[:limit]]

    async def parts_where(
        self, filter: dict[str, Any], sort: Any, limit: int, after: Any = None
    ) -> list[tuple[str, str, Share]]:
        found = [
            one for one in self._shares
            if one[2].buyer_id == filter["buyer_id"] and filter.get("root") in (None, one[0])
        ]  # fmt: skip
        found.sort(key=lambda one: (one[2].joined_at, f"{one[0]}/{one[1]}"), reverse=True)
        if after:
            at, last = after["$or"][1]["joined_at"], after["$or"][1]["_id"]["$lt"]
            found = [one for one in found if (one[2].joined_at, f"{one[0]}/{one[1]}") < (at, last)]
        return found[:limit]


@pytest.fixture
async def pools() -> AsyncIterator[Any]:
    """The look-ups on a real server: a pool of goods that is open, and a pre-order that is being made."""
    goods = Town().give(opened(pool_id="pool_2"), join("a", pool_id="pool_2"))
    goods.give(join("b", buyer="b-a", pool_id="pool_2"), at=NOW + timedelta(minutes=1))
    made = Town().give(preorder(), want("c", 55)).give(wake(SOON), at=SOON).give(batch("one", 5)).run()
    server = grpc.aio.server()
    pools_pb2_grpc.add_PoolsServicer_to_server(PoolsRpc(FakePools(goods, made)), server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield pools_pb2_grpc.PoolsStub(channel)
    await server.stop(None)


async def test_a_pool_says_how_many_are_missing_and_until_when(pools: Any) -> None:
    pool = (await pools.GetPool(pb.GetPoolRequest(pool_id="pool_2"), timeout=5)).pool
    assert (pool.status, pool.missing_pieces, pool.pieces, pool.price_fen) == ("open", 10, 20, 700)
    assert pool.closes_at.ToDatetime() == SOON.replace(tzinfo=None)
    assert [(one.sku_id, one.pieces) for one in pool.skus] == [("X-L", 20), ("X-M", 0)]


async def test_a_pre_order_shows_what_is_made_and_the_price_it_has_come_to(pools: Any) -> None:
    pool = (await pools.GetPool(pb.GetPoolRequest(pool_id="pool_1"), timeout=5)).pool
    assert (pool.status, pool.price_fen, pool.unit_price_fen, pool.design.title) == ("producing", 700, 600, "cranes")
    assert [line.pieces for one in pool.batches for line in one.lines] == [5]


async def test_a_buyer_sees_its_own_shares_and_no_others(pools: Any) -> None:
    async def seen(viewer: str) -> list[str]:
        request = pb.GetPoolRequest(pool_id="pool_2", viewer=viewer)
        return [share.share_id for share in (await pools.GetPool(request, timeout=5)).pool.shares]

    assert (await seen("b-a"), await seen("b-c"), await seen("")) == (["shr_b", "shr_a"], [], [])


async def test_the_shares_of_a_buyer_come_in_pages(pools: Any) -> None:
    first = await pools.ListShares(pb.ListSharesRequest(buyer_id="b-a", page_size=1), timeout=5)
    request = pb.ListSharesRequest(buyer_id="b-a", page_size=1, page_token=first.next_page_token)
    second = await pools.ListShares(request, timeout=5)
    assert [one.share_id for one in (*first.shares, *second.shares)] == ["shr_b", "shr_a"]
    assert second.next_page_token == ""


async def test_pools_that_can_be_joined_are_listed_and_others_by_their_status(pools: Any) -> None:
    async def listed(**asked: Any) -> list[str]:
        return [one.pool_id for one in (await pools.ListPools(pb.ListPoolsRequest(**asked), timeout=5)).pools]

    assert await listed() == ["pool_2"]
    assert await listed(status="producing") == ["pool_1"]
    assert await listed(supplier_id="another") == []


@pytest.mark.parametrize(
    ("method", "request_", "code"),
    [
        ("GetPool", pb.GetPoolRequest(pool_id="pool_x"), grpc.StatusCode.NOT_FOUND),
        ("ListPools", pb.ListPoolsRequest(status="lost"), grpc.StatusCode.INVALID_ARGUMENT),
        ("ListShares", pb.ListSharesRequest(), grpc.StatusCode.INVALID_ARGUMENT),
    ],
)
async def test_a_question_without_an_answer_says_what_to_do(pools: Any, method: str, request_: Any, code: Any) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await getattr(pools, method)(request_, timeout=5)
    assert caught.value.code() == code
    assert len(str(caught.value.details())) > 20
