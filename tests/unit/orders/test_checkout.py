"""A checkout over several suppliers: what it asks for, and what becomes of all or none, whatever comes when."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.contracts.base import BuyerId, Message, Refused, ReplyTo, Sent, SupplierId
from headwater.contracts.checkouts import CheckoutAnswer, CheckoutSettled, PlaceCheckout
from headwater.contracts.logistics import ReleaseStock, ReserveStock, StockRefused
from headwater.contracts.orders import CancelOrder, ConfirmOrder, OrderAnswer, OrderHeld, OrderKind, PlaceOrder
from headwater.contracts.quotes import SealedQuote, sealed, to_seal
from headwater.decision import Decision
from orders.domain import checkout as rules
from orders.domain import order as order_rules
from orders.domain.checkout import Checkout
from orders.domain.state import Order, Policy
from tests.unit.orders.building import CALLER, HOME, NOW, SECRETS, held, line, pay

UNTIL = NOW + timedelta(minutes=15)
decide_order = partial(order_rules.decide, Policy(SECRETS))


def part(supplier: str, *skus: str, price: int = 1_000, kind: OrderKind = "goods") -> SealedQuote:
    lines = tuple(line(f"{supplier}-{sku}", price=price) for sku in skus or ("L",))
    seal = sealed(SECRETS, UNTIL, BuyerId("shop"), SupplierId(supplier), "CNY", kind, to_seal(lines))
    return SealedQuote(
        buyer_id=BuyerId("shop"), supplier_id=SupplierId(supplier), currency="CNY", kind=kind, lines=lines, seal=seal
    )


def asked(*parts: SealedQuote, **changes: Any) -> PlaceCheckout:
    fields: dict[str, Any] = {
        "checkout_id": "chk_1", "buyer_id": "shop", "parts": parts or (part("a"), part("b")), "destination": HOME,
        "fingerprint": "f", "reply_to": CALLER,
    }  # fmt: skip
    return PlaceCheckout(**{**fields, **changes})


def sent(decision: Decision[Any]) -> list[Message]:
    return [one.message if isinstance(one, Sent) else one for one in decision.messages]


class Street:
    """A checkout and its orders, with the messages between them, each way in order; stock answers as a test says."""

    def __init__(self, message: PlaceCheckout) -> None:
        self.checkout: Checkout | None = None
        self.orders: dict[str, Order | None] = {}
        self.to_checkout: deque[Message] = deque([message])
        self.to_orders: dict[str, deque[Message]] = {}
        self.stock: list[ReserveStock] = []
        self.released: set[tuple[str, str]] = set()
        self.told: list[Message] = []

    def checkout_hears(self) -> None:
        decision = rules.decide(self.checkout, self.to_checkout.popleft(), NOW)
        self.checkout = decision.state
        self._send(decision)

    def order_hears(self, id: str) -> None:
        self.give(id, self.to_orders[id].popleft())

    def give(self, id: str, message: Message) -> None:
        decision = decide_order(self.orders.get(id), message, NOW)
        self.orders[id] = decision.state
        self._send(decision)

    def _send(self, decision: Decision[Any]) -> None:
        for one in decision.messages:
            message = one.message if isinstance(one, Sent) else one
            if isinstance(message, PlaceOrder | ConfirmOrder | CancelOrder):
                self.to_orders.setdefault(message.order_id, deque()).append(message)
            elif isinstance(message, ReserveStock):
                self.stock.append(message)
            elif isinstance(message, ReleaseStock):
                self.released.add((message.order_id, message.sku_id))
            elif isinstance(one, Sent) and one.to != CALLER:
                self.to_checkout.append(message)
            else:
                self.told.append(message)

    def stock_answers(self, number: int, has: bool) -> None:
        ask = self.stock.pop(number % len(self.stock))
        refusal = StockRefused(sku_id=ask.sku_id, order_id=ask.order_id, available=0, detail="sold out")
        self.give(ask.order_id, held(ask.sku_id, ask.pieces) if has else refusal)

    def run(self, choose: Callable[[Sequence[Any]], Any], out_of_stock: Collection[str] = ()) -> None:
        """Let everything happen that can, in the order that is chosen."""
        while True:
            ready = [id for id, inbox in self.to_orders.items() if inbox]
            can = ["checkout"] * bool(self.to_checkout) + ["stock"] * bool(self.stock) + ready
            if not can:
                return
            match choose(can):
                case "checkout":
                    self.checkout_hears()
                case "stock":
                    number = choose(range(len(self.stock)))
                    self.stock_answers(number, self.stock[number].sku_id not in out_of_stock)
                case id:
                    self.order_hears(id)

    @property
    def answer(self) -> CheckoutAnswer:
        (told,) = (message for message in self.told if isinstance(message, CheckoutAnswer))
        return told


SKUS = ("a-L", "a-M", "b-L", "c-L")


@given(data=st.data(), gone=st.sets(st.sampled_from(SKUS)), all_or_none=st.booleans())
def test_orders_are_confirmed_as_stock_has_it_and_of_all_or_none_all_or_none(
    data: st.DataObject, gone: set[str], all_or_none: bool
) -> None:
    street = Street(asked(part("a", "L", "M"), part("b"), part("c"), all_or_none=all_or_none))
    street.run(lambda options: data.draw(st.sampled_from(options)), gone)
    assert street.checkout is not None
    has_all = [not gone & {line.sku_id for line in order.lines} for order in street.orders.values() if order]
    confirmed = [order.status == "confirmed" for order in street.orders.values() if order]
    assert confirmed == ([all(has_all)] * 3 if all_or_none else has_all)
    assert street.checkout.status == ("confirmed" if all(confirmed) else "partly" if any(confirmed) else "refused")
    assert street.answer.total_fen == sum(
        order.total_fen for order in street.orders.values() if order and order.status == "confirmed"
    )
    for order in street.orders.values():
        assert order is not None
        if order.status != "confirmed":
            held_by = {(order.order_id, one.sku_id) for one in order.allocations}
            assert held_by <= street.released
    assert [message.status for message in street.told if isinstance(message, CheckoutSettled)] == [
        street.checkout.status
    ]  # fmt: skip


def first_part_held() -> Street:
    """Of all or none, what stands when one order is held and the other has not heard from its stock."""
    street = Street(asked(all_or_none=True))
    street.checkout_hears()
    for id in list(street.to_orders):
        street.order_hears(id)
    street.stock_answers(0, has=True)
    street.checkout_hears()
    return street


def test_no_order_of_all_or_none_can_be_paid_before_all_are_held() -> None:
    street = first_part_held()
    first = next(iter(street.orders))
    decision = decide_order(street.orders[first], pay().model_copy(update={"order_id": first}), NOW)
    assert isinstance(sent(decision)[0], Refused)
    assert decision.state is street.orders[first]
    assert street.checkout is not None
    assert [one.status for one in street.checkout.orders] == ["held", "asked"]


def test_a_buyer_who_takes_one_order_back_takes_back_all_or_none() -> None:
    street = first_part_held()
    first, second = street.orders
    street.give(first, CancelOrder(order_id=first, buyer_id="shop", reason="too late"))
    street.checkout_hears()
    street.order_hears(second)
    street.stock_answers(0, has=True)  # which had not heard of it
    assert street.checkout is not None
    assert street.checkout.status == street.answer.status == "refused"
    assert {order.status for order in street.orders.values() if order} == {"cancelled"}
    assert (second, "b-L") in street.released


def test_an_order_that_is_not_even_taken_refuses_all_or_none_and_says_why() -> None:
    forged = part("b").model_copy(update={"lines": part("b", price=1).lines})
    street = Street(asked(part("a"), forged, all_or_none=True))
    street.run(lambda options: options[0])
    assert street.answer.status == "refused"
    assert [one.status for one in street.answer.orders][1] == "refused"
    assert street.answer.orders[1].why.startswith("forged_quote: ")
    assert street.answer.total_fen == 0


def test_the_same_checkout_is_told_again_and_another_one_is_refused() -> None:
    placed = rules.decide(None, asked(), NOW).state
    again = rules.decide(placed, asked(reply_to=ReplyTo(topic="t", key="second")), NOW)
    assert again.state is not None
    assert (again.messages, again.state.reply_to) == ((), ReplyTo(topic="t", key="second"))
    (refusal,) = sent(rules.decide(placed, asked(fingerprint="other"), NOW))
    assert isinstance(refusal, Refused)
    assert refusal.code == "idempotency_conflict"


def test_what_is_told_twice_changes_nothing() -> None:
    placed = rules.decide(None, asked(all_or_none=True), NOW).state
    message = OrderHeld(order_id="ord_1-0")
    once = rules.decide(placed, message, NOW).state
    assert rules.decide(once, message, NOW).state is once
    late = OrderAnswer(order_id="ord_1-0", status="delivered", total_fen=1, currency="CNY")
    assert rules.decide(once, late, NOW).state is once
    assert rules.decide(None, message, NOW) == Decision(None)


def test_more_than_money_is_counted_is_refused_before_anything_is_asked_for() -> None:
    dear = part("a", price=10**14)
    decision = rules.decide(None, asked(dear, dear), NOW)
    (refusal,) = sent(decision)
    assert (decision.state, getattr(refusal, "code", "")) == (None, "amount_too_large")


@pytest.mark.parametrize("checkout_id", ["chk_" + "f" * 32, "mine"])
def test_each_part_has_one_order_id(checkout_id: str) -> None:
    ids = [rules.order_id_of(checkout_id, number) for number in range(3)]  # type: ignore[arg-type]
    assert len(set(ids)) == 3
    assert all(id.startswith("ord_") and "chk" not in id for id in ids)
