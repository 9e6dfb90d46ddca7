"""The worlds of logistics: a hold of an order on a SKU, what a campaign has set aside, and a parcel."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from headwater.contracts.base import CampaignId, CarrierId, EnrolmentId, OrderId, ShipmentId, SkuId, Wake, WarehouseId
from headwater.contracts.campaigns import CampaignRun
from headwater.contracts.logistics import (
    CreateShipment,
    ParcelLine,
    PickStock,
    ReceiveStock,
    RecordPacked,
    RecordTracking,
    ReleaseStock,
    ReserveStock,
    ReturnStockAside,
    SetStockAside,
)
from headwater_proof.states.explore import Given, World, dumped
from headwater_proof.states.given import BUYER, CALLER, HOME, LATER, NOW, SUPPLIER, given
from logistics.domain import setting_aside, shipment
from logistics.domain.network import Network
from logistics.domain.stock import Stock

NETWORK = Network.load()
SKU, ORDER_ID, SHIPMENT_ID = SkuId("a"), OrderId("ord_1"), ShipmentId("shp_1")
YIWU, KEQIAO = WarehouseId("yiwu"), WarehouseId("keqiao")
ENROLMENT = EnrolmentId("enr_1")
RUN = CampaignRun(campaign_id=CampaignId("festival"), starts_at=NOW + timedelta(hours=1), ends_at=LATER)
SELLING = RUN.starts_at


def _receive(warehouse: WarehouseId) -> ReceiveStock:
    return ReceiveStock(
        sku_id=SKU, warehouse_id=warehouse, pieces=1, receipt_id=f"receipt-{warehouse}", reply_to=CALLER
    )  # fmt: skip


def _pick(warehouse: WarehouseId) -> PickStock:
    return PickStock(sku_id=SKU, order_id=ORDER_ID, warehouse_id=warehouse, pieces=1, shipment_id=SHIPMENT_ID)


def _hold() -> tuple[Given, ...]:
    reserve = ReserveStock(sku_id=SKU, order_id=ORDER_ID, pieces=2, city=HOME.city, reply_to=CALLER)
    return (
        given(_receive(YIWU)),
        given(_receive(KEQIAO)),
        given(_receive(WarehouseId("nowhere")), label="ReceiveStock at a warehouse that is none"),
        given(reserve),
        given(ReleaseStock(sku_id=SKU, order_id=ORDER_ID)),
        given(_pick(YIWU)),
        given(_pick(KEQIAO)),
    )


def _hold_status(stock: Stock) -> str | None:
    hold = stock.holds.get(ORDER_ID)
    if hold is None:
        return None
    return f"{hold.status}_in_part" if hold.picked and hold.status != "picked" else hold.status


def _aside() -> tuple[Given, ...]:
    wanted = SetStockAside(
        sku_id=SKU, enrolment_id=ENROLMENT, turn=1, run=RUN, pieces=2, limit_per_buyer=1, reply_to=CALLER
    )
    give_back = ReturnStockAside(sku_id=SKU, enrolment_id=ENROLMENT, turn=1, run=RUN)
    reserve = ReserveStock(
        sku_id=SKU, order_id=ORDER_ID, pieces=1, city=HOME.city, reply_to=CALLER, enrolment_id=ENROLMENT,
        buyer_id=BUYER,
    )  # fmt: skip
    return (
        given(_receive(YIWU)),
        given(_receive(KEQIAO)),
        given(wanted),
        given(wanted.model_copy(update={"turn": 2}), label="SetStockAside of the next turn"),
        given(give_back),
        given(reserve, SELLING),
        given(ReleaseStock(sku_id=SKU, order_id=ORDER_ID), SELLING),
        given(Wake(id=SKU, due=RUN.ends_at), RUN.ends_at, "campaign over"),
    )


def _aside_status(stock: Stock) -> str | None:
    aside = stock.asides.get(ENROLMENT)
    if aside is None:
        return None
    return "over" if aside.over else "drawn_from" if sum(aside.left.values()) < aside.pieces else "set_aside"


def _parcel() -> tuple[Given, ...]:
    create = CreateShipment(
        shipment_id=SHIPMENT_ID, order_id=ORDER_ID, buyer_id=BUYER, supplier_id=SUPPLIER, warehouse_id=YIWU,
        lines=(ParcelLine(sku_id=SKU, pieces=1),), destination=HOME, reply_to=CALLER,
    )  # fmt: skip
    carrier = NETWORK.lane_held(YIWU, HOME.city).carrier_id
    packed = RecordPacked(shipment_id=SHIPMENT_ID, warehouse_id=YIWU, event_id="e", weight_g=1, occurred_at=NOW)

    def tracked(status: str, by: CarrierId = carrier) -> RecordTracking:
        return RecordTracking.model_validate(
            {"shipment_id": SHIPMENT_ID, "carrier_id": by, "event_id": status, "status": status, "occurred_at": NOW,
             "place": "on its way", "delay_hours": 5}
        )  # fmt: skip

    return (
        given(create),
        given(packed),
        given(packed.model_copy(update={"warehouse_id": KEQIAO}), label="RecordPacked of another warehouse"),
        *(
            given(tracked(status), label=f"RecordTracking {status}")
            for status in ("collected", "in_transit", "out_for_delivery", "delivered", "delayed")
        ),
        given(tracked("delivered", CarrierId("another")), label="RecordTracking of another carrier"),
    )


STOCK = partial(setting_aside.decide, NETWORK)
WORLDS = (
    World("logistics", "hold of an order", STOCK, [_hold()], dumped(), status=_hold_status),
    World("logistics", "pieces set aside for a campaign", STOCK, [_aside()], dumped(), status=_aside_status),
    World(
        "logistics", "shipment", partial(shipment.decide, NETWORK), [_parcel()], dumped("scans", "promised_at")
    ),
)  # fmt: skip
