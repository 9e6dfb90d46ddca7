"""The look-ups of the search over a real gRPC connection: what they answer, and what they say of a bad request."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from catalog.search.index import SearchIndex
from catalog.search.rpc import SearchRpc
from catalog.search.traffic import NOBODY
from headwater.projection import NotBuilt, Standing
from headwater.rpc import RpcServer, channel
from headwater.stubs.catalog.v1 import catalog_pb2, search_pb2_grpc
from headwater.stubs.catalog.v1 import search_pb2 as pb
from tests.unit.catalog.building import after, save_draft
from tests.unit.catalog.shelf import GOODS, shelf
from tests.unit.catalog.test_lookups import Kept, refusal

NAME = "headwater.catalog.v1.Search"
AS_OF = datetime(2026, 11, 11, tzinfo=UTC)


class Served:
    """A projection that stands still."""

    def __init__(self, index: SearchIndex | None) -> None:
        self.index = index

    def current(self) -> SearchIndex:
        if self.index is None:
            raise NotBuilt("The search index is being built, 7 read so far: try again in a moment.")
        return self.index

    def standing(self) -> Standing:
        return Standing(behind=3, as_of=AS_OF, rebuilding=True)


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[tuple[Any, Served]]:
    offers = {one.offer_id: one for one in GOODS} | {"draft": after(save_draft(offer_id="draft"))}
    with shelf(tmp_path) as index:
        here = Served(index)
        rpc = SearchRpc(here, Kept(**offers), NOBODY)  # type: ignore[arg-type]
        server = RpcServer("127.0.0.1:0", [(search_pb2_grpc.add_SearchServicer_to_server, rpc, NAME)])
        await server.start()
        async with channel(f"127.0.0.1:{server.port}") as open_channel:
            yield search_pb2_grpc.SearchStub(open_channel), here
        await server.stop(0)


@pytest.fixture
def search(served: tuple[Any, Served]) -> Any:
    return served[0]


async def test_a_hit_says_why_it_stands_where_it_stands(search: Any) -> None:
    answer = await search.SearchOffers(pb.SearchOffersRequest(text="夏季连衣群"))
    hit = answer.hits[0]
    assert hit.offer.offer_id == "dress"
    assert (hit.offer.supplier_name_zh, hit.offer.town, list(hit.offer.zones)) == (
        "锦绣服饰",
        "Yiwu",
        ["free_shipping"],
    )
    assert hit.parts.score == hit.parts.text * hit.parts.traffic_weight
    assert hit.parts.traffic_weight == 1.0
    assert set(hit.parts.matched) >= {"夏季", "连衣裙"}
    assert [one.text for one in answer.understood] == ["夏季", "连衣群"]
    assert (answer.standing.behind_events, answer.standing.rebuilding) == (3, True)
    assert answer.standing.as_of.ToDatetime(UTC) == AS_OF


async def test_a_hit_shows_what_a_piece_costs_at_the_quantity(search: Any) -> None:
    def asked(quantity: int) -> pb.SearchOffersRequest:
        price = pb.PriceFilter(quantity=quantity, max_fen=1000)
        return pb.SearchOffersRequest(text="手机壳", filter=pb.OfferFilter(price=price))

    costs = [[hit.unit_price_fen for hit in (await search.SearchOffers(asked(n))).hits] for n in (1, 2, 20, 500)]
    assert costs == [[], [1000], [900], [800]]


async def test_a_search_is_paged(search: Any) -> None:
    first = await search.SearchOffers(pb.SearchOffersRequest(page_size=3))
    second = await search.SearchOffers(pb.SearchOffersRequest(page_size=3, page_token=first.next_page_token))
    found = [hit.offer.offer_id for answer in (first, second) for hit in answer.hits]
    assert sorted(found) == sorted(one.offer_id for one in GOODS)
    assert (first.total, second.next_page_token) == (5, "")


async def test_a_factory_stands_there_once_with_what_fits(search: Any) -> None:
    answer = await search.FindFactories(pb.FindFactoriesRequest(category="apparel", processes=["sewing"]))
    assert [hit.supplier.supplier_id for hit in answer.hits] == ["factory"]
    men = await search.FindFactories(pb.FindFactoriesRequest(category="apparel/men"))
    assert [(hit.supplier.supplier_id, hit.making.monthly_pieces) for hit in men.hits] == [("factory", 100)]
    pages = [await search.FindFactories(pb.FindFactoriesRequest(page_size=1, page_token=token)) for token in ("", "1")]
    assert sorted(hit.supplier.supplier_id for page in pages for hit in page.hits) == ["factory", "mill"]


async def test_a_dupe_costs_less_at_the_minimum_of_the_original(search: Any) -> None:
    answer = await search.SimilarOffers(pb.SimilarOffersRequest(offer_id="dress-en"))
    assert [hit.offer.offer_id for hit in answer.hits] == ["dress"]
    cheaper = await search.SimilarOffers(pb.SimilarOffersRequest(offer_id="dress-en", cheaper=True))
    assert list(cheaper.hits) == [], "800 fen a piece at 500 pieces is more than 700"


@pytest.mark.parametrize("id", ["ghost", "draft"])
async def test_what_is_no_offer_has_nothing_that_is_like_it(search: Any, id: str) -> None:
    code, detail = await refusal(search.SimilarOffers(pb.SimilarOffersRequest(offer_id=id)))
    assert (code, repr(id) in detail) == ("NOT_FOUND", True)


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        (pb.SearchOffersRequest(text="x" * 10_001), "10,001 characters"),
        (pb.SearchOffersRequest(page_size=101), "page_size 101"),
        (pb.SearchOffersRequest(page_token="-1"), "page_token '-1'"),
        (pb.SearchOffersRequest(page_token="99999"), "begin without"),
        (pb.SearchOffersRequest(filter=pb.OfferFilter(zones=["cheap"])), "no zone 'cheap'"),
        (pb.SearchOffersRequest(filter=pb.OfferFilter(category="apparel/wom")), "no category 'apparel/wom'"),
        (pb.SearchOffersRequest(filter=pb.OfferFilter(price=pb.PriceFilter(min_fen=9, max_fen=8))), "swap the bounds"),
        (pb.SearchOffersRequest(filter=pb.OfferFilter(price=pb.PriceFilter(quantity=-1))), "-1 pieces"),
        (pb.SearchOffersRequest(filter=pb.OfferFilter(price=pb.PriceFilter(max_fen=2**60))), "is no price"),
        (pb.SearchOffersRequest(filter=pb.OfferFilter(attributes=[catalog_pb2.Attribute()] * 21)), "21 attributes"),
    ],
)
async def test_a_bad_request_is_told_what_to_do(search: Any, request_: pb.SearchOffersRequest, said: str) -> None:
    code, detail = await refusal(search.SearchOffers(request_))
    assert (code, said in detail) == ("INVALID_ARGUMENT", True), detail


async def test_a_capacity_below_zero_is_refused(search: Any) -> None:
    code, _ = await refusal(search.FindFactories(pb.FindFactoriesRequest(min_monthly_pieces=-5)))
    assert code == "INVALID_ARGUMENT"


async def test_while_there_is_no_index_callers_are_told_so(served: tuple[Any, Served]) -> None:
    search, here = served
    here.index = None
    code, detail = await refusal(search.SearchOffers(pb.SearchOffersRequest(text="dress"), timeout=5))
    assert code == "UNAVAILABLE"
    assert detail == "The search index is being built, 7 read so far: try again in a moment."
