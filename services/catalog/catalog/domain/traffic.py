"""A supplier's traffic: who bought, how often its offers were shown, and the weight that follows. Distinct buyers are
counted exactly: each is a part, so that a supplier may have any number of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from pydantic import Field

from catalog.domain import guarantee as guarantees
from catalog.domain.answers import done, refused
from catalog.domain.guarantee import Guarantee
from catalog.domain.weight import NEUTRAL, RETURN_WEEKS, WINDOW_WEEKS, Figures, earned
from headwater.contracts.base import Message, SupplierId, Value, Wake
from headwater.contracts.governance import (
    CountOrder,
    GuaranteeEnded,
    GuaranteeGiven,
    GuaranteeSupplier,
    RecordExposure,
    TrafficWeighed,
)
from headwater.contracts.orders import OrderPaid
from headwater.decision import Decision, Part, State

ACCEPTS = (CountOrder, RecordExposure, GuaranteeSupplier)
DAY, WEEK = timedelta(days=1), timedelta(days=7)
EPOCH = datetime.fromtimestamp(0, UTC)
SOURCES_KEPT = 32
"""Gateways whose windows are remembered; the one that was silent longest is forgotten first."""
ORDERS_KEPT = 8
"""How many of its last orders a buyer is known by. The stream tells each once; a dead letter may come again."""
TOLD_FROM = 10
"""A weight that has moved by less, in per mille, is not told."""


class Customer(Part):
    """A buyer of this supplier."""

    orders: int
    counted: tuple[str, ...]
    """The last orders, oldest first."""
    first_week: int
    """The week of its first order, in weeks since 1970."""
    came_back: bool = False
    """Whether it bought again in time, and is counted so."""


class Week(Value):
    """What happened in one week, in weeks since 1970."""

    number: int
    impressions: int = 0
    new_buyers: int = 0
    came_back: int = 0
    """Those of this week's new buyers who bought again in time, in whichever week."""


class Traffic(State):
    """A supplier's figures. It wakes up while they change by themselves: a week passes, a guarantee falls behind."""

    supplier_id: SupplierId
    week: int = 0
    """The week that it was when something was decided last."""
    weeks: tuple[Week, ...] = ()
    """Those within the window in which something happened, oldest first."""
    known_buyers: int = 0
    """Distinct buyers ever."""
    returned_buyers: int = 0
    """Those of them with more than one order."""
    orders: int = 0
    impressions: int = 0
    sources: tuple[tuple[str, int], ...] = ()
    """Who told of exposure, with the last window of each; who told last stands last."""
    guarantee: Guarantee | None = None
    earned: int = NEUTRAL
    boost: int = guarantees.NO_BOOST
    told: int = NEUTRAL
    """The weight that was announced last."""
    buyers: dict[str, Customer] = Field(default_factory=dict)

    @property
    def weight(self) -> int:
        """The weight in per mille: what is earned, topped up."""
        return self.earned * self.boost // 1000

    @property
    def figures(self) -> Figures:
        """What is counted within the window."""
        cohorts = [week for week in self.weeks if week.number + RETURN_WEEKS < self.week]
        return Figures(
            impressions=sum(week.impressions for week in self.weeks),
            new_buyers=sum(week.new_buyers for week in self.weeks),
            cohort=sum(week.new_buyers for week in cohorts),
            came_back=sum(week.came_back for week in cohorts),
        )


def touched_buyers(message: Message) -> tuple[str, ...]:
    """The buyer that a message is about."""
    return (message.buyer_id,) if isinstance(message, CountOrder) else ()


def orders_of(message: OrderPaid, now: datetime) -> tuple[CountOrder, ...]:
    """A paid order counts for its supplier."""
    return (CountOrder(supplier_id=message.supplier_id, buyer_id=message.buyer_id, order_id=message.order_id),)


def decide(traffic: Traffic | None, message: Message, now: datetime) -> Decision[Traffic]:
    """The outcome of one message for one supplier."""
    match message:
        case CountOrder():
            return count_order(traffic or Traffic(supplier_id=message.supplier_id), message, now)
        case RecordExposure():
            return record_exposure(traffic or Traffic(supplier_id=message.supplier_id), message, now)
        case GuaranteeSupplier():
            return guarantee(traffic, message, now)
        case Wake() if traffic is not None and traffic.wake_at is not None and message.due >= traffic.wake_at:
            return Decision(*_weighed(traffic, max(now, message.due)))
        case _:
            return Decision(traffic)


def count_order(traffic: Traffic, message: CountOrder, now: datetime) -> Decision[Traffic]:
    """One order more, of a new buyer or of one who came back."""
    before = traffic.buyers.get(message.buyer_id)
    if before is not None and message.order_id in before.counted:
        return Decision(traffic)
    week = _week(traffic, now)
    if before is None:
        buyer = Customer(orders=1, counted=(message.order_id,), first_week=week)
        weeks = _added(traffic.weeks, Week(number=week, new_buyers=1))
    else:
        in_time = not before.came_back and week <= before.first_week + RETURN_WEEKS
        counted = (*before.counted, message.order_id)[-ORDERS_KEPT:]
        more = {"orders": before.orders + 1, "counted": counted, "came_back": before.came_back or in_time}
        buyer = before.model_copy(update=more)
        weeks = _added(traffic.weeks, Week(number=before.first_week, came_back=1)) if in_time else traffic.weeks
    grown = traffic.evolve(
        weeks=weeks, orders=traffic.orders + 1, known_buyers=traffic.known_buyers + (before is None),
        returned_buyers=traffic.returned_buyers + (buyer.orders == 2),
        buyers={**traffic.buyers, message.buyer_id: buyer},
    )  # fmt: skip
    return Decision(*_weighed(grown, now, first_orders=int(before is None)))


def record_exposure(traffic: Traffic, message: RecordExposure, now: datetime) -> Decision[Traffic]:
    """So many impressions more. A window that comes again, or after a later one of its source, counts no more."""
    sources = dict(traffic.sources)
    last = sources.pop(message.source, -1)
    if message.window <= last:
        return Decision(traffic)
    kept = (*sources.items(), (message.source, message.window))[-SOURCES_KEPT:]
    more = Week(number=_week(traffic, now), impressions=message.impressions)
    grown = traffic.evolve(
        weeks=_added(traffic.weeks, more), impressions=traffic.impressions + message.impressions, sources=kept
    )
    return Decision(*_weighed(grown, now, impressions=message.impressions))


def guarantee(traffic: Traffic | None, message: GuaranteeSupplier, now: datetime) -> Decision[Traffic]:
    """Promise a new supplier its start, once."""
    id = message.supplier_id
    if traffic is not None and traffic.guarantee is not None:
        if traffic.guarantee.same_as(message):
            return Decision(traffic, done(message.guarantee_id, message))
        detail = f"{id} has guarantee {traffic.guarantee.guarantee_id} already: a new supplier gets one."
        return Decision(traffic, refused(id, message, ("has_guarantee", detail)))
    if traffic is not None and traffic.orders >= message.first_orders:
        detail = f"{id} has {traffic.orders} orders: a guarantee is for suppliers that have yet to begin."
        return Decision(traffic, refused(id, message, ("not_new", detail)))
    promise = guarantees.given(message, now)
    state, messages = _weighed((traffic or Traffic(supplier_id=id)).evolve(guarantee=promise), now)
    event = GuaranteeGiven(
        supplier_id=id, guarantee_id=promise.guarantee_id, impressions=promise.promised_impressions,
        first_orders=promise.promised_first_orders, until=promise.until,
    )  # fmt: skip
    return Decision(state, (event, *messages, *done(promise.guarantee_id, message)))


def _weighed(
    traffic: Traffic, now: datetime, *, impressions: int = 0, first_orders: int = 0
) -> tuple[Traffic, tuple[Message, ...]]:
    """The state with its guarantee settled, old weeks gone, and its weight; and what of that is to be told."""
    week = _week(traffic, now)
    promise = traffic.guarantee
    settled = guarantees.reached(promise, impressions, first_orders, now) if promise else None
    within = tuple(one for one in traffic.weeks if one.number + WINDOW_WEEKS > week)
    rolled = traffic.evolve(week=week, weeks=within, guarantee=settled)
    weighed = rolled.evolve(
        earned=earned(rolled.figures), boost=guarantees.boost(settled, now), wake_at=_wake_at(rolled, now)
    )
    events: list[Message] = []
    if settled is not None and promise is not None and settled.outcome != promise.outcome:
        events.append(_ended(weighed.supplier_id, settled))
    if abs(weighed.weight - weighed.told) >= TOLD_FROM:
        weighed = weighed.evolve(told=weighed.weight)
        events.append(
            TrafficWeighed(
                supplier_id=weighed.supplier_id, weight_per_mille=weighed.weight,
                earned_per_mille=weighed.earned, boost_per_mille=weighed.boost,
            )
        )  # fmt: skip
    return weighed, tuple(events)


def _ended(supplier_id: SupplierId, settled: Guarantee) -> GuaranteeEnded:
    assert settled.outcome != "running"
    return GuaranteeEnded(
        supplier_id=supplier_id, guarantee_id=settled.guarantee_id, outcome=settled.outcome,
        impressions=settled.impressions, first_orders=settled.first_orders,
    )  # fmt: skip


def _wake_at(traffic: Traffic, now: datetime) -> datetime | None:
    """When the weight changes by itself next: with a guarantee each day, else when new buyers have had their time to
    come back, or a week leaves the window."""
    promise = traffic.guarantee
    if promise is not None and promise.outcome == "running":
        return min(promise.until, EPOCH + ((now - EPOCH) // DAY + 1) * DAY)
    due = [week.number + WINDOW_WEEKS for week in traffic.weeks]
    due += [week.number + RETURN_WEEKS + 1 for week in traffic.weeks if week.new_buyers]
    return min((EPOCH + week * WEEK for week in due if week > traffic.week), default=None)


def _week(traffic: Traffic, now: datetime) -> int:
    """The week it is, in weeks since 1970. The broker's clock may be set back; weeks are not."""
    return max((now - EPOCH) // WEEK, traffic.week)


def _added(weeks: tuple[Week, ...], more: Week) -> tuple[Week, ...]:
    """With what is new in a week, this one or one within the window."""
    by_number = {week.number: week for week in weeks}
    before = by_number.get(more.number, Week(number=more.number))
    sums = {name: getattr(before, name) + getattr(more, name) for name in ("impressions", "new_buyers", "came_back")}
    by_number[more.number] = Week(number=more.number, **sums)
    return tuple(by_number[number] for number in sorted(by_number))
