"""Whatever comes, however often and in whatever order: what was accepted is counted, and nobody is told twice."""

from __future__ import annotations

from collections import Counter, defaultdict

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from headwater.contracts.base import Message
from headwater.contracts.reviews import CountReview, CountSold, NotifySupplier, RestockSuggested, ReviewAccepted
from reviews.domain.feedback import Feedback
from reviews.domain.keywords import DICTIONARY
from reviews.domain.notices import Inbox
from reviews.domain.sku import SkuCounters
from tests.unit.reviews.building import (
    NOW,
    THRESHOLDS,
    count_review,
    count_sold,
    mark_read,
    notify,
    on_feedback,
    on_notices,
    on_sku,
    open_feedback,
    review,
    told,
)

ORDERS = st.sampled_from(("ord_1", "ord_2"))
BUYERS = st.sampled_from(("shop", "shop", "another"))
SKUS = st.sampled_from(("X-L", "X-M", "Y"))
RATINGS = st.integers(1, 5)
TEXTS = st.sampled_from(("", "偏小，质量好", "pilling", "call 13812345678"))


class Reviewing(RuleBasedStateMachine):
    """Buyers who review what they have and what they have not; counts that come late, and more than once."""

    def __init__(self) -> None:
        super().__init__()
        self.feedback: dict[str, Feedback | None] = {}
        self.accepted: dict[tuple[str, str], list[str]] = defaultdict(list)
        self.on_the_way: list[CountReview] = []
        self.arrived: dict[str, set[str]] = defaultdict(set)
        self.skus: dict[str, SkuCounters | None] = {}

    @rule(order=ORDERS, buyer=BUYERS)
    def an_order_is_delivered(self, order: str, buyer: str) -> None:
        self.give(order, open_feedback("X-L", "X-M", order=order, buyer=buyer))

    @rule(order=ORDERS, buyer=BUYERS, sku=SKUS, number=st.integers(1, 3), rating=RATINGS, text=TEXTS)
    def a_review_comes(self, order: str, buyer: str, sku: str, number: int, rating: int, text: str) -> None:
        self.give(order, review(sku, f"{order}-rev-{number}", buyer, order, text, rating))

    @rule(data=st.data())
    def a_count_arrives_late_or_again(self, data: st.DataObject) -> None:
        if self.on_the_way:
            count = data.draw(st.sampled_from(self.on_the_way))
            self.skus[count.sku_id] = on_sku(self.skus.get(count.sku_id), count, NOW).state
            self.arrived[count.sku_id].add(count.review_id)

    def give(self, order: str, message: Message) -> None:
        before = self.feedback.get(order)
        decision = on_feedback(before, message, NOW)
        self.feedback[order] = decision.state
        events, counts = told(decision, ReviewAccepted), told(decision, CountReview)
        assert len(events) == len(counts) == (decision.state is not before and before is not None)
        for event in events:
            self.accepted[order, event.sku_id].append(event.review_id)
        self.on_the_way += counts

    @invariant()
    def a_line_never_has_two_reviews(self) -> None:
        assert all(len(ids) == 1 for ids in self.accepted.values())
        for order, feedback in self.feedback.items():
            for line in feedback.lines if feedback else ():
                assert self.accepted.get((order, line.sku_id), [None])[0] == line.review_id

    @invariant()
    def a_review_is_of_one_line(self) -> None:
        ids = [id for reviews in self.accepted.values() for id in reviews]
        assert len(ids) == len(set(ids))

    @invariant()
    def what_was_accepted_and_has_arrived_is_counted_once(self) -> None:
        for sku_id, sku in self.skus.items():
            assert sku is not None
            assert sku.reviews == len(self.arrived[sku_id])
            assert all(0 < count <= sku.reviews for count in sku.keywords.values())
            assert sku.keywords.keys() <= DICTIONARY.keys()

    def teardown(self) -> None:
        """In the end all counts arrive: the sums are the same, whatever happened on the way."""
        for count in self.on_the_way:
            self.skus[count.sku_id] = on_sku(self.skus.get(count.sku_id), count, NOW).state
        counted = Counter({sku_id: sku.reviews for sku_id, sku in self.skus.items() if sku})
        assert counted == Counter(sku_id for _, sku_id in self.accepted)


class Selling(RuleBasedStateMachine):
    """Sales of a SKU, some told twice, among its reviews."""

    def __init__(self) -> None:
        super().__init__()
        self.sku: SkuCounters | None = None
        self.sales: dict[str, CountSold] = {}
        self.reviews: set[str] = set()
        self.alerts: list[int] = []
        self.notices: list[str] = []

    @rule(order=st.sampled_from([f"ord_{n}" for n in range(12)]), pieces=st.integers(1, 25))
    def an_order_is_paid(self, order: str, pieces: int) -> None:
        self.give(self.sales.setdefault(order, count_sold(pieces, order)))

    @rule(number=st.integers(1, 4), rating=RATINGS, text=TEXTS)
    def it_is_reviewed(self, number: int, rating: int, text: str) -> None:
        self.reviews.add(f"rev_{number}")
        self.give(count_review(f"rev_{number}", rating, text))

    def give(self, message: Message) -> None:
        decision = on_sku(self.sku, message, NOW)
        self.sku = decision.state
        self.alerts += [alert.threshold for alert in told(decision, RestockSuggested)]
        self.notices += [notice.notice_id for notice in told(decision, NotifySupplier)]

    @invariant()
    def what_is_sold_is_the_sum_of_all_orders(self) -> None:
        assert (self.sku.sold if self.sku else 0) == sum(sale.pieces for sale in self.sales.values())
        assert (self.sku.reviews if self.sku else 0) == len(self.reviews)

    @invariant()
    def each_threshold_that_was_passed_is_told_exactly_once(self) -> None:
        sold = self.sku.sold if self.sku else 0
        assert self.alerts == [threshold for threshold in THRESHOLDS if threshold <= sold]
        assert len(self.notices) == len(set(self.notices)) == len(self.alerts)


class Noticing(RuleBasedStateMachine):
    """An inbox that is written, and sometimes read."""

    def __init__(self) -> None:
        super().__init__()
        self.inbox: Inbox | None = None
        self.sent: set[str] = set()
        self.most_seen = 0

    @rule(id=st.sampled_from([f"n{n}" for n in range(9)]), minutes=st.integers(0, 3))
    def a_notice_comes(self, id: str, minutes: int) -> None:
        self.sent.add(id)
        self.inbox = on_notices(self.inbox, notify(id, minutes), NOW).state

    @rule(seen=st.integers(0, 12))
    def the_supplier_has_looked(self, seen: int) -> None:
        self.most_seen = max(self.most_seen, min(seen, len(self.sent)))
        self.inbox = on_notices(self.inbox, mark_read(seen), NOW).state

    @invariant()
    def each_notice_is_there_once(self) -> None:
        kept = [notice.notice_id for notice in self.inbox.notices.values()] if self.inbox else []
        assert sorted(kept) == sorted(self.sent)
        assert (self.inbox.total if self.inbox else 0) == len(kept)

    @invariant()
    def what_has_not_been_seen_is_unread(self) -> None:
        assert (self.inbox.unread if self.inbox else 0) == len(self.sent) - self.most_seen


for machine in (Reviewing, Selling, Noticing):
    machine.TestCase.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)
TestReviewing = Reviewing.TestCase
TestSelling = Selling.TestCase
TestNoticing = Noticing.TestCase
