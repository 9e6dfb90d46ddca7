"""Look-ups of suppliers' accounts over gRPC. Reads only; what is read was committed."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import grpc

from headwater.contracts.base import WithdrawalId
from headwater.stubs.orders.v1 import accounts_pb2 as pb
from headwater.stubs.orders.v1 import accounts_pb2_grpc
from orders.accounts_views import account_view, balances_view, posting_view, withdrawal_view
from orders.domain.account_state import (
    SUPPLIERS_TIME,
    Balances,
    Entry,
    SupplierAccount,
    Terms,
    withdrawal,
    withdrawal_keys,
)
from orders.paging import Context

MOST_ROWS = 500


class AccountReader(Protocol):
    """What the look-ups need of the stored accounts."""

    async def get(self, id: str) -> SupplierAccount | None: ...
    async def part(self, id: str, key: str) -> Entry | None: ...
    async def find_parts(
        self, id: str, filter: dict[str, Any], sort: list[tuple[str, int]], limit: int
    ) -> list[Entry]: ...


class AccountsRpc(accounts_pb2_grpc.AccountsServicer):
    """Answers `headwater.orders.v1.Accounts`."""

    def __init__(self, accounts: AccountReader, terms: Terms) -> None:
        self._accounts = accounts
        self._terms = terms

    async def GetAccount(self, request: pb.GetAccountRequest, context: Context) -> pb.GetAccountResponse:  # noqa: N802
        """A supplier's balances, or NOT_FOUND."""
        account = await self._accounts.get(request.supplier_id)
        if account is None:
            detail = f"Supplier {request.supplier_id!r} has no account yet: its first completed order opens it."
            await context.abort(grpc.StatusCode.NOT_FOUND, detail)
        return pb.GetAccountResponse(account=account_view(account, self._terms))

    async def GetWithdrawal(  # noqa: N802
        self, request: pb.GetWithdrawalRequest, context: Context
    ) -> pb.GetWithdrawalResponse:
        """One withdrawal, or NOT_FOUND."""
        keys = withdrawal_keys(WithdrawalId(request.withdrawal_id))
        parts = await asyncio.gather(*(self._accounts.part(request.supplier_id, key) for key in keys))
        known: Mapping[str, Entry] = {key: one for key, one in zip(keys, parts, strict=True) if one is not None}
        found = withdrawal(known, WithdrawalId(request.withdrawal_id))
        if found is None:
            detail = f"Supplier {request.supplier_id!r} has no withdrawal {request.withdrawal_id!r}."
            await context.abort(grpc.StatusCode.NOT_FOUND, detail)
        return pb.GetWithdrawalResponse(withdrawal=withdrawal_view(found))

    async def GetDay(self, request: pb.GetDayRequest, context: Context) -> pb.GetDayResponse:  # noqa: N802
        """A page of a day's postings, with the balances before the day."""
        begin, end = await _day(request.date, context)
        if not 0 <= request.page_size <= MOST_ROWS or not (request.page_token or "0").isdecimal():
            detail = f"page_size is 1 to {MOST_ROWS}, and page_token the next_page_token of the last page."
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, detail)
        size, after = request.page_size or MOST_ROWS, int(request.page_token or "0")
        within = {"at": {"$gte": begin, "$lt": end}, "number": {"$gt": after}}
        opening, found = await asyncio.gather(
            self._before(request.supplier_id, begin),
            self._accounts.find_parts(request.supplier_id, within, [("at", 1), ("number", 1)], size + 1),
        )
        more = str(found[size - 1].number) if len(found) > size else ""
        return pb.GetDayResponse(
            opening=balances_view(opening), postings=[posting_view(one) for one in found[:size]], next_page_token=more
        )

    async def _before(self, supplier_id: str, at: datetime) -> Balances:
        """The balances after the last posting before a time; each posting has those after it."""
        last = await self._accounts.find_parts(supplier_id, {"at": {"$lt": at}}, [("at", -1), ("number", -1)], 1)
        return last[0].balances if last else Balances()


async def _day(date: str, context: Context) -> tuple[datetime, datetime]:
    """When a calendar day begins and ends where suppliers are, in UTC."""
    try:
        begin = datetime.strptime(date, "%Y-%m-%d").replace(tzinfo=UTC) - SUPPLIERS_TIME
        return begin, begin + timedelta(days=1)
    except (ValueError, OverflowError):
        await context.abort(grpc.StatusCode.INVALID_ARGUMENT, f"{date!r} is no day: write 2026-11-26.")
        raise
