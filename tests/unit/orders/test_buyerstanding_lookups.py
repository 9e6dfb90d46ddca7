"""Look-ups of buyers' standing: all of it to the buyer, its credit to its suppliers, nothing to anybody else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import grpc
import pytest

from headwater.stubs.orders.v1 import buyerstandings_pb2 as pb
from headwater.stubs.orders.v1 import buyerstandings_pb2_grpc
from orders.buyerstandings_rpc import BuyerStandingsRpc
from tests.unit.orders.building import place
from tests.unit.orders.standing import NOW, Accounts, fact
from tests.unit.orders.test_lookups import FakeOrders, after, refusal


class Kept:
    """Accounts by id."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts

    async def get(self, id: str) -> Any:
        return self._accounts.states.get(id)


@pytest.fixture
async def lookups() -> AsyncIterator[Any]:
    """A shop with orders of two factories, linked with another shop; a third that never ordered of anybody."""
    accounts = Accounts()
    accounts.do(fact("paid_in_time"), fact("completed", fen=60_000), fact("completed", "ord_2", "other", fen=60_000))
    accounts.do(fact("expired_unpaid", "ord_9", "stranger"))
    accounts.link("shop", "other")

    async def now() -> datetime:
        return NOW

    server = grpc.aio.server()
    orders: Any = FakeOrders(after(place()))
    rpc = BuyerStandingsRpc(Kept(accounts), orders, now)
    buyerstandings_pb2_grpc.add_BuyerStandingsServicer_to_server(rpc, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield buyerstandings_pb2_grpc.BuyerStandingsStub(channel)
    await server.stop(None)


async def test_a_buyer_sees_what_its_standing_is_made_of(lookups: Any) -> None:
    shown = (await lookups.GetBuyerStanding(pb.GetBuyerStandingRequest(buyer_id="shop"))).standing
    assert (shown.level, shown.integrity, shown.generosity, shown.amount_fen) == ("L2", 122, 100, 120_000)
    assert [(one.fact, one.orders, one.integrity) for one in shown.facts] == [
        ("paid_in_time", 1, 2), ("completed", 2, 20),
    ]  # fmt: skip
    assert shown.integrity == 100 + sum(one.integrity for one in shown.facts)
    assert (shown.own.level, shown.own.amount_fen, shown.link) == ("L1", 60_000, "host")
    assert list(shown.accounts) == ["shop", "other"]
    assert (shown.next.level, shown.next.orders, shown.counts_from) == ("L3", 3, "2025-12")
    assert {(one.what, one.about) for one in shown.history} == {
        ("paid_in_time", "ord_1"), ("completed", "ord_1"), ("linked", "other"),
    }  # fmt: skip


async def test_an_account_that_never_ordered_begins_at_the_lowest_level(lookups: Any) -> None:
    shown = (await lookups.GetBuyerStanding(pb.GetBuyerStandingRequest(buyer_id="new"))).standing
    assert (shown.level, shown.integrity, list(shown.facts), shown.link) == ("L1", 100, [], "alone")


async def test_a_supplier_sees_the_credit_of_who_ordered_from_it_and_no_amounts_and_no_accounts(lookups: Any) -> None:
    credit = (await lookups.GetCredit(pb.GetCreditRequest(supplier_id="factory", buyer_id="shop"))).credit
    assert (credit.level, credit.integrity, credit.in_time_percent, credit.orders_completed) == ("L2", 122, 100, "1+")
    assert {field.name for field, _ in credit.ListFields()} == {
        "buyer_id", "level", "integrity", "generosity", "in_time_percent", "orders_completed",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("supplier", "buyer"),
    [("mill", "shop"), ("factory", "stranger"), ("factory", "nobody"), ("factory", "other"), ("", ""), ("factory", "")],
)
async def test_without_an_order_between_them_there_is_nobody(lookups: Any, supplier: str, buyer: str) -> None:
    error = await refusal(lookups.GetCredit(pb.GetCreditRequest(supplier_id=supplier, buyer_id=buyer)))
    assert error.code() == grpc.StatusCode.NOT_FOUND
    assert error.details() == f"{supplier} has no order of a buyer {buyer!r}: only who has one sees it."
