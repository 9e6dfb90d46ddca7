"""Stock of one SKU over its origin warehouses: received, held for orders, released or picked. Never negative.

Pieces that are set aside for campaigns are not free: `setting_aside.py` draws from them and gives them back.
A hold (锁库) is a part of its own: it remembers what became of it, so that a late or repeated message changes nothing,
and the number of open holds does not make a reservation dearer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Literal

from pydantic import Field

from headwater.contracts.base import (
    BuyerId,
    Done,
    EnrolmentId,
    Message,
    OrderId,
    Refused,
    ReplyTo,
    Sent,
    SkuId,
    Value,
    WarehouseId,
)
from headwater.contracts.logistics import (
    PickStock,
    ReceiveStock,
    ReleaseStock,
    ReserveStock,
    StockChanged,
    StockRefused,
    StockReserved,
    TakeBackStock,
)
from headwater.contracts.orders import Allocation
from headwater.decision import Decision, Part, State
from logistics.domain.allocation import allocate
from logistics.domain.aside import Aside
from logistics.domain.network import Network

ACCEPTS = (ReceiveStock, ReserveStock, ReleaseStock, PickStock, TakeBackStock)
RECEIPTS_KEPT = 256
"""The receipts that a SKU remembers; a receipt is repeated within minutes, not after so many others."""
MOST = 10**12
"""Pieces that one shelf counts."""

Cause = Literal["received", "reserved", "released", "picked"]


class Shelf(Value):
    """Pieces in one warehouse: those on hand, and of them those held for orders and those set aside for campaigns."""

    on_hand: int = 0
    held: int = 0
    aside: int = 0

    @property
    def free(self) -> int:
        """What can still be promised."""
        return self.on_hand - self.held - self.aside


class Drawn(Value):
    """From which set-aside pieces a hold is, and for whom."""

    enrolment_id: EnrolmentId
    turn: int
    buyer_id: BuyerId | None


class Returned(Value):
    """Pieces that came back into a warehouse: those that are on its shelf again, and those that are no good."""

    warehouse_id: WarehouseId
    restocked: int
    written_off: int


class Hold(Part):
    """Pieces held for one order, and what became of them."""

    order_id: OrderId
    status: Literal["held", "released", "picked"]
    allocations: dict[WarehouseId, int]
    picked: dict[WarehouseId, int] = Field(default_factory=dict)
    drawn: Drawn | None = None
    """None: from what was free for everyone."""
    back: dict[str, Returned] = Field(default_factory=dict)
    """What came back of it, by return."""


class Stock(State):
    """A SKU's goods in all origin warehouses."""

    sku_id: SkuId
    shelves: dict[WarehouseId, Shelf] = Field(default_factory=dict)
    holds: dict[OrderId, Hold] = Field(default_factory=dict)
    receipts: tuple[str, ...] = ()
    asides: dict[EnrolmentId, Aside] = Field(default_factory=dict)
    """What is set aside for campaigns, and was; the ended ones in the order of their ends."""

    @property
    def available(self) -> int:
        """Pieces that are free in all warehouses together."""
        return sum(shelf.free for shelf in self.shelves.values())


def touched_holds(message: Message) -> tuple[str, ...]:
    """The hold that a message is about."""
    return (message.order_id,) if isinstance(message, ReserveStock | ReleaseStock | PickStock | TakeBackStock) else ()


def decide(network: Network, stock: Stock | None, message: Message, now: datetime) -> Decision[Stock]:
    """The outcome of one message for one SKU."""
    match message:
        case ReserveStock():
            return reserve(network, stock, message)
        case ReleaseStock() if stock is not None:
            return release(stock, message)
        case PickStock() if stock is not None:
            return pick(stock, message)
        case TakeBackStock() if stock is not None:
            return take_back(stock, message)
        case ReceiveStock():
            return receive(network, stock or Stock(sku_id=message.sku_id), stock, message)
        case _:
            return Decision(stock)


def receive(network: Network, stock: Stock, before: Stock | None, message: ReceiveStock) -> Decision[Stock]:
    """Goods arrive from the factory; each receipt counts once."""
    if message.warehouse_id not in network.origins:
        known = ", ".join(network.origins)
        detail = f"There is no origin warehouse {message.warehouse_id}; there are {known}."
        return Decision(before, _reply(message.reply_to, _refusal(message, "unknown_warehouse", detail)))
    done = _reply(message.reply_to, Done(id=message.receipt_id))
    if message.receipt_id in stock.receipts:
        return Decision(before, done)
    shelf = stock.shelves.get(message.warehouse_id, Shelf())
    if shelf.on_hand + message.pieces > MOST:
        detail = f"{message.warehouse_id} would hold more than {MOST:,} pieces of {message.sku_id}."
        return Decision(before, _reply(message.reply_to, _refusal(message, "too_many_pieces", detail)))
    changed = _put(stock, {message.warehouse_id: shelf.model_copy(update={"on_hand": shelf.on_hand + message.pieces})})
    changed = changed.evolve(receipts=(*stock.receipts[-RECEIPTS_KEPT + 1 :], message.receipt_id))
    return Decision(changed, (*told(changed, (message.warehouse_id,), "received"), *done))


def reserve(
    network: Network, stock: Stock | None, message: ReserveStock, pool: Mapping[WarehouseId, int] | None = None
) -> Decision[Stock]:
    """Hold pieces for an order, all or none: of a pool of what is set aside, else of what is free.

    Asked again, the answer is the same and nothing more is held.
    """
    city = network.city(message.city)
    if city is None:
        served = ", ".join(list(network.cities)[:5])
        detail = f"{message.city} is not served; cities such as {served} are: GET /v1/places lists all."
        return refuse(stock, message, detail)
    if stock is None:
        detail = f"SKU {message.sku_id} was never received by an origin warehouse."
        return refuse(stock, message, detail)
    hold = stock.holds.get(message.order_id)
    if hold is not None:
        return Decision(stock, _again(stock, message, hold))
    free = pool if pool is not None else {id: shelf.free for id, shelf in stock.shelves.items()}
    taken = allocate(free, message.pieces, network.lanes(city))
    if taken is None:
        detail = f"{message.pieces} pieces of {message.sku_id} are wanted, {sum(free.values())} are available."
        return refuse(stock, message, detail)
    hold = Hold(order_id=message.order_id, status="held", allocations=taken)
    shelves = {id: _held(stock.shelves[id], n, aside=0 if pool is None else -n) for id, n in taken.items()}
    changed = _put(stock, shelves, hold)
    return Decision(changed, (*_reply(message.reply_to, _reserved(message, taken)), *told(changed, taken, "reserved")))


def release(stock: Stock, message: ReleaseStock) -> Decision[Stock]:
    """Give back what is held and not picked yet: in one warehouse, or in all."""
    hold = stock.holds.get(message.order_id)
    if hold is None:
        # Released before it was ever held: a reservation that comes later must not hold.
        never = Hold(order_id=message.order_id, status="released", allocations={})
        return Decision(_put(stock, {}, never))
    left = given_back(hold, message)
    if hold.status != "held" or not left:
        return Decision(stock)
    shelves = {id: _held(stock.shelves[id], -pieces) for id, pieces in left.items()}
    changed = _put(stock, shelves, _released(hold, message))
    return Decision(changed, told(changed, shelves, "released"))


def given_back(hold: Hold, message: ReleaseStock) -> dict[WarehouseId, int]:
    """What a release gives back of an open hold, by warehouse."""
    return {
        id: pieces
        for id, pieces in hold.allocations.items()
        if id not in hold.picked and message.warehouse_id in (None, id)
    }


def _released(hold: Hold, message: ReleaseStock) -> Hold:
    """Without what one warehouse held, it is of the others; without any left to pick, it is done with."""
    kept = {id: pieces for id, pieces in hold.allocations.items() if id != message.warehouse_id}
    if message.warehouse_id is None or not kept:
        return hold.model_copy(update={"status": "released"})
    status = "picked" if kept.keys() == hold.picked.keys() else "held"
    return hold.model_copy(update={"allocations": kept, "status": status})


def pick(stock: Stock, message: PickStock) -> Decision[Stock]:
    """The pieces leave the shelf into a parcel; from each warehouse once."""
    hold, id = stock.holds.get(message.order_id), message.warehouse_id
    if hold is None or hold.status != "held" or id in hold.picked or hold.allocations.get(id) != message.pieces:
        return Decision(stock)
    picked = {**hold.picked, id: message.pieces}
    status = "picked" if picked.keys() == hold.allocations.keys() else "held"
    shelf = stock.shelves[id]
    changed = _put(
        stock,
        {id: _held(shelf, -message.pieces, gone=message.pieces)},
        hold.model_copy(update={"status": status, "picked": picked}),
    )
    return Decision(changed, told(changed, (id,), "picked"))


def take_back(stock: Stock, message: TakeBackStock) -> Decision[Stock]:
    """Pieces of an order came back (退货入库): the good ones are for sale again. No more comes back than went out."""
    hold, id = stock.holds.get(message.order_id), message.warehouse_id
    if hold is None or message.return_id in hold.back or id not in hold.allocations:
        return Decision(stock)
    back = sum(one.restocked + one.written_off for one in hold.back.values())
    if back + message.restocked + message.written_off > sum(hold.allocations.values()):
        return Decision(stock)
    came = Returned(warehouse_id=id, restocked=message.restocked, written_off=message.written_off)
    changed = _put(
        stock, {id: _held(stock.shelves[id], 0, gone=-message.restocked)},
        hold.model_copy(update={"back": {**hold.back, message.return_id: came}}),
    )  # fmt: skip
    return Decision(changed, told(changed, (id,), "received") if message.restocked else ())


def refuse(stock: Stock | None, message: ReserveStock, detail: str) -> Decision[Stock]:
    """Nothing is held, and why."""
    return Decision(stock, _reply(message.reply_to, _short(stock, message, detail)))


def _again(stock: Stock, message: ReserveStock, hold: Hold) -> tuple[Sent, ...]:
    if hold.status == "released":
        detail = f"The hold of order {message.order_id} was released; a new order holds anew."
        return _reply(message.reply_to, _short(stock, message, detail))
    return _reply(message.reply_to, _reserved(message, hold.allocations))


def _held(shelf: Shelf, more: int, gone: int = 0, aside: int = 0) -> Shelf:
    """With so many pieces more held, so many gone, and so many more set aside."""
    return Shelf(on_hand=shelf.on_hand - gone, held=shelf.held + more, aside=shelf.aside + aside)


def _put(stock: Stock, shelves: dict[WarehouseId, Shelf], hold: Hold | None = None) -> Stock:
    holds = {**stock.holds, hold.order_id: hold} if hold else stock.holds
    return stock.evolve(shelves={**stock.shelves, **shelves}, holds=holds)


def told(stock: Stock, warehouses: Iterable[WarehouseId], cause: Cause) -> tuple[StockChanged, ...]:
    """The shelves of these warehouses as they are now."""
    return tuple(
        StockChanged(
            sku_id=stock.sku_id, warehouse_id=id, on_hand=stock.shelves[id].on_hand,
            available=stock.shelves[id].free, cause=cause, aside=stock.shelves[id].aside,
        )
        for id in warehouses
    )  # fmt: skip


def _reserved(message: ReserveStock, taken: dict[WarehouseId, int]) -> StockReserved:
    allocations = tuple(Allocation(sku_id=message.sku_id, warehouse_id=id, pieces=n) for id, n in taken.items())
    return StockReserved(sku_id=message.sku_id, order_id=message.order_id, allocations=allocations)


def _short(stock: Stock | None, message: ReserveStock, detail: str) -> StockRefused:
    available = stock.available if stock else 0
    return StockRefused(sku_id=message.sku_id, order_id=message.order_id, available=available, detail=detail)


def _refusal(message: ReceiveStock, code: str, detail: str) -> Refused:
    return Refused(id=message.receipt_id, code=code, detail=detail)


def _reply(to: ReplyTo | None, message: Message) -> tuple[Sent, ...]:
    return (Sent(to=to, message=message),) if to else ()
