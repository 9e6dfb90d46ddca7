"""Proposing drafts over a real gRPC connection, with a real search index beside it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from catalog.listing.extractor import LocalExtractor
from catalog.listing.neighbours import Neighbours
from catalog.listing.rpc import ListingRpc
from headwater.rpc import RpcServer, channel
from headwater.stubs.catalog.v1 import listing_pb2 as pb
from headwater.stubs.catalog.v1 import listing_pb2_grpc
from tests.unit.catalog.shelf import shelf
from tests.unit.catalog.test_lookups import refusal
from tests.unit.catalog.test_search_rpc import Served

NAME = "headwater.catalog.v1.Listing"


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[tuple[Any, Served]]:
    with shelf(tmp_path) as index:
        here = Served(index)
        rpc = ListingRpc(LocalExtractor(Neighbours(here)), 5.0)  # type: ignore[arg-type]
        server = RpcServer("127.0.0.1:0", [(listing_pb2_grpc.add_ListingServicer_to_server, rpc, NAME)])
        await server.start()
        async with channel(f"127.0.0.1:{server.port}") as open_channel:
            yield listing_pb2_grpc.ListingStub(open_channel), here
        await server.stop(0)


def fields(answer: pb.ProposeListingResponse, name: str) -> list[tuple[str, str]]:
    return [(one.value, one.source) for one in answer.fields if one.field == name]


async def test_each_field_says_where_it_comes_from_and_how_sure_it_is(served: tuple[Any, Served]) -> None:
    answer = await served[0].ProposeListing(
        pb.ProposeListingRequest(title="夏季碎花连衣裙女", text="颜色：红、黑 S-M 一手6件 39元", pictures=["a.jpg"]),
        timeout=5,
    )  # fmt: skip
    assert fields(answer, "category") == [("apparel/women/dresses", "rule")]
    assert fields(answer, "colours") == [("red", "text"), ("black", "text")]
    assert fields(answer, "attributes")[:2] == [("season=summer", "title"), ("pattern=floral", "title")]
    assert fields(answer, "price_ranges") == [("6:3900", "text")]
    assert fields(answer, "packaging") == [("generic", "rule")]
    assert all(0 < one.sure < 1 and one.said for one in answer.fields)
    assert len(answer.draft.skus) == 4
    assert (answer.draft.order_multiple, answer.draft.min_order_quantity, answer.extractor) == (6, 6, "local")


async def test_prices_that_nobody_said_come_from_similar_offers_of_the_category(served: tuple[Any, Served]) -> None:
    answer = await served[0].ProposeListing(pb.ProposeListingRequest(title="碎花连衣裙 dress"), timeout=5)
    (ladder,) = [one for one in answer.fields if one.field == "price_ranges"]
    assert ladder.source == "similar"
    assert set(ladder.offer_ids) == {"dress", "dress-en"}
    assert "price_of_others" in [note.code for note in answer.notes]
    assert answer.draft.price_ranges[0].start_quantity == answer.draft.min_order_quantity


async def test_a_title_whose_words_nobody_has_still_finds_others_of_its_category(served: tuple[Any, Served]) -> None:
    request = pb.ProposeListingRequest(title="法式气质通勤小众宽松复古连衣裙", text="黑 白 S-L")
    answer = await served[0].ProposeListing(request, timeout=5)
    (ladder,) = [one for one in answer.fields if one.field == "price_ranges"]
    assert set(ladder.offer_ids) == {"dress", "dress-en"}


async def test_without_an_index_a_draft_is_proposed_all_the_same(served: tuple[Any, Served]) -> None:
    served[1].index = None
    answer = await served[0].ProposeListing(pb.ProposeListingRequest(title="碎花连衣裙"), timeout=5)
    assert answer.draft.category == "apparel/women/dresses"
    assert "no_prices" in [note.code for note in answer.notes]


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        (pb.ProposeListingRequest(), "Nothing is said: give a title or some lines of text"),
        (pb.ProposeListingRequest(text="x" * 1_000_000), "keep what buyers need"),
        (pb.ProposeListingRequest(title="x", pictures=["a.jpg"] * 10_000), "choose some"),
        (pb.ProposeListingRequest(title="x", supplier_id="x" * 97), "ids have up to 96"),
    ],
)
async def test_what_cannot_be_proposed_is_refused_with_what_to_do(
    served: tuple[Any, Served], request_: pb.ProposeListingRequest, said: str
) -> None:
    code, detail = await refusal(served[0].ProposeListing(request_, timeout=5))
    assert code == "INVALID_ARGUMENT"
    assert said in detail
