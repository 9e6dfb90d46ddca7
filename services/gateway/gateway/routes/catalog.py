"""Suppliers, offers and prices."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from gateway.bodies import (
    BasketBody,
    BasketLineBody,
    DraftBody,
    NothingBody,
    OfferBody,
    PricesBody,
    ReasonBody,
    RevisionBody,
    SeenBody,
    SupplierBody,
)
from gateway.door import Door, IdempotencyKey, TheDoor, Trace, Visitor
from gateway.ids import id_for
from gateway.openapi import Outcome, carries_out, looks_up, or_away
from gateway.problems import Problem, conflict
from headwater.contracts.base import Message, OfferId, SupplierId
from headwater.contracts.catalog import (
    ChangePrices,
    DelistOffer,
    ListDraft,
    ListOffer,
    RegisterSupplier,
    ReviseOffer,
    SaveDraft,
)
from headwater.contracts.orders import OrderKind, OrderLine
from headwater.contracts.quotes import SealedQuote
from headwater.contracts.reviews import MarkNoticesRead
from headwater.stubs.catalog.v1 import catalog_pb2 as pb
from headwater.stubs.logistics.v1 import logistics_pb2
from headwater.stubs.reviews.v1 import reviews_pb2

router = APIRouter(prefix="/v1", tags=["catalog"])
MOST_SUMMARIES = 100
PageSize = Annotated[int, Query(ge=1, le=100, description="At most so many.")]
PageToken = Annotated[str, Query(max_length=200, description="The last page's next_page_token.")]


@router.post("/suppliers", **carries_out(Outcome, 201))
async def register_supplier(
    body: SupplierBody, door: TheDoor, key: IdempotencyKey, trace: Trace, response: Response
) -> dict[str, Any]:
    """Register a source factory, or change what is known of it."""
    supplier_id = body.supplier_id or SupplierId(id_for("sup", "", key))
    command = RegisterSupplier(**{**dict(body), "supplier_id": supplier_id})
    done = await carried_out(door, command, trace, response, f"/v1/suppliers/{supplier_id}")
    return {"supplier_id": supplier_id, **done}


@router.get("/suppliers", **looks_up(pb.ListSuppliersResponse))
async def list_suppliers(door: TheDoor, page_size: PageSize = 50, page_token: PageToken = "") -> dict[str, Any]:
    """Suppliers, a page at a time."""
    request = pb.ListSuppliersRequest(page_size=page_size, page_token=page_token)
    return await door.look_up(door.catalog.ListSuppliers, request)


@router.get("/suppliers/{supplier_id}", **looks_up(pb.Supplier))
async def get_supplier(supplier_id: SupplierId, door: TheDoor) -> Any:
    """One supplier."""
    found = await door.look_up(door.catalog.GetSupplier, pb.GetSupplierRequest(supplier_id=supplier_id))
    return found["supplier"]


@router.get("/suppliers/{supplier_id}/inbox", **looks_up(reviews_pb2.ListNoticesResponse))
async def supplier_inbox(
    supplier_id: SupplierId, door: TheDoor, page_size: PageSize = 50, page_token: PageToken = ""
) -> dict[str, Any]:
    """A supplier's notices, the newest first."""
    request = reviews_pb2.ListNoticesRequest(supplier_id=supplier_id, page_size=page_size, page_token=page_token)
    return await door.look_up(door.reviews.ListNotices, request)


@router.post("/suppliers/{supplier_id}/inbox/read", **carries_out(Outcome))
async def mark_notices_read(
    supplier_id: SupplierId, body: SeenBody, door: TheDoor, trace: Trace, response: Response
) -> dict[str, Any]:
    """The supplier has seen its notices, as many as `seen` says; those that came since stay unread."""
    command = MarkNoticesRead(supplier_id=supplier_id, seen=body.seen)
    return await carried_out(door, command, trace, response, f"/v1/suppliers/{supplier_id}/inbox")


@router.post("/offers", **carries_out(Outcome, 201))
async def list_offer(
    body: OfferBody, door: TheDoor, key: IdempotencyKey, trace: Trace, response: Response
) -> dict[str, Any]:
    """Put an offer on the shelf (上架)."""
    offer_id = body.offer_id or OfferId(id_for("off", body.supplier_id, key))
    try:
        change_id = id_for("chg", offer_id, key) if key else None
        command = ListOffer(**{**dict(body), "offer_id": offer_id, "change_id": change_id})
        done = await carried_out(door, command, trace, response, f"/v1/offers/{offer_id}")
    except Problem as problem:
        if problem.type == "already-listed" and body.offer_id is None:
            raise conflict(f"It listed offer {offer_id} with other contents.") from problem
        raise
    return {"offer_id": offer_id, **done}


@router.post("/drafts", **carries_out(Outcome, 201))
async def save_draft(
    body: DraftBody, door: TheDoor, key: IdempotencyKey, trace: Trace, response: Response
) -> dict[str, Any]:
    """Keep an offer that nobody can order yet (草稿), or replace it."""
    offer_id = body.offer_id or OfferId(id_for("off", body.supplier_id, key))
    command = SaveDraft(**{**dict(body), "offer_id": offer_id, "change_id": id_for("chg", offer_id, key)})
    return {"offer_id": offer_id, **await carried_out(door, command, trace, response, f"/v1/offers/{offer_id}")}


@router.get("/categories", **looks_up(pb.ListCategoriesResponse))
async def list_categories(door: TheDoor) -> dict[str, Any]:
    """The tree of categories (类目), with the packaging that suits each."""
    return await door.look_up(door.catalog.ListCategories, pb.ListCategoriesRequest())


@router.get("/offers", **looks_up(pb.ListOffersResponse))
async def list_offers(
    door: TheDoor,
    supplier_id: Annotated[str, Query(max_length=96)] = "",
    delisted: Annotated[bool, Query(description="Also those off the shelf.")] = False,
    drafts: Annotated[bool, Query(description="Also those not yet on it.")] = False,
    page_size: PageSize = 50,
    page_token: PageToken = "",
) -> dict[str, Any]:
    """Listed offers, a page at a time."""
    request = pb.ListOffersRequest(
        supplier_id=supplier_id, page_size=page_size, page_token=page_token, with_delisted=delisted, with_drafts=drafts
    )
    found = await door.look_up(door.catalog.ListOffers, request)
    door.exposures.shown(found["offers"])
    return found


STOCK, REVIEWS = or_away(logistics_pb2.BatchGetStockResponse), or_away(reviews_pb2.BatchGetSummariesResponse)


@router.get("/offers/{offer_id}", **looks_up(pb.Offer, stock=STOCK, reviews=REVIEWS))
async def get_offer(offer_id: OfferId, door: TheDoor) -> dict[str, Any]:
    """One offer, with the stock and the reviews of each SKU; a service that does not answer is left out and named."""
    found = await door.look_up(door.catalog.GetOffer, pb.GetOfferRequest(offer_id=offer_id))
    offer: dict[str, Any] = found["offer"]
    door.exposures.shown([offer])
    ids = [sku["sku_id"] for sku in offer["skus"]]
    stock, reviews = await asyncio.gather(
        door.look_up_or("stock", _stock_of(door, ids)), door.look_up_or("reviews", _reviews_of(door, ids))
    )
    return {**offer, "stock": stock, "reviews": reviews}


async def _stock_of(door: Door, ids: list[str]) -> dict[str, Any]:
    return await door.look_up(door.logistics.BatchGetStock, logistics_pb2.BatchGetStockRequest(sku_ids=ids))


async def _reviews_of(door: Door, ids: list[str]) -> dict[str, Any]:
    """Of all SKUs, in as many look-ups as the reviews service wants."""
    batches = [ids[start : start + MOST_SUMMARIES] for start in range(0, len(ids), MOST_SUMMARIES)]
    requests = [reviews_pb2.BatchGetSummariesRequest(sku_ids=batch) for batch in batches]
    pages = await asyncio.gather(*(door.look_up(door.reviews.BatchGetSummaries, request) for request in requests))
    return {"summaries": [summary for page in pages for summary in page["summaries"]]}


@router.put("/offers/{offer_id}", **carries_out(Outcome))
async def revise_offer(
    offer_id: OfferId, body: RevisionBody, door: TheDoor, key: IdempotencyKey, trace: Trace, response: Response
) -> dict[str, Any]:
    """Replace all that an offer says, listed or delisted; orders that were quoted before keep what they were told."""
    command = ReviseOffer(**dict(body), offer_id=offer_id, change_id=id_for("chg", offer_id, key))
    return await carried_out(door, command, trace, response, f"/v1/offers/{offer_id}")


@router.post("/offers/{offer_id}/list", **carries_out(Outcome))
async def list_draft(
    offer_id: OfferId, door: TheDoor, key: IdempotencyKey, trace: Trace, response: Response,
    body: NothingBody | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Put a draft on the shelf as it is."""
    command = ListDraft(offer_id=offer_id, change_id=id_for("chg", offer_id, key))
    return await carried_out(door, command, trace, response, f"/v1/offers/{offer_id}")


@router.post("/offers/{offer_id}/prices", **carries_out(Outcome))
async def change_prices(
    offer_id: OfferId, body: PricesBody, door: TheDoor, key: IdempotencyKey, trace: Trace, response: Response
) -> dict[str, Any]:
    """New prices from now on."""
    change_id = body.change_id or id_for("chg", offer_id, key)
    command = ChangePrices(offer_id=offer_id, change_id=change_id, price_ranges=body.price_ranges)
    return await carried_out(door, command, trace, response, f"/v1/offers/{offer_id}")


@router.post("/offers/{offer_id}/delist", **carries_out(Outcome))
async def delist_offer(
    offer_id: OfferId, body: ReasonBody, door: TheDoor, key: IdempotencyKey, trace: Trace, response: Response
) -> dict[str, Any]:
    """Take an offer off the shelf (下架); with an Idempotency-Key, a late repeat does not take a new listing off."""
    change_id = id_for("chg", offer_id, key) if key else None
    command = DelistOffer(offer_id=offer_id, reason=body.reason, change_id=change_id)
    return await carried_out(door, command, trace, response, f"/v1/offers/{offer_id}")


SEALED = {"type": "array", "items": {"$ref": "#/components/schemas/SealedQuote"}}


@router.post("/quote", **looks_up(pb.QuoteBasketResponse, sealed=SEALED))
async def quote(body: BasketBody, door: TheDoor, visitor: Visitor) -> dict[str, Any]:
    """Price a basket; a line without a price says why.

    For an account its own prices are quoted, and `sealed` has, for each supplier, what `POST /v1/orders` takes as
    `quote` until it expires. Without an account these are the public prices, which hold for nobody.
    """
    return await quoted(door, body.lines, visitor, body.kind, body.campaign_id)


async def quoted(
    door: Door, lines: Iterable[BasketLineBody], buyer_id: str, kind: OrderKind, campaign_id: str | None = None
) -> dict[str, Any]:
    """What a basket costs a buyer; each of `sealed` says all that a `SealedQuote` does."""
    basket = [pb.BasketLine(sku_id=line.sku_id, quantity=line.quantity, offer_id=line.offer_id or "") for line in lines]
    request = pb.QuoteBasketRequest(lines=basket, buyer_id=buyer_id, kind=kind, campaign_id=campaign_id or "")
    quote = await door.look_up(door.catalog.QuoteBasket, request)
    sealed = [
        {**part, "buyer_id": buyer_id, "currency": quote["currency"], "kind": kind,
         "lines": [{name: quote["lines"][place][name] for name in OrderLine.model_fields} for place in part["lines"]]}
        for part in quote["sealed"]
    ]  # fmt: skip
    return {**quote, "sealed": sealed}


async def sealed_quotes(
    door: Door, lines: Sequence[BasketLineBody], buyer_id: str, kind: OrderKind, campaign_id: str | None = None
) -> list[SealedQuote]:
    """The lines at the catalog's prices of this moment, a sealed part for each supplier.

    Raises `Problem` if a line has no price.
    """
    quote = await quoted(door, lines, buyer_id, kind, campaign_id)
    refused = [line for line in quote["lines"] if line["code"]]
    if refused:
        errors = [
            {"field": f"body.lines.{number}", "sku_id": line["sku_id"], "code": line["code"], "detail": line["detail"]}
            for number, line in enumerate(quote["lines"])
            if line["code"]
        ]
        detail = f"{len(refused)} of {len(lines)} lines have no price. {refused[0]['detail']}"
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "lines-refused", detail, errors=errors)
    return [SealedQuote.model_validate(part) for part in quote["sealed"]]


async def carried_out(door: Door, command: Message, trace: str, response: Response, location: str) -> dict[str, Any]:
    """Send a command: `done` when it is carried out, else 202; `location` shows what it was about."""
    reply = await door.ask(command, trace)
    response.headers["Location"] = location
    if reply is None:
        response.status_code = HTTPStatus.ACCEPTED
    return {"done": reply is not None, "location": location}
