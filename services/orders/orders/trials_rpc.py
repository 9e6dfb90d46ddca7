"""Look-ups of trials and samples over gRPC. Reads only; who may not see a trial is told that there is none."""

from __future__ import annotations

from typing import Any, Protocol, get_args

import grpc

from headwater.contracts.trialsales import TrialSaleStatus
from headwater.stubs.orders.v1 import trials_pb2 as pb
from headwater.stubs.orders.v1 import trials_pb2_grpc
from orders import paging
from orders.domain.state import Order
from orders.domain.trialsale_state import TrialSale
from orders.paging import Context
from orders.trials_views import samples_view, trial_view

MOST_SINCE = 500
"""So many orders of a page's sampled offers are looked at."""


class TrialReader(Protocol):
    """What the look-ups need of the stored trials."""

    async def get(self, id: str) -> TrialSale | None: ...
    async def find(
        self, filter: dict[str, Any], sort: list[tuple[str, int]], limit: int, after: dict[str, Any] | None
    ) -> list[tuple[str, TrialSale]]: ...


class OrderReader(Protocol):
    """What the look-ups need of the stored orders."""

    async def find(
        self, filter: dict[str, Any], sort: list[tuple[str, int]], limit: int, after: dict[str, Any] | None
    ) -> list[tuple[str, Order]]: ...


class TrialsRpc(trials_pb2_grpc.TrialsServicer):
    """Answers `headwater.orders.v1.Trials`."""

    def __init__(self, trials: TrialReader, orders: OrderReader) -> None:
        self._trials = trials
        self._orders = orders

    async def GetTrialSale(self, request: pb.GetTrialSaleRequest, context: Context) -> pb.GetTrialSaleResponse:  # noqa: N802
        """One delivered trial, or NOT_FOUND."""
        sale = await self._trials.get(request.order_id)
        if sale is None or request.viewer not in ("", sale.buyer_id, sale.supplier_id):
            detail = f"You have no delivered trial {request.order_id!r}; ListTrialSales gives yours."
            await context.abort(grpc.StatusCode.NOT_FOUND, detail)
        assert sale is not None
        return pb.GetTrialSaleResponse(trial=trial_view(sale))

    async def ListTrialSales(  # noqa: N802
        self, request: pb.ListTrialSalesRequest, context: Context
    ) -> pb.ListTrialSalesResponse:
        """A page of a buyer's or a supplier's trials, the newest first."""
        if bool(request.buyer_id) == bool(request.supplier_id):
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, "Say whose: give either buyer_id or supplier_id.")
        known = get_args(TrialSaleStatus)
        if request.status and request.status not in known:
            detail = f"There is no status {request.status!r}; there are {', '.join(known)}."
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, detail)
        filter = {
            name: value for name in ("buyer_id", "supplier_id", "status") if (value := getattr(request, name))
        }  # fmt: skip
        after = await paging.after(request.page_token, "delivered_at", context)
        size = await paging.page_size(request.page_size, context)
        found = await self._trials.find(filter, [("delivered_at", -1), ("_id", -1)], size + 1, after)
        page = [sale for _, sale in found[:size]]
        more = paging.token_of(page[-1].delivered_at, page[-1].order_id) if len(found) > size else ""
        return pb.ListTrialSalesResponse(trials=[trial_view(sale) for sale in page], next_page_token=more)

    async def ListSamples(self, request: pb.ListSamplesRequest, context: Context) -> pb.ListSamplesResponse:  # noqa: N802
        """A page of the samples that a buyer took, each with the orders that followed."""
        if not request.buyer_id:
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, "Say whose samples: give buyer_id.")
        after = await paging.after(request.page_token, "placed_at", context)
        size = await paging.page_size(request.page_size, context)
        whose = {"buyer_id": request.buyer_id}
        newest = [("placed_at", -1), ("_id", -1)]
        found = await self._orders.find({**whose, "kind": "sample"}, newest, size + 1, after)
        page = [order for _, order in found[:size]]
        more = paging.token_of(page[-1].placed_at, page[-1].order_id) if len(found) > size else ""
        offers = sorted({line.offer_id for order in page for line in order.lines})
        since: list[Order] = []
        if offers:
            follows = {
                **whose, "kind": {"$in": ["goods", "trial", "pool"]}, "lines.offer_id": {"$in": offers},
                "status": {"$nin": ["refused", "cancelled", "expired"]},
            }  # fmt: skip
            since = [order for _, order in await self._orders.find(follows, newest, MOST_SINCE, None)]
        return pb.ListSamplesResponse(samples=samples_view(page, since), next_page_token=more)
