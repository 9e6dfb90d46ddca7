"""Finding offers and factories."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query

from gateway.door import TheDoor
from gateway.openapi import looks_up
from gateway.problems import Problem
from headwater.contracts.base import OfferId
from headwater.stubs.catalog.v1 import catalog_pb2
from headwater.stubs.catalog.v1 import search_pb2 as pb

router = APIRouter(prefix="/v1", tags=["search"])
Zone = Literal["free_shipping", "samples", "trial", "bulk", "strict_selection"]
Text = Annotated[str, Query(max_length=10_000, description="Chinese, English, pinyin, or a mixture.")]
Category = Annotated[str, Query(max_length=120, description="A path, or its beginning: apparel/women.")]
Town = Annotated[str, Query(max_length=200, description="The supplier's town.")]
Fen = Annotated[int, Query(ge=0, le=10**15, description="For one piece; 0: no bound.")]
PageSize = Annotated[int, Query(ge=1, le=100, description="At most so many.")]
PageToken = Annotated[str, Query(max_length=200, description="The last page's next_page_token.")]
Names = Annotated[list[Annotated[str, Query(max_length=200)]], Query(max_length=20, description="All of these.")]


@router.get("/search", **looks_up(pb.SearchOffersResponse))
async def search_offers(
    door: TheDoor,
    q: Text = "",
    category: Category = "",
    attribute: Annotated[list[str], Query(max_length=20, description="name=value; all of these.")] = [],  # noqa: B006
    quantity: Annotated[int, Query(ge=1, le=10**9, description="Pieces, for the bounds of the price.")] = 1,
    min_fen: Fen = 0,
    max_fen: Fen = 0,
    town: Town = "",
    zone: Annotated[list[Zone], Query(max_length=5, description="All of these.")] = [],  # noqa: B006
    supplier_id: Annotated[str, Query(max_length=96)] = "",
    page_size: PageSize = 20,
    page_token: PageToken = "",
) -> dict[str, Any]:
    """Listed offers that match, the best first, each with the parts of its score."""
    if max_fen and min_fen > max_fen:
        detail = f"Nothing costs at least {min_fen} and at most {max_fen} fen: swap min_fen and max_fen."
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid-argument", detail)
    bounded = min_fen > 0 or max_fen > 0 or quantity > 1
    narrow = pb.OfferFilter(
        category=category, attributes=[_attribute(one) for one in attribute], town=town, zones=list(zone),
        supplier_id=supplier_id,
        price=pb.PriceFilter(quantity=quantity, min_fen=min_fen, max_fen=max_fen) if bounded else None,
    )  # fmt: skip
    request = pb.SearchOffersRequest(text=q, filter=narrow, page_size=page_size, page_token=page_token)
    return await door.look_up(door.search.SearchOffers, request)


@router.get("/factories", **looks_up(pb.FindFactoriesResponse))
async def find_factories(
    door: TheDoor,
    q: Text = "",
    category: Category = "",
    process: Names = [],  # noqa: B006
    min_monthly_pieces: Annotated[int, Query(ge=0, le=10**9, description="At least such a capacity.")] = 0,
    certificate: Names = [],  # noqa: B006
    town: Town = "",
    page_size: PageSize = 20,
    page_token: PageToken = "",
) -> dict[str, Any]:
    """Find factories (找工厂) by what they can make, how much a month, their certificates and their town."""
    request = pb.FindFactoriesRequest(
        text=q, category=category, processes=process, min_monthly_pieces=min_monthly_pieces, certificates=certificate,
        town=town, page_size=page_size, page_token=page_token,
    )  # fmt: skip
    return await door.look_up(door.search.FindFactories, request)


@router.get("/offers/{offer_id}/similar", **looks_up(pb.SimilarOffersResponse))
async def similar_offers(
    offer_id: OfferId,
    door: TheDoor,
    cheaper: Annotated[bool, Query(description="Only those that cost less a piece at this one's minimum.")] = False,
    page_size: PageSize = 20,
    page_token: PageToken = "",
) -> dict[str, Any]:
    """Offers of other suppliers that are like this one: dupes (平替), or whom to ask when this one does not answer."""
    request = pb.SimilarOffersRequest(offer_id=offer_id, cheaper=cheaper, page_size=page_size, page_token=page_token)
    return await door.look_up(door.search.SimilarOffers, request)


def _attribute(said: str) -> catalog_pb2.Attribute:
    name, equals, value = said.partition("=")
    if not equals or not name.strip():
        detail = f"{said[:80]!r} is no attribute: write name=value, as in attribute=颜色=红色."
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid-argument", detail)
    return catalog_pb2.Attribute(name=name, value=value)
