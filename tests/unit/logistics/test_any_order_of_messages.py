"""Whatever comes, however often and in whatever order: no piece is lost, made, or promised twice."""

from __future__ import annotations

from collections import Counter
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from headwater.contracts.base import Message
from headwater.contracts.logistics import PickStock, ShipmentProgress
from logistics.domain.shipment import RANK, Shipment
from logistics.domain.stock import Stock
from tests.unit.logistics.building import (
    NOW,
    create,
    on_parcel,
    on_stock,
    packed,
    pick,
    receive,
    release,
    reserve,
    told,
    tracked,
)

ORDERS = st.sampled_from(("ord_1", "ord_2", "ord_3"))
HOUSES = st.sampled_from(("yiwu", "keqiao", "guangzhou"))
PIECES = st.integers(1, 12)


class OneSku(RuleBasedStateMachine):
    """A SKU under fire."""

    def __init__(self) -> None:
        super().__init__()
        self.stock: Stock | None = None
        self.received: Counter[str] = Counter()
        self.receipts: set[str] = set()

    def give(self, message: Message) -> None:
        self.stock = on_stock(self.stock, message, NOW).state

    @rule(pieces=PIECES, house=HOUSES, receipt=st.sampled_from(("r1", "r2", "r3", "r4")))
    def goods_arrive(self, pieces: int, house: str, receipt: str) -> None:
        if receipt not in self.receipts:
            self.receipts.add(receipt)
            self.received[house] += pieces
        self.give(receive(pieces, house, receipt))

    @rule(pieces=PIECES, order=ORDERS, city=st.sampled_from(("Shanghai", "Madrid", "Atlantis")))
    def is_reserved(self, pieces: int, order: str, city: str) -> None:
        self.give(reserve(pieces, order, city))

    @rule(order=ORDERS)
    def is_released(self, order: str) -> None:
        self.give(release(order))

    @rule(order=ORDERS, house=HOUSES, data=st.data())
    def is_picked(self, order: str, house: str, data: st.DataObject) -> None:
        hold = self.stock.holds.get(order) if self.stock else None  # type: ignore[call-overload]
        wanted = hold.allocations.get(house, 1) if hold else 1
        self.give(pick(data.draw(st.sampled_from((wanted, wanted + 1))), order, house))

    @invariant()
    def no_piece_is_lost_or_made(self) -> None:
        holds = self.stock.holds.values() if self.stock else ()
        gone = Counter[str]()
        for hold in holds:
            gone.update(hold.picked)
        for house, shelf in (self.stock.shelves if self.stock else {}).items():
            assert self.received[house] == shelf.on_hand + gone[house]

    @invariant()
    def no_piece_is_promised_twice(self) -> None:
        held = Counter[str]()
        for hold in (self.stock.holds if self.stock else {}).values():
            if hold.status == "held":
                held.update({id: n - hold.picked.get(id, 0) for id, n in hold.allocations.items()})
        for house, shelf in (self.stock.shelves if self.stock else {}).items():
            assert 0 <= shelf.held <= shelf.on_hand
            assert shelf.held == held[house]


class OneParcel(RuleBasedStateMachine):
    """A parcel under fire."""

    def __init__(self) -> None:
        super().__init__()
        self.parcel: Shipment | None = None
        self.rank = -1
        self.sent: list[Any] = []

    def give(self, message: Message) -> None:
        decision = on_parcel(self.parcel, message, NOW)
        self.parcel = decision.state
        self.sent += told(decision, Message)

    @rule()
    def is_asked_for(self) -> None:
        self.give(create())

    @rule(house=HOUSES, event=st.sampled_from("ab"))
    def is_packed(self, house: str, event: str) -> None:
        self.give(packed(house, event))

    @rule(
        status=st.sampled_from(("collected", "in_transit", "delayed", "out_for_delivery", "delivered")),
        event=st.integers(0, 8),
        carrier=st.sampled_from(("demo-express", "demo-freight")),
    )
    def is_tracked(self, status: str, event: int, carrier: str) -> None:
        self.give(tracked(status, f"e{event}", carrier, delay_hours=3))

    @invariant()
    def it_never_goes_back(self) -> None:
        rank = RANK[self.parcel.status] if self.parcel else -1
        assert rank >= self.rank
        self.rank = rank

    @invariant()
    def each_line_is_picked_at_most_once(self) -> None:
        assert sum(isinstance(message, PickStock) for message in self.sent) <= 1

    @invariant()
    def each_status_is_told_at_most_once(self) -> None:
        statuses = [message.status for message in self.sent if isinstance(message, ShipmentProgress)]
        assert len(statuses) == len(set(statuses))


for machine in (OneSku, OneParcel):
    machine.TestCase.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)
TestOneSku = OneSku.TestCase
TestOneParcel = OneParcel.TestCase
