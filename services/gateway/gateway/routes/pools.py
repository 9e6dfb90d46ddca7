"""Pools (凑单) and pre-orders (预售): opening, looking, joining, leaving, and what a factory brings."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from gateway.bodies import BasketLineBody, NothingBody
from gateway.door import Account, Door, IdempotencyKey, TheDoor, Trace, Visitor
from gateway.ids import fingerprint, id_for
from gateway.openapi import Outcome, carries_out, looks_up
from gateway.pool_bodies import GatheringBody, PoolBatchBody, PoolBody, PreorderBody, ShareBody, ShareNow
from gateway.problems import Problem, conflict
from gateway.routes.catalog import PageSize, PageToken, carried_out, sealed_quotes
from headwater.contracts.base import BuyerId, InquiryId, Message, OfferId, PoolId, ShareId, SupplierId
from headwater.contracts.catalog import PriceRange
from headwater.contracts.pools import GatherUnderInquiry, JoinPool, LeavePool, OpenPool, PoolBatchFinished, ShareAnswer
from headwater.contracts.production import BatchLine
from headwater.contracts.quotes import SealedQuote
from headwater.stubs.catalog.v1 import catalog_pb2
from headwater.stubs.orders.v1 import pools_pb2 as pb

router = APIRouter(prefix="/v1", tags=["pools"])
MOST_SKUS = 100


@router.post("/pools", **carries_out(Outcome, 201))
async def open_pool(
    body: PoolBody, door: TheDoor, account: Account, key: IdempotencyKey, trace: Trace, response: Response
) -> dict[str, Any]:
    """Open a pool of an offer: whose pool price it has, and as many pieces as that asks for."""
    pool_id = PoolId(id_for("pool", account, key))
    found = await door.look_up(door.catalog.GetOffer, catalog_pb2.GetOfferRequest(offer_id=body.offer_id))
    offer: dict[str, Any] = found["offer"]
    if offer["pool_price"] is None:
        detail = f"Offer {body.offer_id} has no pool price: its supplier may give it one with PUT /v1/offers/…"
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "no-pool", detail)
    skus = body.skus or tuple(sku["sku_id"] for sku in offer["skus"])[:MOST_SKUS]
    lines = [
        BasketLineBody(sku_id=sku, quantity=max(offer["order_multiple"], 1), offer_id=body.offer_id) for sku in skus
    ]
    (quote,) = await sealed_quotes(door, lines, account, "pool")
    step = PriceRange(start_quantity=offer["pool_price"]["pieces"], price_fen=offer["pool_price"]["price_fen"])
    command = OpenPool(
        pool_id=pool_id, opened_by=account, supplier_id=quote.supplier_id, goods=quote, price_ranges=(step,),
        most_pieces=body.most_pieces, closes_at=body.closes_at, closes=body.closes, fingerprint=fingerprint(body),
    )  # fmt: skip
    return {"pool_id": pool_id, **await carried_out(door, command, trace, response, f"/v1/pools/{pool_id}")}


@router.post("/preorders", **carries_out(Outcome, 201))
async def open_preorder(
    body: PreorderBody, door: TheDoor, account: Account, key: IdempotencyKey, trace: Trace, response: Response
) -> dict[str, Any]:
    """As a factory: let a design gather demand (预售). Once enough of it is wanted it is made, in one batch for all."""
    pool_id = PoolId(id_for("pool", account, key))
    command = OpenPool(
        **dict(body), pool_id=pool_id, opened_by=account, supplier_id=SupplierId(account),
        fingerprint=fingerprint(body),
    )  # fmt: skip
    return {"pool_id": pool_id, **await carried_out(door, command, trace, response, f"/v1/pools/{pool_id}")}


@router.post("/inquiries/{inquiry_id}/pools", **carries_out(Outcome, 201))
async def gather_under_inquiry(
    inquiry_id: InquiryId, body: GatheringBody, door: TheDoor, account: Account, key: IdempotencyKey, trace: Trace,
    response: Response,
) -> dict[str, Any]:  # fmt: skip
    """Let others pre-order what was agreed, at its terms; the agreed minimum is the target."""
    pool_id = PoolId(id_for("pool", f"{account}/{inquiry_id}", key))
    command = GatherUnderInquiry(**dict(body), inquiry_id=inquiry_id, buyer_id=BuyerId(account), pool_id=pool_id)
    return {"pool_id": pool_id, **await carried_out(door, command, trace, response, f"/v1/pools/{pool_id}")}


@router.get("/pools", **looks_up(pb.ListPoolsResponse))
async def list_pools(
    door: TheDoor,
    offer_id: Annotated[str, Query(max_length=96)] = "",
    supplier_id: Annotated[str, Query(max_length=96)] = "",
    status: Annotated[str, Query(max_length=20, description="Without: those that can be joined.")] = "",
    page_size: PageSize = 50,
    page_token: PageToken = "",
) -> dict[str, Any]:
    """Pools, the newest first: how many pieces each is missing, and until when it can be joined."""
    request = pb.ListPoolsRequest(
        offer_id=offer_id, supplier_id=supplier_id, status=status, page_size=page_size, page_token=page_token
    )
    return await door.look_up(door.pools.ListPools, request)


@router.get("/pools/{pool_id}", **looks_up(pb.Pool))
async def get_pool(pool_id: PoolId, door: TheDoor, visitor: Visitor) -> dict[str, Any]:
    """One pool; for an account, with its own shares."""
    request = pb.GetPoolRequest(pool_id=pool_id, viewer=visitor)
    pool: dict[str, Any] = (await door.look_up(door.pools.GetPool, request))["pool"]
    return pool


@router.get("/shares", **looks_up(pb.ListSharesResponse))
async def list_shares(
    door: TheDoor, account: Account, page_size: PageSize = 50, page_token: PageToken = ""
) -> dict[str, Any]:
    """What the account has joined, in all pools, the newest first."""
    request = pb.ListSharesRequest(buyer_id=account, page_size=page_size, page_token=page_token)
    return await door.look_up(door.pools.ListShares, request)


@router.post("/pools/{pool_id}/shares", **carries_out(ShareNow, 201, later=ShareNow))
async def join_pool(
    pool_id: PoolId, body: ShareBody, door: TheDoor, account: Account, key: IdempotencyKey, trace: Trace,
    response: Response,
) -> dict[str, Any]:  # fmt: skip
    """Join a pool and pay. When it is reached the share becomes an order; when not, the money comes back."""
    share_id = ShareId(id_for("shr", f"{account}/{pool_id}", key))
    pool = await get_pool(pool_id, door, account)
    try:
        quote = None if pool["design"] is not None else await _quoted(door, body, account, pool["offer_id"])
    except Problem:
        # Prices and offers change: a key that joined when it still could is answered with that share.
        before = next((one for one in pool["shares"] if one["share_id"] == share_id), None)
        if before is None:
            raise
        return _before(pool, before, body, response)
    lines = tuple(BatchLine(sku_id=line.sku_id, pieces=line.quantity) for line in body.lines)
    command = JoinPool(
        pool_id=pool_id, share_id=share_id, buyer_id=BuyerId(account), quote=quote, lines=() if quote else lines,
        destination=body.destination, amount_fen=body.amount_fen,
        payment_id=body.payment_id or id_for("pay", f"{account}/{share_id}", key),
    )  # fmt: skip
    return _now(pool_id, share_id, await door.ask(command, trace), response)


async def _quoted(door: Door, body: ShareBody, account: str, offer_id: str) -> SealedQuote:
    """The lines at the offer's pool price, sealed for this account."""
    lines = [
        BasketLineBody(sku_id=line.sku_id, quantity=line.quantity, offer_id=OfferId(offer_id)) for line in body.lines
    ]
    (quote,) = await sealed_quotes(door, lines, account, "pool")
    return quote


@router.post("/pools/{pool_id}/shares/{share_id}/leave", **carries_out(ShareNow))
async def leave_pool(
    pool_id: PoolId, share_id: ShareId, door: TheDoor, account: Account, trace: Trace, response: Response,
    body: NothingBody | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Leave a pool that is not reached, or whose goods are overdue, and have the money back."""
    command = LeavePool(pool_id=pool_id, share_id=share_id, buyer_id=BuyerId(account))
    return _now(pool_id, share_id, await door.ask(command, trace), response)


@router.post("/pools/{pool_id}/batches", **carries_out(Outcome, 201))
async def bring_pool_batch(
    pool_id: PoolId, body: PoolBatchBody, door: TheDoor, account: Account, trace: Trace, response: Response
) -> dict[str, Any]:
    """As its factory: a batch of a pre-order is in an origin warehouse. The same batch_id counts once."""
    command = PoolBatchFinished(**dict(body), pool_id=pool_id, supplier_id=SupplierId(account))
    return await carried_out(door, command, trace, response, f"/v1/pools/{pool_id}")


def _now(pool_id: str, share_id: str, reply: Message | None, response: Response) -> dict[str, Any]:
    response.headers["Location"] = location = f"/v1/pools/{pool_id}"
    if isinstance(reply, ShareAnswer):
        return {**reply.model_dump(mode="json"), "location": location}
    response.status_code = HTTPStatus.ACCEPTED
    known = {"pool_id": pool_id, "share_id": share_id}
    return {**dict.fromkeys(ShareAnswer.model_fields), **known, "location": location}


def _before(pool: dict[str, Any], share: dict[str, Any], body: ShareBody, response: Response) -> dict[str, Any]:
    """A share that was joined before, as it was last stored. Raises `Problem` if it was of other lines."""
    known = {(line["sku_id"], line["quantity"]) for line in share["lines"]}
    if known != {(line.sku_id, line.quantity) for line in body.lines}:
        raise conflict(f"It joined as share {share['share_id']} with other lines.")
    response.headers["Location"] = location = f"/v1/pools/{pool['pool_id']}"
    both = {**pool, **share, "pool_status": pool["status"], "order_id": share["order_id"] or None}
    return {**{name: both[name] for name in ShareAnswer.model_fields}, "location": location}
