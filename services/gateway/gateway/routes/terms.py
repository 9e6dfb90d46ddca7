"""What prices depend on beside the offers: price lists, buyers' levels, programmes over several suppliers."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from gateway.bodies import LevelBody
from gateway.door import IdempotencyKey, Operator, TheDoor, Trace
from gateway.ids import id_for
from gateway.openapi import Outcome, carries_out, looks_up
from gateway.routes.catalog import PageSize, PageToken, carried_out
from headwater.contracts.base import BuyerId, PriceListId, ProgrammeId
from headwater.contracts.catalog import PriceListTerms, ProgrammeTerms, SetBuyerLevel, SetPriceList, SetProgramme
from headwater.stubs.catalog.v1 import terms_pb2 as pb

router = APIRouter(prefix="/v1", tags=["terms"])


@router.put("/pricelists/{pricelist_id}", **carries_out(Outcome))
async def set_price_list(
    pricelist_id: PriceListId, body: PriceListTerms, door: TheDoor, key: IdempotencyKey, trace: Trace,
    response: Response,
) -> dict[str, Any]:  # fmt: skip
    """Make a supplier's price list (价格表), or replace it. To end it, give an `ends_at` that is past."""
    change_id = id_for("chg", pricelist_id, key)
    command = SetPriceList(**dict(body), pricelist_id=pricelist_id, change_id=change_id)
    return await carried_out(door, command, trace, response, f"/v1/pricelists/{pricelist_id}")


@router.get("/pricelists/{pricelist_id}", **looks_up(pb.PriceList))
async def get_price_list(pricelist_id: PriceListId, door: TheDoor) -> Any:
    """One price list."""
    found = await door.look_up(door.terms.GetPriceList, pb.GetPriceListRequest(pricelist_id=pricelist_id))
    return found["price_list"]


@router.get("/pricelists", **looks_up(pb.ListPriceListsResponse))
async def list_price_lists(
    door: TheDoor,
    supplier_id: Annotated[str, Query(max_length=96)] = "",
    page_size: PageSize = 50,
    page_token: PageToken = "",
) -> dict[str, Any]:
    """Price lists, a page at a time, those that ended among them."""
    request = pb.ListPriceListsRequest(supplier_id=supplier_id, page_size=page_size, page_token=page_token)
    return await door.look_up(door.terms.ListPriceLists, request)


@router.put("/programmes/{programme_id}", **carries_out(Outcome))
async def set_programme(
    programme_id: ProgrammeId, body: ProgrammeTerms, door: TheDoor, _operator: Operator, key: IdempotencyKey,
    trace: Trace, response: Response,
) -> dict[str, Any]:  # fmt: skip
    """Make a programme over several suppliers (跨店累计), or replace it. For the operator: the platform vouches."""
    change_id = id_for("chg", programme_id, key)
    command = SetProgramme(**dict(body), programme_id=programme_id, change_id=change_id)
    return await carried_out(door, command, trace, response, "/v1/programmes")


@router.get("/programmes", **looks_up(pb.ListProgrammesResponse))
async def list_programmes(door: TheDoor, page_size: PageSize = 50, page_token: PageToken = "") -> dict[str, Any]:
    """Programmes, a page at a time, those that ended among them."""
    request = pb.ListProgrammesRequest(page_size=page_size, page_token=page_token)
    return await door.look_up(door.terms.ListProgrammes, request)


@router.put("/buyers/{buyer_id}/level", **carries_out(Outcome))
async def set_buyer_level(
    buyer_id: BuyerId, body: LevelBody, door: TheDoor, _operator: Operator, key: IdempotencyKey, trace: Trace,
    response: Response,
) -> dict[str, Any]:  # fmt: skip
    """Give a buyer a level, or none: then the one holds that it earned by its orders. For the operator."""
    command = SetBuyerLevel(buyer_id=buyer_id, level=body.level, change_id=id_for("chg", buyer_id, key))
    return await carried_out(door, command, trace, response, f"/v1/buyers/{buyer_id}")


@router.get("/buyers/{buyer_id}", **looks_up(pb.GetBuyerResponse))
async def get_buyer(buyer_id: BuyerId, door: TheDoor, _operator: Operator) -> dict[str, Any]:
    """What the catalog knows of a buyer. For the operator."""
    return await door.look_up(door.terms.GetBuyer, pb.GetBuyerRequest(buyer_id=buyer_id))
