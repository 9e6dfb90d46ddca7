"""The world of an order whose goods are made for it: its status, and while it is paid how far the factory is."""

from __future__ import annotations

from functools import partial

from headwater.contracts.base import Done, InquiryId, OfferId, OrderId, Refused, SkuId, Wake, WarehouseId
from headwater.contracts.logistics import ShipmentProgress, StockRefused, StockReserved
from headwater.contracts.orders import (
    AcceptOrder,
    Allocation,
    CancelOrder,
    MadeToOrder,
    OrderLine,
    PayOrder,
    PlaceOrder,
)
from headwater.contracts.production import BatchFinished, BatchLine
from headwater.contracts.quotes import sealed, to_seal
from headwater_proof.states.explore import Given, World, dumped
from headwater_proof.states.given import (
    BUYER,
    CALLER,
    HOME,
    LATER,
    MUCH_LATER,
    NOW,
    POLICY,
    PRICE_FEN,
    SECRETS,
    SUPPLIER,
    given,
)
from orders.domain import production
from orders.domain.state import Order

ORDER_ID, INQUIRY_ID, SKU = OrderId("ord_1"), InquiryId("inq_1"), SkuId("inq_1-v1-M")
WAREHOUSE = WarehouseId("yiwu")
LINES = (OrderLine(sku_id=SKU, offer_id=OfferId(INQUIRY_ID), quantity=1, unit_price_fen=PRICE_FEN),)


def _messages() -> tuple[Given, ...]:
    place = PlaceOrder(
        order_id=ORDER_ID, buyer_id=BUYER, supplier_id=SUPPLIER, currency="CNY", lines=LINES, destination=HOME,
        fingerprint="f", seal=sealed(SECRETS, LATER, BUYER, SUPPLIER, "CNY", "goods", to_seal(LINES)),
        made=MadeToOrder(inquiry_id=INQUIRY_ID, version=1, lead_days=7), reply_to=CALLER,
    )  # fmt: skip
    pay = PayOrder(order_id=ORDER_ID, buyer_id=BUYER, payment_id="p", amount_fen=PRICE_FEN, reply_to=CALLER)
    cancel = CancelOrder(order_id=ORDER_ID, buyer_id=BUYER, reason="late", reply_to=CALLER)
    batch = BatchFinished(
        order_id=ORDER_ID, supplier_id=SUPPLIER, batch_id="b", warehouse_id=WAREHOUSE,
        lines=(BatchLine(sku_id=SKU, pieces=1),), reply_to=CALLER,
    )  # fmt: skip
    held = Allocation(sku_id=SKU, warehouse_id=WAREHOUSE, pieces=1)
    return (
        given(place),
        given(pay),
        given(batch),
        given(batch.model_copy(update={"batch_id": "c"}), label="BatchFinished anew"),
        given(Done(id=f"{ORDER_ID}.0.0"), label="batch received"),
        given(Refused(id=f"{ORDER_ID}.0.0", code="unknown_warehouse", detail=""), label="batch refused"),
        given(StockReserved(sku_id=SKU, order_id=ORDER_ID, allocations=(held,))),
        given(StockRefused(sku_id=SKU, order_id=ORDER_ID, available=0, detail="not served")),
        given(cancel),
        *(
            given(
                ShipmentProgress.model_validate(
                    {"shipment_id": f"shp_1-{WAREHOUSE}", "order_id": ORDER_ID, "status": status, "at": NOW}
                ),
                label=f"ShipmentProgress {status}",
            )
            for status in ("collected", "delivered")
        ),
        given(AcceptOrder(order_id=ORDER_ID, buyer_id=BUYER, reply_to=CALLER)),
        given(Wake(id=ORDER_ID, due=LATER), LATER, "payment window over"),
        given(Wake(id=ORDER_ID, due=MUCH_LATER), MUCH_LATER, "a month later"),
    )


def _status(order: Order) -> str:
    stage = order.production.stage if order.production is not None else ""
    return f"paid_{stage}" if order.status == "paid" else order.status


WORLDS = (
    World(
        "orders", "order, made to order", partial(production.decide, POLICY), [_messages()], dumped("history"),
        status=_status,
    ),
)  # fmt: skip
