"""Look-ups, against readers in memory, over a real gRPC connection."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
import pytest

from catalog.domain.buyer import Buyer
from catalog.domain.pricelist import PriceList
from catalog.domain.supplier import Supplier
from catalog.domain.trial import Trial
from catalog.rpc import CatalogRpc
from catalog.sealing import Sealing
from catalog.terms import BuyerTerms
from headwater.contracts.base import BuyerId, OfferId, OrderId, PriceListId, SkuId, SupplierId
from headwater.contracts.catalog import DelistOffer, OfferLadder, trial_id
from headwater.contracts.orders import OrderLine, QuoteSeal
from headwater.contracts.quotes import is_genuine, secrets_from
from headwater.stubs.catalog.v1 import catalog_pb2 as pb
from headwater.stubs.catalog.v1 import catalog_pb2_grpc
from tests.unit.catalog.building import NOW, after, ladder, list_offer, listed, save_draft, skus


class Kept:
    """A reader of states in memory, which knows the filters and the order that the look-ups use."""

    def __init__(self, **states: Any) -> None:
        self.states = states

    async def get(self, id: str) -> Any:
        return self.states.get(id)

    async def get_many(self, ids: Iterable[str]) -> dict[str, Any]:
        return {id: self.states[id] for id in ids if id in self.states}

    async def find(self, filter: dict[str, Any], sort: list[tuple[str, int]], limit: int) -> list[tuple[str, Any]]:
        assert limit > 0
        found = [(id, state) for id, state in self.states.items() if all(fits(id, state, *f) for f in filter.items())]
        assert [direction for _, direction in sort] == [1] * len(sort)
        return sorted(found, key=lambda entry: [value_of(entry[0], entry[1], name) for name, _ in sort])[:limit]


class BySku:
    """The ids of the offers by SKU."""

    async def get_many(self, keys: Iterable[str]) -> dict[str, tuple[str, ...]]:
        wanted = set(keys)
        found: dict[str, tuple[str, ...]] = {}
        for id, offer in OFFERS.items():
            for sku in offer.skus:
                if sku.sku_id in wanted:
                    found[sku.sku_id] = (*found.get(sku.sku_id, ()), id)
        return found


def value_of(id: str, state: Any, name: str) -> Any:
    return id if name == "_id" else getattr(state, name)


class BySupplier:
    """The one id of one supplier."""

    def __init__(self, supplier_id: str, id: str) -> None:
        self.found = {supplier_id: (id,)}

    async def get_many(self, keys: Iterable[str]) -> dict[str, tuple[str, ...]]:
        return {key: self.found[key] for key in keys if key in self.found}


class Still:
    """A clock that stands."""

    async def now(self) -> datetime:
        return NOW


def fits(id: str, state: Any, name: str, wanted: Any) -> bool:
    match name, wanted:
        case "_id", {"$gt": token}:
            return bool(id > token)
        case _, {"$in": values}:
            return getattr(state, name) in values
        case _:
            return bool(getattr(state, name) == wanted)


def supplier(id: str) -> Supplier:
    return Supplier(supplier_id=SupplierId(id), name="Factory", name_zh="厂", town="Yiwu")


SECRETS = secrets_from("test=known-to-everyone")
VIP = PriceList(
    pricelist_id=PriceListId("vip"), supplier_id=SupplierId("factory"), name="VIP", level="gold",
    ends_at=NOW + timedelta(days=1),
    ladders=(
        OfferLadder(offer_id=OfferId("off-X"), price_ranges=ladder((2, 700))),
        OfferLadder(offer_id=OfferId("off-Y"), price_ranges=ladder((2, 1))),
    ),
)  # fmt: skip
TRIED = {
    trial_id(BuyerId("shop"), OfferId("off-X")): Trial(
        buyer_id=BuyerId("shop"), offer_id=OfferId("off-X"), orders=(OrderId("ord_1"),)
    )
}
GONE = list_offer(offer_id="off-D", skus=skus("D", "L"))
OFFERS = {
    "off-X": listed(trial_pieces=10),
    "off-Y": listed(offer_id="off-Y", supplier_id="mill", min_order_quantity=50, skus=skus("Y", "L"),
                    price_ranges=[{"start_quantity": 50, "price_fen": 300}]),
    "off-Z": listed(offer_id="off-Z", skus=skus("Z", "L")),
    "off-D": after(GONE, DelistOffer(offer_id=GONE.offer_id, reason="season over")),
    "off-E": after(save_draft(offer_id="off-E", skus=skus("E", "L"))),
}  # fmt: skip


@pytest.fixture
async def lookups() -> AsyncIterator[Any]:
    server = grpc.aio.server()
    suppliers = Kept(factory=supplier("factory"), mill=supplier("mill"))
    lists = (BySupplier(VIP.supplier_id, "vip"), Kept(vip=VIP))
    level = Buyer(buyer_id=BuyerId("shop"), level="gold")
    terms = BuyerTerms(suppliers, Kept(shop=level), Kept(**TRIED), lists, (BySupplier("", ""), Kept()), Kept(), Kept())
    rpc = CatalogRpc(Kept(**OFFERS), BySku(), suppliers, terms, Sealing(SECRETS, timedelta(minutes=15)), Still())
    catalog_pb2_grpc.add_CatalogServicer_to_server(rpc, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield catalog_pb2_grpc.CatalogStub(channel)
    await server.stop(None)


async def refusal(call: Any) -> tuple[str, str]:
    """The code and the sentence that a call is refused with."""
    with pytest.raises(grpc.aio.AioRpcError) as raised:
        await call
    return raised.value.code().name, raised.value.details() or ""


def basket(**pieces: int) -> pb.QuoteBasketRequest:
    lines = [pb.BasketLine(sku_id=id.replace("_", "-"), quantity=quantity) for id, quantity in pieces.items()]
    return pb.QuoteBasketRequest(lines=lines)


async def test_an_offer_is_shown_with_its_ladder_and_its_skus(lookups: Any) -> None:
    offer = (await lookups.GetOffer(pb.GetOfferRequest(offer_id="off-X"))).offer
    assert [(step.start_quantity, step.price_fen) for step in offer.price_ranges] == [(2, 1000), (20, 900), (200, 800)]
    assert [(sku.sku_id, sku.colour, sku.size) for sku in offer.skus] == [("X-M", "black", "M"), ("X-L", "black", "L")]
    assert (offer.subject_zh, offer.currency, offer.status) == ("T恤", "CNY", "listed")


async def test_a_delisted_offer_is_shown_as_such_with_the_reason(lookups: Any) -> None:
    offer = (await lookups.GetOffer(pb.GetOfferRequest(offer_id="off-D"))).offer
    assert (offer.status, offer.delisted_because) == ("delisted", "season over")


async def test_an_unknown_offer_is_not_found_and_says_where_to_look(lookups: Any) -> None:
    code, detail = await refusal(lookups.GetOffer(pb.GetOfferRequest(offer_id="ghost")))
    assert code == "NOT_FOUND"
    assert "'ghost'" in detail
    assert "ListOffers" in detail


async def test_pages_follow_each_other_until_all_listed_offers_were_told(lookups: Any) -> None:
    first = await lookups.ListOffers(pb.ListOffersRequest(page_size=2))
    second = await lookups.ListOffers(pb.ListOffersRequest(page_size=2, page_token=first.next_page_token))
    assert [offer.offer_id for page in (first, second) for offer in page.offers] == ["off-X", "off-Y", "off-Z"]
    assert second.next_page_token == ""


async def test_a_page_that_is_just_full_and_the_last_has_no_next(lookups: Any) -> None:
    assert (await lookups.ListOffers(pb.ListOffersRequest(page_size=3))).next_page_token == ""


async def test_delisted_offers_are_listed_only_for_those_who_ask(lookups: Any) -> None:
    page = await lookups.ListOffers(pb.ListOffersRequest(with_delisted=True))
    assert [offer.offer_id for offer in page.offers] == ["off-D", "off-X", "off-Y", "off-Z"]


async def test_drafts_are_listed_only_for_those_who_ask_and_sell_nothing(lookups: Any) -> None:
    page = await lookups.ListOffers(pb.ListOffersRequest(with_drafts=True))
    assert [offer.offer_id for offer in page.offers] == ["off-E", "off-X", "off-Y", "off-Z"]
    assert (await lookups.BatchGetSkus(pb.BatchGetSkusRequest(sku_ids=["E-L"]))).missing == ["E-L"]


async def test_the_tree_of_categories_tells_what_packaging_suits_the_goods(lookups: Any) -> None:
    found = await lookups.ListCategories(pb.ListCategoriesRequest())
    chairs = next(one for one in found.categories if one.path == "home/furniture/chairs")
    assert (chairs.name_zh, chairs.name, chairs.packaging) == ("椅子", "Chairs", "industry")


async def test_one_suppliers_offers_can_be_asked_for(lookups: Any) -> None:
    page = await lookups.ListOffers(pb.ListOffersRequest(supplier_id="mill"))
    assert [offer.offer_id for offer in page.offers] == ["off-Y"]


@pytest.mark.parametrize("size", [-1, 101])
async def test_a_page_that_cannot_be_is_refused(lookups: Any, size: int) -> None:
    for call in (
        lookups.ListOffers(pb.ListOffersRequest(page_size=size)),
        lookups.ListSuppliers(pb.ListSuppliersRequest(page_size=size)),
    ):
        code, detail = await refusal(call)
        assert (code, "from 1 to 100" in detail) == ("INVALID_ARGUMENT", True)


async def test_many_skus_come_in_the_order_asked_for_and_the_missing_are_named(lookups: Any) -> None:
    answer = await lookups.BatchGetSkus(pb.BatchGetSkusRequest(sku_ids=["Y-L", "ghost", "D-L", "X-M"]))
    told = [(found.sku.sku_id, found.offer_id, found.supplier_id, found.status) for found in answer.skus]
    assert told == [
        ("Y-L", "off-Y", "mill", "listed"),
        ("D-L", "off-D", "factory", "delisted"),
        ("X-M", "off-X", "factory", "listed"),
    ]
    assert list(answer.missing) == ["ghost"]


async def test_no_skus_asked_for_are_no_skus_told(lookups: Any) -> None:
    assert await lookups.BatchGetSkus(pb.BatchGetSkusRequest()) == pb.BatchGetSkusResponse()


async def test_too_many_skus_are_refused(lookups: Any) -> None:
    code, detail = await refusal(lookups.BatchGetSkus(pb.BatchGetSkusRequest(sku_ids=["X-L"] * 501)))
    assert (code, "501" in detail, "500" in detail) == ("INVALID_ARGUMENT", True, True)


async def test_a_basket_is_priced_line_by_line_with_offer_and_supplier(lookups: Any) -> None:
    priced = await lookups.QuoteBasket(basket(X_L=10, X_M=10, Y_L=50))
    assert [(line.offer_id, line.supplier_id, line.unit_price_fen, line.total_fen) for line in priced.lines] == [
        ("off-X", "factory", 900, 9_000),
        ("off-X", "factory", 900, 9_000),
        ("off-Y", "mill", 300, 15_000),
    ]
    assert (priced.total_fen, priced.currency) == (33_000, "CNY")


async def test_lines_without_a_price_say_why_and_the_others_are_totalled(lookups: Any) -> None:
    priced = await lookups.QuoteBasket(basket(X_L=2, ghost=1, D_L=5, Y_L=12, Z_L=0))
    assert [line.code for line in priced.lines] == ["", "no_such_sku", "delisted", "below_minimum", "bad_quantity"]
    assert priced.lines[3].detail == "12 pieces of off-Y are below its minimum of 50: add 38."
    assert priced.total_fen == 2000


async def test_a_quantity_as_large_as_the_wire_carries_is_refused_by_line(lookups: Any) -> None:
    priced = await lookups.QuoteBasket(basket(X_L=2**63 - 1, X_M=-(2**63)))
    assert [line.code for line in priced.lines] == ["bad_quantity", "bad_quantity"]


@pytest.mark.parametrize("lines", [0, 101, 10_000])
async def test_a_basket_with_no_lines_or_too_many_is_refused(lookups: Any, lines: int) -> None:
    request = pb.QuoteBasketRequest(lines=[pb.BasketLine(sku_id=f"X-{n}", quantity=1) for n in range(lines)])
    code, detail = await refusal(lookups.QuoteBasket(request))
    assert code == "INVALID_ARGUMENT"
    assert detail == f"The basket has {lines} lines; a quote takes 1 to 100: split the basket."


async def test_a_sku_on_two_lines_is_refused_by_its_name(lookups: Any) -> None:
    line = pb.BasketLine(sku_id="X-L", quantity=1)
    code, detail = await refusal(lookups.QuoteBasket(pb.QuoteBasketRequest(lines=[line, line])))
    assert (code, "'X-L'" in detail) == ("INVALID_ARGUMENT", True)


async def test_a_supplier_is_shown_and_an_unknown_one_is_not_found(lookups: Any) -> None:
    found = (await lookups.GetSupplier(pb.GetSupplierRequest(supplier_id="mill"))).supplier
    assert (found.supplier_id, found.name_zh, found.town) == ("mill", "厂", "Yiwu")
    code, detail = await refusal(lookups.GetSupplier(pb.GetSupplierRequest(supplier_id="ghost")))
    assert (code, "ListSuppliers" in detail) == ("NOT_FOUND", True)


async def test_suppliers_are_told_a_page_at_a_time(lookups: Any) -> None:
    first = await lookups.ListSuppliers(pb.ListSuppliersRequest(page_size=1))
    second = await lookups.ListSuppliers(pb.ListSuppliersRequest(page_size=1, page_token=first.next_page_token))
    assert [one.supplier_id for page in (first, second) for one in page.suppliers] == ["factory", "mill"]
    assert second.next_page_token == ""


async def test_a_buyer_is_quoted_its_own_prices_and_a_stranger_the_public_ones(lookups: Any) -> None:
    asked = basket(**{"X-L": 2})
    assert (await lookups.QuoteBasket(asked)).total_fen == 2000
    asked.buyer_id = "shop"
    mine = await lookups.QuoteBasket(asked)
    assert mine.total_fen == 1400
    assert [(one.code, one.fen) for one in mine.lines[0].reductions] == [("price_list", 300)]


async def test_a_price_list_says_nothing_about_another_suppliers_offers(lookups: Any) -> None:
    asked = basket(**{"X-L": 2, "Y-L": 50})
    asked.buyer_id = "shop"
    mine, other = (await lookups.QuoteBasket(asked)).lines
    assert (mine.supplier_id, other.supplier_id) == ("factory", "mill")
    assert (mine.unit_price_fen, other.unit_price_fen) == (700, 300)


async def test_what_is_priced_for_a_buyer_is_sealed_by_supplier_until_it_expires(lookups: Any) -> None:
    asked = basket(**{"X-L": 2, "Y-L": 50, "ghost": 1})
    assert not (await lookups.QuoteBasket(asked)).sealed
    asked.buyer_id = "shop"
    mine, other = (await lookups.QuoteBasket(asked)).sealed
    assert [(part.supplier_id, list(part.lines)) for part in (mine, other)] == [("factory", [0]), ("mill", [1])]
    until = mine.seal.expires_at.ToDatetime(UTC)
    assert until == NOW + timedelta(minutes=15)
    lines = [
        OrderLine(sku_id=SkuId("X-L"), offer_id=OfferId("off-X"), quantity=2, unit_price_fen=price)
        for price in (700, 1)
    ]
    seal = QuoteSeal(secret=mine.seal.secret, mac=mine.seal.mac, expires_at=until)
    genuine = [
        is_genuine(SECRETS, seal, BuyerId("shop"), SupplierId("factory"), "CNY", "goods", [line]) for line in lines
    ]
    assert genuine == [True, False]


async def test_a_trial_is_had_once(lookups: Any) -> None:
    asked = basket(**{"X-L": 2})
    asked.kind = "trial"
    assert (await lookups.QuoteBasket(asked)).total_fen == 1000
    asked.buyer_id = "shop"
    assert (await lookups.QuoteBasket(asked)).lines[0].code == "tried_before"


async def test_a_kind_that_does_not_exist_is_an_error_that_names_those_that_do(lookups: Any) -> None:
    code, detail = await refusal(lookups.QuoteBasket(pb.QuoteBasketRequest(lines=[pb.BasketLine()], kind="gift")))
    assert code == "INVALID_ARGUMENT"
    assert "goods, sample, trial, pool" in detail
