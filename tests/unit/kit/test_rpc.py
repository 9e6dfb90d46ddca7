"""The look-up server: a store that is away is no fault of the caller's."""

from __future__ import annotations

from typing import Any

import grpc
import pytest

from headwater.rpc import RpcServer
from headwater.store import StoreAway
from headwater.stubs.catalog.v1 import catalog_pb2 as pb
from headwater.stubs.catalog.v1 import catalog_pb2_grpc


class Catalog(catalog_pb2_grpc.CatalogServicer):
    """Knows suppliers; its offers are in a store that is away."""

    async def GetOffer(self, request: Any, context: Any) -> pb.GetOfferResponse:  # noqa: N802
        """Wait in vain."""
        raise StoreAway("no primary")

    async def GetSupplier(self, request: Any, context: Any) -> pb.GetSupplierResponse:  # noqa: N802
        """Answer at once."""
        return pb.GetSupplierResponse(supplier=pb.Supplier(supplier_id=request.supplier_id))


async def test_a_store_that_is_away_makes_its_look_ups_unavailable_and_no_others() -> None:
    register = catalog_pb2_grpc.add_CatalogServicer_to_server
    server = RpcServer("127.0.0.1:0", [(register, Catalog(), "headwater.catalog.v1.Catalog")])
    await server.start()
    try:
        async with grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel:
            catalog: Any = catalog_pb2_grpc.CatalogStub(channel)
            with pytest.raises(grpc.aio.AioRpcError) as raised:
                await catalog.GetOffer(pb.GetOfferRequest(offer_id="off-1"), timeout=5)
            assert raised.value.code() is grpc.StatusCode.UNAVAILABLE
            assert raised.value.details() == "The store does not answer at the moment: try again."
            found = await catalog.GetSupplier(pb.GetSupplierRequest(supplier_id="mill"), timeout=5)
            assert found.supplier.supplier_id == "mill"
            with pytest.raises(grpc.aio.AioRpcError) as raised:
                await catalog.ListOffers(pb.ListOffersRequest(), timeout=5)
            assert raised.value.code() is grpc.StatusCode.UNIMPLEMENTED
    finally:
        await server.stop(grace_s=0)
