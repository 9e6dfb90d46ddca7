"""Proposed drafts through the door, and bad input of offers at it."""

from __future__ import annotations

from typing import Any

import grpc
import pytest

from catalog.domain import offer as rules
from catalog.listing.alike import Neighbour
from catalog.listing.extractor import LocalExtractor
from catalog.listing.rpc import ListingRpc
from headwater.contracts.catalog import ListDraft, OfferDrafted, OfferListed, SaveDraft
from headwater.stubs.catalog.v1 import listing_pb2 as pb
from tests.unit.catalog.building import NOW, told
from tests.unit.gateway.building import FakeStub, World, failure, world

DESCRIBED = {
    "title": "夏季碎花连衣裙女", "text": "颜色：黑、雾霾蓝 S-2XL 样品45元 包邮\n2件起批 35元, 100件以上 32元",
    "pictures": ["black.jpg", "../../x.jpg"], "supplier_id": "sup-1",
}  # fmt: skip


class Nobody:
    """No offer is like anything."""

    async def near(self, description: object, category: str | None) -> tuple[Neighbour, ...]:
        return ()


class Context:
    """A call without a deadline that may be refused."""

    def time_remaining(self) -> None:
        return None

    async def abort(self, code: grpc.StatusCode, details: str) -> None:
        raise failure(code, details)


class Catalog(FakeStub):
    """The catalog's own answers, without the wire."""

    async def ProposeListing(self, request: pb.ProposeListingRequest, **how: float) -> Any:  # noqa: N802
        self.asked.append((request, how["timeout"]))
        return await ListingRpc(LocalExtractor(Nobody()), 5.0).ProposeListing(request, Context())  # type: ignore[arg-type]


def with_catalog(gateway: World) -> Catalog:
    catalog = Catalog()
    gateway.door.listing = catalog
    return catalog


async def test_a_proposed_draft_is_saved_and_listed_as_it_is() -> None:
    async with world() as gateway:
        catalog = with_catalog(gateway)
        proposed = (await gateway.http.post("/v1/drafts/proposal", json=DESCRIBED)).json()
        assert gateway.commands.sent == [], "a proposal sends nothing"
        assert catalog.asked[0][1] == gateway.settings.propose_within_s
        body = {**proposed["draft"], "supplier_id": "sup-1", "offer_id": "off-1"}
        response = await gateway.http.post("/v1/drafts", json=body)
        assert response.status_code == 201
        (saved,) = gateway.commands.sent
    assert isinstance(saved, SaveDraft)
    drafted = rules.decide(None, saved, NOW)
    assert told(drafted, OfferDrafted)
    on = rules.decide(drafted.state, ListDraft(offer_id=saved.offer_id, change_id="on"), NOW)
    (listed,) = told(on, OfferListed)
    assert (listed.category, len(listed.skus), listed.pictures) == ("apparel/women/dresses", 10, ("black.jpg",))
    assert [(one.start_quantity, one.price_fen) for one in listed.price_ranges] == [(2, 3500), (100, 3200)]
    assert (listed.sample_price_fen, listed.free_shipping, listed.packaging) == (4500, True, "generic")


async def test_a_draft_of_hardly_anything_can_be_saved_too() -> None:
    async with world() as gateway:
        with_catalog(gateway)
        proposed = (await gateway.http.post("/v1/drafts/proposal", json={"text": "现货"})).json()
        codes = {note["code"] for note in proposed["notes"]}
        assert codes == {"no_category", "no_prices", "one_sku", "one_language"}
        response = await gateway.http.post("/v1/drafts", json={**proposed["draft"], "supplier_id": "sup-1"})
        assert response.status_code == 201


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ({}, 422, "give a title or some lines of text"),
        ({"title": " \x00", "text": "\n"}, 422, "give a title or some lines of text"),
        ({"text": "长" * 6000}, 422, "keep what buyers need"),
        ({"text": "x" * 1_000_000}, 413, "larger than 262,144 bytes"),
        ({"title": "x", "pictures": ["a.jpg"] * 10_000}, 422, "choose some"),
        ({"title": "x", "supplier_id": "a b"}, 422, "write letters, digits"),
        ({"title": "x", "price": 1}, 422, "price"),
        ({"title": 5}, 422, "title"),
    ],
)
async def test_bad_descriptions_are_problems_that_say_what_to_do(body: dict[str, Any], status: int, said: str) -> None:
    async with world() as gateway:
        with_catalog(gateway)
        response = await gateway.http.post("/v1/drafts/proposal", json=body)
        assert response.status_code == status
        assert said in response.json()["detail"]


OFFER = {
    "offer_id": "off-1", "supplier_id": "sup-1", "subject": "Shirt", "subject_zh": "衬衫", "min_order_quantity": 2,
    "price_ranges": [{"start_quantity": 2, "price_fen": 1000}],
    "skus": [{"sku_id": "s-1", "colour": "white", "size": "M"}],
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"currency": "USD"}, "body.currency: there is no 'USD' here: write 'CNY'"),
        ({"price_ranges": [{"start_quantity": 2, "price_fen": 9.99}]}, "body.price_ranges.0.price_fen"),
        ({"pictures": ["../../x.jpg"]}, "a picture is front.jpg or https://host/front.jpg"),
        ({"pictures": ["42.zip"]}, "a picture is front.jpg or https://host/front.jpg"),
        ({"pictures": ["bomb.jpg.zip"]}, "a picture is front.jpg or https://host/front.jpg"),
        ({"pictures": ["a.jpg"] * 10_000}, "at most 20"),
    ],
)
async def test_bad_offers_are_refused_at_the_door_in_words(change: dict[str, Any], said: str) -> None:
    async with world() as gateway:
        for path in ("/v1/offers", "/v1/drafts"):
            response = await gateway.http.post(path, json={**OFFER, **change})
            assert response.status_code == 422
            assert said in response.json()["detail"]
        assert gateway.commands.sent == []
