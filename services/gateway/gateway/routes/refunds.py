"""Refunds (退款): asking, answering, disputing, ruling; goods that go back; and the pool of freight insurance."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response

from gateway.bodies import NothingBody
from gateway.door import OPERATOR, Account, IdempotencyKey, TheDoor, Trace
from gateway.ids import id_for
from gateway.openapi import RefundNow, carries_out, looks_up
from gateway.problems import Problem
from gateway.refund_bodies import (
    DisputeBody,
    InspectionBody,
    RefundAnswerBody,
    RefundBody,
    ReturnBody,
    RulingBody,
)
from gateway.routes.catalog import PageSize, PageToken
from headwater.contracts.base import BuyerId, CaseId, Message, OrderId, SupplierId
from headwater.contracts.refunds import (
    AnswerRefund,
    AskRefund,
    DisputeRefund,
    InspectReturn,
    RefundAnswer,
    RuleRefund,
    SendReturn,
    WithdrawRefund,
)
from headwater.stubs.orders.v1 import refunds_pb2 as pb

router = APIRouter(prefix="/v1", tags=["refunds"])
ONE = "/orders/{order_id}/refunds/{case_id}"


@router.post("/orders/{order_id}/refunds", **carries_out(RefundNow, 201, later=RefundNow))
async def ask_refund(
    order_id: OrderId, body: RefundBody, door: TheDoor, account: Account, key: IdempotencyKey, trace: Trace,
    response: Response,
) -> dict[str, Any]:  # fmt: skip
    """Ask for money back: before the goods arrive at once, with their parcels called back; after it with evidence."""
    case_id = CaseId(id_for("rfd", f"{account}/{order_id}", key))
    command = AskRefund(**dict(body), order_id=order_id, case_id=case_id, buyer_id=BuyerId(account))
    return _answer(command, await door.ask(command, trace), response)


@router.get("/orders/{order_id}/refunds", **looks_up(pb.GetRefundsResponse))
async def get_refunds(order_id: OrderId, door: TheDoor, account: Account) -> dict[str, Any]:
    """The refunds of an order, for its buyer and its supplier, and what is left of the money for the supplier."""
    request = pb.GetRefundsRequest(order_id=order_id, viewer="" if account == OPERATOR else account)
    return await door.look_up(door.refunds.GetRefunds, request)


@router.get("/refunds", **looks_up(pb.ListRefundsResponse))
async def list_refunds(
    door: TheDoor, account: Account, role: Annotated[Literal["buyer", "supplier"], Query(alias="as")] = "buyer",
    status: Annotated[str, Query(max_length=20)] = "", page_size: PageSize = 50, page_token: PageToken = "",
) -> dict[str, Any]:  # fmt: skip
    """Refunds of the account's orders, as their buyer or their supplier; of all orders for the operator."""
    whose = {} if account == OPERATOR else {f"{role}_id": account}
    request = pb.ListRefundsRequest(**whose, status=status, page_size=page_size, page_token=page_token)
    return await door.look_up(door.refunds.ListRefunds, request)


@router.post(f"{ONE}/answer", **carries_out(RefundNow, later=RefundNow))
async def answer_refund(
    order_id: OrderId, case_id: CaseId, body: RefundAnswerBody, door: TheDoor, account: Account, trace: Trace,
    response: Response,
) -> dict[str, Any]:  # fmt: skip
    """As the supplier: agree, or refuse with a reason, until it is due."""
    command = AnswerRefund(**dict(body), order_id=order_id, case_id=case_id, supplier_id=SupplierId(account))
    return _answer(command, await door.ask(command, trace), response)


@router.post(f"{ONE}/dispute", **carries_out(RefundNow, later=RefundNow))
async def dispute_refund(
    order_id: OrderId, case_id: CaseId, body: DisputeBody, door: TheDoor, account: Account, trace: Trace,
    response: Response,
) -> dict[str, Any]:  # fmt: skip
    """Have an operator rule on the supplier's refusal (平台介入)."""
    command = DisputeRefund(**dict(body), order_id=order_id, case_id=case_id, buyer_id=BuyerId(account))
    return _answer(command, await door.ask(command, trace), response)


@router.post(f"{ONE}/ruling", **carries_out(RefundNow, later=RefundNow))
async def rule_refund(
    order_id: OrderId, case_id: CaseId, body: RulingBody, door: TheDoor, account: Account, trace: Trace,
    response: Response,
) -> dict[str, Any]:  # fmt: skip
    """As the operator: rule on a dispute, in full, in part, or for the supplier."""
    if account != OPERATOR:
        detail = f"Only an operator rules on disputes: send X-Account: {OPERATOR}."
        raise Problem(HTTPStatus.FORBIDDEN, "not-an-operator", detail)
    command = RuleRefund(**dict(body), order_id=order_id, case_id=case_id)
    return _answer(command, await door.ask(command, trace), response)


@router.post(f"{ONE}/withdraw", **carries_out(RefundNow, later=RefundNow))
async def withdraw_refund(
    order_id: OrderId, case_id: CaseId, door: TheDoor, account: Account, trace: Trace, response: Response,
    body: NothingBody | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Take a request back that nothing was paid or sent for."""
    command = WithdrawRefund(order_id=order_id, case_id=case_id, buyer_id=BuyerId(account))
    return _answer(command, await door.ask(command, trace), response)


@router.post(f"{ONE}/return", **carries_out(RefundNow, later=RefundNow))
async def send_return(
    order_id: OrderId, case_id: CaseId, body: ReturnBody, door: TheDoor, account: Account, trace: Trace,
    response: Response,
) -> dict[str, Any]:  # fmt: skip
    """Say that the goods are on their way back."""
    command = SendReturn(**dict(body), order_id=order_id, case_id=case_id, buyer_id=BuyerId(account))
    return _answer(command, await door.ask(command, trace), response)


@router.post(f"{ONE}/inspection", **carries_out(RefundNow, later=RefundNow))
async def inspect_return(
    order_id: OrderId, case_id: CaseId, body: InspectionBody, door: TheDoor, account: Account, trace: Trace,
    response: Response,
) -> dict[str, Any]:  # fmt: skip
    """As the supplier, or the operator for it: what came back goes on the shelf or is written off."""
    by = None if account == OPERATOR else SupplierId(account)
    command = InspectReturn(**dict(body), order_id=order_id, case_id=case_id, supplier_id=by)
    return _answer(command, await door.ask(command, trace), response)


@router.get("/insurance/freight", **looks_up(pb.GetFreightPoolResponse))
async def get_freight_pool(door: TheDoor) -> dict[str, Any]:
    """What the pool of freight insurance (运费险) has, and what the platform paid for it."""
    return await door.look_up(door.refunds.GetFreightPool, pb.GetFreightPoolRequest())


def _answer(command: Any, reply: Message | None, response: Response) -> dict[str, Any]:
    response.headers["Location"] = location = f"/v1/orders/{command.order_id}/refunds"
    known = {"order_id": command.order_id, "case_id": command.case_id, "location": location}
    if isinstance(reply, RefundAnswer):
        return {**reply.model_dump(mode="json"), **known}
    response.status_code = HTTPStatus.ACCEPTED
    return {**dict.fromkeys(("status", "asked_fen", "refunded_fen", "due")), **known}
