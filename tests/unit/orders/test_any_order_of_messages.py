"""Whatever comes, however often and in whatever order: money, goods and history stay right."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from headwater.contracts.base import Message, Wake
from headwater.contracts.logistics import CreateShipment, ReleaseStock, ReserveStock
from headwater.contracts.orders import (
    AcceptOrder,
    OrderAnswer,
    OrderCancelled,
    OrderCompleted,
    OrderConfirmed,
    OrderExpired,
    OrderPaid,
    OrderRefused,
)
from orders.domain.state import Order
from tests.unit.orders.building import CALLER, NOW, cancel, decide, held, line, pay, place, progress, short, told

SKUS = ("X-L", "X-M", "X-S")
ENDS = (OrderCompleted, OrderRefused, OrderCancelled, OrderExpired)
ORDER = place(*(line(sku) for sku in SKUS))


class OneOrder(RuleBasedStateMachine):
    """An order under fire, with a stock that answers when it likes and repeats itself."""

    def __init__(self) -> None:
        super().__init__()
        self.order: Order | None = None
        self.now: datetime = NOW
        self.sent: list[Message] = []
        self.holding: dict[str, bool] = {}
        self.last_status = ""

    def give(self, message: Message) -> None:
        before = self.order
        decision = decide(before, message, self.now)
        self.order = decision.state
        new = told(decision, Message)
        self.sent += new
        for release in (m for m in new if isinstance(m, ReleaseStock)):
            self.holding.pop(release.sku_id, None)
        if before is not None and before.is_over:
            assert decision.state is before, f"{before.status} is an end, and {message.TYPE} changed it"

    @rule(seconds=st.integers(0, 2000))
    def time_passes(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @rule(other=st.booleans())
    def placed(self, other: bool) -> None:
        self.give(place(line("X-L"), fingerprint="another") if other and self.order else ORDER)

    def asked(self) -> bool:
        return any(isinstance(message, ReserveStock) for message in self.sent)

    @precondition(asked)
    @rule(sku=st.sampled_from(SKUS), pieces=st.just(10), warehouse=st.sampled_from(("yiwu", "keqiao")))
    def stock_answers(self, sku: str, pieces: int, warehouse: str) -> None:
        # The stock released before it answered, or not; a stock that refused never holds.
        if self.order is not None and not self.order.is_over and sku not in self.holding:
            self.holding[sku] = True
        self.give(held(sku, pieces, warehouse))

    @precondition(asked)
    @rule(sku=st.sampled_from(SKUS))
    def stock_refuses(self, sku: str) -> None:
        if sku not in self.holding:
            self.give(short(sku))

    @rule(
        amount=st.sampled_from((30_000, 1)), payment=st.sampled_from(("p1", "p2")), buyer=st.sampled_from(("shop", "x"))
    )
    def pays(self, amount: int, payment: str, buyer: str) -> None:
        self.give(pay(amount, payment, buyer))

    @rule(buyer=st.sampled_from(("shop", "x")))
    def cancels(self, buyer: str) -> None:
        self.give(cancel(buyer))

    @rule(buyer=st.sampled_from(("shop", "x")))
    def accepts(self, buyer: str) -> None:
        self.give(AcceptOrder(order_id="ord_1", buyer_id=buyer, reply_to=CALLER))

    @rule(
        status=st.sampled_from(("packed", "collected", "in_transit", "out_for_delivery", "delivered")),
        warehouse=st.sampled_from(("yiwu", "keqiao", "nowhere")),
    )
    def parcel_moves(self, status: Any, warehouse: str) -> None:
        self.give(progress(status, warehouse))

    @rule()
    def wakes(self) -> None:
        self.give(Wake(id="ord_1", due=self.now))

    def count(self, *kinds: type[Message]) -> int:
        return sum(isinstance(message, kinds) for message in self.sent)

    @invariant()
    def it_ends_at_most_once(self) -> None:
        assert self.count(*ENDS) <= 1

    @invariant()
    def it_is_confirmed_and_paid_at_most_once(self) -> None:
        assert self.count(OrderConfirmed) <= 1
        assert self.count(OrderPaid) <= 1
        paid = 30_000 if self.count(OrderPaid) else 0
        assert self.order is None or self.order.paid_fen == paid

    @invariant()
    def it_settles_what_was_paid_and_only_after_delivery(self) -> None:
        if self.order is None:
            return
        assert self.order.settled_fen in (0, self.order.paid_fen)
        if self.order.settled_fen:
            assert set(self.order.shipments.values()) == {"delivered"}

    @invariant()
    def what_is_held_is_shipped_or_released(self) -> None:
        if self.order is None or not self.order.is_over:
            return
        if self.order.status == "completed":
            assert sum(line.pieces for s in self.sent if isinstance(s, CreateShipment) for line in s.lines) == 30
        else:
            assert not self.holding
            assert not self.count(CreateShipment)

    @invariant()
    def the_history_goes_forward(self) -> None:
        if self.order is not None:
            times = [step.at for step in self.order.history]
            assert times == sorted(times)

    @invariant()
    def the_caller_hears_once_that_it_is_confirmed(self) -> None:
        answers = [m for m in self.sent if isinstance(m, OrderAnswer)]
        assert bool(answers) >= bool(self.count(OrderConfirmed))


OneOrder.TestCase.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
TestAnyOrderOfMessages = OneOrder.TestCase
