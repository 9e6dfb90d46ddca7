"""Whatever comes, however often and in whatever order: a plan keeps to its buyer's limits, and counts each day once."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from headwater.contracts.base import Message, Refused, Wake
from headwater.contracts.lots import LotPriced, PriceLot
from headwater.contracts.orders import CancelOrder, PlaceOrder
from headwater.contracts.testplans import ClosePlan, NoteReview, ReportSales, SoldOn, StyleJudged
from orders.domain import testplan as rules
from orders.domain.testplan_state import Plan
from tests.unit.orders.building import CALLER, NOW, told
from tests.unit.orders.test_testplan import DAY, FIRST, LIMITS, answer, line, note, quoted, start

numbers = st.integers(1, 5)


class OnePlan(RuleBasedStateMachine):
    """Two styles, a catalog with prices of its own mind, and orders that go as they like and repeat themselves."""

    def __init__(self) -> None:
        super().__init__()
        self.plan: Plan | None = None
        self.now: datetime = NOW
        self.sent: list[Any] = []
        self.sold: dict[tuple[str, int], tuple[int, int]] = {}

    @initialize()
    def starts(self) -> None:
        for message in (
            start(follow_up_pieces=70),
            answer("confirmed", FIRST),
            note("paid", FIRST),
            note("delivered", FIRST),
        ):
            self.give(message)
        self.now += timedelta(days=4)

    def give(self, message: Any) -> list[Any]:
        before = self.plan
        decision = rules.decide(before, message, self.now)
        self.plan = decision.state
        new: list[Any] = told(decision, Message)  # type: ignore[arg-type]
        self.sent += new
        for cancel in (one for one in new if isinstance(one, CancelOrder)):
            assert before is not None
            lots = [lot.status for _, lot in before.lots_of(cancel.order_id)]
            assert set(lots) <= {"placed", "confirmed"}, "only what is not paid is cancelled"
        if before is not None and before.status == "ended":
            assert decision.state is not None
            assert decision.state.status == "ended"
            assert not [one for one in new if isinstance(one, PlaceOrder | PriceLot)], "an ended plan orders nothing"
        return new

    @rule(hours=st.integers(1, 200))
    def time_passes(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule(sku=st.sampled_from("ab"), day=st.integers(0, 4), pieces=st.integers(0, 9), revision=st.integers(1, 3))
    def the_shop_reports(self, sku: str, day: int, pieces: int, revision: int) -> None:
        one: Any = SoldOn(sku_id=sku, day=DAY + timedelta(days=day), pieces=pieces, revision=revision)  # type: ignore[arg-type]
        report: Any = ReportSales(plan_id="tpl_1", buyer_id="shop", sold=(one,), reply_to=CALLER)  # type: ignore[arg-type]
        if any(isinstance(answer, Refused) for answer in self.give(report)):
            return
        if revision > self.sold.get((sku, day), (0, 0))[0]:
            self.sold[sku, day] = revision, pieces

    @rule(number=numbers, price=st.sampled_from((900, 1500)))
    def the_catalog_prices(self, number: int, price: int) -> None:
        asked = [one for one in self.sent if isinstance(one, PriceLot)]
        for one in asked[-number:]:
            quote = quoted(line(one.sku_id, one.pieces, price))
            self.give(LotPriced(request_id=one.request_id, quote=quote))

    @rule(number=numbers)
    def the_catalog_has_no_price(self, number: int) -> None:
        for one in [one for one in self.sent if isinstance(one, PriceLot)][-number:]:
            self.give(Refused(id=one.request_id, code="delisted", detail="over"))

    @rule(number=st.integers(0, 5), status=st.sampled_from(("confirmed", "refused", "cancelled")))
    def an_order_answers(self, number: int, status: str) -> None:
        self.give(answer(status, f"ord_tpl_1-{number}"))

    @rule(number=st.integers(0, 5), outcome=st.sampled_from(("paid", "delivered", "cancelled", "expired")))
    def an_order_moves(self, number: int, outcome: str) -> None:
        self.give(note(outcome, f"ord_tpl_1-{number}"))

    @rule(sku=st.sampled_from("ab"), review=st.sampled_from(("r1", "r2")), rating=st.sampled_from((1, 5)))
    def the_buyer_reviews(self, sku: str, review: str, rating: int) -> None:
        self.give(NoteReview(plan_id="tpl_1", order_id=FIRST, sku_id=sku, review_id=review + sku, rating=rating))  # type: ignore[arg-type]

    @rule()
    def it_wakes(self) -> None:
        self.give(Wake(id="tpl_1", due=self.now))

    @rule(really=st.integers(0, 9))
    def it_is_closed(self, really: int) -> None:
        if really == 0:
            self.give(ClosePlan(plan_id="tpl_1", buyer_id="shop", reason="over", reply_to=CALLER))  # type: ignore[arg-type]

    @invariant()
    def what_counts_is_within_the_limits(self) -> None:
        if self.plan is None:
            return
        for style in self.plan.styles:
            assert sum(lot.pieces for lot in style.counted) <= LIMITS.style_pieces
            assert sum(lot.fen for lot in style.counted) <= LIMITS.style_fen
            assert sum(lot.status in ("pricing", "placed", "confirmed", "paid") for lot in style.lots) <= 1
        lots = [lot for style in self.plan.styles for lot in style.counted]
        assert sum(lot.pieces for lot in lots) <= LIMITS.pieces
        assert sum(lot.fen for lot in lots) <= LIMITS.fen

    @invariant()
    def each_order_is_placed_and_each_price_asked_for_once(self) -> None:
        placed = Counter(one.order_id for one in self.sent if isinstance(one, PlaceOrder))
        asked = Counter(one.request_id for one in self.sent if isinstance(one, PriceLot))
        assert max((placed | asked).values(), default=1) == 1

    @invariant()
    def each_day_counts_once(self) -> None:
        for style in self.plan.styles if self.plan else ():
            mine = [pieces for (sku, _), (_, pieces) in self.sold.items() if sku == style.sku_id]
            assert (style.sold, style.days) == (sum(mine), len(mine))

    @invariant()
    def stop_is_for_good(self) -> None:
        verdicts = [(one.sku_id, one.verdict) for one in self.sent if isinstance(one, StyleJudged)]
        for sku in "ab":
            mine = [verdict for id, verdict in verdicts if id == sku]
            assert "stop" not in mine[:-1]


OnePlan.TestCase.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
TestAnyOrderOfPlanMessages = OnePlan.TestCase
