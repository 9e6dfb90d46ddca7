"""Company accounts through the door: which command is sent, and what each answer says."""

from __future__ import annotations

from typing import Any

import pytest

from headwater.contracts.base import Refused
from headwater.contracts.companies import RejectRequisition, RequisitionAnswer, SaveList, SetMember, SubmitRequisition
from headwater.stubs.orders.v1 import companies_pb2 as pb
from tests.unit.gateway.building import SHOP, FakeStub, basket, order, quoted, world

COM = "/v1/companies/com_1"
TERMS = {"name": "Sea Ltd", "invoice": {"title": "Sea", "tax_number": "91350100M000100Y43", "address": "Fuzhou"}}
ASKED: list[tuple[str, str, dict[str, Any], type[Any]]] = [
    ("PUT", f"{COM}/members/bo", {"roles": ["buyer"], "limit_fen": 100}, SetMember),
    ("POST", f"{COM}/requisitions/rqn_1/reject", {"reason": "no"}, RejectRequisition),
    ("PUT", f"{COM}/lists/lst_1", {"name": "tees", "lines": [{"sku_id": "tee-L", "quantity": 2}]}, SaveList),
    ("DELETE", f"{COM}/lists/lst_1", {}, SaveList),
]


def told(status: Any, why: str = "") -> RequisitionAnswer:
    return RequisitionAnswer(requisition_id="rqn_1", status=status, total_fen=1000, why=why)  # type: ignore[arg-type]


@pytest.mark.parametrize(("method", "path", "body", "kind"), ASKED)
async def test_a_request_becomes_its_command_in_the_name_of_who_asks(
    method: str, path: str, body: dict[str, Any], kind: type[Any]
) -> None:
    async with world() as gateway:
        response = await gateway.http.request(method, path, json=body or None, headers=SHOP)
        assert response.status_code in (200, 202), response.text
        [command] = gateway.commands.sent
        assert (type(command), command.by, command.company_id) == (kind, "shop-1", "com_1")


async def test_a_tax_number_with_a_typing_error_is_explained_and_nothing_is_sent() -> None:
    async with world() as gateway:
        typo = {**TERMS, "invoice": {**TERMS["invoice"], "tax_number": "91350100M000100Y44"}}  # type: ignore[dict-item]
        responses = [await gateway.http.post("/v1/companies", json=body, headers=SHOP) for body in (TERMS, typo)]
        assert [one.status_code for one in responses] == [201, 422]
        assert "check character" in responses[1].json()["detail"]
        assert len(gateway.commands.sent) == 1


@pytest.mark.parametrize(("status", "http"), [("placed", 201), ("waiting", 202), ("placing", 202), ("refused", 409)])
async def test_what_became_of_a_requisition_is_its_status(status: str, http: int) -> None:
    async with world() as gateway:
        gateway.door.catalog = FakeStub(QuoteBasket=quoted("sup-1"))
        gateway.commands.reply = told(status, "sold out")
        body = {**basket(), "po_number": "PO-7"}
        response = await gateway.http.post(f"{COM}/requisitions", json=body, headers=SHOP)
        assert response.status_code == http, response.text
        [command] = gateway.commands.sent
        assert isinstance(command, SubmitRequisition)
        assert (command.po_number, command.by, len(command.parts)) == ("PO-7", "shop-1", 1)


async def test_an_approval_of_ended_prices_asks_for_those_of_today_and_then_once_more() -> None:
    line = pb.RequisitionLine(sku_id="tee-L", offer_id="off-1", quantity=2, kind="goods")
    asked = pb.GetRequisitionResponse(requisition=pb.Requisition(requisition_id="rqn_1", by="bo", lines=[line]))
    async with world() as gateway:
        gateway.door.catalog = FakeStub(QuoteBasket=quoted("sup-1"))
        gateway.door.companies = FakeStub(GetRequisition=asked)
        replies = [Refused(id="rqn_1", code="prices_expired", detail="ended"), told("waiting"), told("placed")]
        gateway.commands.reply = lambda _command: replies.pop(0)
        response = await gateway.http.post(f"{COM}/requisitions/rqn_1/approve", json={"total_fen": 1000}, headers=SHOP)
        assert (response.status_code, response.json()["status"]) == (200, "placed")
        kinds = [type(command).__name__ for command in gateway.commands.sent]
        assert kinds == ["ApproveRequisition", "RepriceRequisition", "ApproveRequisition"]
        assert gateway.commands.sent[1].parts[0].buyer_id == "bo"


async def test_a_statement_is_csv_in_which_no_text_is_a_formula() -> None:
    row = pb.StatementRow(order_id="ord_1", member_id="bo", po_number="=1+1", status="paid", total_fen=5, paid_fen=5)
    async with world() as gateway:
        gateway.door.companies = FakeStub(GetStatement=pb.GetStatementResponse(rows=[row]))
        text = (await gateway.http.get(f"{COM}/statements/2026-11?format=csv", headers=SHOP)).text
        assert text.splitlines()[1].startswith("ord_1,bo,'=1+1,")
        sums = (await gateway.http.get(f"{COM}/statements/2026-11", headers=SHOP)).json()
        assert (sums["total_fen"], sums["paid_fen"], sums["open_fen"]) == (5, 5, 0)


async def test_an_earlier_order_is_quoted_anew_for_its_buyer_alone() -> None:
    async with world() as gateway:
        gateway.door.catalog = FakeStub(QuoteBasket=quoted("sup-1"))
        gateway.door.orders = FakeStub(GetOrder=order())
        response = await gateway.http.post("/v1/orders/ord_1/reorder", headers=SHOP)
        assert (response.status_code, response.json()["total_fen"]) == (200, 1000)
        other = await gateway.http.post("/v1/orders/ord_1/reorder", headers={"X-Account": "shop-2"})
        assert other.status_code == 404
