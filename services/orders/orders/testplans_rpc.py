"""Look-ups of test plans over gRPC. Reads only; who may not see a plan is told that there is none."""

from __future__ import annotations

from typing import Any, Protocol

import grpc

from headwater.rpc import stamp
from headwater.stubs.orders.v1 import testplans_pb2 as pb
from headwater.stubs.orders.v1 import testplans_pb2_grpc
from orders import paging
from orders.domain.testplan_state import Plan, Style
from orders.paging import Context


class PlanReader(Protocol):
    """What the look-ups need of the stored plans."""

    async def get(self, id: str) -> Plan | None: ...
    async def find(
        self, filter: dict[str, Any], sort: list[tuple[str, int]], limit: int, after: dict[str, Any] | None
    ) -> list[tuple[str, Plan]]: ...


class TestPlansRpc(testplans_pb2_grpc.TestPlansServicer):
    """Answers `headwater.orders.v1.TestPlans`."""

    def __init__(self, plans: PlanReader) -> None:
        self._plans = plans

    async def GetPlan(self, request: pb.GetPlanRequest, context: Context) -> pb.GetPlanResponse:  # noqa: N802
        """One plan, or NOT_FOUND."""
        plan = await self._plans.get(request.plan_id)
        if plan is None or request.viewer not in ("", plan.buyer_id):
            detail = f"You have no test plan {request.plan_id!r}; ListPlans gives yours."
            await context.abort(grpc.StatusCode.NOT_FOUND, detail)
        assert plan is not None
        return pb.GetPlanResponse(plan=plan_view(plan))

    async def ListPlans(self, request: pb.ListPlansRequest, context: Context) -> pb.ListPlansResponse:  # noqa: N802
        """A page of a buyer's plans, the newest first."""
        if not request.buyer_id:
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, "Say whose plans: give buyer_id.")
        after = await paging.after(request.page_token, "started_at", context)
        size = await paging.page_size(request.page_size, context)
        newest = [("started_at", -1), ("_id", -1)]
        found = await self._plans.find({"buyer_id": request.buyer_id}, newest, size + 1, after)
        page = [plan for _, plan in found[:size]]
        more = paging.token_of(page[-1].started_at, page[-1].plan_id) if len(found) > size else ""
        return pb.ListPlansResponse(plans=[plan_view(plan) for plan in page], next_page_token=more)


def plan_view(plan: Plan) -> pb.TestPlan:
    """The whole plan."""
    counted = [lot for style in plan.styles for lot in style.counted]
    return pb.TestPlan(
        plan_id=plan.plan_id, buyer_id=plan.buyer_id, name=plan.name, status=plan.status, ended=plan.ended or "",
        started_at=stamp(plan.started_at), ends_at=stamp(plan.ends_at), follow_up_pieces=plan.follow_up_pieces,
        limits=pb.PlanLimits(**plan.limits.model_dump()), thresholds=pb.PlanThresholds(**plan.thresholds.model_dump()),
        ordered_pieces=sum(lot.pieces for lot in counted), ordered_fen=sum(lot.fen for lot in counted),
        styles=[_style_view(style) for style in plan.styles],
    )  # fmt: skip


def _style_view(style: Style) -> pb.PlanStyle:
    return pb.PlanStyle(
        sku_id=style.sku_id, offer_id=style.offer_id, verdict=style.verdict, reason=style.reason, sold=style.sold,
        days=style.days, reviews=style.reviews, stars=style.stars,
        lots=[
            pb.PlanLot(order_id=lot.order_id, pieces=lot.pieces, fen=lot.fen, status=lot.status, why=lot.why)
            for lot in style.lots
        ],
    )  # fmt: skip
