"""Look-ups of governance and of chain leaders, against readers in memory, over a real gRPC connection."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import grpc
import pytest

from catalog.domain import traffic
from catalog.domain.offer import Offer
from catalog.domain.pricelist import PriceList
from catalog.domain.standing_state import Report
from catalog.domain.traffic import Traffic
from catalog.governance_rpc import GovernanceRpc, SameCategory
from catalog.rpc import CatalogRpc
from catalog.sealing import Sealing
from catalog.shops import Shops
from catalog.terms import BuyerTerms
from headwater.contracts.base import BuyerId, Message, OfferId, PriceListId, SupplierId
from headwater.contracts.catalog import OfferLadder
from headwater.stubs.catalog.v1 import catalog_pb2, catalog_pb2_grpc, governance_pb2_grpc
from headwater.stubs.catalog.v1 import governance_pb2 as pb
from tests.unit.catalog.building import NOW, ladder, listed, skus
from tests.unit.catalog.governing import margin, ratings, report, standing, suspend, verdict, verify
from tests.unit.catalog.test_codistribution import on_sale, pallet_after, put, sold_after, withdraw
from tests.unit.catalog.test_lookups import SECRETS, BySupplier, Still, fits, refusal, value_of
from tests.unit.catalog.test_lookups import Kept as Readable
from tests.unit.catalog.test_traffic import exposure, order, promise

SHIRTS = "apparel/men/t-shirts"


class Kept(Readable):
    """Which also knows the filter of those that replace an offer, and parts."""

    async def find(self, filter: dict[str, Any], sort: list[tuple[str, int]], limit: int) -> list[tuple[str, Any]]:
        found = [(id, state) for id, state in self.states.items() if all(_fits(id, state, *f) for f in filter.items())]
        return sorted(found, key=lambda entry: value_of(entry[0], entry[1], sort[0][0]))[:limit]

    async def parts(self, id: str, limit: int, after_key: str | None = None) -> list[tuple[str, Report]]:
        reports: dict[str, Report] = self.states[id].reports if id in self.states else {}
        return [(key, reports[key]) for key in sorted(reports) if after_key is None or key > after_key][:limit]


def _fits(id: str, state: Any, name: str, wanted: Any) -> bool:
    if isinstance(wanted, dict) and "$ne" in wanted:
        return bool(getattr(state, name) != wanted["$ne"])
    return fits(id, state, name, wanted)


def sells(supplier: str, price: int, **changes: Any) -> Offer:
    return listed(
        offer_id=f"off-{supplier}", supplier_id=supplier, skus=skus(supplier, "L"), category=SHIRTS,
        price_ranges=ladder((2, price), (20, price - 50)), **changes,
    )  # fmt: skip


def traffic_after(*messages: Message) -> Traffic:
    state: Traffic | None = None
    for message in messages:
        state = traffic.decide(state, message, NOW).state
    assert state is not None
    return state


STANDINGS = {
    "factory": standing(verify("chain_leader"), report("rep-1"), verdict("rep-1"), report("rep-2", "small_workshop")),
    "mill": standing(verify(), *ratings(5, 20), supplier_id="mill"),
    "trader": standing(verify("trader"), supplier_id="trader"),
    "banned": standing(verify(), suspend(until=NOW + timedelta(days=7)), supplier_id="banned"),
}
OFFERS = {
    "off-X": listed(category=SHIRTS, sample_price_fen=1500),
    **{offer.offer_id: offer for offer in (sells("mill", 1100), sells("trader", 900), sells("banned", 1000),
                                          sells("unknown", 1000))},
}  # fmt: skip
PALLETS = {"pal-1": pallet_after(put()), "pal-2": pallet_after(put(pallet_id="pal-2"), withdraw())}
SOLD = {
    "cod-1": sold_after(on_sale()),
    "cod-2": sold_after(on_sale(offer_id="cod-2", pallet_id="pal-2", margin=margin(fen=7))),
    "cod-3": sold_after(on_sale(offer_id="cod-3", supplier_id="other", leader_offer_id="off-gone")),
}


class BySku:
    """The ids of the offers by SKU."""

    async def get_many(self, keys: Any) -> dict[str, tuple[str, ...]]:
        return {
            key: tuple(id for id, offer in OFFERS.items() if any(sku.sku_id == key for sku in offer.skus))
            for key in keys
        }


@pytest.fixture
async def channel() -> AsyncIterator[grpc.aio.Channel]:
    server = grpc.aio.server()
    standings, traffics = Kept(**STANDINGS), Kept(mill=traffic_after(promise(supplier_id="mill"), *FLOW))
    shops = Shops(Kept(**OFFERS), Kept(**SOLD), Kept(**PALLETS), standings)
    governance = GovernanceRpc(
        standings, standings, traffics, Kept(**PALLETS), Kept(**SOLD), shops, SameCategory(Kept(**OFFERS))
    )
    governance_pb2_grpc.add_GovernanceServicer_to_server(governance, server)
    catalog_pb2_grpc.add_CatalogServicer_to_server(
        CatalogRpc(shops, BySku(), Kept(), TERMS, Sealing(SECRETS, timedelta(minutes=15)), Still()), server
    )
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as opened:
        yield opened
    await server.stop(None)


CHEAPER = PriceList(
    pricelist_id=PriceListId("friends"), supplier_id=SupplierId("shop"), name="Friends", buyers=(BuyerId("ann"),),
    ladders=(OfferLadder(offer_id=OfferId("cod-1"), price_ranges=ladder((2, 1))),),
)  # fmt: skip
TERMS = BuyerTerms(
    Kept(), Kept(), Kept(), (BySupplier("shop", "friends"), Kept(friends=CHEAPER)), (BySupplier("", ""), Kept()),
    Kept(), Kept(),
)  # fmt: skip
FLOW = (exposure(1000, 1), order("ann", "o1"), order("ann", "o2"), order("bob", "o3"))


@pytest.fixture
def governance(channel: grpc.aio.Channel) -> Any:
    return governance_pb2_grpc.GovernanceStub(channel)


@pytest.fixture
def catalog(channel: grpc.aio.Channel) -> Any:
    return catalog_pb2_grpc.CatalogStub(channel)


async def test_a_standing_shows_what_a_supplier_is_and_what_is_reported(governance: Any) -> None:
    shown = (await governance.GetStanding(pb.GetStandingRequest(supplier_id="factory"))).standing
    assert (shown.kind, shown.evidence[0], shown.verified_by) == ("chain_leader", "licence 91330782", "operator")
    assert [(one.kind, one.open, one.upheld) for one in shown.reports] == [
        ("infringement", 0, 1), ("small_workshop", 1, 0),
    ]  # fmt: skip
    assert list(shown.not_strict_because) == ["upheld_reports", "few_reviews"]


async def test_a_suspension_shows_until_when(governance: Any) -> None:
    shown = (await governance.GetStanding(pb.GetStandingRequest(supplier_id="banned"))).standing
    assert shown.suspension.until.ToJsonString() == "2026-11-18T00:00:00Z"


async def test_a_supplier_that_nothing_is_known_of_is_unverified_and_neutral(governance: Any) -> None:
    shown = (await governance.GetStanding(pb.GetStandingRequest(supplier_id="nobody"))).standing
    assert (shown.kind, shown.strict, shown.HasField("suspension")) == ("unverified", False, False)
    assert "not_a_factory" in shown.not_strict_because
    told = (await governance.GetTraffic(pb.GetTrafficRequest(supplier_id="nobody"))).traffic
    assert (told.weight_per_mille, told.boost_per_mille) == (1000, 1000)


async def test_reports_come_a_page_at_a_time(governance: Any) -> None:
    first = await governance.ListReports(pb.ListReportsRequest(supplier_id="factory", page_size=1))
    assert [(one.report_id, one.status, one.judged_by) for one in first.reports] == [("rep-1", "upheld", "operator")]
    second = await governance.ListReports(
        pb.ListReportsRequest(supplier_id="factory", page_size=1, page_token=first.next_page_token)
    )
    assert [one.report_id for one in second.reports] == ["rep-2"]
    assert second.next_page_token == ""


async def test_traffic_and_its_guarantee_are_reported(governance: Any) -> None:
    shown = (await governance.GetTraffic(pb.GetTrafficRequest(supplier_id="mill"))).traffic
    assert (shown.impressions, shown.new_buyers, shown.cohort_buyers, shown.came_back) == (1000, 2, 0, 0)
    assert (shown.all_orders, shown.all_buyers, shown.all_returned) == (3, 2, 1)
    promised = (await governance.GetGuarantee(pb.GetGuaranteeRequest(supplier_id="mill"))).guarantee
    assert (promised.promised_impressions, promised.impressions, promised.first_orders) == (1000, 1000, 2)
    assert (promised.outcome, promised.until.ToJsonString()) == ("kept", "2026-12-11T00:00:00Z")
    assert (await refusal(governance.GetGuarantee(pb.GetGuaranteeRequest(supplier_id="factory"))))[0] == "NOT_FOUND"


@pytest.mark.parametrize("method", ["GetStanding", "ListReports", "GetTraffic", "GetGuarantee"])
async def test_a_question_without_a_supplier_is_refused(governance: Any, method: str) -> None:
    code, detail = await refusal(getattr(governance, method)(getattr(pb, f"{method}Request")()))
    assert (code, "give supplier_id" in detail) == ("INVALID_ARGUMENT", True)


async def test_withdrawn_pallets_are_listed_only_for_those_who_ask(governance: Any) -> None:
    shown = await governance.ListPallets(pb.ListPalletsRequest(leader_id="factory"))
    assert [(one.pallet_id, one.goods[0].floor_fen) for one in shown.pallets] == [("pal-1", 950)]
    all = await governance.ListPallets(pb.ListPalletsRequest(with_withdrawn=True))
    assert [(one.pallet_id, one.withdrawn_because) for one in all.pallets] == [
        ("pal-1", ""), ("pal-2", "season over"),
    ]  # fmt: skip


async def test_what_a_seller_earns_is_shown_from_each_quantity_on(governance: Any) -> None:
    shown = await governance.ListDistributions(pb.ListDistributionsRequest(supplier_id="shop", pallet_id="pal-1"))
    (mine,) = shown.distributions
    assert [(one.start_quantity, one.leader_fen, one.price_fen, one.earned_fen) for one in mine.steps] == [
        (2, 1000, 1100, 100), (20, 900, 990, 90), (200, 800, 950, 150),
    ]  # fmt: skip
    all = (await governance.ListDistributions(pb.ListDistributionsRequest())).distributions
    assert [(one.offer_id, one.status) for one in all] == [
        ("cod-1", "listed"), ("cod-2", "delisted"), ("cod-3", "delisted"),
    ]  # fmt: skip
    assert "withdrawn" in all[1].delisted_because
    assert "no offer off-gone" in all[2].delisted_because


async def test_a_co_distributed_offer_is_shown_as_an_offer_of_its_seller(catalog: Any) -> None:
    offer = (await catalog.GetOffer(catalog_pb2.GetOfferRequest(offer_id="cod-1"))).offer
    assert (offer.supplier_id, offer.subject, offer.price_ranges[0].price_fen) == ("shop", "T-shirt", 1100)


async def test_a_basket_that_names_the_sellers_offer_names_the_leader_and_the_margin(catalog: Any) -> None:
    lines = [
        catalog_pb2.BasketLine(sku_id="X-L", quantity=10, offer_id="cod-1"),
        catalog_pb2.BasketLine(sku_id="X-M", quantity=10, offer_id="cod-1"),
        catalog_pb2.BasketLine(sku_id="mill-L", quantity=20),
    ]
    shown = await catalog.QuoteBasket(catalog_pb2.QuoteBasketRequest(lines=lines))
    assert [(one.supplier_id, one.unit_price_fen, one.leader_id, one.margin_fen) for one in shown.lines] == [
        ("shop", 990, "factory", 900), ("shop", 990, "factory", 900), ("mill", 1050, "", 0),
    ]  # fmt: skip
    assert shown.total_fen == 20 * 990 + 20 * 1050


async def test_no_price_list_of_a_seller_takes_a_leaders_goods_below_the_floor(catalog: Any) -> None:
    line = catalog_pb2.BasketLine(sku_id="X-L", quantity=200, offer_id="cod-1")
    shown = await catalog.QuoteBasket(catalog_pb2.QuoteBasketRequest(lines=[line], buyer_id="ann"))
    assert (shown.lines[0].unit_price_fen, shown.lines[0].margin_fen) == (950, 200 * 150)
    assert [(part.supplier_id, list(part.lines)) for part in shown.sealed] == [("shop", [0])]


async def test_a_sample_earns_what_it_costs_above_the_leaders(catalog: Any) -> None:
    line = catalog_pb2.BasketLine(sku_id="X-L", quantity=1, offer_id="cod-1")
    shown = await catalog.QuoteBasket(catalog_pb2.QuoteBasketRequest(lines=[line], kind="sample"))
    assert (shown.lines[0].unit_price_fen, shown.lines[0].margin_fen) == (1650, 150)


async def test_a_basket_that_names_an_offer_which_may_not_sell_the_sku_has_no_price(catalog: Any) -> None:
    lines = [catalog_pb2.BasketLine(sku_id="X-L", quantity=10, offer_id=id) for id in ("off-mill",)]
    shown = await catalog.QuoteBasket(catalog_pb2.QuoteBasketRequest(lines=lines))
    assert [one.code for one in shown.lines] == ["no_such_sku"]


async def test_replacements_are_of_verified_suppliers_and_the_nearest_in_price_first(governance: Any) -> None:
    shown = await governance.FindReplacements(pb.FindReplacementsRequest(offer_id="off-X", quantity=20))
    assert (shown.unit_price_fen, shown.quantity) == (900, 20)
    assert [(one.offer_id, one.unit_price_fen, one.supplier_kind, one.strict) for one in shown.replacements] == [
        ("off-trader", 850, "trader", False), ("off-mill", 1050, "source_factory", True),
    ]  # fmt: skip
    few = await governance.FindReplacements(pb.FindReplacementsRequest(offer_id="off-X", quantity=2, limit=1))
    assert [one.offer_id for one in few.replacements] == ["off-mill"], "equally near, and strictly selected"


async def test_what_cannot_be_ordered_at_that_quantity_replaces_nothing(governance: Any) -> None:
    shown = await governance.FindReplacements(pb.FindReplacementsRequest(offer_id="off-X", quantity=1))
    assert list(shown.replacements) == []


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        (pb.FindReplacementsRequest(offer_id="ghost"), "NOT_FOUND"),
        (pb.FindReplacementsRequest(offer_id="off-X", limit=21), "INVALID_ARGUMENT"),
        (pb.FindReplacementsRequest(offer_id="off-X", quantity=-1), "INVALID_ARGUMENT"),
    ],
)
async def test_replacements_that_cannot_be_asked_for_are_refused(governance: Any, request_: Any, code: str) -> None:
    assert (await refusal(governance.FindReplacements(request_)))[0] == code
