"""Small batch, quick return (小单快返): test plans, and the sales that decide what is ordered again."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Response

from gateway.bodies import ReasonBody
from gateway.door import OPERATOR, Account, IdempotencyKey, TheDoor, Trace
from gateway.ids import fingerprint, id_for
from gateway.openapi import Outcome, carries_out, looks_up
from gateway.plan_bodies import PlanBody, SalesBody
from gateway.problems import Problem
from gateway.routes.catalog import PageSize, PageToken, carried_out, sealed_quotes
from headwater.contracts.base import BuyerId, PlanId
from headwater.contracts.testplans import ClosePlan, ReportSales, StartPlan
from headwater.stubs.orders.v1 import testplans_pb2 as pb

router = APIRouter(prefix="/v1/testplans", tags=["orders"])
MOST_ORDERS = 20


@router.post("", **carries_out(Outcome, 201))
async def start_plan(
    body: PlanBody, door: TheDoor, account: Account, key: IdempotencyKey, trace: Trace, response: Response
) -> dict[str, Any]:
    """Start a test plan (测款): its first lots are ordered, one order for each supplier, to be paid as any."""
    plan_id = PlanId(id_for("tpl", account, key))
    lots = body.quotes or tuple(await sealed_quotes(door, body.lines, account, "goods"))
    if len(lots) > MOST_ORDERS:
        detail = f"The lines are of {len(lots)} suppliers, and a plan takes {MOST_ORDERS}: start several."
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "several-suppliers", detail)
    command = StartPlan(
        plan_id=plan_id, buyer_id=BuyerId(account), name=body.name, lots=lots, limits=body.limits,
        follow_up_pieces=body.follow_up_pieces, thresholds=body.thresholds, ends_at=body.ends_at,
        destination=body.destination, fingerprint=fingerprint(body),
    )  # fmt: skip
    return {"plan_id": plan_id, **await carried_out(door, command, trace, response, f"/v1/testplans/{plan_id}")}


@router.get("", **looks_up(pb.ListPlansResponse))
async def list_plans(
    door: TheDoor, account: Account, page_size: PageSize = 50, page_token: PageToken = ""
) -> dict[str, Any]:
    """The account's test plans, the newest first."""
    request = pb.ListPlansRequest(buyer_id=account, page_size=page_size, page_token=page_token)
    return await door.look_up(door.testplans.ListPlans, request)


@router.get("/{plan_id}", **looks_up(pb.TestPlan))
async def get_plan(plan_id: PlanId, door: TheDoor, account: Account) -> Any:
    """One plan: its styles with the verdict on each and why, and their orders."""
    request = pb.GetPlanRequest(plan_id=plan_id, viewer="" if account == OPERATOR else account)
    return (await door.look_up(door.testplans.GetPlan, request))["plan"]


@router.post("/{plan_id}/sales", **carries_out(Outcome))
async def report_sales(
    plan_id: PlanId, body: SalesBody, door: TheDoor, account: Account, trace: Trace, response: Response
) -> dict[str, Any]:
    """Report what the shop has sold. A SKU and a day count once; a correction has a higher `revision`."""
    command = ReportSales(plan_id=plan_id, buyer_id=BuyerId(account), sold=body.sold)
    return await carried_out(door, command, trace, response, f"/v1/testplans/{plan_id}")


@router.post("/{plan_id}/close", **carries_out(Outcome))
async def close_plan(
    plan_id: PlanId, body: ReasonBody, door: TheDoor, account: Account, trace: Trace, response: Response
) -> dict[str, Any]:
    """End a plan: what is not paid is cancelled, what is paid goes on."""
    command = ClosePlan(plan_id=plan_id, buyer_id=BuyerId(account), reason=body.reason)
    return await carried_out(door, command, trace, response, f"/v1/testplans/{plan_id}")
