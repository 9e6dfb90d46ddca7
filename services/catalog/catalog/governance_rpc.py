"""Look-ups of governance and of chain leaders over gRPC. Reads only; what is read was committed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import grpc

from catalog.domain.offer import Offer
from catalog.domain.pricing import unit_price
from catalog.domain.replacement import replacements
from catalog.domain.standing_state import Report, Standing
from catalog.domain.traffic import Traffic
from catalog.governance_views import (
    distribution_view,
    guarantee_view,
    pallet_view,
    replacement_view,
    report_view,
    standing_view,
    traffic_view,
)
from catalog.paging import BY_ID, Context, after, page_size
from catalog.shops import Distributions, Offers, Pallets, Shops, Standings
from headwater.contracts.base import SupplierId
from headwater.stubs.catalog.v1 import governance_pb2 as pb
from headwater.stubs.catalog.v1 import governance_pb2_grpc

REPLACEMENTS, MOST_REPLACEMENTS = 5, 20
LOOKED_AT = 200
"""Of so many offers of a category at the most are those taken that replace another."""
MOST_PIECES = 10**9


class Reports(Protocol):
    """What the look-ups need of the stored reports."""

    async def parts(self, id: str, limit: int, after_key: str | None = None) -> list[tuple[str, Report]]: ...


class Traffics(Protocol):
    """What the look-ups need of the stored traffic."""

    async def get(self, id: str) -> Traffic | None: ...


class Similar(Protocol):
    """Offers that are like another one: the port behind which a search can stand."""

    async def like(self, offer: Offer, limit: int) -> Sequence[Offer]: ...


class SameCategory:
    """Listed offers of other suppliers in the same category, by id."""

    def __init__(self, offers: Offers) -> None:
        self._offers = offers

    async def like(self, offer: Offer, limit: int) -> Sequence[Offer]:
        """At most so many; none when the offer has no category."""
        if offer.category is None:
            return ()
        wanted = {"category": offer.category, "status": "listed", "supplier_id": {"$ne": offer.supplier_id}}
        return [found for _, found in await self._offers.find(wanted, BY_ID, limit)]


class GovernanceRpc(governance_pb2_grpc.GovernanceServicer):
    """Answers `headwater.catalog.v1.Governance`."""

    def __init__(
        self,
        standings: Standings,
        reports: Reports,
        traffics: Traffics,
        pallets: Pallets,
        distributions: Distributions,
        shops: Shops,
        similar: Similar,
    ) -> None:
        self._standings = standings
        self._reports = reports
        self._traffics = traffics
        self._pallets = pallets
        self._distributions = distributions
        self._shops = shops
        self._similar = similar

    async def GetStanding(self, request: pb.GetStandingRequest, context: Context) -> pb.GetStandingResponse:  # noqa: N802
        """What is known of a supplier."""
        id = await _named(request.supplier_id, context)
        found = (await self._standings.get_many((id,))).get(id)
        return pb.GetStandingResponse(standing=standing_view(found or Standing(supplier_id=SupplierId(id))))

    async def ListReports(self, request: pb.ListReportsRequest, context: Context) -> pb.ListReportsResponse:  # noqa: N802
        """A page of a supplier's reports."""
        id, size = await _named(request.supplier_id, context), await page_size(request.page_size, context)
        found = await self._reports.parts(id, size + 1, request.page_token or None)
        more = found[size - 1][0] if len(found) > size else ""
        return pb.ListReportsResponse(reports=[report_view(one) for _, one in found[:size]], next_page_token=more)

    async def GetTraffic(self, request: pb.GetTrafficRequest, context: Context) -> pb.GetTrafficResponse:  # noqa: N802
        """A supplier's figures and weight."""
        id = await _named(request.supplier_id, context)
        found = await self._traffics.get(id)
        return pb.GetTrafficResponse(traffic=traffic_view(found or Traffic(supplier_id=SupplierId(id))))

    async def GetGuarantee(self, request: pb.GetGuaranteeRequest, context: Context) -> pb.GetGuaranteeResponse:  # noqa: N802
        """What a supplier was promised, or NOT_FOUND."""
        id = await _named(request.supplier_id, context)
        found = await self._traffics.get(id)
        if found is None or found.guarantee is None:
            await context.abort(grpc.StatusCode.NOT_FOUND, f"Supplier {id!r} was promised nothing.")
        return pb.GetGuaranteeResponse(guarantee=guarantee_view(id, found.guarantee))

    async def ListPallets(self, request: pb.ListPalletsRequest, context: Context) -> pb.ListPalletsResponse:  # noqa: N802
        """A page of pallets."""
        filter: dict[str, Any] = {} if request.with_withdrawn else {"status": "published"}
        if request.leader_id:
            filter["leader_id"] = request.leader_id
        size = await page_size(request.page_size, context)
        found = await self._pallets.find({**filter, **after(request.page_token)}, BY_ID, size + 1)
        more = found[size - 1][0] if len(found) > size else ""
        return pb.ListPalletsResponse(pallets=[pallet_view(one) for _, one in found[:size]], next_page_token=more)

    async def ListDistributions(  # noqa: N802
        self, request: pb.ListDistributionsRequest, context: Context
    ) -> pb.ListDistributionsResponse:
        """A page of co-distributed offers, with what their sellers earn."""
        asked = {"supplier_id": request.supplier_id, "pallet_id": request.pallet_id}
        filter: dict[str, Any] = {name: id for name, id in asked.items() if id}
        size = await page_size(request.page_size, context)
        found = await self._distributions.find({**filter, **after(request.page_token)}, BY_ID, size + 1)
        shown = dict(found[:size])
        offers = await self._shops.co_offers(shown)
        return pb.ListDistributionsResponse(
            distributions=[distribution_view(one, offers.get(id)) for id, one in shown.items()],
            next_page_token=found[size - 1][0] if len(found) > size else "",
        )

    async def FindReplacements(  # noqa: N802
        self, request: pb.FindReplacementsRequest, context: Context
    ) -> pb.FindReplacementsResponse:
        """What a buyer may take instead of an offer."""
        wanted = await self._shops.get(request.offer_id)
        if wanted is None or not wanted.price_ranges:
            detail = f"There is no offer {request.offer_id!r} with a price; ListOffers gives all."
            await context.abort(grpc.StatusCode.NOT_FOUND, detail)
        if not 0 <= request.limit <= MOST_REPLACEMENTS or not 0 <= request.quantity <= MOST_PIECES:
            detail = f"limit goes from 1 to {MOST_REPLACEMENTS}, quantity to {MOST_PIECES:,}: leave out what is free."
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, detail)
        quantity = max(request.quantity or wanted.min_order_quantity, 1)
        offers = await self._similar.like(wanted, LOOKED_AT)
        standings = await self._standings.get_many({offer.supplier_id for offer in offers})
        found = replacements(wanted, quantity, offers, standings)[: request.limit or REPLACEMENTS]
        return pb.FindReplacementsResponse(
            replacements=[replacement_view(one) for one in found], quantity=quantity,
            unit_price_fen=unit_price(wanted.price_ranges, quantity),
        )  # fmt: skip


async def _named(supplier_id: str, context: Context) -> str:
    if not supplier_id:
        await context.abort(grpc.StatusCode.INVALID_ARGUMENT, "Say which supplier: give supplier_id.")
    return supplier_id
