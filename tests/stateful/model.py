"""The simple model that the rules are held against: pieces by SKU, and fen by order and account.

It hears what every group hears and says (`Mail.watchers`). What an order costs it knows from its buyer, who says so
before the order is sent (`expect`); what happens to it, from what is told of it, each of which must be allowed.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from headwater.contracts.accounts import CreditSupplier
from headwater.contracts.base import Message
from headwater.contracts.logistics import StockChanged
from headwater.contracts.orders import (
    OrderCancelled,
    OrderCompleted,
    OrderConfirmed,
    OrderExpired,
    OrderLine,
    OrderPaid,
    OrderPlaced,
    OrderRefused,
)
from tests.stateful.pieces import Pieces

ENDS: dict[type[Message], str] = {
    OrderRefused: "refused", OrderCancelled: "cancelled", OrderExpired: "expired", OrderCompleted: "completed",
}  # fmt: skip


@dataclass(slots=True)
class Bought:
    """An order as its buyer knows it, and what was told of it."""

    order_id: str
    buyer: str
    supplier: str
    total: int
    vouched: int
    pieces: Counter[str]
    made: bool
    """Whether its goods are made for it."""
    placed: bool = False
    confirmed: bool = False
    paid: bool = False
    refunded: bool = False
    credited: bool = False
    """Whether its supplier's account has what it released."""
    end: str | None = None


@dataclass(slots=True)
class Model:
    """All orders, all accounts, all SKUs."""

    cities: frozenset[str]
    """Where parcels can go."""
    orders: dict[str, Bought] = field(default_factory=dict)
    balances: Counter[str] = field(default_factory=Counter)
    """Fen by account."""
    skus: dict[str, Pieces] = field(default_factory=dict)
    announced: dict[tuple[str, str], StockChanged] = field(default_factory=dict)
    """By SKU and warehouse, what whoever follows the events of stock believes."""
    touched: set[str] = field(default_factory=set)
    """The SKUs that something came to since they were last compared."""
    sold: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    """Pieces by SKU of completed orders."""

    def expect(self, order_id: str, buyer: str, supplier: str, lines: Iterable[OrderLine], made: bool = False) -> None:
        """Somebody is about to order this."""
        lines = tuple(lines)
        self.orders[order_id] = Bought(
            order_id, buyer, supplier, sum(one.quantity * one.unit_price_fen for one in lines),
            sum(one.quantity * one.vouched_fen for one in lines),
            Counter({str(one.sku_id): one.quantity for one in lines}), made,
        )  # fmt: skip

    def heard(self, group: str, message: Message, told: list[Message], now: datetime) -> None:
        """Something happened."""
        if group == "logistics.stock":
            sku = str(getattr(message, "sku_id", None) or getattr(message, "id", ""))
            self.touched.add(sku)
            self.skus.setdefault(sku, Pieces(self.cities)).heard(message, told, now)
        if group == "orders.account" and isinstance(message, CreditSupplier):
            self._credited(self.orders[message.order_id], message)
        for one in told:
            if isinstance(one, StockChanged):
                self.announced[one.sku_id, one.warehouse_id] = one
            elif group == "orders.order":
                self._moved(one)

    def _moved(self, event: Message) -> None:
        if not isinstance(event, (OrderPlaced, OrderConfirmed, OrderPaid, *ENDS)):
            return
        order = self.orders.get(event.order_id)  # type: ignore[attr-defined]
        assert order is not None, f"nobody asked for {event}"
        assert order.end is None, f"{order} has ended, and then: {event}"
        match event:
            case OrderPlaced():
                assert not order.placed, f"{order} is placed again"
                assert (event.total_fen, event.buyer_id) == (order.total, order.buyer), f"{order}: {event}"
                order.placed = True
            case OrderConfirmed():
                assert order.placed, f"{order}: {event}"
                assert not order.confirmed, f"{order} is confirmed again"
                order.confirmed = True
            case OrderPaid():
                self._paid(order, event)
            case _:
                self._ended(order, event)

    def _paid(self, order: Bought, event: OrderPaid) -> None:
        assert order.confirmed, f"{order}: {event}"
        assert not order.paid, f"{order} is paid again"
        assert event.amount_fen == order.total, f"{order}: {event}"
        order.paid = True
        self.transfer("provider", "escrow", order.total)
        self.transfer("vouched", "escrow", order.vouched)

    def _ended(self, order: Bought, event: Message) -> None:
        order.end = ENDS[type(event)]
        if isinstance(event, OrderCompleted):
            assert order.paid, f"{order} is completed, and nobody paid"
            assert event.settled_fen == order.total, f"{order}: {event}"
            self.transfer("escrow", "clearing", order.total + order.vouched)
            for sku, pieces in order.pieces.items():
                self.sold[sku][order.order_id] = pieces
        elif isinstance(event, OrderCancelled) and event.refunded_fen:
            assert order.paid, f"{order} was not paid, and is refunded"
            assert order.made, f"{order} is of goods that exist, and is refunded"
            assert event.refunded_fen == order.total, f"{order}: {event}"
            order.refunded = True
            self.transfer("escrow", "provider", order.total)
            self.transfer("escrow", "vouched", order.vouched)
        else:
            assert not order.paid, f"{order} is paid, and {order.end}"

    def _credited(self, order: Bought, message: CreditSupplier) -> None:
        assert order.end == "completed", f"{order}: {message}"
        assert (message.supplier_id, message.amount_fen) == (order.supplier, order.total + order.vouched), (
            f"{order}: {message}"
        )
        if not order.credited:
            order.credited = True
            self.transfer("clearing", f"payable:{order.supplier}", message.amount_fen)

    def transfer(self, debit: str, credit: str, fen: int) -> None:
        """Money goes from one account to another. A buyer's own account is passed through, and left out here."""
        self.balances[debit] -= fen
        self.balances[credit] += fen
