"""Suppliers' accounts: balances, withdrawals (提现), statements by day. Each for its supplier, and for operators."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Response

from gateway.account_bodies import WithdrawalBody, WithdrawalNow
from gateway.door import OPERATOR, Account, Door, IdempotencyKey, TheDoor, Trace
from gateway.ids import id_for
from gateway.openapi import carries_out, looks_up
from gateway.problems import Problem
from gateway.statements import as_csv
from headwater.contracts.accounts import WithdrawalAnswer, WithdrawFunds
from headwater.contracts.base import SupplierId, WithdrawalId
from headwater.stubs.orders.v1 import accounts_pb2 as pb

router = APIRouter(prefix="/v1/suppliers", tags=["suppliers' accounts"])
SORTS = ("payable_fen", "withdrawable_fen", "paying_fen")
COLUMNS = ("number", "at", "kind", "cause", "debit", "credit", "amount_fen", "note", *SORTS)


def _owner(supplier_id: str, account: str) -> None:
    if account not in (supplier_id, OPERATOR):
        detail = f"The account of {supplier_id} is for {supplier_id} itself: send that as X-Account."
        raise Problem(HTTPStatus.FORBIDDEN, "not-your-account", detail)


@router.get("/{supplier_id}/account", **looks_up(pb.SupplierAccount))
async def get_account(supplier_id: SupplierId, door: TheDoor, account: Account) -> Any:
    """What a supplier is owed, can withdraw, and has on its way; and when the next of it is withdrawable."""
    _owner(supplier_id, account)
    return (await door.look_up(door.accounts.GetAccount, pb.GetAccountRequest(supplier_id=supplier_id)))["account"]


@router.post("/{supplier_id}/withdrawals", **carries_out(WithdrawalNow, 201, later=WithdrawalNow))
async def withdraw(
    supplier_id: SupplierId, body: WithdrawalBody, door: TheDoor, account: Account, key: IdempotencyKey, trace: Trace,
    response: Response,
) -> dict[str, Any]:  # fmt: skip
    """Have money paid out, once per Idempotency-Key, which this route asks for. 422 when there is not that much."""
    _owner(supplier_id, account)
    if key is None:
        detail = "Send an Idempotency-Key: so a request that is repeated withdraws once."
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "no-idempotency-key", detail)
    withdrawal_id = WithdrawalId(id_for("wdr", supplier_id, key))
    command = WithdrawFunds(supplier_id=supplier_id, withdrawal_id=withdrawal_id, **dict(body))
    reply = await door.ask(command, trace)
    location = f"/v1/suppliers/{supplier_id}/withdrawals/{withdrawal_id}"
    response.headers["Location"] = location
    if isinstance(reply, WithdrawalAnswer):
        return {**reply.model_dump(), "location": location}
    response.status_code = HTTPStatus.ACCEPTED
    unknown = {"status": None, "amount_fen": body.amount_fen, "withdrawable_fen": None}
    return {"withdrawal_id": withdrawal_id, **unknown, "location": location}


@router.get("/{supplier_id}/withdrawals/{withdrawal_id}", **looks_up(pb.Withdrawal))
async def get_withdrawal(supplier_id: SupplierId, withdrawal_id: WithdrawalId, door: TheDoor, account: Account) -> Any:
    """Whether a withdrawal is asked, paid or failed, and why."""
    _owner(supplier_id, account)
    request = pb.GetWithdrawalRequest(supplier_id=supplier_id, withdrawal_id=withdrawal_id)
    return (await door.look_up(door.accounts.GetWithdrawal, request))["withdrawal"]


STATEMENT: dict[str, Any] = {
    "responses": {
        200: {
            "description": "The opening balances, the day's postings in their order, and the closing balances.",
            "content": {"text/csv": {"schema": {"type": "string"}}},
        }
    },
    "response_model": None,
}


@router.get("/{supplier_id}/statements/{date}", **STATEMENT)
async def get_statement(supplier_id: SupplierId, date: str, door: TheDoor, account: Account) -> Response:
    """A day (2026-11-26, in China's time) as CSV: opening balances, every posting, closing balances, in fen."""
    _owner(supplier_id, account)
    rows = await _rows(door, supplier_id, date)
    name = f'attachment; filename="{supplier_id}-{date}.csv"'
    return Response(as_csv(rows, COLUMNS), media_type="text/csv; charset=utf-8", headers={"Content-Disposition": name})


async def _rows(door: Door, supplier_id: str, date: str) -> list[dict[str, Any]]:
    """The statement's rows. The closing balances are those after the last posting: no other moment's."""
    opening: dict[str, Any] = {}
    rows: list[dict[str, Any]] = []
    token = ""
    while True:
        request = pb.GetDayRequest(supplier_id=supplier_id, date=date, page_token=token)
        page = await door.look_up(door.accounts.GetDay, request)
        opening = opening or page["opening"]
        rows += [{**one, **one["balances"]} for one in page["postings"]]
        token = page["next_page_token"]
        if not token:
            break
    empty = dict.fromkeys(COLUMNS, "")
    closing = {name: (rows[-1] if rows else opening)[name] for name in SORTS}
    return [{**empty, "kind": "opening", **opening}, *rows, {**empty, "kind": "closing", **closing}]
