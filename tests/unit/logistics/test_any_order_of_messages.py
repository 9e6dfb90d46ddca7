"""Whatever comes, however often and in whatever order: no piece is lost, made, or promised twice."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from headwater.contracts.base import Message
from headwater.contracts.logistics import (
    CollectParcel,
    PackParcel,
    PickStock,
    RecallParcel,
    ReleaseStock,
    ShipmentCreated,
    ShipmentDelayed,
    ShipmentProgress,
    ShipmentRecalled,
    StockChanged,
    StockRefused,
    StockReserved,
)
from headwater.decision import Decision
from logistics.domain.shipment import RANK, Shipment
from logistics.domain.stock import Stock
from tests.unit.logistics.building import (
    NOW,
    create,
    on_parcel,
    on_stock,
    packed,
    pick,
    recall,
    receive,
    release,
    reserve,
    returned,
    take_back,
    told,
    tracked,
)

ORDERS = st.sampled_from(("ord_1", "ord_2", "ord_3"))
HOUSES = st.sampled_from(("yiwu", "keqiao", "guangzhou"))
PIECES = st.integers(1, 12)
MANY = st.integers(1, 30)


class OneSku(RuleBasedStateMachine):
    """A SKU under fire."""

    def __init__(self) -> None:
        super().__init__()
        self.stock: Stock | None = None
        self.received: Counter[str] = Counter()
        self.receipts: set[str] = set()
        self.answers: dict[str, StockReserved] = {}

    def give(self, message: Message) -> Decision[Stock]:
        decision: Decision[Stock] = on_stock(self.stock, message, NOW)
        self.stock = decision.state
        return decision

    @rule(pieces=PIECES, house=HOUSES, receipt=st.sampled_from(("r1", "r2", "r3", "r4")))
    def goods_arrive(self, pieces: int, house: str, receipt: str) -> None:
        if receipt not in self.receipts:
            self.receipts.add(receipt)
            self.received[house] += pieces
        self.give(receive(pieces, house, receipt))

    @rule(pieces=MANY, order=ORDERS, city=st.sampled_from(("Shanghai", "Madrid", "Atlantis")))
    def is_reserved(self, pieces: int, order: str, city: str) -> None:
        free = self.stock.available if self.stock else 0
        decision = self.give(reserve(pieces, order, city))
        for refused in told(decision, StockRefused):
            assert refused.available == free
        for answer in told(decision, StockReserved):
            if order not in self.answers:
                assert sum(allocation.pieces for allocation in answer.allocations) == pieces <= free
            assert self.answers.setdefault(order, answer) == answer
        assert len(decision.messages) - len(told(decision, StockChanged)) == 1, "asked once, answered once"

    @rule(order=ORDERS, house=st.sampled_from((None, "yiwu", "keqiao")))
    def is_released(self, order: str, house: str | None) -> None:
        self.give(release(order, house))

    @rule(order=ORDERS, house=HOUSES, good=st.integers(0, 9), bad=st.integers(0, 3), id=st.sampled_from("ab"))
    def comes_back(self, order: str, house: str, good: int, bad: int, id: str) -> None:
        self.give(take_back(good, bad, order, house, id))

    @precondition(lambda self: self.answers)
    @rule(data=st.data(), wrong=st.sampled_from((0, 0, 0, 1)))
    def is_picked(self, data: st.DataObject, wrong: int) -> None:
        order = data.draw(st.sampled_from(sorted(self.answers)))
        allocation = data.draw(st.sampled_from(self.answers[order].allocations))
        self.give(pick(allocation.pieces + wrong, order, allocation.warehouse_id))

    @rule(order=ORDERS, house=HOUSES, pieces=PIECES)
    def is_picked_by_mistake(self, order: str, house: str, pieces: int) -> None:
        self.give(pick(pieces, order, house))

    @invariant()
    def no_piece_is_lost_or_made(self) -> None:
        holds = self.stock.holds.values() if self.stock else ()
        gone = Counter[str]()
        for hold in holds:
            gone.update(hold.picked)
            back = list(hold.back.values())
            assert sum(one.restocked + one.written_off for one in back) <= sum(hold.allocations.values())
            for one in back:
                gone[one.warehouse_id] -= one.restocked
        shelves = self.stock.shelves if self.stock else {}
        on_hand = Counter({house: shelf.on_hand for house, shelf in shelves.items()})
        assert all(self.received[house] == on_hand[house] + gone[house] for house in (*on_hand, *gone))
        assert set(self.received) <= set(on_hand)

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
        self.give(create(skus=("X-L", "X-M")))

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

    @rule()
    def is_called_back(self) -> None:
        self.give(recall())

    @rule(event=st.integers(0, 8), carrier=st.sampled_from(("demo-express", "demo-freight")))
    def comes_back(self, event: int, carrier: str) -> None:
        self.give(returned(f"e{event}", carrier))

    @property
    def left_the_shelf(self) -> bool:
        return self.parcel is not None and self.parcel.status != "created"

    @invariant()
    def it_never_goes_back(self) -> None:
        rank = RANK[self.parcel.status] if self.parcel else -1
        assert rank >= self.rank
        self.rank = rank

    @invariant()
    def each_line_is_picked_once_when_the_parcel_is_packed(self) -> None:
        picked = [message.sku_id for message in self.sent if isinstance(message, PickStock)]
        assert picked == (["X-L", "X-M"] if self.left_the_shelf else [])

    @invariant()
    def its_goods_are_picked_or_given_back_and_never_both(self) -> None:
        released = [message.sku_id for message in self.sent if isinstance(message, ReleaseStock)]
        stopped = self.parcel is not None and self.parcel.recall == "stopped"
        assert released == (["X-L", "X-M"] if stopped else [])
        assert not (stopped and self.left_the_shelf)

    @invariant()
    def a_recall_ends_in_one_way(self) -> None:
        ends = {message.outcome for message in self.sent if isinstance(message, ShipmentRecalled)}
        assert len(ends) <= 1
        delivered = self.parcel is not None and self.parcel.status == "delivered"
        assert not (delivered and ends & {"stopped", "returned"})
        assert sum(isinstance(message, RecallParcel) for message in self.sent) <= 1

    @invariant()
    def each_partner_is_sent_one_task(self) -> None:
        assert sum(isinstance(message, PackParcel) for message in self.sent) == (self.parcel is not None)
        assert sum(isinstance(message, CollectParcel) for message in self.sent) == self.left_the_shelf

    @invariant()
    def the_promise_moves_only_by_the_delays_that_were_told(self) -> None:
        if self.parcel is not None:
            told_of = sum(isinstance(message, ShipmentDelayed) for message in self.sent)
            first = next(message for message in self.sent if isinstance(message, ShipmentCreated)).promised_at
            assert self.parcel.promised_at == first + timedelta(hours=3 * told_of)

    @invariant()
    def each_status_is_told_at_most_once(self) -> None:
        statuses = [message.status for message in self.sent if isinstance(message, ShipmentProgress)]
        assert len(statuses) == len(set(statuses))


for machine in (OneSku, OneParcel):
    machine.TestCase.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)
TestOneSku = OneSku.TestCase
TestOneParcel = OneParcel.TestCase
