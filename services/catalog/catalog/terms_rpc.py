"""Look-ups of price lists, programmes and buyers over gRPC. Reads only; what is read was committed."""

from __future__ import annotations

from typing import Any, Protocol

import grpc

from catalog.paging import BY_ID, Context, after, page_size
from catalog.views import buyer_view, price_list_view, programme_view
from headwater.stubs.catalog.v1 import terms_pb2 as pb
from headwater.stubs.catalog.v1 import terms_pb2_grpc


class Stored(Protocol):
    """What the look-ups need of stored states of one kind."""

    async def get(self, id: str) -> Any: ...
    async def find(self, filter: dict[str, Any], sort: list[tuple[str, int]], limit: int) -> list[tuple[str, Any]]: ...


class TermsRpc(terms_pb2_grpc.TermsServicer):
    """Answers `headwater.catalog.v1.Terms`."""

    def __init__(self, pricelists: Stored, programmes: Stored, buyers: Stored) -> None:
        self._pricelists = pricelists
        self._programmes = programmes
        self._buyers = buyers

    async def GetPriceList(self, request: pb.GetPriceListRequest, context: Context) -> pb.GetPriceListResponse:  # noqa: N802
        """One price list, or NOT_FOUND."""
        found = await self._pricelists.get(request.pricelist_id)
        if found is None:
            detail = f"There is no price list {request.pricelist_id!r}; ListPriceLists gives a supplier's."
            await context.abort(grpc.StatusCode.NOT_FOUND, detail)
        return pb.GetPriceListResponse(price_list=price_list_view(found))

    async def ListPriceLists(  # noqa: N802
        self, request: pb.ListPriceListsRequest, context: Context
    ) -> pb.ListPriceListsResponse:
        """A page of price lists by id."""
        size = await page_size(request.page_size, context)
        whose = {"supplier_id": request.supplier_id} if request.supplier_id else {}
        found = await self._pricelists.find({**whose, **after(request.page_token)}, BY_ID, size + 1)
        more = found[size - 1][0] if len(found) > size else ""
        return pb.ListPriceListsResponse(
            price_lists=[price_list_view(one) for _, one in found[:size]], next_page_token=more
        )

    async def ListProgrammes(  # noqa: N802
        self, request: pb.ListProgrammesRequest, context: Context
    ) -> pb.ListProgrammesResponse:
        """A page of programmes by id."""
        size = await page_size(request.page_size, context)
        found = await self._programmes.find(after(request.page_token), BY_ID, size + 1)
        more = found[size - 1][0] if len(found) > size else ""
        return pb.ListProgrammesResponse(
            programmes=[programme_view(one) for _, one in found[:size]], next_page_token=more
        )

    async def GetBuyer(self, request: pb.GetBuyerRequest, context: Context) -> pb.GetBuyerResponse:  # noqa: N802
        """What is known of a buyer."""
        return buyer_view(request.buyer_id, await self._buyers.get(request.buyer_id))
