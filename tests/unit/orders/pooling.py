"""Builders for pools, and a town: a pool's rule beside those of its orders, with a stock that answers them."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import Any

from headwater.contracts.base import Done, Message, Refused, Sent, Wake
from headwater.contracts.catalog import PriceRange
from headwater.contracts.inquiries import Requirements
from headwater.contracts.logistics import ReceiveStock, ReserveStock, StockRefused, StockReserved
from headwater.contracts.orders import Allocation
from headwater.contracts.pools import Design, JoinPool, LeavePool, OpenPool, PoolBatchFinished
from headwater.contracts.production import BatchLine
from headwater.contracts.quotes import SealedQuote, sealed, to_seal
from headwater.contracts.topics import ORDER_INBOX, POOL_INBOX
from orders.domain import pool as rules
from orders.domain import production
from orders.domain.pool_state import Pool, Share
from tests.unit.orders.building import CALLER, HOME, NOW, POLICY, SECRETS, balances, line

decide: Any = partial(rules.decide, POLICY)
SOON = NOW + timedelta(days=2)
PRICE = 700
WANTED = Requirements(text="a print of cranes", sizes=("S", "M"))
DESIGN = Design(title="cranes", requirements=WANTED, lead_days=5)


def quote(buyer: str, *lines: Any, kind: Any = "pool") -> SealedQuote:
    lines = lines or (line("X-L", 10, PRICE),)
    priced: Any = (buyer, "factory", "CNY", kind)
    seal = sealed(SECRETS, NOW + timedelta(days=3), *priced, to_seal(lines))
    return SealedQuote(buyer_id=buyer, supplier_id="factory", currency="CNY", kind=kind, lines=lines, seal=seal)  # type: ignore[arg-type]


def opened(**changes: Any) -> OpenPool:
    """A pool of a factory's goods: 30 pieces of X-L and X-M at 7 yuan."""
    fields: dict[str, Any] = {
        "pool_id": "pool_1", "opened_by": "factory", "supplier_id": "factory", "closes_at": SOON,
        "goods": quote("factory", line("X-L", 1, PRICE), line("X-M", 1, PRICE)), "closes": "at_reach",
        "price_ranges": (PriceRange(start_quantity=30, price_fen=PRICE),), "fingerprint": "f", "reply_to": CALLER,
    }  # fmt: skip
    return OpenPool(**{**fields, **changes})


def preorder(**changes: Any) -> OpenPool:
    """The pre-order of a design: 30 pieces at 7 yuan, from 50 on at 6."""
    ranges = tuple(PriceRange(start_quantity=start, price_fen=price) for start, price in ((30, 700), (50, 600)))
    return opened(goods=None, design=DESIGN, price_ranges=ranges, closes="at_deadline", **changes)


def join(share: str, pieces: int = 10, buyer: str = "", **changes: Any) -> JoinPool:
    buyer = buyer or f"b-{share}"
    fields: dict[str, Any] = {
        "pool_id": "pool_1", "share_id": f"shr_{share}", "buyer_id": buyer, "destination": HOME,
        "quote": quote(buyer, line("X-L", pieces, PRICE)), "payment_id": f"pay-{share}",
        "amount_fen": pieces * PRICE, "reply_to": CALLER,
    }  # fmt: skip
    return JoinPool(**{**fields, **changes})


def want(share: str, pieces: int = 10, size: str = "S", **changes: Any) -> JoinPool:
    """A share of a pre-order."""
    lines = (BatchLine(sku_id=f"pool_1-{size}", pieces=pieces),)
    return join(share, pieces, quote=None, lines=lines, **changes)


def leave(share: str, buyer: str = "") -> LeavePool:
    return LeavePool(pool_id="pool_1", share_id=f"shr_{share}", buyer_id=buyer or f"b-{share}", reply_to=CALLER)


def batch(id: str, pieces: int, size: str = "S", by: str = "factory") -> PoolBatchFinished:
    return PoolBatchFinished(
        pool_id="pool_1", supplier_id=by, batch_id=id, warehouse_id="yiwu", reply_to=CALLER,
        lines=(BatchLine(sku_id=f"pool_1-{size}", pieces=pieces),),
    )  # fmt: skip


def wake(at: datetime) -> Wake:
    return Wake(id="pool_1", due=at)


class Town:
    """A pool, its orders, and their stock. Messages wait until `run`, which takes any of them, and some twice."""

    def __init__(self, stock: int = 10**6, chance: Random | None = None) -> None:
        self.pool: Pool | None = None
        self.shares: dict[str, Share] = {}
        self.orders: dict[str, Any] = {}
        self.told: list[Any] = []
        """Replies and events, as they came."""
        self.stock = stock
        self.waiting: list[tuple[str, str, Message]] = []
        self.held: dict[str, bool] = {}
        self.chance = chance
        self.now = NOW

    def give(self, *messages: Message, at: datetime | None = None) -> Town:
        """Have the pool decide on these, without what follows. It sees the shares that a message touches, as stored."""
        self.now = max(self.now, at or self.now)
        for message in messages:
            seen = {id: self.shares[id] for id in rules.touched_shares(message) if id in self.shares}
            decision = decide(self.pool and self.pool.evolve(shares=seen), message, self.now)
            if decision.state is not None:
                self.shares.update(decision.state.shares)
                self.pool = decision.state.evolve(shares=self.shares)
            self._send(decision.messages)
        self.check()
        return self

    def run(self, at: datetime | None = None) -> Town:
        """Let all that waits happen."""
        self.now = max(self.now, at or self.now)
        while self.waiting:
            self.step()
        return self

    def step(self) -> None:
        """Let one thing happen: the next, or by chance any, and some twice."""
        number = self.chance.randrange(len(self.waiting)) if self.chance else 0
        twice = self.chance is not None and self.chance.random() < 0.2
        topic, key, message = self.waiting[number] if twice else self.waiting.pop(number)
        if topic == POOL_INBOX:
            self.give(message)
        else:
            decision = production.decide(POLICY, self.orders.get(key), message, self.now)
            if decision.state is not None:
                self.orders[key] = decision.state
            self._send(decision.messages)
        self.check()

    def _send(self, messages: Any) -> None:
        for one in messages:
            message = one.message if isinstance(one, Sent) else one
            topic, key = (one.to.topic, one.to.key) if isinstance(one, Sent) else message.address()
            if isinstance(message, ReserveStock):
                self.waiting.append((ORDER_INBOX, message.order_id, self._reserved(message)))
            elif isinstance(message, ReceiveStock) and message.reply_to:
                self.waiting.append((message.reply_to.topic, message.reply_to.key, Done(id=message.receipt_id)))
            elif topic in (POOL_INBOX, ORDER_INBOX):
                self.waiting.append((topic, key, message))
            else:
                self.told.append(message)

    def _reserved(self, message: ReserveStock) -> Message:
        if message.order_id not in self.held:
            self.held[message.order_id] = self.stock >= message.pieces
            self.stock -= message.pieces if self.held[message.order_id] else 0
        if not self.held[message.order_id]:
            return StockRefused(sku_id=message.sku_id, order_id=message.order_id, available=0, detail="none are left")
        allocation = Allocation(sku_id=message.sku_id, warehouse_id="yiwu", pieces=message.pieces)  # type: ignore[arg-type]
        return StockReserved(sku_id=message.sku_id, order_id=message.order_id, allocations=(allocation,))

    def money(self) -> Counter[str]:
        """What each account holds after all postings, of shares and of orders."""
        found: Counter[str] = Counter()
        for owner in (*self.shares.values(), *self.orders.values()):
            found.update(balances(owner.postings))
        return found

    def check(self) -> None:
        """Nothing is made or lost, and the pool knows exactly what it has."""
        money = self.money()
        shares = self.shares
        assert sum(money.values()) == 0
        assert not any(fen for account, fen in money.items() if account.startswith("buyer:"))
        paid = {id for id, order in self.orders.items() if order.paid_fen}
        unheard = sum(one.held_fen for one in shares.values() if one.order_id in paid)
        held = sum(one.held_fen for one in shares.values())
        in_pools = sum(fen for account, fen in money.items() if account.startswith("pool:"))
        assert in_pools == held - unheard >= 0
        assert self.pool is None or self.pool.held_fen == held
        assert money["escrow"] == sum(order.total_fen for id, order in self.orders.items() if id in paid)
        for one in shares.values():
            in_order = self.orders[one.order_id].paid_fen if one.order_id in paid else 0
            paid_in = one.postings["charge"].amount_fen
            assert paid_in == one.returned_fen + (in_order if in_order else one.held_fen)

    def statuses(self) -> list[str]:
        """Of the shares, by their ids."""
        assert self.pool is not None
        return [self.pool.shares[id].status for id in sorted(self.pool.shares)]

    def refusal(self, message: Message) -> str:
        """The code by which the pool refuses this, changing nothing."""
        decision = decide(self.pool, message, self.now)
        assert decision.state is self.pool
        (refused,) = [one.message for one in decision.messages if isinstance(one, Sent)]
        assert isinstance(refused, Refused)
        assert len(refused.detail) > 30
        return refused.code
