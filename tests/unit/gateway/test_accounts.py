"""Suppliers' accounts through the door: for the supplier alone, once per Idempotency-Key, and as CSV."""

from __future__ import annotations

import pytest

from headwater.contracts.accounts import WithdrawalAnswer, WithdrawFunds
from headwater.contracts.base import Refused
from headwater.stubs.orders.v1 import accounts_pb2 as pb
from tests.unit.gateway.building import FakeStub, World, world

SUP = {"X-Account": "sup", "Idempotency-Key": "k-1"}
PATH = "/v1/suppliers/sup"
BODY = {"amount_fen": 400, "payee": "card 6222"}


def answered(command: WithdrawFunds) -> WithdrawalAnswer:
    return WithdrawalAnswer(
        withdrawal_id=command.withdrawal_id, status="asked", amount_fen=command.amount_fen, withdrawable_fen=600
    )


async def test_a_withdrawal_is_the_same_for_the_same_key() -> None:
    async with world() as gateway:
        gateway.commands.reply = answered
        responses = [await gateway.http.post(f"{PATH}/withdrawals", json=BODY, headers=SUP) for _ in range(2)]
        assert [one.status_code for one in responses] == [201, 201]
        assert len({command.withdrawal_id for command in gateway.commands.sent}) == 1
        assert isinstance(gateway.commands.sent[0], WithdrawFunds)
        assert responses[0].json()["location"] == responses[0].headers["Location"]


async def test_without_a_key_nothing_is_withdrawn() -> None:
    async with world() as gateway:
        response = await gateway.http.post(f"{PATH}/withdrawals", json=BODY, headers={"X-Account": "sup"})
        assert (response.status_code, response.json()["type"]) == (422, "/problems/no-idempotency-key")
        assert gateway.commands.sent == []


@pytest.mark.parametrize("body", [{**BODY, "amount_fen": 0}, {**BODY, "amount_fen": 1.5}, {**BODY, "payee": ""}])
async def test_what_is_no_amount_and_no_payee_is_not_sent(body: dict[str, object]) -> None:
    async with world() as gateway:
        assert (await gateway.http.post(f"{PATH}/withdrawals", json=body, headers=SUP)).status_code == 422
        assert gateway.commands.sent == []


async def test_more_than_there_is_is_refused_by_name() -> None:
    async with world() as gateway:
        gateway.commands.reply = Refused(id="wdr_1", code="insufficient_funds", detail="There are 600 fen.")
        response = await gateway.http.post(f"{PATH}/withdrawals", json=BODY, headers=SUP)
        assert (response.status_code, response.json()["type"]) == (422, "/problems/insufficient-funds")


async def test_no_reply_is_no_answer_and_says_where_to_look() -> None:
    async with world() as gateway:
        gateway.commands.reply = None
        response = await gateway.http.post(f"{PATH}/withdrawals", json=BODY, headers=SUP)
        assert (response.status_code, response.json()["status"]) == (202, None)
        assert response.json()["location"].startswith(f"{PATH}/withdrawals/wdr_")


async def everything(gateway: World, account: str) -> list[int]:
    """What this account is answered everywhere."""
    headers = {**SUP, "X-Account": account}
    paths = ("account", "withdrawals/wdr_1", "statements/2026-11-26")
    found = [(await gateway.http.get(f"{PATH}/{path}", headers=headers)).status_code for path in paths]
    return [*found, (await gateway.http.post(f"{PATH}/withdrawals", json=BODY, headers=headers)).status_code]


async def test_an_account_is_for_its_supplier_and_for_operators() -> None:
    async with world() as gateway:
        gateway.commands.reply = answered
        gateway.door.accounts = FakeStub(
            GetAccount=pb.GetAccountResponse(account=pb.SupplierAccount(supplier_id="sup")),
            GetWithdrawal=pb.GetWithdrawalResponse(withdrawal=pb.Withdrawal(withdrawal_id="wdr_1")),
            GetDay=pb.GetDayResponse(opening=pb.Balances()),
        )
        for account in ("sup", "operator"):
            assert await everything(gateway, account) == [200, 200, 200, 201]
        gateway.commands.sent.clear()
        assert await everything(gateway, "thief") == [403] * 4
        assert gateway.commands.sent == []


async def test_a_statement_has_opening_and_closing_balances_and_no_formula() -> None:
    pages = iter([
        pb.GetDayResponse(opening=pb.Balances(withdrawable_fen=500), next_page_token="1", postings=[
            pb.AccountPosting(number=1, kind="withdraw", note="=HYPERLINK(1)", amount_fen=400,
                              balances=pb.Balances(withdrawable_fen=100, paying_fen=400)),
        ]),
        pb.GetDayResponse(opening=pb.Balances(withdrawable_fen=500), postings=[
            pb.AccountPosting(number=2, kind="payout", amount_fen=400, balances=pb.Balances(withdrawable_fen=100)),
        ]),
    ])  # fmt: skip
    async with world() as gateway:
        gateway.door.accounts = FakeStub(GetDay=lambda _request: next(pages))  # type: ignore[arg-type]
        response = await gateway.http.get(f"{PATH}/statements/2026-11-26", headers=SUP)
        assert response.headers["Content-Type"].startswith("text/csv")
        assert response.text.splitlines() == [
            "number,at,kind,cause,debit,credit,amount_fen,note,payable_fen,withdrawable_fen,paying_fen",
            ",,opening,,,,,,0,500,0", "1,,withdraw,,,,400,'=HYPERLINK(1),0,100,400", "2,,payout,,,,400,,0,100,0",
            ",,closing,,,,,,0,100,0",
        ]  # fmt: skip
