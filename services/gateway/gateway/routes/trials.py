"""After a half-price trial (五折试销): sign for more, or walk away; and the samples (样品) that an account took."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from gateway.bodies import ReasonBody
from gateway.door import OPERATOR, Account, Door, IdempotencyKey, TheDoor, Trace
from gateway.ids import fingerprint, id_for
from gateway.openapi import TrialNow, carries_out, looks_up
from gateway.problems import Problem
from gateway.routes.catalog import PageSize, PageToken, sealed_quotes
from gateway.trial_bodies import SigningBody
from headwater.contracts.base import BuyerId, OrderId
from headwater.contracts.quotes import SealedQuote
from headwater.contracts.trialsales import SignTrial, TrialSaleAnswer, WalkAway
from headwater.stubs.orders.v1 import trials_pb2 as pb

router = APIRouter(prefix="/v1", tags=["orders"])


@router.get("/orders/{order_id}/trial", **looks_up(pb.TrialSale))
async def get_trial(order_id: OrderId, door: TheDoor, account: Account) -> Any:
    """What becomes of a delivered trial; for its buyer and its supplier."""
    request = pb.GetTrialSaleRequest(order_id=order_id, viewer="" if account == OPERATOR else account)
    return (await door.look_up(door.trials.GetTrialSale, request))["trial"]


@router.get("/trials", **looks_up(pb.ListTrialSalesResponse))
async def list_trials(
    door: TheDoor, account: Account, as_supplier: bool = False,
    status: Annotated[str, Query(max_length=20)] = "", page_size: PageSize = 50, page_token: PageToken = "",
) -> dict[str, Any]:  # fmt: skip
    """The account's delivered trials; with `as_supplier` those of its goods."""
    whose = {"supplier_id" if as_supplier else "buyer_id": account}
    request = pb.ListTrialSalesRequest(**whose, status=status, page_size=page_size, page_token=page_token)
    return await door.look_up(door.trials.ListTrialSales, request)


@router.post("/orders/{order_id}/trial/sign", **carries_out(TrialNow))
async def sign_trial(
    order_id: OrderId, body: SigningBody, door: TheDoor, account: Account, key: IdempotencyKey, trace: Trace,
    response: Response,
) -> dict[str, Any]:  # fmt: skip
    """Sign (签约): order more of the trial's offers. `follow_up_id` is then paid as any order is."""
    command = SignTrial(
        order_id=order_id, buyer_id=BuyerId(account), sign_id=id_for("sgn", f"{account}/{order_id}", key),
        quote=body.quote or await _priced(door, body, account), destination=body.destination,
        fingerprint=fingerprint(body),
    )  # fmt: skip
    return await _decided(door, command, trace, response)


@router.post("/orders/{order_id}/trial/walk", **carries_out(TrialNow))
async def walk_away(
    order_id: OrderId, body: ReasonBody, door: TheDoor, account: Account, trace: Trace, response: Response
) -> dict[str, Any]:
    """Walk away from a trial; the half price is not had again."""
    command = WalkAway(order_id=order_id, buyer_id=BuyerId(account), reason=body.reason)
    return await _decided(door, command, trace, response)


@router.get("/samples", **looks_up(pb.ListSamplesResponse))
async def list_samples(
    door: TheDoor, account: Account, page_size: PageSize = 50, page_token: PageToken = ""
) -> dict[str, Any]:
    """The samples (样品) that the account took, the newest first, each with what it has ordered of the offer since."""
    request = pb.ListSamplesRequest(buyer_id=account, page_size=page_size, page_token=page_token)
    return await door.look_up(door.trials.ListSamples, request)


async def _priced(door: Door, body: SigningBody, account: str) -> SealedQuote:
    parts = await sealed_quotes(door, body.lines, account, "goods")
    if len(parts) > 1:
        detail = f"The lines are of {len(parts)} suppliers, and a trial is of one: sign for its offers alone."
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "other-goods", detail)
    return parts[0]


async def _decided(door: Door, command: SignTrial | WalkAway, trace: str, response: Response) -> dict[str, Any]:
    reply = await door.ask(command, trace)
    response.headers["Location"] = location = f"/v1/orders/{command.order_id}/trial"
    if isinstance(reply, TrialSaleAnswer):
        return {**reply.model_dump(mode="json"), "location": location}
    response.status_code = HTTPStatus.ACCEPTED
    return {"done": False, "location": location}
