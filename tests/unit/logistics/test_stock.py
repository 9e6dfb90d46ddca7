"""Stock is received, held, released and picked, and is never promised twice."""

from __future__ import annotations

from headwater.contracts.base import Done, Refused
from headwater.contracts.logistics import StockChanged, StockRefused, StockReserved
from logistics.domain.stock import MOST, RECEIPTS_KEPT, Shelf
from tests.unit.logistics.building import NOW, after, on_stock, pick, receive, release, reserve, told


def test_a_receipt_counts_once() -> None:
    stock = after(on_stock, receive(), receive())
    assert stock.shelves == {"yiwu": Shelf(on_hand=10)}
    assert told(on_stock(stock, receive(), NOW), Done)


def test_a_sku_remembers_a_bounded_number_of_receipts() -> None:
    stock = after(on_stock, *(receive(1, receipt=f"r{n}") for n in range(RECEIPTS_KEPT + 10)))
    assert len(stock.receipts) == RECEIPTS_KEPT
    assert on_stock(stock, receive(1, receipt=f"r{RECEIPTS_KEPT + 9}"), NOW).state is stock


def test_more_than_a_shelf_counts_is_refused_by_name() -> None:
    full = after(on_stock, receive()).evolve(shelves={"yiwu": Shelf(on_hand=MOST)})
    decision = on_stock(full, receive(1, receipt="r2"), NOW)
    assert told(decision, Refused)[0].code == "too_many_pieces"
    assert decision.state is full


def test_the_rest_of_a_split_order_comes_from_the_soonest_that_has_all_of_the_rest() -> None:
    stock = after(on_stock, receive(9, "zhengzhou", "r1"), receive(8, "guangzhou", "r2"), receive(3, "hangzhou", "r3"))
    reserved = told(on_stock(stock, reserve(12), NOW), StockReserved)[0]
    assert [(a.warehouse_id, a.pieces) for a in reserved.allocations] == [("zhengzhou", 9), ("hangzhou", 3)]


def test_goods_for_a_warehouse_that_does_not_exist_are_refused_by_name() -> None:
    decision = on_stock(None, receive(warehouse="atlantis"), NOW)
    assert decision.state is None
    assert "yiwu" in told(decision, Refused)[0].detail


def test_the_nearest_warehouse_that_has_it_all_holds_it() -> None:
    stock = after(on_stock, receive(10, "guangzhou", "r1"), receive(10, "hangzhou", "r2"))
    reserved = told(on_stock(stock, reserve(4, city="上海"), NOW), StockReserved)[0]
    assert [(a.warehouse_id, a.pieces) for a in reserved.allocations] == [("hangzhou", 4)]


def test_an_order_that_no_warehouse_can_fill_alone_is_split() -> None:
    stock = after(on_stock, receive(5, "guangzhou", "r1"), receive(9, "hangzhou", "r2"))
    reserved = told(on_stock(stock, reserve(12), NOW), StockReserved)[0]
    assert [(a.warehouse_id, a.pieces) for a in reserved.allocations] == [("hangzhou", 9), ("guangzhou", 3)]


def test_more_than_there_is_is_refused_and_says_what_is_available() -> None:
    stock = after(on_stock, receive(10), reserve(8, "ord_0"))
    decision = on_stock(stock, reserve(4), NOW)
    assert told(decision, StockRefused)[0].available == 2
    assert decision.state is stock


def test_a_city_that_is_not_served_is_refused_and_says_where_to_look() -> None:
    assert (
        "/v1/places"
        in told(on_stock(after(on_stock, receive()), reserve(city="Atlantis"), NOW), StockRefused)[0].detail
    )


def test_a_reservation_asked_for_again_gets_the_same_answer_and_holds_nothing_more() -> None:
    stock = after(on_stock, receive(), reserve())
    decision = on_stock(stock, reserve(), NOW)
    assert decision.state is stock
    assert told(decision, StockReserved)[0].allocations[0].pieces == 4


def test_a_hold_that_is_released_gives_its_pieces_back_once() -> None:
    stock = after(on_stock, receive(), reserve(), release())
    assert stock.shelves["yiwu"] == Shelf(on_hand=10, held=0)
    assert on_stock(stock, release(), NOW).state is stock


def test_a_reservation_that_comes_after_its_release_holds_nothing() -> None:
    stock = after(on_stock, receive(), release())
    decision = on_stock(stock, reserve(), NOW)
    assert told(decision, StockRefused)
    assert decision.state.available == 10  # type: ignore[union-attr]


def test_picking_takes_the_held_pieces_off_the_shelf_once() -> None:
    stock = after(on_stock, receive(), reserve(), pick())
    assert stock.shelves["yiwu"] == Shelf(on_hand=6, held=0)
    assert on_stock(stock, pick(), NOW).state is stock
    assert on_stock(stock, release(), NOW).state is stock


def test_a_warehouse_of_a_split_order_is_picked_once() -> None:
    stock = after(on_stock, receive(9, "guangzhou", "r1"), receive(9, "hangzhou", "r2"), reserve(10, "ord_1"),
                  pick(9, warehouse="hangzhou"), receive(9, "hangzhou", "r3"))  # fmt: skip
    assert on_stock(stock, pick(9, warehouse="hangzhou"), NOW).state is stock
    done = after(lambda s, m, now: on_stock(s or stock, m, now), pick(1, warehouse="guangzhou"))
    assert done.holds["ord_1"].status == "picked"
    assert done.shelves == {"guangzhou": Shelf(on_hand=8), "hangzhou": Shelf(on_hand=9)}


def test_a_release_after_one_of_two_parcels_was_picked_gives_back_the_other() -> None:
    stock = after(on_stock, receive(5, "guangzhou", "r1"), receive(9, "hangzhou", "r2"), reserve(12))
    stock = after(lambda s, m, now: on_stock(s or stock, m, now), pick(9, warehouse="hangzhou"), release())
    assert stock.shelves == {"guangzhou": Shelf(on_hand=5), "hangzhou": Shelf(on_hand=0)}


def test_every_change_is_announced_with_what_is_available() -> None:
    stock = after(on_stock, receive())
    changed = told(on_stock(stock, reserve(), NOW), StockChanged)[0]
    assert (changed.on_hand, changed.available, changed.cause) == (10, 6, "reserved")
