"""Prices are exact, explained, and never punish a larger quantity."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.domain.offer import Offer, decide
from catalog.domain.pricing import NO_TERMS, AgreedLadder, Basket, QuotedLine, Terms, quote
from headwater.contracts.base import OfferId, SkuId, SupplierId
from headwater.contracts.catalog import DelistOffer, MixedBatch, PoolPrice
from headwater.contracts.orders import OrderKind
from headwater.contracts.samples import MOST_SAMPLES
from tests.unit.catalog.building import NOW, ladder, listed, skus

OFFER = listed()
OFFERS = {sku.sku_id: OFFER for sku in OFFER.skus}


def basket(**pieces: int) -> Basket:
    return {SkuId(f"X-{size}"): quantity for size, quantity in pieces.items()}


@pytest.mark.parametrize(
    ("pieces", "totals"),
    [({"L": 2}, [2000]), ({"L": 10, "M": 9}, [10_000, 9_000]), ({"L": 10, "M": 10}, [9_000, 9_000]),
     ({"L": 150, "M": 50}, [120_000, 40_000])],
)  # fmt: skip
def test_the_examples_of_the_rule_book(pieces: dict[str, int], totals: list[int]) -> None:
    priced = quote(basket(**pieces), OFFERS)
    assert [line.total_fen for line in priced.lines] == totals
    assert priced.total_fen == sum(totals)


def test_too_few_pieces_are_refused_and_say_how_many_to_add() -> None:
    line = quote(basket(L=1), OFFERS).lines[0]
    assert (line.code, line.total_fen) == ("below_minimum", 0)
    assert "add 1" in line.detail


def test_an_unknown_sku_is_refused_and_the_other_lines_are_priced() -> None:
    priced = quote({**basket(L=2), SkuId("ghost"): 5}, OFFERS)
    assert priced.total_fen == 2000
    assert priced.lines[1].code == "no_such_sku"


def test_a_delisted_offer_has_no_price_and_says_why() -> None:
    gone = decide(OFFER, DelistOffer(offer_id="off-X", reason="sold out"), NOW).state
    assert isinstance(gone, Offer)
    line = quote(basket(L=2), {"X-L": gone}).lines[0]  # type: ignore[dict-item]
    assert line.code == "delisted"
    assert "sold out" in line.detail


@pytest.mark.parametrize("quantity", [0, -1, 10**9 + 1])
def test_a_quantity_that_cannot_be_ordered_is_refused(quantity: int) -> None:
    assert quote(basket(L=quantity), OFFERS).lines[0].code == "bad_quantity"


def test_a_line_that_is_refused_does_not_make_the_others_cheaper() -> None:
    refused, bought = quote(basket(L=10**9 + 1, M=2), OFFERS).lines
    assert (refused.code, bought.price.unit_fen) == ("bad_quantity", 1000)


def test_the_pieces_of_one_offer_do_not_count_for_another() -> None:
    other = listed(offer_id="off-Y", skus=skus("Y", "L"))
    lines = {**basket(L=19), SkuId("Y-L"): 5}
    assert [line.price.unit_fen for line in quote(lines, {**OFFERS, "Y-L": other}).lines] == [1000, 1000]  # type: ignore[dict-item]


def test_a_line_dearer_than_money_is_counted_says_how_many_pieces_still_go() -> None:
    dear = {"X-L": listed(price_ranges=ladder((2, 10**14)))}
    line = quote(basket(L=11), dear).lines[0]  # type: ignore[arg-type]
    assert (line.code, line.total_fen) == ("amount_too_large", 0)
    assert "at most 10 pieces" in line.detail
    assert quote(basket(L=10), dear).total_fen == 10**15  # type: ignore[arg-type]


def only(terms: Terms = NO_TERMS, kind: OrderKind = "goods", quantity: int = 10, **changes: Any) -> QuotedLine:
    """The quote of one line of one offer."""
    offer = listed(**changes)
    (line,) = quote(basket(L=quantity), {SkuId("X-L"): offer}, terms, kind).lines
    return line


def list_of(name: str, *steps: tuple[int, int]) -> AgreedLadder:
    return AgreedLadder(name, ladder(*steps))


def agreed(*lists: AgreedLadder) -> Terms:
    return Terms(ladders={OfferId("off-X"): lists})


@pytest.mark.parametrize(
    ("lists", "unit", "why"),
    [
        ((list_of("VIP", (2, 950)),), 950, ["Price list VIP."]),
        ((list_of("VIP", (2, 950)), list_of("gold", (2, 940))), 940, ["Price list gold."]),
        ((list_of("old", (2, 1100)),), 1000, []),
        ((list_of("bulk", (11, 500)),), 1000, []),
    ],
)  # fmt: skip
def test_the_lowest_of_the_buyers_prices_wins(lists: tuple[AgreedLadder, ...], unit: int, why: list[str]) -> None:
    price = only(agreed(*lists)).price
    assert (price.unit_fen, [one.detail for one in price.reductions]) == (unit, why)


def test_every_reduction_is_explained_to_the_fen() -> None:
    price = only(agreed(list_of("VIP", (2, 850))), quantity=20).price
    assert [(one.code, one.fen) for one in price.reductions] == [("quantity", 100), ("price_list", 50)]
    assert (price.list_fen, price.unit_fen) == (1000, 850)


@pytest.mark.parametrize(("quantity", "code"), [(12, ""), (24, ""), (10, "not_a_multiple")])
def test_pieces_come_in_multiples(quantity: int, code: str) -> None:
    line = only(quantity=quantity, order_multiple=12, min_order_quantity=12, price_ranges=ladder((12, 1000)))
    assert line.code == code
    assert "order 12 instead of 10" in line.detail or not code


def test_a_line_that_is_no_multiple_does_not_count_for_the_others() -> None:
    offer = listed(order_multiple=2)
    priced = quote(basket(L=19, M=2), {SkuId(f"X-{size}"): offer for size in "LM"})
    assert [(line.code, line.price.unit_fen) for line in priced.lines] == [("not_a_multiple", 0), ("", 1000)]


# --- mixed batch and programmes: a second supplier's offer beside it --------------------------------------------------

MIXED = Terms(mixed={SupplierId("factory"): MixedBatch(pieces=10)})


def two(first: int, second: int, terms: Terms, **other: Any) -> list[QuotedLine]:
    """The quote of one offer with a minimum of 50, and of another beside it."""
    high = listed(mixed_batch=True, min_order_quantity=50, price_ranges=ladder((50, 1000), (200, 800)))
    beside = listed(offer_id="off-Y", skus=skus("Y", "L"), **{"mixed_batch": True, **other})
    lines = {**basket(L=first), SkuId("Y-L"): second}
    return list(quote(lines, {SkuId("X-L"): high, SkuId("Y-L"): beside}, terms).lines)


def test_a_mixed_batch_waives_the_minimum_and_keeps_the_first_price() -> None:
    assert two(4, 5, MIXED)[0].code == "below_minimum"
    waived = two(4, 6, MIXED)[0]
    assert (waived.price.unit_fen, [one.code for one in waived.price.reductions]) == (1000, ["mixed_batch"])


def test_a_mixed_batch_may_be_reached_by_money() -> None:
    terms = Terms(mixed={SupplierId("factory"): MixedBatch(amount_fen=10_000)})
    assert two(4, 5, terms)[0].code == "below_minimum"
    assert two(4, 6, terms)[0].code == ""


@pytest.mark.parametrize("other", [{"mixed_batch": False}, {"supplier_id": "mill"}])
def test_only_a_suppliers_own_mixed_offers_make_its_batch(other: dict[str, Any]) -> None:
    assert two(4, 6, MIXED, **other)[0].code == "below_minimum"


JOINED = Terms(programmes={SupplierId("factory"): ["spring"], SupplierId("mill"): ["spring"]})


def test_a_programme_gives_the_range_of_all_its_suppliers_pieces_and_says_what_the_platform_vouches_for() -> None:
    mine, _ = two(50, 150, JOINED, supplier_id="mill")
    assert (mine.price.unit_fen, mine.price.vouched_fen) == (800, 200)
    assert "200 pieces in programme spring" in mine.price.reductions[-1].detail


def test_a_programme_does_not_waive_the_minimum() -> None:
    assert two(4, 196, JOINED, supplier_id="mill")[0].code == "below_minimum"


def test_a_supplier_that_takes_no_part_gives_its_own_range() -> None:
    alone = Terms(programmes={SupplierId("factory"): ["spring"]})
    mine, _ = two(50, 150, alone, supplier_id="mill")
    assert (mine.price.unit_fen, mine.price.vouched_fen) == (1000, 0)


# --- samples, trials, pools -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "quantity", "changes", "unit"),
    [
        ("sample", 1, {"sample_price_fen": 1500}, 1500),
        ("trial", 10, {"trial_pieces": 10}, 500),
        ("trial", 1, {"trial_pieces": 10, "price_ranges": ladder((2, 1001))}, 501),
        ("pool", 1, {"pool_price": PoolPrice(pieces=300, price_fen=700)}, 700),
    ],
)
def test_each_kind_has_its_price_and_no_minimum(
    kind: OrderKind, quantity: int, changes: dict[str, Any], unit: int
) -> None:
    line = only(kind=kind, quantity=quantity, **changes)
    assert (line.code, line.price.unit_fen) == ("", unit)


@pytest.mark.parametrize(
    ("kind", "quantity", "changes", "code"),
    [
        ("sample", 1, {}, "no_samples"),
        ("sample", 2, {"sample_price_fen": 1500}, "one_sample_each"),
        ("trial", 1, {}, "no_trial"),
        ("trial", 11, {"trial_pieces": 10}, "beyond_trial"),
        ("pool", 1, {}, "no_pool"),
        ("pool", 3, {"pool_price": PoolPrice(pieces=300, price_fen=700), "order_multiple": 2}, "not_a_multiple"),
    ],
)
def test_what_is_not_offered_as_such_is_refused_by_name(
    kind: OrderKind, quantity: int, changes: dict[str, Any], code: str
) -> None:
    assert only(kind=kind, quantity=quantity, **changes).code == code


@pytest.mark.parametrize(("had", "code"), [(0, ""), (MOST_SAMPLES - 1, ""), (MOST_SAMPLES, "sampled_before")])
def test_few_samples_of_a_sku_are_had_over_all_orders(had: int, code: str) -> None:
    assert only(Terms(sampled={SkuId("X-L"): had}), "sample", 1, sample_price_fen=1500).code == code


def test_a_trial_is_had_once() -> None:
    assert only(Terms(tried={OfferId("off-X")}), "trial", trial_pieces=10).code == "tried_before"


# --- what holds of every basket -----------------------------------------------------------------------------------


@st.composite
def offers(draw: st.DrawFn) -> Offer:
    starts = sorted(draw(st.sets(st.integers(1, 500), min_size=1, max_size=5)))
    prices = sorted(draw(st.lists(st.integers(1, 10_000), min_size=len(starts), max_size=len(starts))), reverse=True)
    steps = tuple(zip(starts, prices, strict=True))
    return listed(min_order_quantity=starts[0], price_ranges=ladder(*steps), skus=skus("X", "M", "L"))


@st.composite
def markets(draw: st.DrawFn) -> tuple[dict[SkuId, Offer], Terms]:
    """Four offers of two suppliers, with price lists, a mixed batch and a programme, or without."""
    found: dict[SkuId, Offer] = {}
    for number, supplier in enumerate(("factory", "factory", "mill", "mill")):
        offer = draw(offers())
        of_this = offer.evolve(
            offer_id=f"off-{number}", supplier_id=supplier, skus=skus(f"{number}", "L"), mixed_batch=draw(st.booleans())
        )
        found[SkuId(f"{number}-L")] = of_this
    lists = {
        OfferId("off-0"): [AgreedLadder("VIP", draw(offers()).price_ranges)] * draw(st.integers(0, 1)),
        OfferId("off-2"): [AgreedLadder("L5", draw(offers()).price_ranges)] * draw(st.integers(0, 1)),
    }
    rule = MixedBatch(pieces=draw(st.integers(1, 300)), amount_fen=draw(st.integers(1, 10**6)))
    mixed = {SupplierId("factory"): rule} if draw(st.booleans()) else {}
    names = draw(st.sampled_from(([], ["spring"])))
    programmes = {SupplierId("factory"): names, SupplierId("mill"): names}
    return found, Terms(lists, mixed, programmes)


PIECES = st.lists(st.integers(0, 300), min_size=4, max_size=4)


def bought(market: tuple[dict[SkuId, Offer], Terms], pieces: list[int]) -> list[QuotedLine]:
    """The lines of a basket with so many pieces of each offer; none of those with 0."""
    lines = {SkuId(f"{number}-L"): count for number, count in enumerate(pieces) if count}
    return list(quote(lines, *market).lines)


@given(market=markets(), few=PIECES, more=PIECES)
def test_more_pieces_of_anything_never_make_a_piece_dearer(market: Any, few: list[int], more: list[int]) -> None:
    large = {line.sku_id: line for line in bought(market, [a + b for a, b in zip(few, more, strict=True)])}
    for line in bought(market, few):
        assert line.code or not large[line.sku_id].code
        assert line.code or large[line.sku_id].price.unit_fen <= line.price.unit_fen


@given(market=markets(), some=PIECES, others=PIECES)
def test_two_baskets_never_cost_less_than_both_in_one(market: Any, some: list[int], others: list[int]) -> None:
    parts = [*bought(market, some), *bought(market, others)]
    whole = bought(market, [a + b for a, b in zip(some, others, strict=True)])
    if not any(line.code for line in parts):
        assert sum(line.total_fen for line in whole) <= sum(line.total_fen for line in parts)


@given(market=markets(), pieces=PIECES)
def test_a_total_is_the_sum_of_its_lines_and_each_reduction_is_told(market: Any, pieces: list[int]) -> None:
    lines = {SkuId(f"{number}-L"): count for number, count in enumerate(pieces)}
    priced = quote(lines, *market)
    assert priced.total_fen == sum(line.total_fen for line in priced.lines)
    for line in priced.lines:
        if not line.code:
            price = line.price
            assert line.total_fen == price.unit_fen * line.quantity
            assert price.list_fen - sum(one.fen for one in price.reductions) == price.unit_fen
            assert 0 <= price.vouched_fen < price.list_fen
