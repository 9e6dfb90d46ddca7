"""Samples count over all orders of a buyer, each order once, and those of an order that came to nothing come back."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from catalog.domain import sample
from headwater.contracts.orders import OrderExpired, OrderLine, OrderPlaced
from headwater.contracts.samples import SampleChanged, sample_id
from tests.unit.catalog.building import NOW, told


def placed(order_id: str, kind: Any = "sample") -> OrderPlaced:
    lines = tuple(
        OrderLine(sku_id=sku, offer_id="off-X", quantity=1, unit_price_fen=1500)  # type: ignore[arg-type]
        for sku in ("X-M", "X-L")
    )
    return OrderPlaced(
        order_id=order_id, buyer_id="shop", supplier_id="factory", lines=lines, total_fen=3000, currency="CNY",
        city="Madrid", kind=kind,
    )  # type: ignore[arg-type]  # fmt: skip


def expired(order_id: str) -> OrderExpired:
    return OrderExpired(order_id=order_id, buyer_id="shop", samples=("X-M", "X-L"))  # type: ignore[arg-type]


def test_each_sku_of_a_sample_order_counts_for_itself_and_other_orders_do_not() -> None:
    taken = list(sample.taken(placed("ord_1"), NOW))
    assert [one.sample_id for one in taken] == [sample_id("shop", sku) for sku in ("X-M", "X-L")]  # type: ignore[arg-type]
    assert [one.sample_id for one in sample.returned(expired("ord_1"), NOW)] == [one.sample_id for one in taken]
    assert list(sample.taken(placed("ord_1", "goods"), NOW)) == []


@given(st.lists(st.tuples(st.booleans(), st.sampled_from(("ord_1", "ord_2", "ord_3"))), max_size=12))
def test_what_is_told_is_what_orders_hold_whatever_comes_twice(happened: list[tuple[bool, str]]) -> None:
    state: sample.Samples | None = None
    shown, holding = 0, set()
    for takes, order_id in happened:
        commands: Any = sample.taken(placed(order_id), NOW) if takes else sample.returned(expired(order_id), NOW)
        holding = holding | {order_id} if takes else holding - {order_id}
        decision = sample.decide(state, next(iter(commands)), NOW)
        state = decision.state
        shown = next((event.pieces for event in told(decision, SampleChanged)), shown)
        assert shown == len(holding) == (state.pieces if state else 0)
