"""The stock of a SKU while campaigns have pieces of it: set aside, drawn from by their orders, given back at their end.

Around the rules of `stock.py`, which know only what is free; how a pool counts is in `aside.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from headwater.contracts.base import EnrolmentId, Message, Sent, Wake, WarehouseId
from headwater.contracts.logistics import (
    AsideChanged,
    AsideRefused,
    ReleaseStock,
    ReserveStock,
    ReturnStockAside,
    SetStockAside,
    StockSetAside,
)
from headwater.decision import Decision
from logistics.domain import stock as shelves
from logistics.domain.aside import ENDED_KEPT, MOST_LIMITED, Aside, given_back, sold, spread, why_not
from logistics.domain.network import Network
from logistics.domain.stock import Drawn, Stock

ACCEPTS = (*shelves.ACCEPTS, SetStockAside, ReturnStockAside)


def decide(network: Network, stock: Stock | None, message: Message, now: datetime) -> Decision[Stock]:
    """The outcome of one message for one SKU, after all campaigns that are over by now have given back."""
    if stock is None or not stock.asides:
        return _decided(network, stock, message, now)
    settled, told = end_those_over(stock, now)
    decision = _decided(network, settled, message, now)
    return Decision(decision.state, (*told, *decision.messages)) if told else decision


def _decided(network: Network, stock: Stock | None, message: Message, now: datetime) -> Decision[Stock]:
    match message:
        case SetStockAside():
            return set_aside(stock, message, now)
        case ReturnStockAside():
            return give_back(stock or Stock(sku_id=message.sku_id), message)
        case ReserveStock() if message.enrolment_id is not None and stock is not None:
            return reserve(network, stock, message, message.enrolment_id, now)
        case ReleaseStock() if stock is not None and (hold := stock.holds.get(message.order_id)) is not None:
            return release(stock, message, hold)
        case Wake():
            return Decision(stock)
        case _:
            return shelves.decide(network, stock, message, now)


def set_aside(stock: Stock | None, message: SetStockAside, now: datetime) -> Decision[Stock]:
    """Keep pieces for a campaign's orders, all or none. Asked again, the answer is the same."""
    aside = stock.asides.get(message.enrolment_id) if stock is not None else None
    if aside is not None and aside.turn == message.turn and not aside.over:
        return Decision(stock, (Sent(to=message.reply_to, message=_set(message)),))
    fault = _why_not_set(stock, aside, message, now)
    taken = None
    if fault is None and stock is not None:
        taken = spread({id: shelf.free for id, shelf in stock.shelves.items()}, message.pieces)
    if stock is None or taken is None:
        free = stock.available if stock is not None else 0
        detail = fault or f"{message.pieces} pieces of {message.sku_id} are wanted, {free} are free: receive more."
        refusal = AsideRefused(
            sku_id=message.sku_id, enrolment_id=message.enrolment_id, turn=message.turn, detail=detail
        )
        return Decision(stock, (Sent(to=message.reply_to, message=refusal),))
    made = Aside(
        turn=message.turn, run=message.run, pieces=message.pieces, left=taken, limit=message.limit_per_buyer,
    )  # fmt: skip
    changed = _put(stock, message.enrolment_id, made, taken)
    told = (*shelves.told(changed, taken, "reserved"), _changed(changed, message.enrolment_id, "set_aside"))
    return Decision(changed, (Sent(to=message.reply_to, message=_set(message)), *told))


def _why_not_set(stock: Stock | None, aside: Aside | None, message: SetStockAside, now: datetime) -> str | None:
    if aside is not None and (message.turn <= aside.turn or not aside.over):
        return f"Turn {message.turn} of {message.enrolment_id} is over for {message.sku_id}."
    if message.run.ends_at <= now:
        return f"Campaign {message.run.campaign_id} ended {message.run.ends_at:%F %T} UTC."
    if message.limit_per_buyer is not None and message.pieces > MOST_LIMITED:
        return f"With a limit for each buyer at most {MOST_LIMITED:,} pieces of a SKU can be set aside."
    if stock is not None and len(stock.asides) - sum(one.over for one in stock.asides.values()) >= ENDED_KEPT:
        return f"{message.sku_id} is set aside for {ENDED_KEPT} campaigns already."
    return None


def give_back(stock: Stock, message: ReturnStockAside) -> Decision[Stock]:
    """What is left is for everyone again. A turn that was never set aside cannot be any more."""
    aside = stock.asides.get(message.enrolment_id)
    if aside is None or aside.turn < message.turn:
        if aside is not None and not aside.over:
            return Decision(stock)
        # Given back before it was ever set aside: a request that comes later must set nothing aside.
        never = Aside(turn=message.turn, run=message.run, pieces=0, left={}, over=True)
        return Decision(_put(stock, message.enrolment_id, never, {}))
    if aside.over or aside.turn > message.turn:
        return Decision(stock)
    changed = _ended(stock, message.enrolment_id)
    told = (*shelves.told(changed, aside.left, "released"), _changed(changed, message.enrolment_id, "returned"))
    return Decision(changed, told)


def end_those_over(stock: Stock, now: datetime) -> tuple[Stock, tuple[Message, ...]]:
    """Give back what campaigns have left whose end has come."""
    messages: list[Message] = []
    for id, aside in stock.asides.items():
        if not aside.over and aside.run.ends_at <= now:
            stock = _ended(stock, id)
            messages += [*shelves.told(stock, aside.left, "released"), _changed(stock, id, "ended")]
    return stock, tuple(messages)


def reserve(network: Network, stock: Stock, message: ReserveStock, id: EnrolmentId, now: datetime) -> Decision[Stock]:
    """Hold pieces of the pool for an order of the campaign, all or none."""
    if message.order_id in stock.holds:
        return shelves.decide(network, stock, message, now)
    aside = stock.asides.get(id)
    fault = why_not(aside, message, now)
    if aside is None or fault is not None:
        return shelves.refuse(stock, message, fault or "")
    decision = shelves.reserve(network, stock, message, pool=aside.left)
    held = decision.state.holds.get(message.order_id) if decision.state is not None else None
    if held is None or decision.state is None:
        return decision
    taken = held.allocations
    drawn = held.model_copy(update={"drawn": Drawn(enrolment_id=id, turn=aside.turn, buyer_id=message.buyer_id)})
    changed = decision.state.evolve(holds={**decision.state.holds, message.order_id: drawn})
    return Decision(_put(changed, id, sold(aside, message.buyer_id, taken), {}), decision.messages)


def release(stock: Stock, message: ReleaseStock, hold: shelves.Hold) -> Decision[Stock]:
    """Give back what an order held: to the pool that it came from, or to everyone once that is over."""
    decision = shelves.release(stock, message)
    aside = stock.asides.get(hold.drawn.enrolment_id) if hold.drawn is not None else None
    if decision.state is None or decision.state is stock or hold.drawn is None or aside is None:
        return decision
    if aside.over or aside.turn != hold.drawn.turn:
        return decision
    left = shelves.given_back(hold, message)
    changed = _put(decision.state, hold.drawn.enrolment_id, given_back(aside, hold.drawn.buyer_id, left), left)
    return Decision(changed, shelves.told(changed, left, "released"))


def _ended(stock: Stock, id: EnrolmentId) -> Stock:
    aside = stock.asides[id]
    over = aside.model_copy(update={"over": True, "taken": {}})
    changed = _put(stock, id, over, {warehouse: -pieces for warehouse, pieces in aside.left.items()})
    ended = [id for id, one in changed.asides.items() if one.over]
    forgotten = set(ended[: max(0, len(ended) - ENDED_KEPT)])
    return changed.evolve(asides={id: one for id, one in changed.asides.items() if id not in forgotten})


def _put(stock: Stock, id: EnrolmentId, aside: Aside, moved: Mapping[WarehouseId, int]) -> Stock:
    """With a pool as it is now, and so many pieces more in it by warehouse; woken at the next end."""
    asides = {**{other: one for other, one in stock.asides.items() if other != id}, id: aside}
    changed = {
        warehouse: stock.shelves[warehouse].model_copy(update={"aside": stock.shelves[warehouse].aside + pieces})
        for warehouse, pieces in moved.items()
    }
    return stock.evolve(
        shelves={**stock.shelves, **changed}, asides=asides,
        wake_at=min((one.run.ends_at for one in asides.values() if not one.over), default=None),
    )  # fmt: skip


def _set(message: SetStockAside) -> StockSetAside:
    return StockSetAside(sku_id=message.sku_id, enrolment_id=message.enrolment_id, turn=message.turn)


def _changed(stock: Stock, id: EnrolmentId, cause: Literal["set_aside", "returned", "ended"]) -> AsideChanged:
    aside = stock.asides[id]
    return AsideChanged(
        sku_id=stock.sku_id, enrolment_id=id, turn=aside.turn, cause=cause,
        pieces=aside.pieces, left=sum(aside.left.values()),
    )  # fmt: skip
