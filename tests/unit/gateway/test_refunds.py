"""Refunds through the door: who acts is who asks, only an operator rules, and each list is its asker's own."""

from __future__ import annotations

import pytest

from headwater.contracts.base import Refused
from headwater.contracts.orders import OrderAnswer
from headwater.contracts.refunds import AskRefund, InspectReturn, RefundAnswer
from headwater.stubs.orders.v1 import refunds_pb2 as pb
from tests.unit.gateway.building import SHOP, FakeStub, world

OPERATOR = {"X-Account": "operator"}
CASE = "/v1/orders/ord_1/refunds/rfd_1"
ASKED = RefundAnswer.model_validate(
    {"order_id": "ord_1", "case_id": "rfd_1", "status": "asked", "asked_fen": 100, "refunded_fen": 0}
)


def _order(premium_fen: int) -> OrderAnswer:
    return OrderAnswer.model_validate(
        {"order_id": "ord_1", "status": "paid", "total_fen": 1_000, "currency": "CNY", "premium_fen": premium_fen}
    )


async def test_a_refund_is_asked_for_by_its_account_and_the_same_key_asks_for_the_same() -> None:
    async with world() as gateway:
        gateway.commands.reply = ASKED
        body = {"reason": "damaged", "lines": [{"sku_id": "s", "pieces": 2}], "evidence": ["a.jpg"]}
        for _ in range(2):
            headers = {**SHOP, "Idempotency-Key": "once"}
            response = await gateway.http.post("/v1/orders/ord_1/refunds", json=body, headers=headers)
        assert (response.status_code, response.json()["status"]) == (201, "asked")
        first, second = gateway.commands.sent
        assert isinstance(first, AskRefund)
        assert (first, first.buyer_id, first.evidence) == (second, "shop-1", ("a.jpg",))


async def test_a_refund_without_an_answer_yet_is_on_its_way() -> None:
    async with world() as gateway:
        gateway.commands.reply = None
        response = await gateway.http.post("/v1/orders/ord_1/refunds", json={"reason": "other"}, headers=SHOP)
        assert (response.status_code, response.json()["status"]) == (202, None)
        assert response.headers["Location"] == "/v1/orders/ord_1/refunds"


async def test_only_an_operator_rules() -> None:
    async with world() as gateway:
        gateway.commands.reply = ASKED
        body = {"ruling": "full", "reason": "seen"}
        refused = await gateway.http.post(f"{CASE}/ruling", json=body, headers=SHOP)
        assert (refused.status_code, refused.json()["type"]) == (403, "/problems/not-an-operator")
        assert gateway.commands.sent == []
        assert (await gateway.http.post(f"{CASE}/ruling", json=body, headers=OPERATOR)).status_code == 200


async def test_an_inspection_is_the_supplier_s_or_the_platform_s() -> None:
    async with world() as gateway:
        gateway.commands.reply = ASKED
        for headers in (SHOP, OPERATOR):
            await gateway.http.post(f"{CASE}/inspection", json={"lines": []}, headers=headers)
        by = [command.supplier_id for command in gateway.commands.sent if isinstance(command, InspectReturn)]
        assert by == ["shop-1", None]


@pytest.mark.parametrize(
    ("code", "status"), [("no_evidence", 422), ("no_such_refund", 404), ("not_your_order", 403), ("refund_open", 409)]
)
async def test_a_refusal_is_a_problem_by_name(code: str, status: int) -> None:
    async with world() as gateway:
        gateway.commands.reply = Refused(id="rfd_1", code=code, detail="Do this.")
        response = await gateway.http.post(f"{CASE}/answer", json={"agrees": True}, headers=SHOP)
        assert (response.status_code, response.json()["type"]) == (status, f"/problems/{code.replace('_', '-')}")


async def test_lists_are_of_the_asker_s_own_orders_and_of_all_for_an_operator() -> None:
    async with world() as gateway:
        gateway.door.refunds = FakeStub(
            ListRefunds=pb.ListRefundsResponse(refunds=[pb.Refund(case_id="rfd_1", status="asked")]),
            GetRefunds=pb.GetRefundsResponse(order_id="ord_1", left_fen=5),
            GetFreightPool=pb.GetFreightPoolResponse(balance_fen=7),
        )
        for query, headers in (("", SHOP), ("?as=supplier&status=asked", SHOP), ("", OPERATOR)):
            shown = (await gateway.http.get(f"/v1/refunds{query}", headers=headers)).json()
            assert shown["refunds"][0]["case_id"] == "rfd_1"
        asked = [(one.buyer_id, one.supplier_id, one.status) for one in gateway.door.refunds.asked]
        assert asked == [("shop-1", "", ""), ("", "shop-1", "asked"), ("", "", "")]
        assert (await gateway.http.get("/v1/orders/ord_1/refunds", headers=SHOP)).json()["left_fen"] == 5
        assert gateway.door.refunds.asked[-1].viewer == "shop-1"
        assert (await gateway.http.get("/v1/insurance/freight")).json()["balance_fen"] == 7


async def test_a_payment_with_a_premium_is_taken_as_it_is_repeated() -> None:
    async with world() as gateway:
        gateway.commands.reply = paid = _order(premium_fen=60)
        body = {"amount_fen": paid.total_fen + 60, "insured": True}
        response = await gateway.http.post("/v1/orders/ord_1/pay", json=body, headers=SHOP)
        assert (response.status_code, gateway.commands.sent[0].insured) == (200, True)
        other = await gateway.http.post("/v1/orders/ord_1/pay", json={"amount_fen": paid.total_fen}, headers=SHOP)
        assert other.json()["type"] == "/problems/idempotency-conflict"
