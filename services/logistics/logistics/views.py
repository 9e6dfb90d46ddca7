"""Stock, parcels and places as the look-ups show them."""

from __future__ import annotations

from headwater.rpc import stamp
from headwater.stubs.logistics.v1 import logistics_pb2 as pb
from logistics.domain.network import Network
from logistics.domain.shipment import Shipment
from logistics.domain.stock import Stock


def stock_view(sku_id: str, stock: Stock | None) -> pb.Stock:
    """The shelves of a SKU; none if it was never received."""
    shelves = stock.shelves if stock else {}
    return pb.Stock(
        sku_id=sku_id,
        shelves=[
            pb.Shelf(warehouse_id=id, on_hand=shelf.on_hand, held=shelf.held, available=shelf.free)
            for id, shelf in shelves.items()
        ],
        available=stock.available if stock else 0,
    )


def shipment_view(shipment: Shipment) -> pb.Shipment:
    """A parcel with its history."""
    return pb.Shipment(
        shipment_id=shipment.shipment_id, order_id=shipment.order_id, warehouse_id=shipment.warehouse_id,
        carrier_id=shipment.carrier_id, status=shipment.status, weight_g=shipment.weight_g,
        lines=[pb.ParcelLine(sku_id=line.sku_id, pieces=line.pieces) for line in shipment.lines],
        promised_at=stamp(shipment.promised_at), created_at=stamp(shipment.created_at),
        scans=[
            pb.Scan(status=scan.status, occurred_at=stamp(scan.occurred_at), heard_at=stamp(scan.heard_at),
                    place=scan.place, note=scan.note)
            for scan in shipment.scans
        ],
        city=shipment.destination.city, recall=shipment.recall or "",
    )  # fmt: skip


def places_view(network: Network) -> pb.ListPlacesResponse:
    """The cities served and the origin warehouses."""
    return pb.ListPlacesResponse(
        cities=[
            pb.Place(id=name, name=name, name_zh=place.name_zh, lat=place.lat, lon=place.lon)
            for name, place in network.cities.items()
        ],
        origins=[
            pb.Place(id=id, name=origin.name, name_zh=origin.name_zh, lat=origin.lat, lon=origin.lon)
            for id, origin in network.origins.items()
        ],
    )
