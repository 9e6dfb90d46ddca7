"""Checkouts: one basket over several suppliers, placed in one go."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import grpc
from fastapi import APIRouter, Response

from gateway.bodies import CheckoutBody
from gateway.door import OPERATOR, Account, Door, IdempotencyKey, TheDoor, Trace
from gateway.ids import fingerprint, id_for
from gateway.openapi import CheckoutNow, carries_out, looks_up
from gateway.problems import Problem, conflict
from gateway.routes.catalog import sealed_quotes
from headwater.contracts.base import BuyerId, CheckoutId
from headwater.contracts.checkouts import CheckoutAnswer, PlaceCheckout
from headwater.stubs.orders.v1 import orders_pb2 as pb

router = APIRouter(prefix="/v1/checkouts", tags=["orders"])


@router.post("", **carries_out(CheckoutNow, 201, later=CheckoutNow))
async def place_checkout(
    body: CheckoutBody, door: TheDoor, account: Account, key: IdempotencyKey, trace: Trace, response: Response
) -> dict[str, Any]:
    """Place an order with each supplier of a basket: 201 when at least one is confirmed, 409 when none is.

    With `all_or_none` none is confirmed unless all are. Each order is then paid by itself. 202 when stock has not
    answered yet: `location` shows what comes of it.
    """
    checkout_id = CheckoutId(id_for("chk", account, key))
    try:
        parts = body.quotes or tuple(await sealed_quotes(door, body.lines, account, body.kind, body.campaign_id))
    except Problem:
        # Prices and offers change: a key that placed its checkout when it still could be is answered with that one.
        before = await _placed_before(door, checkout_id, fingerprint(body)) if key is not None else None
        if before is None:
            raise
        return _placed(before, response)
    command = PlaceCheckout(
        checkout_id=checkout_id, buyer_id=BuyerId(account), parts=parts,
        all_or_none=body.all_or_none, destination=body.destination, fingerprint=fingerprint(body),
        out_order_id=body.out_order_id, pay_within_s=body.pay_within_s,
    )  # fmt: skip
    answer = await door.ask(command, trace)
    if isinstance(answer, CheckoutAnswer):
        return _placed(answer.model_dump(mode="json"), response)
    return _placed({"checkout_id": checkout_id, "status": "placing", "total_fen": None, "orders": []}, response)


def _placed(checkout: dict[str, Any], response: Response) -> dict[str, Any]:
    """The answer to placing, by the checkout as it is now. Raises `Problem` when none of its orders was taken."""
    response.headers["Location"] = location = f"/v1/checkouts/{checkout['checkout_id']}"
    if checkout["status"] == "refused":
        lost = next(one for one in checkout["orders"] if one["status"] in ("refused", "cancelled"))
        detail = f"No order of the checkout is confirmed. {lost['order_id']}: {lost['why'] or lost['status']}"
        raise Problem(HTTPStatus.CONFLICT, "out-of-stock", detail, checkout=location, orders=checkout["orders"])
    if checkout["status"] in ("placing", "confirming"):
        response.status_code = HTTPStatus.ACCEPTED
    return {**{name: checkout[name] for name in CheckoutAnswer.model_fields}, "location": location}


async def _placed_before(door: Door, checkout_id: CheckoutId, asked: str) -> dict[str, Any] | None:
    """The checkout that the key placed already; None if it placed none. Raises `Problem` if it was another one."""
    try:
        found = await door.look_up(door.orders.GetCheckout, pb.GetCheckoutRequest(checkout_id=checkout_id))
    except grpc.aio.AioRpcError as error:
        if error.code() == grpc.StatusCode.NOT_FOUND:
            return None
        raise
    checkout: dict[str, Any] = found["checkout"]
    if checkout["fingerprint"] != asked:
        raise conflict(f"It placed checkout {checkout_id} with other contents.")
    return checkout


@router.get("/{checkout_id}", **looks_up(pb.Checkout))
async def get_checkout(checkout_id: CheckoutId, door: TheDoor, account: Account) -> dict[str, Any]:
    """One checkout, with its orders as they are now."""
    found = await door.look_up(door.orders.GetCheckout, pb.GetCheckoutRequest(checkout_id=checkout_id))
    checkout: dict[str, Any] = found["checkout"]
    if account not in (checkout["buyer_id"], OPERATOR):
        raise Problem(HTTPStatus.NOT_FOUND, "not-found", f"You have no checkout {checkout_id}.")
    return checkout
