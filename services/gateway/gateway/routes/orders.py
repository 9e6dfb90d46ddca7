"""Orders: placing, paying, cancelling, accepting, tracking, reviewing."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any

import grpc
from fastapi import APIRouter, Query, Response

from gateway.bodies import BasketLineBody, NothingBody, OrderBody, PaymentBody, ReasonBody, ReviewBody
from gateway.door import OPERATOR, Account, Door, IdempotencyKey, TheDoor, Trace
from gateway.ids import fingerprint, id_for
from gateway.openapi import OrderNow, Outcome, carries_out, looks_up
from gateway.problems import Problem, conflict
from gateway.routes.catalog import SEALED, PageSize, PageToken, quoted, sealed_quotes
from headwater.contracts.base import BuyerId, Message, OrderId
from headwater.contracts.orders import AcceptOrder, CancelOrder, OrderAnswer, PayOrder, PlaceOrder
from headwater.contracts.quotes import SealedQuote
from headwater.contracts.reviews import SubmitReview
from headwater.stubs.catalog.v1 import catalog_pb2
from headwater.stubs.logistics.v1 import logistics_pb2
from headwater.stubs.orders.v1 import orders_pb2 as pb

router = APIRouter(prefix="/v1/orders", tags=["orders"])
TRACK: dict[str, Any] = {
    "order_id": {"type": "string"},
    "status": {"type": "string"},
    "promised_at": {"type": ["string", "null"], "format": "date-time"},
}


@router.post("", **carries_out(OrderNow, 201, later=OrderNow))
async def place_order(
    body: OrderBody, door: TheDoor, account: Account, key: IdempotencyKey, trace: Trace, response: Response
) -> dict[str, Any]:
    """Place an order: 201 when its goods are held, 409 when they are not there, 202 when that is not known yet."""
    order_id = OrderId(id_for("ord", account, key))
    try:
        quote = body.quote or await _priced(door, body, account)
    except Problem as refusal:
        # Prices and offers change: a key that placed its order when it still could be is answered with that order.
        before = await _placed_before(door, account, order_id, body) if key is not None else None
        if before is None:
            raise
        return _placed(before, response, refusal)
    command = PlaceOrder(
        order_id=order_id, buyer_id=BuyerId(account), supplier_id=quote.supplier_id, currency=quote.currency,
        kind=quote.kind, campaign=quote.campaign, lines=quote.lines, seal=quote.seal, destination=body.destination,
        fingerprint=fingerprint(body), out_order_id=body.out_order_id, pay_within_s=body.pay_within_s,
    )  # fmt: skip
    answer = await door.ask(command, trace)
    told = answer.model_dump(mode="json") if isinstance(answer, OrderAnswer) else {"status": "reserving"}
    return _placed({"order_id": order_id, **told}, response)


def _placed(order: dict[str, Any], response: Response, cause: Problem | None = None) -> dict[str, Any]:
    """The answer to placing, by the order as it is now. Raises `Problem` when the order is refused."""
    order_id, location = order["order_id"], f"/v1/orders/{order['order_id']}"
    response.headers["Location"] = location
    if order["status"] == "refused":
        detail = f"Order {order_id} is refused: {order['refusal'] or 'its goods could not be held'}"
        raise Problem(HTTPStatus.CONFLICT, "out-of-stock", detail, order_id=order_id, order=location) from cause
    if order["status"] == "reserving":
        response.status_code = HTTPStatus.ACCEPTED
    return {**{name: order.get(name) for name in OrderAnswer.model_fields}, "location": location}


async def _placed_before(door: Door, account: str, order_id: OrderId, body: OrderBody) -> dict[str, Any] | None:
    """The order that the key placed already; None if it placed none. Raises `Problem` if it was another order."""
    try:
        order = await get_order(order_id, door, account)
    except grpc.aio.AioRpcError as error:
        if error.code() == grpc.StatusCode.NOT_FOUND:
            return None
        raise
    before = {(line["sku_id"], line["quantity"]) for line in order["lines"]}, order["city"], order["out_order_id"]
    lines = body.quote.lines if body.quote is not None else body.lines
    asked = {(line.sku_id, line.quantity) for line in lines}, body.destination.city, body.out_order_id or ""
    if before != asked:
        raise conflict(f"It placed order {order_id} with other contents.")
    return order


async def _priced(door: TheDoor, body: OrderBody, account: str) -> SealedQuote:
    """The order's lines at the catalog's prices of this moment, sealed."""
    parts = await sealed_quotes(door, body.lines, account, body.kind, body.campaign_id)
    if len(parts) > 1:
        suppliers = ", ".join(sorted(part.supplier_id for part in parts))
        detail = (
            f"The lines are of {len(parts)} suppliers ({suppliers}): POST /v1/checkouts places an order with each, "
            "or POST /v1/quote seals a part for each."
        )
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "several-suppliers", detail)
    return parts[0]


@router.get("", **looks_up(pb.ListOrdersResponse))
async def list_orders(
    door: TheDoor,
    account: Account,
    status: Annotated[str, Query(max_length=20)] = "",
    supplier_id: Annotated[str, Query(max_length=96)] = "",
    page_size: PageSize = 50,
    page_token: PageToken = "",
) -> dict[str, Any]:
    """The account's orders, the newest first; the operator names a supplier."""
    buyer_id = "" if account == OPERATOR and supplier_id else account
    request = pb.ListOrdersRequest(
        buyer_id=buyer_id, supplier_id=supplier_id, status=status, page_size=page_size, page_token=page_token
    )
    return await door.look_up(door.orders.ListOrders, request)


@router.get("/{order_id}", **looks_up(pb.Order))
async def get_order(order_id: OrderId, door: TheDoor, account: Account) -> dict[str, Any]:
    """One order with its history."""
    found = await door.look_up(door.orders.GetOrder, pb.GetOrderRequest(order_id=order_id))
    order: dict[str, Any] = found["order"]
    if account not in (order["buyer_id"], OPERATOR):
        raise Problem(HTTPStatus.NOT_FOUND, "not-found", f"You have no order {order_id}; GET /v1/orders lists yours.")
    return order


@router.get("/{order_id}/track", **looks_up(logistics_pb2.ListShipmentsResponse, **TRACK))
async def track_order(order_id: OrderId, door: TheDoor, account: Account) -> dict[str, Any]:
    """Where the order's parcels are, and when the last of them is promised."""
    order = await get_order(order_id, door, account)
    request = logistics_pb2.ListShipmentsRequest(order_id=order_id)
    shipments = (await door.look_up(door.logistics.ListShipments, request))["shipments"]
    promised_at = max((parcel["promised_at"] or "" for parcel in shipments), default="") or None
    return {"order_id": order_id, "status": order["status"], "promised_at": promised_at, "shipments": shipments}


@router.post("/{order_id}/reorder", **looks_up(catalog_pb2.QuoteBasketResponse, sealed=SEALED))
async def reorder(order_id: OrderId, door: TheDoor, account: Account) -> dict[str, Any]:
    """The lines of an earlier order as a new basket (再次采购), at the prices that they have for goods now.

    A line that is not to be had says why; `sealed` is what `POST /v1/orders` takes as `quote`.
    """
    order = await get_order(order_id, door, account)
    lines = [
        BasketLineBody(sku_id=line["sku_id"], quantity=line["quantity"], offer_id=line["offer_id"] or None)
        for line in order["lines"]
    ]
    return await quoted(door, lines, account, "goods")


@router.post("/{order_id}/pay", **carries_out(OrderNow))
async def pay_order(
    order_id: OrderId, body: PaymentBody, door: TheDoor, account: Account, key: IdempotencyKey, trace: Trace,
    response: Response,
) -> dict[str, Any]:  # fmt: skip
    """Pay an order in full; the same payment counts once."""
    payment_id = body.payment_id or id_for("pay", f"{account}/{order_id}", key)
    command = PayOrder(
        order_id=order_id, buyer_id=BuyerId(account), payment_id=payment_id, amount_fen=body.amount_fen,
        insured=body.insured,
    )  # fmt: skip
    reply = await door.ask(command, trace)
    if isinstance(reply, OrderAnswer) and (paid := reply.total_fen + reply.premium_fen) != body.amount_fen:
        # Only a payment that was taken before is answered so: a first one of another amount is refused.
        raise conflict(f"Payment {payment_id} paid {paid} fen before, not {body.amount_fen}.")
    return _answer(order_id, reply, response)


@router.post("/{order_id}/cancel", **carries_out(OrderNow))
async def cancel_order(
    order_id: OrderId, body: ReasonBody, door: TheDoor, account: Account, trace: Trace, response: Response
) -> dict[str, Any]:
    """Take an order back that is not paid yet."""
    command = CancelOrder(order_id=order_id, buyer_id=BuyerId(account), reason=body.reason)
    return _answer(order_id, await door.ask(command, trace), response)


@router.post("/{order_id}/accept", **carries_out(OrderNow))
async def accept_order(
    order_id: OrderId,
    door: TheDoor,
    account: Account,
    trace: Trace,
    response: Response,
    body: NothingBody | None = None,
) -> dict[str, Any]:
    """Confirm receipt (确认收货)."""
    command = AcceptOrder(order_id=order_id, buyer_id=BuyerId(account))
    return _answer(order_id, await door.ask(command, trace), response)


@router.post("/{order_id}/reviews", **carries_out(Outcome, 201))
async def review_line(
    order_id: OrderId, body: ReviewBody, door: TheDoor, account: Account, key: IdempotencyKey, trace: Trace,
    response: Response,
) -> dict[str, Any]:  # fmt: skip
    """Review one line of a delivered order, once."""
    review_id = body.review_id or id_for("rev", f"{account}/{order_id}/{body.sku_id}", key)
    command = SubmitReview(
        order_id=order_id, buyer_id=BuyerId(account), sku_id=body.sku_id, review_id=review_id,
        rating=body.rating, text=body.text,
    )  # fmt: skip
    reply = await door.ask(command, trace)
    response.headers["Location"] = location = f"/v1/orders/{order_id}"
    if reply is None:
        response.status_code = HTTPStatus.ACCEPTED
    return {"review_id": review_id, "done": reply is not None, "location": location}


def _answer(order_id: str, reply: Message | None, response: Response) -> dict[str, Any]:
    response.headers["Location"] = location = f"/v1/orders/{order_id}"
    if isinstance(reply, OrderAnswer):
        return {**reply.model_dump(mode="json"), "location": location}
    response.status_code = HTTPStatus.ACCEPTED
    return {"order_id": order_id, "done": False, "location": location}
