"""Finding offers: by words in both languages, by slips, narrowed, ranked, and whatever else people type."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.domain.offer import Offer
from catalog.domain.pricing import unit_price
from catalog.search import finding
from catalog.search.documents import zones
from catalog.search.finding import Finder, Making, Narrow, Price
from catalog.search.index import SearchIndex
from catalog.search.traffic import NOBODY
from headwater.contracts.catalog import PriceRange
from headwater.stubs.catalog.v1 import search_pb2 as pb
from tests.unit.catalog.building import ladder, listed
from tests.unit.catalog.shelf import GOODS, ids, offer, shelf


@pytest.fixture(scope="module")
def goods(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SearchIndex]:
    with shelf(tmp_path_factory.mktemp("goods")) as index:
        yield index


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("连衣裙", "dress"), ("dresses", "dress-en"), ("DRESS", "dress-en"), ("frock", "dress-en"),  # one thing
        ("hoodie", "hoodie"), ("sweatshirt", "hoodie"), ("T恤", "tee"), ("t shirt", "tee"), ("tee", "tee"),
        ("连衣群", "dress"), ("手机科", "case"), ("未衣", "hoodie"),  # slips of the ear
        ("lianyiqun", "dress"), ("lian yi qun", "dress"), ("nvshitixu", "tee"), ("shoujike", "case"),  # pinyin
        ("drees", "dress-en"), ("hoddie", "hoodie"), ("silicnoe", "case"), ("phonecase", "case"),  # slips of the hand
        ("红色 dress", "dress-en"), ("cotton T恤", "tee"), ("Crème silicone", "case"),  # mixed
        ("jinxiu phone", "case"), ("柯桥 卫衣", "hoodie"), ("nuo", "dress"),  # supplier, town, attribute
    ],
)  # fmt: skip
def test_what_people_type_finds_what_they_mean(goods: SearchIndex, text: str, first: str) -> None:
    assert ids(goods, text)[0] == first


def test_a_word_of_the_title_counts_more_than_one_of_the_description(goods: SearchIndex) -> None:
    assert ids(goods, "hoodie") == ["hoodie", "tee"]


def test_all_that_was_said_must_match_when_enough_offers_have_it(tmp_path: Path) -> None:
    red = [offer(f"red-{number}", "红色连衣裙") for number in range(finding.ENOUGH)]
    with shelf(tmp_path, *red, offer("blue", "蓝色连衣裙")) as index:
        assert "blue" not in ids(index, "红色连衣裙")
        near = ids(index, "蓝色连衣裙")
        assert near[0] == "blue"
        assert "red-0" in near, "one is too few: what comes near is better than nothing"


@pytest.mark.parametrize(
    "text",
    ["", " ", "!!!", "。，、", "a" * 10_000, "连衣裙" * 3000, "AND OR NOT", "+(dress", 'x:"*~^', "😀", "\x00\ud7ff",
     "../../etc", "的", "the of", "\u202edress", "1", "ﷺ" * 50],
)  # fmt: skip
def test_whatever_is_typed_is_answered(goods: SearchIndex, text: str) -> None:
    found = Finder(goods, NOBODY).offers(text, Narrow(), 0, 50)
    assert len(found.hits) == found.total
    if not text.strip():
        assert found.total == len(GOODS)


@settings(max_examples=60, deadline=None)
@given(text=st.text(max_size=80))
def test_any_text_is_answered(goods: SearchIndex, text: str) -> None:
    Finder(goods, NOBODY).offers(text, Narrow(), 0, 5)


def test_what_cannot_mean_anything_finds_nothing(goods: SearchIndex) -> None:
    assert ids(goods, "😀 !!!") == []


@pytest.mark.parametrize(
    ("narrow", "found"),
    [
        (Narrow(category="apparel/women"), {"dress", "dress-en", "tee"}),
        (Narrow(category="apparel/wom"), set()),
        (Narrow(attributes=(("颜色", "红色"),)), {"dress"}),
        (Narrow(attributes=(("brand", " NUO "), ("颜色", "红色"))), {"dress"}),
        (Narrow(attributes=(("颜色", "蓝色"),)), set()),
        (Narrow(town="keqiao"), {"dress-en", "hoodie"}),
        (Narrow(supplier_id="mill", category="apparel/men"), {"hoodie"}),
        (Narrow(zones=("free_shipping",)), {"dress"}),
        (Narrow(zones=("samples",)), {"hoodie"}),
        (Narrow(zones=("trial",)), {"case"}),
        (Narrow(zones=("bulk",)), {"dress-en"}),
        (Narrow(zones=("bulk", "trial")), set()),
        (Narrow(zones=("strict_selection",)), set()),
        (Narrow(price=Price(500, most=700)), {"dress-en"}),
        (Narrow(price=Price(499)), {"dress", "hoodie", "case", "tee"}),
    ],
)
def test_a_search_is_narrowed(goods: SearchIndex, narrow: Narrow, found: set[str]) -> None:
    hits = Finder(goods, NOBODY).offers("", narrow, 0, 50).hits
    assert {pb.FoundOffer.FromString(hit.shown).offer_id for hit in hits} == found


def test_bulk_is_a_large_minimum_or_a_price_that_falls_from_a_thousand_pieces_on() -> None:
    large = listed(min_order_quantity=500, price_ranges=ladder((500, 9)))
    falling = listed(price_ranges=ladder((2, 9), (1000, 8)))
    small = listed(price_ranges=ladder((2, 9), (999, 8)))
    assert [zones(one) for one in (large, falling, small)] == [["bulk"], ["bulk"], []]


QUANTITIES = st.one_of(st.integers(1, 45), st.sampled_from([1, 2, 5, 10, 20, 50, 100]))
STEPS = st.lists(st.tuples(QUANTITIES, st.integers(1, 30)), min_size=1, max_size=10)


def laddered(steps: list[tuple[int, int]]) -> tuple[PriceRange, ...]:
    starts = sorted({start for start, _ in steps})
    prices = sorted((price for _, price in steps[: len(starts)]), reverse=True)
    return ladder(*zip(starts, prices, strict=True))


@settings(max_examples=20, deadline=None)
@given(ladders=st.lists(STEPS, min_size=1, max_size=6), asked=st.tuples(QUANTITIES, st.integers(1, 30),
                                                                       st.integers(1, 30)))  # fmt: skip
def test_a_price_at_a_quantity_is_the_one_that_a_quote_would_take(
    tmp_path_factory: pytest.TempPathFactory, ladders: list[list[tuple[int, int]]], asked: tuple[int, int, int]
) -> None:
    quantity, least, most = asked[0], min(asked[1:]), max(asked[1:])
    offers = []
    for number, steps in enumerate(ladders):
        ranges = laddered(steps)
        offers.append(offer(f"o{number}", "碗", min_order_quantity=ranges[0].start_quantity, price_ranges=ranges))
    with shelf(tmp_path_factory.mktemp("ladder"), *offers) as index:
        found = ids(index, price=Price(quantity, least, most))
    assert set(found) == {one.offer_id for one in offers if quantity >= one.min_order_quantity
                          and least <= unit_price(one.price_ranges, quantity) <= most}  # fmt: skip


class Favours:
    """One supplier gets all the traffic, and is strictly selected."""

    def traffic_weight(self, supplier_id: str) -> float:
        return 3.0 if supplier_id == "mill" else 1.0

    def strictly_selected(self) -> tuple[str, ...]:
        return ("mill",)


def test_traffic_weight_moves_a_supplier_up_and_is_told(tmp_path: Path) -> None:
    with shelf(tmp_path, offer("a", "真丝连衣裙连衣裙"), offer("b", "连衣裙", supplier_id="mill")) as index:
        assert ids(index, "连衣裙") == ["a", "b"]
        first = Finder(index, Favours()).offers("连衣裙", Narrow(), 0, 5).hits[0]
        assert pb.FoundOffer.FromString(first.shown).offer_id == "b"
        assert (first.weight, first.score) == (3.0, first.text * 3.0)
        assert first.matched == ("连衣裙",)
        assert ids(index, "", Favours(), zones=("strict_selection",)) == ["b"]


def test_pages_hold_each_hit_once(tmp_path: Path) -> None:
    many = [offer(f"o{number:03d}", "连衣裙" * (1 + number % 7)) for number in range(450)]
    with shelf(tmp_path, *many) as index:
        finder = Finder(index, NOBODY)
        pages = [finder.offers("连衣裙", Narrow(), offset, 70) for offset in range(0, 490, 70)]
    shown = [hit.shown for page in pages for hit in page.hits]
    assert (len(shown), len(set(shown))) == (450, 450)
    assert [page.more for page in pages] == [True] * 6 + [False]


def test_factories_are_found_by_one_thing_that_they_make(goods: SearchIndex) -> None:
    def towns(text: str = "", **making: object) -> list[str]:
        found = Finder(goods, NOBODY).makings(text, Making(**making), 0, 50)  # type: ignore[arg-type]
        return sorted({pb.FactoryHit.FromString(hit.shown).supplier.town for hit in found.hits})

    assert towns(category="apparel/women") == ["Keqiao", "Yiwu"]
    assert towns(category="apparel/women", monthly_pieces=10_000) == ["Keqiao"]
    assert towns(category="apparel/men", monthly_pieces=9000) == [], "the capacity is for dresses"
    assert towns(processes=("SEWING",), certificates=("iso 9001",)) == ["Yiwu"]
    assert towns(processes=("sewing", "dyeing")) == []
    assert towns("卫衣 义乌") == ["Yiwu"]
    assert towns("dyeing") == ["Keqiao"]
    assert towns(town="keqiao") == ["Keqiao"]


def test_similar_offers_are_of_other_suppliers_and_of_the_same_category(goods: SearchIndex) -> None:
    def similar(to: Offer, price: Price | None = None) -> list[str]:
        found = Finder(goods, NOBODY).similar(to, price, 0, 50)
        return [pb.FoundOffer.FromString(hit.shown).offer_id for hit in found.hits]

    dress = offer("gone", "碎花长裙 连衣裙", "Dress", "apparel/women/dresses", supplier_id="closed")
    assert sorted(similar(dress)) == ["dress", "dress-en"]
    assert similar(dress.evolve(supplier_id="mill")) == ["dress"]
    assert similar(dress, Price(500, most=799)) == ["dress-en"]
    assert similar(offer("odd", "ξ", supplier_id="closed")) == []
