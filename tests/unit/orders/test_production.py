"""A made-to-order order: paid, made, received as stock, held, shipped; or the money goes back."""

from __future__ import annotations

from datetime import timedelta
from functools import partial, reduce

from headwater.contracts.base import BuyerId, Done, InquiryId, Message, OfferId, Refused, SupplierId, Wake
from headwater.contracts.logistics import CreateShipment, ReceiveStock, ReserveStock, StockReserved
from headwater.contracts.orders import Allocation, MadeToOrder, OrderCancelled, OrderLine, PlaceOrder
from headwater.contracts.production import BatchFinished, BatchLine
from headwater.contracts.quotes import sealed, to_seal
from orders.domain import production
from orders.domain.state import Order
from tests.unit.orders.building import CALLER, HOME, NOW, POLICY, SECRETS, balances, cancel, pay, told

decide = partial(production.decide, POLICY)
MADE = MadeToOrder(inquiry_id=InquiryId("inq_1"), version=1, lead_days=10)


def placed(offer: str = "inq_1") -> PlaceOrder:
    line = OrderLine(sku_id="inq_1-v1-M", offer_id=OfferId(offer), quantity=10, unit_price_fen=1_000)
    priced = (BuyerId("shop"), SupplierId("factory"), "CNY", "goods", to_seal((line,)))
    return PlaceOrder(
        order_id="ord_1", buyer_id="shop", supplier_id="factory", currency="CNY", lines=(line,), destination=HOME,
        fingerprint="f", made=MADE, reply_to=CALLER, seal=sealed(SECRETS, NOW + timedelta(days=1), *priced),
    )  # type: ignore[arg-type]  # fmt: skip


def batch(pieces: int, id: str = "b1", by: str = "factory") -> BatchFinished:
    line = BatchLine(sku_id="inq_1-v1-M", pieces=pieces)
    return BatchFinished(
        order_id="ord_1", supplier_id=by, batch_id=id, warehouse_id="yiwu", lines=(line,), reply_to=CALLER
    )


def held(*pieces: tuple[str, int]) -> StockReserved:
    parts = tuple(Allocation(sku_id="inq_1-v1-M", warehouse_id=place, pieces=count) for place, count in pieces)
    return StockReserved(sku_id="inq_1-v1-M", order_id="ord_1", allocations=parts)


def after(*messages: Message) -> Order:
    order = reduce(lambda state, message: decide(state, message, NOW).state, messages, None)
    assert order is not None
    return order


def test_it_may_be_paid_at_once_and_asks_for_no_stock_before_it_is_made() -> None:
    decision = decide(None, placed(), NOW)
    assert decision.state is not None
    assert (decision.state.status, told(decision, ReserveStock)) == ("confirmed", [])
    paid = after(placed(), pay())
    assert (paid.status, paid.paid_fen, paid.wake_at) == ("paid", 10_000, NOW + timedelta(days=10))


def test_lines_of_another_offer_are_not_made_under_an_inquiry() -> None:
    (refusal,) = told(decide(None, placed("off-1"), NOW), Refused)
    assert refusal.code == "forged_quote"


def test_batches_are_received_once_each_and_the_last_one_has_the_order_hold_them() -> None:
    first = decide(after(placed(), pay()), batch(4), NOW)
    (receipt,) = told(first, ReceiveStock)
    assert (receipt.pieces, receipt.receipt_id) == (4, "ord_1.0.0")
    assert told(decide(first.state, batch(4), NOW), ReceiveStock) == []
    (refusal,) = told(decide(first.state, batch(7, "b2"), NOW), Refused)
    assert refusal.code == "too_many_pieces"
    half = after(placed(), pay(), batch(4), Done(id="ord_1.0.0"), batch(6, "b2"))
    whole = decide(half, Done(id="ord_1.1.0"), NOW)
    assert [ask.pieces for ask in told(whole, ReserveStock)] == [10]
    assert told(decide(whole.state, Done(id="ord_1.1.0"), NOW), ReserveStock) == []
    shipped = decide(whole.state, held(("yiwu", 4), ("keqiao", 6)), NOW)
    assert len(told(shipped, CreateShipment)) == 2


def test_a_receipt_that_is_refused_is_lacking_still() -> None:
    order = after(placed(), pay(), batch(10), Refused(id="ord_1.0.0", code="unknown_warehouse", detail="No such."))
    assert [r.pieces for r in told(decide(order, batch(10, "b2"), NOW), ReceiveStock)] == [10]


def test_another_factory_brings_nothing() -> None:
    (refusal,) = told(decide(after(placed(), pay()), batch(4, by="other"), NOW), Refused)
    assert refusal.code == "not_your_order"


def test_what_is_overdue_may_be_cancelled_and_the_money_goes_back() -> None:
    paid, late = after(placed(), pay()), NOW + timedelta(days=10)
    assert told(decide(paid, cancel(), NOW), OrderCancelled) == []
    overdue = decide(paid, Wake(id="ord_1", due=late), late).state
    decision = decide(overdue, cancel(), late)
    (event,) = told(decision, OrderCancelled)
    assert decision.state is not None
    assert (event.refunded_fen, decision.state.paid_fen, decision.state.refunded_fen) == (10_000, 0, 10_000)
    assert not any(balances(decision.state.postings).values()), "all accounts are as they were before the payment"
    assert decide(decision.state, Done(id="ord_1.0.0"), late).state is decision.state
