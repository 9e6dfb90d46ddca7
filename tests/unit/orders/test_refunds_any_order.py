"""Whatever comes, however often, late, or in another order: no fen goes back twice, or is released as well."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from headwater.contracts.accounts import CreditSupplier
from headwater.contracts.base import Message
from headwater.contracts.logistics import ParcelRecalled, RecallShipment, TakeBackStock
from headwater.contracts.orders import OrderCancelled, OrderCompleted
from headwater.contracts.refunds import ClaimFreight, CollectPremium, FreightCovered
from orders.domain import insurance
from orders.domain.insurance import Insurance
from orders.domain.ledger import Posting
from orders.domain.state import Order
from tests.unit.orders.building import NOW, balances, cancel, progress, told
from tests.unit.orders.refunding import (
    ACCEPT,
    PLACED,
    PREMIUM,
    WAKE,
    answer,
    ask,
    decide,
    dispute,
    inspect,
    pay,
    recalled,
    rule_,
    send,
    withdraw,
)

TOTAL = 22_000
HOUSES = ("yiwu", "keqiao")
IDS = ("rfd_1", "rfd_2")


def asked(case: str) -> st.SearchStrategy[Message]:
    """A request of that id: of all, of some pieces, or of a part of their price."""
    fields = st.fixed_dictionaries(
        {"returns": st.booleans(), "photos": st.sampled_from((0, 1, 1, 1))},
        optional={"X_L": st.sampled_from((1, 4, 10)), "amount_fen": st.just(500)},
    )
    return fields.map(lambda more: ask(case, **more))


def inspected(case: str) -> st.SearchStrategy[Message]:
    """What was found: pieces of both SKUs, enough or not."""
    pieces = st.tuples(st.sampled_from((0, 1, 4, 10)), st.sampled_from((0, 1)), st.sampled_from((0, 6)))
    return pieces.map(
        lambda n: inspect(("X-L", "yiwu", n[0], n[1]), *((("X-M", "keqiao", n[2], 0),) if n[2] else ()), case=case)
    )


def ruled(case: str) -> st.SearchStrategy[Message]:
    """Any ruling, with or without a return."""
    rulings = st.sampled_from((("full", None), ("part", 300), ("none", None)))
    return st.builds(lambda one, back: rule_(*one, case=case, returns=back), rulings, st.booleans())


def commands(case: str) -> dict[str, st.SearchStrategy[Message]]:
    """By the status that they fit."""
    answered = st.booleans().map(lambda agrees: answer(agrees, case=case))
    fates = st.builds(recalled, st.sampled_from(("stopped", "returned", "delivered")), st.sampled_from(HOUSES))
    return {
        "asked": answered, "refused": st.just(dispute(case)), "disputed": ruled(case), "returning": st.just(send(case)),
        "sent": inspected(case), "back": inspected(case), "recalling": fates, "refunded": inspected(case),
    }  # fmt: skip


class OneOrder(RuleBasedStateMachine):
    """A paid order with its pool, under fire: parcels, clocks, and two requests that want what they may."""

    def __init__(self) -> None:
        super().__init__()
        self.now: datetime = NOW
        self.order: Order | None = None
        self.pool: Insurance | None = None
        self.given: list[Message] = []
        self.sent: list[Message] = []
        self.posted: dict[str, Posting] = {}

    @initialize(there=st.sampled_from(((), HOUSES, HOUSES, ("keqiao",))), first=asked(IDS[0]))
    def is_paid_and_underway_or_delivered(self, there: tuple[str, ...], first: Message) -> None:
        for message in (*PLACED, pay(insured=True), *(progress("delivered", house) for house in there), first):
            self.give(message)

    def give(self, message: Message) -> None:
        self.given.append(message)
        decision = decide(self.order, message, self.now)
        self.order = decision.state
        new = told(decision, Message)
        self.sent += new
        for one in new:
            if isinstance(one, ClaimFreight | CollectPremium):
                self.pool_hears(one)

    def pool_hears(self, message: Message) -> None:
        decision = insurance.decide(self.pool, message, self.now)
        self.pool = decision.state
        self.sent += told(decision, Message)

    @rule(data=st.data())
    def is_asked_for_again(self, data: st.DataObject) -> None:
        self.give(data.draw(asked(IDS[1])))

    @precondition(lambda self: self.there.cases)
    @rule(steps=st.integers(1, 4), data=st.data())
    def goes_on(self, steps: int, data: st.DataObject) -> None:
        id = data.draw(st.sampled_from([case.case_id for case in self.there.cases]))
        for _ in range(steps):
            (case,) = (one for one in self.there.cases if one.case_id == id)
            if case.status in (fitting := commands(id)):
                self.give(data.draw(fitting[case.status]))

    @rule(number=st.integers(0, 1), data=st.data())
    def is_told_what_may_not_fit(self, number: int, data: st.DataObject) -> None:
        any_command = st.one_of(*commands(IDS[number]).values(), st.just(withdraw(IDS[number])))
        message = data.draw(any_command)
        if not isinstance(message, ParcelRecalled) or any(isinstance(one, RecallShipment) for one in self.sent):
            self.give(message)

    @rule(hours=st.sampled_from((1, 1, 50, 100)), wakes=st.booleans())
    def time_passes(self, hours: int, wakes: bool) -> None:
        self.now += timedelta(hours=hours)
        if wakes:
            self.give(WAKE)

    @rule(data=st.data())
    def something_comes_again_or_late(self, data: st.DataObject) -> None:
        moves = [progress("packed"), progress("delivered"), progress("delivered", "keqiao"), ACCEPT, pay(), cancel()]
        self.give(data.draw(st.one_of(st.sampled_from(self.given), st.sampled_from(moves))))
        for spoken in [one for one in self.sent if isinstance(one, ClaimFreight | CollectPremium | FreightCovered)]:
            (self.give if isinstance(spoken, FreightCovered) else self.pool_hears)(spoken)

    @property
    def there(self) -> Order:
        assert self.order is not None
        return self.order

    @invariant()
    def what_went_back_and_what_is_left_is_what_was_paid(self) -> None:
        order = self.there
        assert order.paid_fen + order.refunded_fen == TOTAL
        assert order.refunded_fen == sum(case.refunded_fen for case in order.cases)
        assert order.settled_fen in (0, order.paid_fen)
        assert min(order.paid_fen, order.refunded_fen, order.unvouched_fen) >= 0

    @invariant()
    def it_is_released_or_refunded_in_full_and_once(self) -> None:
        ends = sum(isinstance(one, OrderCompleted | OrderCancelled) for one in self.sent)
        assert ends == (self.there.status in {"completed", "cancelled"})
        assert (self.there.status == "cancelled") == (self.there.paid_fen == 0)
        assert ("release" in self.there.postings) == (self.there.status == "completed")

    @invariant()
    def the_ledger_balances_and_no_posting_changes(self) -> None:
        postings = {**self.there.postings, **(self.pool.postings if self.pool else {})}
        assert all(postings[key] is one for key, one in self.posted.items())
        self.posted = postings
        found = balances(postings)
        open_fen = 0 if self.there.status in {"completed", "cancelled"} else self.there.left_fen
        assert (found["escrow"], found["buyer:shop"], sum(found.values())) == (open_fen, 0, 0)
        released = self.there.left_fen if self.there.status == "completed" else 0
        credited = [one.amount_fen for one in self.sent if isinstance(one, CreditSupplier)]
        assert (found["clearing"], credited) == (released, [released] if released else [])
        underway = sum(case.freight == "claimed" for case in self.there.cases) * found["freight"]
        assert found["freight"] == underway
        assert found["insurance"] == (self.pool.balance_fen if self.pool else 0) >= 0
        assert self.pool is None or self.pool.collected_fen == PREMIUM

    @invariant()
    def no_more_goods_come_back_than_there_are_and_none_twice(self) -> None:
        taken = [one for one in self.sent if isinstance(one, TakeBackStock)]
        assert len({(one.sku_id, one.return_id) for one in taken}) == len(taken)
        pieces: Counter[str] = Counter()
        for one in taken:
            pieces[one.sku_id] += one.restocked + one.written_off
        assert pieces["X-L"] <= 10
        assert pieces["X-M"] <= 6

    @invariant()
    def insurance_pays_for_one_return_at_most(self) -> None:
        assert len({one.case_id for one in self.sent if isinstance(one, ClaimFreight)}) <= 1
        assert sum(case.freight != "none" for case in self.there.cases) <= 1

    @invariant()
    def no_piece_is_in_two_requests(self) -> None:
        claimed: Counter[str] = Counter()
        for case in self.there.cases:
            if case.status != "withdrawn":
                claimed.update(case.pieces)
        assert claimed <= Counter({"X-L": 10, "X-M": 6})

    @invariant()
    def it_is_woken_for_what_is_due(self) -> None:
        dues = [case.due for case in self.there.cases if case.due is not None]
        assert not dues or self.there.wake_at is not None
        assert self.there.wake_at is None or self.there.wake_at <= min(dues, default=self.there.wake_at)


OneOrder.TestCase.settings = settings(max_examples=150, stateful_step_count=30, deadline=None)
TestAnyOrderOfRefunds = OneOrder.TestCase
