"""A half-price trial (五折试销) of one offer by one buyer: once, unless the order comes to nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from headwater.contracts.base import BuyerId, Message, OfferId, OrderId
from headwater.contracts.catalog import ReturnTrial, TakeTrial, TrialChanged, trial_id
from headwater.contracts.orders import OrderCancelled, OrderExpired, OrderPlaced, OrderRefused
from headwater.decision import Decision, State

ACCEPTS = (TakeTrial, ReturnTrial)


class Trial(State):
    """Which orders took it. Two, if they were quoted before either was placed."""

    buyer_id: BuyerId
    offer_id: OfferId
    orders: tuple[OrderId, ...]


def decide(trial: Trial | None, message: Message, now: datetime) -> Decision[Trial]:
    """An order takes it, or gives it back; a repeat changes nothing."""
    match message:
        case TakeTrial():
            known = trial or Trial(buyer_id=message.buyer_id, offer_id=message.offer_id, orders=())
            if message.order_id in known.orders:
                return Decision(trial)
            return _changed(known, (*known.orders, message.order_id))
        case ReturnTrial() if trial is not None and message.order_id in trial.orders:
            return _changed(trial, tuple(id for id in trial.orders if id != message.order_id))
        case _:
            return Decision(trial)


def _changed(trial: Trial, orders: tuple[OrderId, ...]) -> Decision[Trial]:
    event = TrialChanged(
        trial_id=trial_id(trial.buyer_id, trial.offer_id), buyer_id=trial.buyer_id, offer_id=trial.offer_id,
        taken=bool(orders),
    )  # fmt: skip
    return Decision(trial.evolve(orders=orders), (event,))


def taken(placed: OrderPlaced, now: datetime) -> Iterator[TakeTrial]:
    """What an order that was placed takes."""
    if placed.kind == "trial":
        for offer_id in dict.fromkeys(line.offer_id for line in placed.lines):
            yield TakeTrial(
                trial_id=trial_id(placed.buyer_id, offer_id), buyer_id=placed.buyer_id, offer_id=offer_id,
                order_id=placed.order_id,
            )  # fmt: skip


def returned(over: OrderRefused | OrderCancelled | OrderExpired, now: datetime) -> Iterator[ReturnTrial]:
    """What an order that came to nothing gives back."""
    for offer_id in over.trials:
        yield ReturnTrial(trial_id=trial_id(over.buyer_id, offer_id), order_id=over.order_id)


FOLLOWS: dict[type[Message], Callable[..., Iterator[Message]]] = {
    OrderPlaced: taken, OrderRefused: returned, OrderCancelled: returned, OrderExpired: returned,
}  # fmt: skip
"""What follows from which event of an order."""
