"""The simple model of stock: pieces of a SKU, whole, without warehouses. It says what each message must lead to."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from headwater.contracts.base import Done, Message
from headwater.contracts.campaigns import CampaignRun
from headwater.contracts.logistics import (
    AsideRefused,
    PickStock,
    ReceiveStock,
    ReleaseStock,
    ReserveStock,
    ReturnStockAside,
    SetStockAside,
    StockRefused,
    StockReserved,
    StockSetAside,
)


@dataclass(slots=True)
class Held:
    """What an order has of a SKU."""

    left: dict[str, int]
    """By warehouse: held, and not gone into a parcel yet."""
    pool: tuple[str, int] | None = None
    """The enrolment and the turn that it is from; None: from what was free."""
    buyer: str | None = None
    over: bool = False
    """Released: it holds nothing any more, and never will."""


@dataclass(slots=True)
class Pool:
    """What is set aside for a campaign."""

    turn: int
    run: CampaignRun
    left: int = 0
    limit: int | None = None
    taken: dict[str, int] = field(default_factory=dict)
    over: bool = False


class Pieces:
    """One SKU."""

    def __init__(self, cities: frozenset[str]) -> None:
        self.received = self.gone = 0
        self._cities = cities
        self._exists = False
        """Whether its stock was ever heard of: before that, nothing is there to be released."""
        self._receipts: set[str] = set()
        self.orders: dict[str, Held] = {}
        self.pools: dict[str, Pool] = {}

    @property
    def held(self) -> int:
        """For orders."""
        return sum(sum(one.left.values()) for one in self.orders.values())

    @property
    def aside(self) -> int:
        """For campaigns."""
        return sum(pool.left for pool in self.pools.values())

    @property
    def free(self) -> int:
        """For everyone."""
        return self.received - self.gone - self.held - self.aside

    def heard(self, message: Message, told: list[Message], now: datetime) -> None:
        """A message came, and this is what was said to it: it must be the right answer."""
        for pool in self.pools.values():
            if not pool.over and pool.run.ends_at <= now:
                pool.over, pool.left = True, 0
        match message:
            case ReceiveStock():
                self._received(message, told)
            case ReserveStock():
                self._reserved(message, told, now)
            case ReleaseStock() if self._exists:
                self._released(message)
            case PickStock():
                self._picked(message)
            case SetStockAside():
                self._set_aside(message, told, now)
            case ReturnStockAside():
                self._returned(message)
            case _:
                pass

    def _received(self, message: ReceiveStock, told: list[Message]) -> None:
        taken = any(isinstance(one, Done) for one in told) or message.reply_to is None
        if taken and message.receipt_id not in self._receipts:
            self._receipts.add(message.receipt_id)
            self.received += message.pieces
            self._exists = True

    def _reserved(self, message: ReserveStock, told: list[Message], now: datetime) -> None:
        (answer,) = (one for one in told if isinstance(one, StockReserved | StockRefused))
        known = self.orders.get(message.order_id)
        wanted = known is not None and not known.over if known is not None else self._may_have(message, now)
        wanted = wanted and message.city in self._cities
        said = f"{message.pieces} pieces for {message.order_id}: {answer}; {self.free} are free, {self.pools}"
        assert isinstance(answer, StockReserved) == wanted, said
        if isinstance(answer, StockReserved) and known is None:
            assert sum(one.pieces for one in answer.allocations) == message.pieces, said
            pool = self.pools[message.enrolment_id] if message.enrolment_id else None
            taken = {str(one.warehouse_id): one.pieces for one in answer.allocations}
            which = (str(message.enrolment_id), pool.turn) if pool else None
            self.orders[message.order_id] = Held(taken, which, message.buyer_id)
            self._draw(pool, message.buyer_id, message.pieces)

    def _may_have(self, message: ReserveStock, now: datetime) -> bool:
        if message.enrolment_id is None:
            return self.free >= message.pieces
        pool = self.pools.get(message.enrolment_id)
        if pool is None or pool.over or now < pool.run.starts_at or pool.left < message.pieces:
            return False
        return pool.limit is None or pool.taken.get(message.buyer_id or "", 0) + message.pieces <= pool.limit

    def _draw(self, pool: Pool | None, buyer: str | None, pieces: int) -> None:
        if pool is not None:
            pool.left -= pieces
            pool.taken[buyer or ""] = pool.taken.get(buyer or "", 0) + pieces

    def _released(self, message: ReleaseStock) -> None:
        held = self.orders.setdefault(message.order_id, Held({}, over=True))
        if not held.left:
            return  # nothing is held for it, or all of it is in parcels
        pool = self.pools.get(held.pool[0]) if held.pool else None
        if pool is not None and held.pool and not pool.over and pool.turn == held.pool[1]:
            self._draw(pool, held.buyer, -sum(held.left.values()))
        held.left, held.over = {}, True

    def _picked(self, message: PickStock) -> None:
        held = self.orders.get(message.order_id)
        if held is not None and held.left.get(message.warehouse_id) == message.pieces:
            del held.left[message.warehouse_id]
            self.gone += message.pieces

    def _set_aside(self, message: SetStockAside, told: list[Message], now: datetime) -> None:
        (answer,) = (one for one in told if isinstance(one, StockSetAside | AsideRefused))
        pool = self.pools.get(message.enrolment_id)
        again = pool is not None and pool.turn == message.turn and not pool.over
        new = pool is None or (pool.over and message.turn > pool.turn)
        wanted = again or (new and message.run.ends_at > now and self.free >= message.pieces)
        assert isinstance(answer, StockSetAside) == wanted, f"{message}: {answer}; {self.free} are free, {pool}"
        if wanted and not again:
            self.pools[message.enrolment_id] = Pool(
                message.turn, message.run, message.pieces, message.limit_per_buyer
            )  # fmt: skip

    def _returned(self, message: ReturnStockAside) -> None:
        self._exists = True
        pool = self.pools.get(message.enrolment_id)
        if pool is None or (pool.over and pool.turn < message.turn):
            self.pools[message.enrolment_id] = Pool(message.turn, message.run, over=True)
        elif not pool.over and pool.turn == message.turn:
            pool.over, pool.left = True, 0
