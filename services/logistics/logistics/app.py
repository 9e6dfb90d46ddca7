"""The map of the logistics service: what it listens to, what decides, which look-ups it answers."""

from __future__ import annotations

from functools import partial

from headwater.contracts.logistics import CreateShipment, ParcelPacked, ParcelReturned, ParcelTracked, ReserveStock
from headwater.contracts.topics import SHIPMENT_INBOX, STOCK_EVENTS, STOCK_INBOX, carrier_tracking, warehouse_reports
from headwater.service import Parts, Service
from headwater.stubs.logistics.v1 import logistics_pb2_grpc
from logistics.domain import partners, recalling, setting_aside, stock
from logistics.domain.network import Network
from logistics.domain.shipment import Shipment
from logistics.domain.stock import Hold, Stock
from logistics.rpc import LogisticsRpc
from logistics.settings import Settings


def build(settings: Settings) -> Service:
    """The service with all its parts."""
    network = Network.load(settings.network)
    service = Service("logistics", settings)
    stocks = service.aggregate(
        "stock",
        Stock,
        inbox=STOCK_INBOX,
        accepts=setting_aside.ACCEPTS,
        decide=partial(setting_aside.decide, network),
        parts=Parts("holds", Hold, stock.touched_holds, begins=(ReserveStock,)),
        wakes=True,
    )
    shipments = service.aggregate(
        "shipment",
        Shipment,
        inbox=SHIPMENT_INBOX,
        accepts=recalling.ACCEPTS,
        decide=partial(recalling.decide, network),
        begins=(CreateShipment,),
        indexes=(("order_id",),),
    )
    service.route(
        "warehouse-reports",
        topics=[warehouse_reports(id) for id in network.origins],
        on={ParcelPacked: partners.record_packed},
        with_topic=True,
        external=True,
    )
    service.route(
        "carrier-tracking",
        topics=[carrier_tracking(id) for id in network.carriers],
        on={ParcelTracked: partners.record_tracking, ParcelReturned: partners.record_returned},
        with_topic=True,
        external=True,
    )
    rpc = LogisticsRpc(service.cached(stocks, events=STOCK_EVENTS), shipments, network)
    service.rpc(logistics_pb2_grpc.add_LogisticsServicer_to_server, rpc, "headwater.logistics.v1.Logistics")
    return service
