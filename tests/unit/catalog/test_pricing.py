"""Prices are exact, explained, and never punish a larger quantity."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.domain.offer import Offer, decide
from catalog.domain.pricing import BasketLine, quote
from headwater.contracts.catalog import DelistOffer
from tests.unit.catalog.building import NOW, ladder, listed, skus

OFFER = listed()
OFFERS = {sku.sku_id: OFFER for sku in OFFER.skus}


def basket(**pieces: int) -> list[BasketLine]:
    return [BasketLine(f"X-{size}", quantity) for size, quantity in pieces.items()]  # type: ignore[arg-type]


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
    priced = quote([*basket(L=2), BasketLine("ghost", 5)], OFFERS)  # type: ignore[arg-type]
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
    assert (refused.code, bought.unit_price_fen) == ("bad_quantity", 1000)


def test_the_pieces_of_one_offer_do_not_count_for_another() -> None:
    other = listed(offer_id="off-Y", skus=skus("Y", "L"))
    lines = [*basket(L=19), BasketLine("Y-L", 5)]  # type: ignore[arg-type]
    assert [line.unit_price_fen for line in quote(lines, {**OFFERS, "Y-L": other}).lines] == [1000, 1000]  # type: ignore[dict-item]


def test_a_line_dearer_than_money_is_counted_says_how_many_pieces_still_go() -> None:
    dear = {"X-L": listed(price_ranges=ladder((2, 10**14)))}
    line = quote(basket(L=11), dear).lines[0]  # type: ignore[arg-type]
    assert (line.code, line.total_fen) == ("amount_too_large", 0)
    assert "at most 10 pieces" in line.detail
    assert quote(basket(L=10), dear).total_fen == 10**15  # type: ignore[arg-type]


@st.composite
def offers(draw: st.DrawFn) -> Offer:
    starts = sorted(draw(st.sets(st.integers(1, 500), min_size=1, max_size=5)))
    prices = sorted(draw(st.lists(st.integers(1, 10_000), min_size=len(starts), max_size=len(starts))), reverse=True)
    steps = tuple(zip(starts, prices, strict=True))
    return listed(min_order_quantity=starts[0], price_ranges=ladder(*steps), skus=skus("X", "M", "L"))


@given(offer=offers(), few=st.integers(1, 600), more=st.integers(0, 600))
def test_a_larger_quantity_is_never_dearer_per_piece(offer: Offer, few: int, more: int) -> None:
    small = quote(basket(L=few), {"X-L": offer}).lines[0]  # type: ignore[dict-item]
    large = quote(basket(L=few + more), {"X-L": offer}).lines[0]  # type: ignore[dict-item]
    assert small.code or large.unit_price_fen <= small.unit_price_fen


@given(offer=offers(), medium=st.integers(0, 600), large=st.integers(0, 600))
def test_the_total_is_the_sum_of_the_lines_and_each_line_price_times_pieces(
    offer: Offer, medium: int, large: int
) -> None:
    priced = quote(basket(M=medium, L=large), {"X-L": offer, "X-M": offer})  # type: ignore[dict-item]
    assert priced.total_fen == sum(line.total_fen for line in priced.lines)
    assert all(line.total_fen == line.unit_price_fen * line.quantity for line in priced.lines if not line.code)
