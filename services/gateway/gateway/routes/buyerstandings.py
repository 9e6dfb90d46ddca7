"""A buyer's standing: its own, with why; its credit, for its suppliers; and linking the accounts of one identity."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Response
from pydantic import Field

from gateway.door import OPERATOR, Account, IdempotencyKey, Operator, TheDoor, Trace
from gateway.ids import id_for
from gateway.link_codes import digest_of, new_code
from gateway.openapi import LinkCodeMade, Outcome, carries_out, looks_up
from gateway.problems import Problem
from gateway.routes.catalog import carried_out
from headwater.contracts.base import BuyerId, OrderId, ShortText, SupplierId, Value, new_id
from headwater.contracts.buyerstanding import LINK_CODE_S, AskLinkCode, CountFact, GiveLinkCode, UndoLink
from headwater.stubs.orders.v1 import buyerstandings_pb2 as pb
from headwater.stubs.orders.v1 import orders_pb2

router = APIRouter(prefix="/v1", tags=["standing of buyers"])
MINE = "/v1/account/standing"


class OtherAccountBody(Value):
    """The account of the other shop: nobody else can use the code."""

    account: BuyerId


class LinkBody(Value):
    """The account that asked for the code, and the code."""

    account: BuyerId
    code: Annotated[str, Field(min_length=1, max_length=40)]


class DisputeBody(Value):
    """A ruling about an order that went against its buyer."""

    order_id: OrderId
    note: Annotated[ShortText, Field(min_length=1)]


@router.get("/account/standing", **looks_up(pb.BuyerStanding))
async def get_own_standing(door: TheDoor, account: Account) -> Any:
    """The account's own level and coefficients (诚信, 慷慨), what they are made of, and its links."""
    request = pb.GetBuyerStandingRequest(buyer_id=account)
    return (await door.look_up(door.buyerstandings.GetBuyerStanding, request))["standing"]


@router.get("/suppliers/{supplier_id}/buyers/{buyer_id}/standing", **looks_up(pb.BuyerCredit))
async def get_credit(supplier_id: SupplierId, buyer_id: BuyerId, door: TheDoor, account: Account) -> Any:
    """A buyer's credit, for a supplier that has an order of it; for anybody else there is nothing here."""
    if account not in (supplier_id, OPERATOR):
        detail = f"{account} is not {supplier_id}: a buyer's credit is for its suppliers, each as itself."
        raise Problem(HTTPStatus.NOT_FOUND, "not-found", detail)
    request = pb.GetCreditRequest(supplier_id=supplier_id, buyer_id=buyer_id)
    return (await door.look_up(door.buyerstandings.GetCredit, request))["credit"]


@router.post("/buyers/{buyer_id}/disputes", **carries_out(Outcome, 201))
async def dispute_lost(
    buyer_id: BuyerId, body: DisputeBody, door: TheDoor, _operator: Operator, trace: Trace, response: Response
) -> dict[str, Any]:
    """A ruling (判责) went against the buyer; an order's counts once. For the operator."""
    found = await door.look_up(door.orders.GetOrder, orders_pb2.GetOrderRequest(order_id=body.order_id))
    if found["order"]["buyer_id"] != buyer_id:
        detail = f"Order {body.order_id} is not of {buyer_id}: GET /v1/orders/{body.order_id} names its buyer."
        raise Problem(HTTPStatus.NOT_FOUND, "not-found", detail)
    command = CountFact(buyer_id=buyer_id, order_id=body.order_id, fact="dispute_lost", note=body.note)
    return await carried_out(door, command, trace, response, MINE)


@router.post("/account/link-codes", **carries_out(LinkCodeMade, 201))
async def ask_link_code(
    body: OtherAccountBody, door: TheDoor, account: Account, trace: Trace, response: Response
) -> dict[str, Any]:
    """Let another shop's account share this one's standing (账号关联): give the code there. It ends an older one."""
    code = new_code()
    command = AskLinkCode(
        account=BuyerId(account), other=body.account, digest=digest_of(code, account, body.account),
        change_id=new_id("lco"),
    )  # fmt: skip
    told = await carried_out(door, command, trace, response, MINE)
    response.headers["Cache-Control"] = "no-store"
    return {"code": code, "account": body.account, "expires_in_s": LINK_CODE_S, **told}


@router.post("/account/links", **carries_out(Outcome, 201))
async def link_account(
    body: LinkBody, door: TheDoor, account: Account, key: IdempotencyKey, trace: Trace, response: Response
) -> dict[str, Any]:
    """Give the code of another account: from then on both share one standing, the sum of what their orders said."""
    digest = digest_of(body.code, body.account, account)
    change_id = id_for("lnk", f"{account}/{body.account}/{digest}", key)
    command = GiveLinkCode(account=BuyerId(account), other=body.account, digest=digest, change_id=change_id)
    return await carried_out(door, command, trace, response, MINE)


@router.delete("/account/links/{other}", **carries_out(Outcome))
async def undo_link(
    other: BuyerId, door: TheDoor, account: Account, key: IdempotencyKey, trace: Trace, response: Response
) -> dict[str, Any]:
    """Share nothing with that account any longer, at once and from either side."""
    change_id = id_for("und", f"{account}/{other}", key)
    command = UndoLink(account=BuyerId(account), other=other, change_id=change_id)
    return await carried_out(door, command, trace, response, MINE)
