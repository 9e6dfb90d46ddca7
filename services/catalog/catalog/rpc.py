"""Look-ups of the catalog over gRPC. Reads only; what is read was committed. By id and by SKU they come from memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Set
from datetime import datetime
from operator import attrgetter
from typing import Any, Protocol, get_args

import grpc

from catalog.domain.categories import CATEGORIES
from catalog.domain.codistribution import above_floors, chosen_offers
from catalog.domain.offer import Offer
from catalog.domain.ownership import owning_offers
from catalog.domain.pricing import quote
from catalog.domain.supplier import Supplier
from catalog.paging import BY_ID, Context, after, page_size
from catalog.sealing import Sealing
from catalog.terms import BuyerTerms
from catalog.views import category_view, name_leaders, offer_view, quote_view, sku_view, supplier_view
from headwater.contracts.base import BuyerId, CampaignId, SkuId
from headwater.contracts.orders import OrderKind
from headwater.stubs.catalog.v1 import catalog_pb2 as pb
from headwater.stubs.catalog.v1 import catalog_pb2_grpc

MOST_LINES = 100
KINDS: tuple[OrderKind, ...] = get_args(OrderKind)
MOST_SKUS = 500
FIRST_LISTED = [("first_listed_at", 1), ("_id", 1)]
_WHEN_LISTED = attrgetter("first_listed_at", "offer_id")
"""The same order, of states."""


class Offers(Protocol):
    """What the look-ups need of the stored offers."""

    async def get(self, id: str) -> Offer | None: ...
    async def get_many(self, ids: Iterable[str]) -> dict[str, Offer]: ...
    async def find(
        self, filter: dict[str, Any], sort: list[tuple[str, int]], limit: int
    ) -> list[tuple[str, Offer]]: ...


class BySku(Protocol):
    """Which offers name a SKU."""

    async def get_many(self, keys: Iterable[str]) -> dict[str, tuple[str, ...]]: ...


class Suppliers(Protocol):
    """What the look-ups need of the stored suppliers."""

    async def get(self, id: str) -> Supplier | None: ...
    async def find(
        self, filter: dict[str, Any], sort: list[tuple[str, int]], limit: int
    ) -> list[tuple[str, Supplier]]: ...


class Clock(Protocol):
    """What time it is."""

    async def now(self) -> datetime: ...


class CatalogRpc(catalog_pb2_grpc.CatalogServicer):
    """Answers `headwater.catalog.v1.Catalog`."""

    def __init__(
        self, offers: Offers, by_sku: BySku, suppliers: Suppliers, terms: BuyerTerms, sealing: Sealing, clock: Clock
    ) -> None:
        self._offers = offers
        self._by_sku = by_sku
        self._suppliers = suppliers
        self._terms = terms
        self._sealing = sealing
        self._clock = clock

    async def GetOffer(self, request: pb.GetOfferRequest, context: Context) -> pb.GetOfferResponse:  # noqa: N802
        """One offer, or NOT_FOUND."""
        offer = await self._offers.get(request.offer_id)
        if offer is None:
            detail = f"There is no offer {request.offer_id!r}; ListOffers gives all."
            await context.abort(grpc.StatusCode.NOT_FOUND, detail)
        return pb.GetOfferResponse(offer=offer_view(offer))

    async def ListOffers(self, request: pb.ListOffersRequest, context: Context) -> pb.ListOffersResponse:  # noqa: N802
        """A page of offers by id."""
        wanted = ["listed"] + ["delisted"] * request.with_delisted + ["draft"] * request.with_drafts
        filter: dict[str, Any] = {"status": {"$in": wanted}}
        if request.supplier_id:
            filter["supplier_id"] = request.supplier_id
        size = await page_size(request.page_size, context)
        found = await self._offers.find({**filter, **after(request.page_token)}, BY_ID, size + 1)
        more = found[size - 1][0] if len(found) > size else ""
        return pb.ListOffersResponse(offers=[offer_view(offer) for _, offer in found[:size]], next_page_token=more)

    async def BatchGetSkus(self, request: pb.BatchGetSkusRequest, context: Context) -> pb.BatchGetSkusResponse:  # noqa: N802
        """The offers of many SKUs."""
        if len(request.sku_ids) > MOST_SKUS:
            detail = f"{len(request.sku_ids)} SKUs are asked for; one call answers {MOST_SKUS}: ask in several."
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, detail)
        offers = await self._offers_of({SkuId(id) for id in request.sku_ids})
        found = [
            pb.FoundSku(sku=sku_view(sku), offer_id=offer.offer_id, supplier_id=offer.supplier_id, status=offer.status)
            for id in request.sku_ids
            if (offer := offers.get(SkuId(id))) is not None
            for sku in offer.skus
            if sku.sku_id == id
        ]
        return pb.BatchGetSkusResponse(skus=found, missing=[id for id in request.sku_ids if id not in offers])

    async def QuoteBasket(self, request: pb.QuoteBasketRequest, context: Context) -> pb.QuoteBasketResponse:  # noqa: N802
        """What a basket costs a buyer, sealed so that it can be ordered at this price."""
        if not 0 < len(request.lines) <= MOST_LINES:
            detail = f"The basket has {len(request.lines)} lines; a quote takes 1 to {MOST_LINES}: split the basket."
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, detail)
        lines = list(request.lines)  # once: a field of a message is wrapped anew each time
        basket = {SkuId(line.sku_id): line.quantity for line in lines}
        if len(basket) < len(lines):
            ((twice, _),) = Counter(line.sku_id for line in lines).most_common(1)
            detail = f"SKU {twice!r} stands on two lines: add their quantities up into one."
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, detail)
        kind = request.kind or "goods"
        if kind not in KINDS:
            detail = f"There is no kind {kind!r} of order: ask for {', '.join(KINDS)}."
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, detail)
        if request.campaign_id and kind != "goods":
            detail = f"A campaign has no {kind} prices: quote goods in it, or leave campaign_id out."
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, detail)
        offers, now = await self._offers_of(basket.keys()), await self._clock.now()
        named = {SkuId(line.sku_id): line.offer_id for line in lines if line.offer_id}
        if named:
            known = await self._offers.get_many(set(named.values()))
            offers = chosen_offers(offers, {sku: known.get(id) for sku, id in named.items()})
        buyer_id = BuyerId(request.buyer_id)
        sold = {offer.offer_id: offer.supplier_id for offer in offers.values()}
        terms = above_floors(await self._terms.of(buyer_id, sold, kind, now), offers.values())
        if kind == "sample":
            terms = terms._replace(sampled=await self._terms.sampled(buyer_id, basket.keys()))
        run = None
        if request.campaign_id:
            campaign, run = await self._terms.campaign(CampaignId(request.campaign_id), sold, now)
            terms = terms._replace(campaign=campaign)
        quoted = quote(basket, offers, terms, kind)
        view = quote_view(quoted, self._sealing.parts(quoted, buyer_id, kind, now, run) if buyer_id else (), run)
        return name_leaders(view, quoted, offers, kind) if named else view

    async def GetSupplier(self, request: pb.GetSupplierRequest, context: Context) -> pb.GetSupplierResponse:  # noqa: N802
        """One supplier, or NOT_FOUND."""
        supplier = await self._suppliers.get(request.supplier_id)
        if supplier is None:
            detail = f"There is no supplier {request.supplier_id!r}; ListSuppliers gives all."
            await context.abort(grpc.StatusCode.NOT_FOUND, detail)
        return pb.GetSupplierResponse(supplier=supplier_view(supplier))

    async def ListSuppliers(  # noqa: N802
        self, request: pb.ListSuppliersRequest, context: Context
    ) -> pb.ListSuppliersResponse:
        """A page of suppliers by id."""
        size = await page_size(request.page_size, context)
        found = await self._suppliers.find(after(request.page_token), BY_ID, size + 1)
        more = found[size - 1][0] if len(found) > size else ""
        return pb.ListSuppliersResponse(suppliers=[supplier_view(one) for _, one in found[:size]], next_page_token=more)

    async def ListCategories(  # noqa: N802
        self, request: pb.ListCategoriesRequest, context: Context
    ) -> pb.ListCategoriesResponse:
        """The tree of categories."""
        return pb.ListCategoriesResponse(categories=[category_view(one) for one in CATEGORIES.values()])

    async def _offers_of(self, wanted: Set[SkuId]) -> dict[SkuId, Offer]:
        """The offer of each SKU that exists, by `owning_offers`."""
        naming = await self._by_sku.get_many(wanted)
        offers = await self._offers.get_many({id for ids in naming.values() for id in ids})
        return owning_offers(wanted, sorted(offers.values(), key=_WHEN_LISTED))
