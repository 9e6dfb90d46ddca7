"""Look-ups of logistics over gRPC. Reads only; what is read was committed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

import grpc

from headwater.stubs.logistics.v1 import logistics_pb2 as pb
from headwater.stubs.logistics.v1 import logistics_pb2_grpc
from logistics.domain.allocation import allocate
from logistics.domain.network import Network
from logistics.domain.shipment import Shipment
from logistics.domain.stock import Stock
from logistics.views import places_view, shipment_view, stock_view

MOST_SKUS = 500
MOST_PARCELS = 100
Context = grpc.aio.ServicerContext[Any, Any]


class StockReader(Protocol):
    """What the look-ups need of the stored stock."""

    async def get_many(self, ids: Iterable[str]) -> dict[str, Stock]: ...


class ShipmentReader(Protocol):
    """What the look-ups need of the stored parcels."""

    async def get(self, id: str) -> Shipment | None: ...
    async def find(
        self, filter: dict[str, Any], sort: list[tuple[str, int]], limit: int
    ) -> list[tuple[str, Shipment]]: ...


class LogisticsRpc(logistics_pb2_grpc.LogisticsServicer):
    """Answers `headwater.logistics.v1.Logistics`."""

    def __init__(self, stocks: StockReader, shipments: ShipmentReader, network: Network) -> None:
        self._stocks = stocks
        self._shipments = shipments
        self._network = network

    async def GetStock(self, request: pb.GetStockRequest, context: Context) -> pb.GetStockResponse:  # noqa: N802
        """A SKU's shelves."""
        if not request.sku_id:
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, "Say of which SKU: give sku_id.")
        found = await self._stocks.get_many([request.sku_id])
        return pb.GetStockResponse(stock=stock_view(request.sku_id, found.get(request.sku_id)))

    async def BatchGetStock(  # noqa: N802
        self, request: pb.BatchGetStockRequest, context: Context
    ) -> pb.BatchGetStockResponse:
        """Many SKUs' shelves."""
        if len(request.sku_ids) > MOST_SKUS:
            detail = f"{len(request.sku_ids)} SKUs are asked for; one call answers {MOST_SKUS}: ask in several."
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, detail)
        found = await self._stocks.get_many(request.sku_ids)
        return pb.BatchGetStockResponse(stocks=[stock_view(id, found.get(id)) for id in request.sku_ids])

    async def Promise(self, request: pb.PromiseRequest, context: Context) -> pb.PromiseResponse:  # noqa: N802
        """What an order would get now."""
        city = self._network.city(request.city)
        if city is None:
            detail = f"{request.city!r} is not served; ListPlaces names the cities that are."
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, detail)
        if request.pieces < 1:
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, "Ask for at least one piece.")
        stock = (await self._stocks.get_many([request.sku_id])).get(request.sku_id)
        if stock is None:
            return pb.PromiseResponse()
        free = {id: shelf.free for id, shelf in stock.shelves.items()}
        taken = allocate(free, request.pieces, self._network.lanes(city)) or {}
        parcels = [
            pb.PromisedParcel(
                warehouse_id=lane.warehouse_id, carrier_id=lane.carrier_id, pieces=taken[lane.warehouse_id],
                hours=lane.hours,
            )
            for lane in self._network.lanes(city)
            if lane.warehouse_id in taken
        ]  # fmt: skip
        hours = max((parcel.hours for parcel in parcels), default=0)
        return pb.PromiseResponse(parcels=parcels, hours=hours, available=stock.available)

    async def GetShipment(self, request: pb.GetShipmentRequest, context: Context) -> pb.GetShipmentResponse:  # noqa: N802
        """One parcel, or NOT_FOUND."""
        shipment = await self._shipments.get(request.shipment_id)
        if shipment is None:
            detail = f"There is no shipment {request.shipment_id!r}; ListShipments gives those of an order."
            await context.abort(grpc.StatusCode.NOT_FOUND, detail)
        return pb.GetShipmentResponse(shipment=shipment_view(shipment))

    async def ListShipments(  # noqa: N802
        self, request: pb.ListShipmentsRequest, context: Context
    ) -> pb.ListShipmentsResponse:
        """An order's parcels."""
        if not request.order_id:
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, "Say of which order: give order_id.")
        found = await self._shipments.find({"order_id": request.order_id}, [("_id", 1)], MOST_PARCELS)
        return pb.ListShipmentsResponse(shipments=[shipment_view(shipment) for _, shipment in found])

    async def ListPlaces(self, request: pb.ListPlacesRequest, context: Context) -> pb.ListPlacesResponse:  # noqa: N802
        """The cities served and the origin warehouses."""
        return places_view(self._network)
