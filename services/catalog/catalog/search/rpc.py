"""Look-ups of the search over gRPC. They read the index of this process, beside the loop that serves."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sized
from typing import Any, Protocol

import grpc

from catalog.domain.categories import CATEGORIES
from catalog.domain.offer import Offer
from catalog.search.finding import MOST_FOUND, Finder, Found, Hit, Making, Narrow, Price
from catalog.search.index import SearchIndex
from catalog.search.ladders import price_at
from catalog.search.traffic import Esteem
from catalog.search.understand import Group
from headwater.projection import Projection, Standing
from headwater.stubs.catalog.v1 import search_pb2 as pb
from headwater.stubs.catalog.v1 import search_pb2_grpc

PAGE, MOST = 20, 100
MOST_TEXT, MOST_NAMES = 10_000, 20
MOST_PIECES, MOST_FEN = 10**9, 10**15
ZONES = ("free_shipping", "samples", "trial", "bulk", "strict_selection")
Context = grpc.aio.ServicerContext[Any, Any]


class Invalid(Exception):
    """What is wrong with a request, and what to do."""


class Offers(Protocol):
    """What is needed of the stored offers."""

    async def get(self, id: str) -> Offer | None: ...


class SearchRpc(search_pb2_grpc.SearchServicer):
    """Answers `headwater.catalog.v1.Search`. Raises `NotBuilt` while there is no index."""

    def __init__(self, search: Projection[SearchIndex], offers: Offers, esteem: Esteem) -> None:
        self._search = search
        self._offers = offers
        self._esteem = esteem

    async def SearchOffers(self, request: pb.SearchOffersRequest, context: Context) -> pb.SearchOffersResponse:  # noqa: N802
        """Offers by text and filter."""
        try:
            text, narrow = _text(request.text), _narrow(request.filter)
            offset, size = _page(request.page_token, request.page_size)
        except Invalid as invalid:
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(invalid))
        found = await asyncio.to_thread(self._finder().offers, text, narrow, offset, size)
        return pb.SearchOffersResponse(
            hits=_offer_hits(found, narrow.price), total=found.total, next_page_token=_next(found, offset + size),
            understood=_understood(found.groups), standing=_standing(self._search.standing()),
        )  # fmt: skip

    async def FindFactories(self, request: pb.FindFactoriesRequest, context: Context) -> pb.FindFactoriesResponse:  # noqa: N802
        """Suppliers by what they can make."""
        try:
            text, making = _text(request.text), _making(request)
            offset, size = _page(request.page_token, request.page_size)
        except Invalid as invalid:
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(invalid))
        found = await asyncio.to_thread(self._finder().makings, text, making, offset, size)
        return pb.FindFactoriesResponse(
            hits=map(_factory_hit, found.hits), next_page_token=_next(found, offset + size),
            understood=_understood(found.groups), standing=_standing(self._search.standing()),
        )  # fmt: skip

    async def SimilarOffers(self, request: pb.SimilarOffersRequest, context: Context) -> pb.SimilarOffersResponse:  # noqa: N802
        """Offers of other suppliers that are like one."""
        finder = self._finder()
        try:
            offset, size = _page(request.page_token, request.page_size)
        except Invalid as invalid:
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(invalid))
        offer = await self._offers.get(request.offer_id)
        if offer is None or offer.status == "draft":
            detail = f"There is no offer {request.offer_id!r}; SearchOffers finds some."
            await context.abort(grpc.StatusCode.NOT_FOUND, detail)
        price = _cheaper_than(offer) if request.cheaper else None
        found = await asyncio.to_thread(finder.similar, offer, price, offset, size)
        return pb.SimilarOffersResponse(
            hits=_offer_hits(found, Price(offer.min_order_quantity)), next_page_token=_next(found, offset + size),
            standing=_standing(self._search.standing()),
        )  # fmt: skip

    def _finder(self) -> Finder:
        return Finder(self._search.current(), self._esteem)


# --- requests --------------------------------------------------------------------------------------------------------


def _text(text: str) -> str:
    if len(text) > MOST_TEXT:
        raise Invalid(f"The text has {len(text):,} characters; a search takes {MOST_TEXT:,}: say less.")
    return text


def _narrow(asked: pb.OfferFilter) -> Narrow:
    unknown = next((zone for zone in asked.zones if zone not in ZONES), None)
    if unknown is not None:
        raise Invalid(f"There is no zone {unknown!r}: there are {', '.join(ZONES)}.")
    _check_names("attributes", asked.attributes)
    price = _price(asked.price) if asked.HasField("price") else None
    attributes = tuple((one.name, one.value) for one in asked.attributes)
    return Narrow(_category(asked.category), attributes, price, asked.town, tuple(asked.zones), asked.supplier_id)


def _price(asked: pb.PriceFilter) -> Price:
    if not 0 <= asked.quantity <= MOST_PIECES:
        raise Invalid(f"{asked.quantity} pieces cannot be bought: give a quantity from 1 to {MOST_PIECES:,}.")
    for name, bound in (("min_fen", asked.min_fen), ("max_fen", asked.max_fen)):
        if not 0 <= bound <= MOST_FEN:
            raise Invalid(f"{name} {bound} is no price: give 1 to {MOST_FEN:,} fen, or leave it out.")
    if asked.max_fen and asked.min_fen > asked.max_fen:
        raise Invalid(f"Nothing costs at least {asked.min_fen} and at most {asked.max_fen} fen: swap the bounds.")
    return Price(asked.quantity or 1, asked.min_fen or None, asked.max_fen or None)


def _making(asked: pb.FindFactoriesRequest) -> Making:
    if not 0 <= asked.min_monthly_pieces <= MOST_PIECES:
        raise Invalid(f"min_monthly_pieces {asked.min_monthly_pieces} is not from 0 to {MOST_PIECES:,}.")
    _check_names("processes", asked.processes)
    _check_names("certificates", asked.certificates)
    return Making(
        _category(asked.category), tuple(asked.processes), asked.min_monthly_pieces, tuple(asked.certificates),
        asked.town,
    )  # fmt: skip


def _category(path: str) -> str:
    if path and not any(known == path or known.startswith(f"{path}/") for known in CATEGORIES):
        raise Invalid(f"There is no category {path!r}, and none begins with it: ListCategories shows them all.")
    return path


def _check_names(what: str, given: Sized) -> None:
    count = len(given)
    if count > MOST_NAMES:
        raise Invalid(f"{count} {what} are asked for; a search takes {MOST_NAMES}: leave some out.")


def _page(token: str, size: int) -> tuple[int, int]:
    if not 0 <= size <= MOST:
        raise Invalid(f"page_size {size} is not from 1 to {MOST}: leave it out for {PAGE}.")
    offset = int(token) if token.isascii() and token.isdigit() and len(token) < 6 else 0 if not token else -1
    if not 0 <= offset < MOST_FOUND:
        raise Invalid(f"page_token {token[:40]!r} is not one that was given: begin without.")
    return offset, size or PAGE


def _cheaper_than(offer: Offer) -> Price:
    least = offer.min_order_quantity
    return Price(least, most=(price_at(offer.price_ranges, least) or 1) - 1)


# --- answers ---------------------------------------------------------------------------------------------------------


def _next(found: Found, offset: int) -> str:
    return str(offset) if found.more else ""


def _offer_hits(found: Found, price: Price | None) -> list[pb.OfferHit]:
    hits = []
    for hit in found.hits:
        offer = pb.FoundOffer.FromString(hit.shown)
        quantity = price.quantity if price is not None else offer.min_order_quantity
        costs = price_at(offer.price_ranges, quantity) or 0
        hits.append(pb.OfferHit(offer=offer, parts=_parts(hit), unit_price_fen=costs))
    return hits


def _factory_hit(hit: Hit) -> pb.FactoryHit:
    factory = pb.FactoryHit.FromString(hit.shown)
    factory.parts.CopyFrom(_parts(hit))
    return factory


def _parts(hit: Hit) -> pb.ScoreParts:
    return pb.ScoreParts(score=hit.score, text=hit.text, traffic_weight=hit.weight, matched=hit.matched)


def _understood(groups: Iterable[Group]) -> list[pb.Understood]:
    return [
        pb.Understood(text=group.text, words=[" ".join(one.words) for one in group.alternatives]) for group in groups
    ]


def _standing(standing: Standing) -> pb.IndexStanding:
    told = pb.IndexStanding(behind_events=standing.behind, rebuilding=standing.rebuilding)
    if standing.as_of is not None:
        told.as_of.FromDatetime(standing.as_of)
    return told
