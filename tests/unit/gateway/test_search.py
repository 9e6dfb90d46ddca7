"""Searching through the door."""

from __future__ import annotations

import grpc
import pytest

from headwater.stubs.catalog.v1 import catalog_pb2 as catalog
from headwater.stubs.catalog.v1 import search_pb2 as pb
from tests.unit.gateway.building import FakeStub, World, failure, world

HIT = pb.OfferHit(offer=pb.FoundOffer(offer_id="off-1", subject_zh="连衣裙"), unit_price_fen=900,
                  parts=pb.ScoreParts(score=2.0, text=2.0, traffic_weight=1.0, matched=["连衣裙"]))  # fmt: skip


def searching(gateway: World) -> FakeStub:
    """With one offer and one factory to be found."""
    gateway.door.search = FakeStub(
        SearchOffers=pb.SearchOffersResponse(hits=[HIT], total=1),
        FindFactories=pb.FindFactoriesResponse(hits=[pb.FactoryHit(supplier=catalog.Supplier(supplier_id="sup-1"))]),
        SimilarOffers=pb.SimilarOffersResponse(hits=[HIT]),
    )
    stub: FakeStub = gateway.door.search
    return stub


async def test_a_search_goes_through_with_all_that_narrows_it() -> None:
    async with world() as gateway:
        stub = searching(gateway)
        response = await gateway.http.get("/v1/search", params={
            "q": "连衣裙", "category": "apparel", "attribute": ["颜色=红色", "材质=a=b"], "quantity": 20,
            "max_fen": 900, "town": "Yiwu", "zone": ["samples", "bulk"], "supplier_id": "sup-1", "page_size": 5,
        })  # fmt: skip
        assert response.json()["hits"][0]["parts"]["matched"] == ["连衣裙"]
        [asked] = stub.asked
        assert asked.filter == pb.OfferFilter(
            category="apparel", town="Yiwu", zones=["samples", "bulk"], supplier_id="sup-1",
            attributes=[catalog.Attribute(name="颜色", value="红色"), catalog.Attribute(name="材质", value="a=b")],
            price=pb.PriceFilter(quantity=20, max_fen=900),
        )  # fmt: skip


async def test_a_search_without_a_price_does_not_ask_for_one() -> None:
    async with world() as gateway:
        stub = searching(gateway)
        await gateway.http.get("/v1/search?q=dress")
        assert not stub.asked[0].filter.HasField("price")


@pytest.mark.parametrize(
    ("query", "said"),
    [("min_fen=9&max_fen=8", "swap min_fen and max_fen"), ("attribute=red", "write name=value"), ("zone=cheap", "zone"),
     ("quantity=0", "quantity"), ("page_size=101", "page_size"), ("q=" + "x" * 10_001, "q")],
)  # fmt: skip
async def test_a_bad_search_is_a_problem_that_says_what_to_do(query: str, said: str) -> None:
    async with world() as gateway:
        stub = searching(gateway)
        response = await gateway.http.get(f"/v1/search?{query}")
        assert (response.status_code, response.headers["content-type"]) == (422, "application/problem+json")
        assert said in response.json()["detail"]
        assert stub.asked == []


async def test_an_index_that_is_being_built_is_a_503_that_says_so() -> None:
    async with world() as gateway:

        def unbuilt(_request: object) -> None:
            raise failure(grpc.StatusCode.UNAVAILABLE, "The search index is being built, 7 states read so far.")

        gateway.door.search = FakeStub(SearchOffers=unbuilt)  # type: ignore[arg-type]
        response = await gateway.http.get("/v1/search?q=dress")
        assert (response.status_code, response.headers["retry-after"]) == (503, "2")
        assert response.json()["detail"] == "The search index is being built, 7 states read so far."


async def test_factories_and_similar_offers_are_found_through_the_door() -> None:
    async with world() as gateway:
        stub = searching(gateway)
        factories = await gateway.http.get("/v1/factories?category=apparel&process=sewing&min_monthly_pieces=5000")
        assert factories.json()["hits"][0]["supplier"]["supplier_id"] == "sup-1"
        similar = await gateway.http.get("/v1/offers/off-9/similar?cheaper=true")
        assert similar.json()["hits"][0]["offer"]["offer_id"] == "off-1"
        assert stub.asked == [
            pb.FindFactoriesRequest(category="apparel", processes=["sewing"], min_monthly_pieces=5000, page_size=20),
            pb.SimilarOffersRequest(offer_id="off-9", cheaper=True, page_size=20),
        ]
