"""Look-ups of stock, promises and parcels over gRPC, with fake readers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from typing import Any

import grpc
import pytest

from headwater.stubs.logistics.v1 import logistics_pb2 as pb
from headwater.stubs.logistics.v1 import logistics_pb2_grpc
from logistics.domain.shipment import Shipment
from logistics.domain.stock import Stock
from logistics.rpc import LogisticsRpc
from tests.unit.logistics.building import NETWORK, after, create, on_parcel, on_stock, packed, receive, reserve, tracked

INVALID = grpc.StatusCode.INVALID_ARGUMENT


class FakeStocks:
    """The stock of one SKU: 10 pieces in Hangzhou, 4 of them held, and 5 in Guangzhou."""

    async def get_many(self, ids: Iterable[str]) -> dict[str, Stock]:
        stock = after(on_stock, receive(10, "hangzhou", "r1"), receive(5, "guangzhou", "r2"), reserve(4))
        return {"X-L": stock} if "X-L" in ids else {}


class FakeShipments:
    """One parcel, collected."""

    parcel: Shipment = after(on_parcel, create(), packed(), tracked("collected"))

    async def get(self, id: str) -> Shipment | None:
        return self.parcel if id == "shp_1" else None

    async def find(self, filter: dict[str, Any], sort: Any, limit: int) -> list[tuple[str, Shipment]]:
        return [("shp_1", self.parcel)] if filter == {"order_id": "ord_1"} else []


@pytest.fixture
async def logistics() -> AsyncIterator[Any]:
    """The look-ups on a real server."""
    server = grpc.aio.server()
    rpc = LogisticsRpc(FakeStocks(), FakeShipments(), NETWORK)
    logistics_pb2_grpc.add_LogisticsServicer_to_server(rpc, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield logistics_pb2_grpc.LogisticsStub(channel)
    await server.stop(None)


async def test_stock_is_told_by_warehouse_with_what_is_held_and_what_is_free(logistics: Any) -> None:
    stock = (await logistics.GetStock(pb.GetStockRequest(sku_id="X-L"), timeout=5)).stock
    shelves = {shelf.warehouse_id: (shelf.on_hand, shelf.held, shelf.available) for shelf in stock.shelves}
    assert shelves == {"hangzhou": (10, 4, 6), "guangzhou": (5, 0, 5)}
    assert stock.available == 11


async def test_a_sku_that_was_never_received_has_no_shelves(logistics: Any) -> None:
    request = pb.BatchGetStockRequest(sku_ids=["ghost", "X-L"])
    ghost, known = (await logistics.BatchGetStock(request, timeout=5)).stocks
    assert (ghost.sku_id, len(ghost.shelves), ghost.available, known.available) == ("ghost", 0, 0, 11)


async def test_a_promise_says_who_sends_what_and_by_when_and_holds_nothing(logistics: Any) -> None:
    promise = await logistics.Promise(pb.PromiseRequest(sku_id="X-L", pieces=9, city="上海"), timeout=5)
    assert [(parcel.warehouse_id, parcel.pieces) for parcel in promise.parcels] == [("hangzhou", 6), ("guangzhou", 3)]
    assert promise.hours == max(parcel.hours for parcel in promise.parcels) > 0
    short = await logistics.Promise(pb.PromiseRequest(sku_id="X-L", pieces=99, city="上海"), timeout=5)
    assert (len(short.parcels), short.available) == (0, 11)


async def test_a_parcel_comes_with_its_history(logistics: Any) -> None:
    parcel = (await logistics.GetShipment(pb.GetShipmentRequest(shipment_id="shp_1"), timeout=5)).shipment
    assert [scan.status for scan in parcel.scans] == ["packed", "collected"]
    assert (parcel.status, parcel.weight_g, parcel.city) == ("collected", 900, "Shanghai")
    listed = await logistics.ListShipments(pb.ListShipmentsRequest(order_id="ord_1"), timeout=5)
    assert [one.shipment_id for one in listed.shipments] == ["shp_1"]


async def test_the_places_are_told_in_both_scripts(logistics: Any) -> None:
    places = await logistics.ListPlaces(pb.ListPlacesRequest(), timeout=5)
    assert {(city.name, city.name_zh) for city in places.cities} >= {("Madrid", "马德里"), ("Shanghai", "上海")}
    assert {origin.id for origin in places.origins} == set(NETWORK.origins)


@pytest.mark.parametrize(
    ("method", "request_", "code", "says"),
    [
        ("GetShipment", pb.GetShipmentRequest(shipment_id="x"), grpc.StatusCode.NOT_FOUND, "ListShipments"),
        ("ListShipments", pb.ListShipmentsRequest(), INVALID, "order_id"),
        ("GetStock", pb.GetStockRequest(), INVALID, "sku_id"),
        ("Promise", pb.PromiseRequest(sku_id="X-L", pieces=1, city="Atlantis"), INVALID, "ListPlaces"),
        ("Promise", pb.PromiseRequest(sku_id="X-L", city="上海"), INVALID, "at least one"),
        ("BatchGetStock", pb.BatchGetStockRequest(sku_ids=["x"] * 501), INVALID, "500"),
    ],
)  # fmt: skip
async def test_a_question_that_makes_no_sense_is_answered_with_what_to_do(
    logistics: Any, method: str, request_: Any, code: grpc.StatusCode, says: str
) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await getattr(logistics, method)(request_, timeout=5)
    assert caught.value.code() == code
    assert says in str(caught.value.details())
