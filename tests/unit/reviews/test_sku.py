"""Counters of a SKU, and the word to its factory."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from headwater.contracts.reviews import NotifySupplier, RestockSuggested
from reviews.domain import sku
from reviews.domain.sku import REMEMBERED, SkuCounters
from reviews.settings import Settings
from tests.unit.reviews.building import NOW, after, count_review, count_sold, on_sku, paid, told


def test_a_paid_order_counts_each_of_its_lines_as_sold() -> None:
    counts = sku.sales_of(paid("X-L", "X-M", pieces=7), NOW)
    assert [(count.sku_id, count.supplier_id, count.pieces) for count in counts] == [
        ("X-L", "factory", 7), ("X-M", "factory", 7),
    ]  # fmt: skip


def test_reviews_add_up_by_rating_and_by_keyword() -> None:
    state: SkuCounters = after(
        on_sku, count_review("r1", 5, "偏小，偏小!"), count_review("r2", 2, "runs small"), count_review("r3", 5)
    )
    assert state.ratings == (0, 1, 0, 0, 2)
    assert state.keywords == {"runs_small": 2}
    assert state.reviews == 3


def test_a_count_that_comes_again_is_not_counted_again() -> None:
    state = after(on_sku, count_review("r1"), count_sold(3, "ord_1"))
    assert on_sku(state, count_review("r1"), NOW).state is state
    assert on_sku(state, count_sold(3, "ord_1"), NOW).state is state


def test_an_order_and_a_review_of_the_same_id_are_two_things() -> None:
    state: SkuCounters = after(on_sku, count_review("a"), count_sold(3, "a"))
    assert (state.reviews, state.sold) == (1, 3)


def test_the_ids_that_it_remembers_stay_few() -> None:
    state: SkuCounters = after(on_sku, *(count_sold(1, f"ord_{n}") for n in range(REMEMBERED + 10)))
    assert len(state.counted) == REMEMBERED
    assert state.counted[-1] == f"sold:ord_{REMEMBERED + 9}"
    assert state.sold == REMEMBERED + 10


def test_a_threshold_that_is_reached_is_told_to_dashboards_and_the_factory() -> None:
    decision = on_sku(after(on_sku, count_sold(9, "ord_1")), count_sold(1, "ord_2"), NOW)
    (event,), (notice,) = told(decision, RestockSuggested), told(decision, NotifySupplier)
    assert (event.sku_id, event.sold, event.threshold) == ("X-L", 10, 10)
    assert (notice.supplier_id, notice.notice_id, notice.at) == ("factory", "restock-X-L-10", NOW)


def test_below_a_threshold_and_past_it_nothing_is_told() -> None:
    assert on_sku(None, count_sold(9), NOW).messages == ()
    assert on_sku(after(on_sku, count_sold(10, "ord_1")), count_sold(9, "ord_2"), NOW).messages == ()


def test_a_large_order_tells_each_threshold_that_it_passes() -> None:
    decision = on_sku(None, count_sold(20), NOW)
    assert [event.threshold for event in told(decision, RestockSuggested)] == [10, 20]
    assert [notice.notice_id for notice in told(decision, NotifySupplier)] == ["restock-X-L-10", "restock-X-L-20"]


def test_the_notice_is_a_sentence_in_both_languages() -> None:
    (notice,) = told(sku.decide((10_000,), None, count_sold(10_050, sku="XI66781-L"), NOW), NotifySupplier)
    assert notice.title == "XI66781-L sold over 10,000 pieces, restock / XI66781-L 销量突破10,000件，请补货"
    assert notice.body.startswith("10,050 pieces are in paid orders.")


def test_the_longest_sku_ids_have_notices_of_their_own() -> None:
    long = ["S" * 95 + end for end in "AB"]
    notices = [told(sku.decide((10,), None, count_sold(10, sku=id), NOW), NotifySupplier)[0] for id in long]
    assert notices[0].notice_id != notices[1].notice_id
    assert all(len(notice.notice_id) <= 96 for notice in notices)


def test_sales_beyond_what_a_message_can_say_are_counted_all_the_same() -> None:
    decision = on_sku(after(on_sku, count_sold(9, "ord_1")), count_sold(10**9, "ord_2"), NOW)
    assert decision.state is not None
    assert decision.state.sold == 10**9 + 9
    assert told(decision, RestockSuggested)[0].sold == 10**9


def test_thresholds_come_from_the_environment_in_order_and_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADWATER_RESTOCK_THRESHOLDS", "[500, 20, 500]")
    assert Settings().restock_thresholds == (20, 500)


def test_a_threshold_of_no_pieces_is_no_threshold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADWATER_RESTOCK_THRESHOLDS", "[0]")
    with pytest.raises(ValidationError):
        Settings()
