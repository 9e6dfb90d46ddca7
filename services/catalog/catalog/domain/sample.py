"""Samples (样品) of one SKU by one buyer: a few pieces in all, unless the order comes to nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from headwater.contracts.base import BuyerId, Message, OrderId, SkuId
from headwater.contracts.orders import OrderCancelled, OrderExpired, OrderPlaced, OrderRefused
from headwater.contracts.samples import ReturnSample, SampleChanged, TakeSample, sample_id
from headwater.decision import Decision, State

ACCEPTS = (TakeSample, ReturnSample)


class Samples(State):
    """Which orders took how many pieces."""

    buyer_id: BuyerId
    sku_id: SkuId
    orders: dict[OrderId, int]

    @property
    def pieces(self) -> int:
        """In all."""
        return sum(self.orders.values())


def decide(samples: Samples | None, message: Message, now: datetime) -> Decision[Samples]:
    """An order takes some, or gives them back; a repeat changes nothing."""
    match message:
        case TakeSample():
            known = samples or Samples(buyer_id=message.buyer_id, sku_id=message.sku_id, orders={})
            if message.order_id in known.orders:
                return Decision(samples)
            return _changed(known, {**known.orders, message.order_id: message.pieces})
        case ReturnSample() if samples is not None and message.order_id in samples.orders:
            return _changed(samples, {id: n for id, n in samples.orders.items() if id != message.order_id})
        case _:
            return Decision(samples)


def _changed(samples: Samples, orders: dict[OrderId, int]) -> Decision[Samples]:
    changed = samples.evolve(orders=orders)
    event = SampleChanged(
        sample_id=sample_id(samples.buyer_id, samples.sku_id), buyer_id=samples.buyer_id, sku_id=samples.sku_id,
        pieces=changed.pieces,
    )  # fmt: skip
    return Decision(changed, (event,))


def taken(placed: OrderPlaced, now: datetime) -> Iterator[TakeSample]:
    """What an order that was placed takes."""
    if placed.kind == "sample":
        for line in placed.lines:
            yield TakeSample(
                sample_id=sample_id(placed.buyer_id, line.sku_id), buyer_id=placed.buyer_id, sku_id=line.sku_id,
                order_id=placed.order_id, pieces=line.quantity,
            )  # fmt: skip


def returned(over: OrderRefused | OrderCancelled | OrderExpired, now: datetime) -> Iterator[ReturnSample]:
    """What an order that came to nothing gives back."""
    for sku_id in over.samples:
        yield ReturnSample(sample_id=sample_id(over.buyer_id, sku_id), order_id=over.order_id)


FOLLOWS: dict[type[Message], Callable[..., Iterator[Message]]] = {
    OrderPlaced: taken, OrderRefused: returned, OrderCancelled: returned, OrderExpired: returned,
}  # fmt: skip
"""What follows from which event of an order."""
