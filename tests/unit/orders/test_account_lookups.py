"""Look-ups of suppliers' accounts over gRPC, with a fake reader: balances, withdrawals, and a day's postings."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
import pytest

from headwater.stubs.orders.v1 import accounts_pb2 as pb
from headwater.stubs.orders.v1 import accounts_pb2_grpc
from orders.accounts_rpc import AccountsRpc
from orders.domain.account_state import Entry, SupplierAccount
from tests.unit.orders.accounts import FACTORY, TERMS, after, credit, says, withdraw

MIDNIGHT = datetime(2026, 11, 26, 16, tzinfo=UTC)
"""In China the 27th begins."""


class FakeAccounts:
    """One account, asked as the store is."""

    def __init__(self, account: SupplierAccount) -> None:
        self._account = account

    async def get(self, id: str) -> SupplierAccount | None:
        return self._account if id == self._account.supplier_id else None

    async def part(self, id: str, key: str) -> Entry | None:
        return self._account.postings.get(key) if id == self._account.supplier_id else None

    async def find_parts(self, id: str, filter: dict[str, Any], sort: list[tuple[str, int]], limit: int) -> list[Entry]:
        found = [one for one in self._account.postings.values() if id == self._account.supplier_id]
        found = [one for one in found if all(_fits(getattr(one, name), asked) for name, asked in filter.items())]
        assert [name for name, _ in sort] == ["at", "number"]
        found.sort(key=lambda one: (one.at, one.number), reverse=sort[0][1] < 0)
        return found[:limit]


def _fits(value: Any, asked: dict[str, Any]) -> bool:
    checks = {"$gte": lambda a, b: a >= b, "$gt": lambda a, b: a > b, "$lt": lambda a, b: a < b}
    return all(checks[name](value, bound) for name, bound in asked.items())


def account() -> SupplierAccount:
    """Before midnight one order; after it another, a withdrawal that fails, and one that is paid."""
    before = after(FACTORY, credit("ord_1", 1_000), now=MIDNIGHT - timedelta(milliseconds=1))
    messages = (
        credit("ord_2", 500), withdraw("wdr_a", 300), says("failed", "wdr_a", 300), withdraw("wdr_b", 200),
        says("paid", "wdr_b", 200),
    )  # fmt: skip
    return after(*messages, now=MIDNIGHT, state=before)


@pytest.fixture
async def stub() -> AsyncIterator[Any]:
    server = grpc.aio.server()
    accounts_pb2_grpc.add_AccountsServicer_to_server(AccountsRpc(FakeAccounts(account()), TERMS), server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield accounts_pb2_grpc.AccountsStub(channel)
    await server.stop(None)


async def test_an_account_shows_what_there_is(stub: Any) -> None:
    found = (await stub.GetAccount(pb.GetAccountRequest(supplier_id="sup"))).account
    assert found.balances == pb.Balances(withdrawable_fen=1_300)
    assert (found.settles_at_once, found.settlement_period_s, found.HasField("next_settlement_at")) == (
        True, 7 * 86_400, False,
    )  # fmt: skip


async def test_withdrawals_show_how_they_ended(stub: Any) -> None:
    ends = {}
    for id in ("wdr_a", "wdr_b"):
        request = pb.GetWithdrawalRequest(supplier_id="sup", withdrawal_id=id)
        one = (await stub.GetWithdrawal(request)).withdrawal
        ends[id] = (one.status, one.amount_fen, one.payee, one.reference, one.reason)
    assert ends == {"wdr_a": ("failed", 300, "card 6222", "", "closed"), "wdr_b": ("paid", 200, "card 6222", "T-1", "")}


async def day(stub: Any, date: str, size: int = 0) -> tuple[pb.Balances, list[pb.AccountPosting]]:
    rows: list[pb.AccountPosting] = []
    token = ""
    while True:
        page = await stub.GetDay(pb.GetDayRequest(supplier_id="sup", date=date, page_size=size, page_token=token))
        rows += page.postings
        token = page.next_page_token
        if not token:
            return page.opening, rows


async def test_a_day_begins_at_midnight_in_china_with_what_there_was(stub: Any) -> None:
    opening, rows = await day(stub, "2026-11-26")
    assert (opening, [row.kind for row in rows]) == (pb.Balances(), ["credit", "settle"])
    opening, rows = await day(stub, "2026-11-27")
    assert opening == pb.Balances(withdrawable_fen=1_000)
    assert [row.kind for row in rows] == ["credit", "settle", "withdraw", "return", "withdraw", "payout"]
    assert rows[-1].balances == pb.Balances(withdrawable_fen=1_300)
    opening, rows = await day(stub, "2026-11-28")
    assert (opening, rows) == (pb.Balances(withdrawable_fen=1_300), [])


async def test_pages_of_a_day_are_the_day(stub: Any) -> None:
    assert await day(stub, "2026-11-27", size=1) == await day(stub, "2026-11-27")


@pytest.mark.parametrize("request_", [
    pb.GetDayRequest(supplier_id="sup", date="2026-11-31"), pb.GetDayRequest(supplier_id="sup", date="0001-01-01"),
    pb.GetDayRequest(supplier_id="sup", date="2026-11-27", page_size=501),
    pb.GetDayRequest(supplier_id="sup", date="2026-11-27", page_token="x"),
])  # fmt: skip
async def test_what_is_no_day_and_no_page_is_said_to_be(stub: Any, request_: pb.GetDayRequest) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await stub.GetDay(request_)
    assert refused.value.code() == grpc.StatusCode.INVALID_ARGUMENT


async def test_who_has_no_account_and_what_was_never_asked_for_is_not_found(stub: Any) -> None:
    for call, request in (
        (stub.GetAccount, pb.GetAccountRequest(supplier_id="other")),
        (stub.GetWithdrawal, pb.GetWithdrawalRequest(supplier_id="sup", withdrawal_id="wdr_x")),
        (stub.GetWithdrawal, pb.GetWithdrawalRequest(supplier_id="other", withdrawal_id="wdr_a")),
    ):
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await call(request)
        assert refused.value.code() == grpc.StatusCode.NOT_FOUND
