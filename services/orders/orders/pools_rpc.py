"""Look-ups of pools over gRPC. Reads only; a share is shown to its buyer alone."""

from __future__ import annotations

from typing import Any, Protocol, get_args

import grpc

from headwater.contracts.pools import PoolStatus
from headwater.stubs.orders.v1 import pools_pb2 as pb
from headwater.stubs.orders.v1 import pools_pb2_grpc
from orders import paging
from orders.domain.pool_state import Pool, Share
from orders.paging import Context
from orders.pools_views import pool_view, share_view

MOST_SHOWN = 100
JOINABLE = {"$in": ["open", "reached"]}


class PoolReader(Protocol):
    """What the look-ups need of the stored pools."""

    async def get(self, id: str) -> Pool | None: ...
    async def find(
        self, filter: dict[str, Any], sort: list[tuple[str, int]], limit: int, after: dict[str, Any] | None
    ) -> list[tuple[str, Pool]]: ...
    async def parts_where(
        self, filter: dict[str, Any], sort: list[tuple[str, int]], limit: int, after: dict[str, Any] | None = None
    ) -> list[tuple[str, str, Share]]: ...


class PoolsRpc(pools_pb2_grpc.PoolsServicer):
    """Answers `headwater.orders.v1.Pools`."""

    def __init__(self, pools: PoolReader) -> None:
        self._pools = pools

    async def GetPool(self, request: pb.GetPoolRequest, context: Context) -> pb.GetPoolResponse:  # noqa: N802
        """One pool with the viewer's shares, or NOT_FOUND."""
        pool = await self._pools.get(request.pool_id)
        if pool is None:
            detail = f"There is no pool {request.pool_id!r}; ListPools gives those that can be joined."
            await context.abort(grpc.StatusCode.NOT_FOUND, detail)
        own: list[tuple[str, Share]] = []
        if request.viewer:
            mine = {"buyer_id": request.viewer, "root": request.pool_id}
            found = await self._pools.parts_where(mine, [("joined_at", -1)], MOST_SHOWN)
            own = [(id, share) for _, id, share in found]
        return pb.GetPoolResponse(pool=pool_view(pool, own))

    async def ListPools(self, request: pb.ListPoolsRequest, context: Context) -> pb.ListPoolsResponse:  # noqa: N802
        """A page of pools, the newest first."""
        if request.status and request.status not in get_args(PoolStatus):
            detail = f"There is no status {request.status!r}; there are {', '.join(get_args(PoolStatus))}."
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, detail)
        after = await paging.after(request.page_token, "opened_at", context)
        size = await paging.page_size(request.page_size, context)
        whose = {name: id for name in ("offer_id", "supplier_id") if (id := getattr(request, name))}
        filter = {**whose, "status": request.status or JOINABLE}
        found = await self._pools.find(filter, [("opened_at", -1), ("_id", -1)], size + 1, after)
        page = [pool for _, pool in found[:size]]
        more = paging.token_of(page[-1].opened_at, page[-1].pool_id) if len(found) > size else ""
        return pb.ListPoolsResponse(pools=[pool_view(pool) for pool in page], next_page_token=more)

    async def ListShares(self, request: pb.ListSharesRequest, context: Context) -> pb.ListSharesResponse:  # noqa: N802
        """A page of what a buyer has joined, the newest first."""
        if not request.buyer_id:
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, "Say whose shares: give buyer_id.")
        after = await paging.after(request.page_token, "joined_at", context)
        size = await paging.page_size(request.page_size, context)
        sort = [("joined_at", -1), ("_id", -1)]
        found = await self._pools.parts_where({"buyer_id": request.buyer_id}, sort, size + 1, after)
        page = found[:size]
        more = ""
        if len(found) > size:
            pool_id, share_id, last = page[-1]
            more = paging.token_of(last.joined_at, f"{pool_id}/{share_id}")
        return pb.ListSharesResponse(shares=[share_view(*one) for one in page], next_page_token=more)
