"""Stock, promises and places."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Response

from gateway.bodies import PromiseBody, ReceiptBody
from gateway.door import IdempotencyKey, TheDoor, Trace
from gateway.ids import id_for
from gateway.openapi import Outcome, carries_out, looks_up
from headwater.contracts.base import SkuId
from headwater.contracts.logistics import ReceiveStock
from headwater.stubs.logistics.v1 import logistics_pb2 as pb

router = APIRouter(prefix="/v1", tags=["logistics"])


@router.post("/stock/receipts", **carries_out(Outcome, 201))
async def receive_stock(
    body: ReceiptBody, door: TheDoor, key: IdempotencyKey, trace: Trace, response: Response
) -> dict[str, Any]:
    """Goods came into an origin warehouse; the same receipt counts once."""
    receipt_id = body.receipt_id or id_for("rcp", body.sku_id, key)
    command = ReceiveStock(
        sku_id=body.sku_id, warehouse_id=body.warehouse_id, pieces=body.pieces, receipt_id=receipt_id
    )
    reply = await door.ask(command, trace)
    location = f"/v1/stock/{body.sku_id}"
    response.headers["Location"] = location
    if reply is None:
        response.status_code = HTTPStatus.ACCEPTED
    return {"done": reply is not None, "receipt_id": receipt_id, "location": location}


@router.get("/stock/{sku_id}", **looks_up(pb.Stock))
async def get_stock(sku_id: SkuId, door: TheDoor) -> Any:
    """A SKU's goods in each origin warehouse."""
    return (await door.look_up(door.logistics.GetStock, pb.GetStockRequest(sku_id=sku_id)))["stock"]


@router.post("/promise", **looks_up(pb.PromiseResponse))
async def promise(body: PromiseBody, door: TheDoor) -> dict[str, Any]:
    """What would be sent from where, by whom and by when; holds nothing."""
    request = pb.PromiseRequest(sku_id=body.sku_id, pieces=body.pieces, city=body.city)
    return await door.look_up(door.logistics.Promise, request)


@router.get("/places", **looks_up(pb.ListPlacesResponse))
async def list_places(door: TheDoor) -> dict[str, Any]:
    """The cities served and the origin warehouses."""
    return await door.look_up(door.logistics.ListPlaces, pb.ListPlacesRequest())
