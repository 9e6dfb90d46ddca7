"""The worlds that are explored: for each aggregate the few messages that show all it can do."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import Any

from headwater.contracts.base import (
    CaseId,
    CheckoutId,
    Message,
    OrderId,
    SkuId,
    SupplierId,
    Wake,
)
from headwater.contracts.checkouts import PlaceCheckout
from headwater.contracts.logistics import ParcelRecalled, ShipmentProgress, StockRefused, StockReserved
from headwater.contracts.orders import (
    AcceptOrder,
    Allocation,
    CancelOrder,
    ConfirmOrder,
    OrderAnswer,
    OrderHeld,
    PayOrder,
    PlaceOrder,
)
from headwater.contracts.refunds import (
    AnswerRefund,
    AskRefund,
    DisputeRefund,
    InspectedLine,
    InspectReturn,
    RuleRefund,
    SendReturn,
    WithdrawRefund,
)
from headwater.decision import Decision, State
from headwater_proof.states import goods, inquiries, making, offers, requisitions, trying, withdrawals
from headwater_proof.states.accounts import ACCOUNT
from headwater_proof.states.explore import Given, World, dumped
from headwater_proof.states.given import (
    BUYER,
    CALLER,
    HOME,
    LATER,
    MUCH_LATER,
    NOW,
    POLICY,
    PRICE_FEN,
    SUPPLIER,
)
from headwater_proof.states.given import given as _given
from headwater_proof.states.given import part as _part
from headwater_proof.states.pools import POOL
from orders.domain import checkout, refunds
from orders.domain.state import Order

WAREHOUSES = {"a": "yiwu", "b": "keqiao"}
"""By SKU: each is held in another one, so that an order has two parcels."""

# --- an order of two SKUs ------------------------------------------------------------------------------------------

ORDER_ID, CASE_ID = OrderId("ord_1"), CaseId("rfd_1")


def _place(together: bool, **changes: Any) -> PlaceOrder:
    part = _part(WAREHOUSES)
    fields: dict[str, Any] = {
        "order_id": ORDER_ID, "buyer_id": BUYER, "supplier_id": SUPPLIER, "currency": "CNY", "lines": part.lines,
        "destination": HOME, "fingerprint": "f", "seal": part.seal, "together": together, "reply_to": CALLER,
    }  # fmt: skip
    return PlaceOrder(**(fields | changes))


def _pay(payment_id: str, amount_fen: int = 2 * PRICE_FEN) -> PayOrder:
    return PayOrder(
        order_id=ORDER_ID, buyer_id=BUYER, payment_id=payment_id, amount_fen=amount_fen, reply_to=CALLER
    )  # fmt: skip


def _ask(evidence: tuple[str, ...]) -> AskRefund:
    return AskRefund(
        order_id=ORDER_ID, case_id=CASE_ID, buyer_id=BUYER, reason="damaged", evidence=evidence, reply_to=CALLER
    )


def _order(together: bool) -> tuple[Given, ...]:
    held = (
        StockReserved(
            sku_id=SkuId(sku), order_id=ORDER_ID,
            allocations=(Allocation.model_validate({"sku_id": sku, "warehouse_id": warehouse, "pieces": 1}),),
        )
        for sku, warehouse in WAREHOUSES.items()
    )  # fmt: skip
    moved = (
        _given(
            ShipmentProgress.model_validate(
                {"shipment_id": f"shp_1-{warehouse}", "order_id": ORDER_ID, "status": status, "at": NOW}
            ),
            label=f"ShipmentProgress {status}",
        )
        for warehouse in WAREHOUSES.values()
        for status in ("collected", "delivered")
    )  # fmt: skip
    return (
        _given(_place(together)),
        _given(_place(together, fingerprint="other"), label="PlaceOrder of other contents"),
        _given(_place(together, seal=None), label="PlaceOrder without a seal"),
        _given(_place(together), MUCH_LATER, "PlaceOrder after the quote's end"),
        *map(_given, held),
        _given(StockRefused(sku_id=SkuId("b"), order_id=ORDER_ID, available=0, detail="none left")),
        _given(ConfirmOrder(order_id=ORDER_ID)),
        _given(_pay("first")),
        _given(_pay("second"), label="PayOrder a second time"),
        _given(_pay("short", 1), label="PayOrder of another amount"),
        _given(_pay("late"), LATER, "PayOrder after the window"),
        _given(CancelOrder(order_id=ORDER_ID, buyer_id=BUYER, reason="changed my mind", reply_to=CALLER)),
        *moved,
        _given(AcceptOrder(order_id=ORDER_ID, buyer_id=BUYER, reply_to=CALLER)),
        *(_given(_ask(evidence), label="AskRefund with evidence" if evidence else "") for evidence in ((), ("photo",))),
        _given(AnswerRefund(order_id=ORDER_ID, case_id=CASE_ID, supplier_id=SUPPLIER, agrees=True, reply_to=CALLER)),
        _given(Wake(id=ORDER_ID, due=LATER), LATER, "payment window over"),
        _given(Wake(id=ORDER_ID, due=MUCH_LATER), MUCH_LATER, "acceptance window over"),
    )


# --- a refund of that order ----------------------------------------------------------------------------------------

HOURS = timedelta(hours=80)
"""After each clock of a refund but one, from the step before."""


class RefundSeen(State):
    """An order with its first refund, whose status is the one that is drawn."""

    order: Order
    status: str


def _on_refund(seen: RefundSeen | None, message: Message, now: datetime) -> Decision[RefundSeen]:
    """Of an order that is underway, or that has come, by what is asked of it first."""
    early = isinstance(message, AskRefund) and not message.evidence
    decided = refunds.decide(POLICY, seen.order if seen else PAID if early else THERE, message, now)
    assert decided.state is not None
    if not decided.state.cases:
        return Decision(None, decided.messages)
    return Decision(RefundSeen(order=decided.state, status=decided.state.cases[0].status), decided.messages)


def _refund_messages(evidence: tuple[str, ...], returns: bool) -> tuple[Given, ...]:
    case: dict[str, Any] = {"order_id": ORDER_ID, "case_id": CASE_ID, "reply_to": CALLER}
    found = tuple(
        InspectedLine.model_validate({"sku_id": sku, "warehouse_id": warehouse, "restocked": 1})
        for sku, warehouse in WAREHOUSES.items()
    )
    fates = (("a", "stopped"), ("b", "stopped"), ("b", "returned"), ("b", "delivered"))
    return (
        _given(
            _ask(evidence).model_copy(update={"returns": returns}), label="AskRefund with evidence" if evidence else ""
        ),
        *(
            _given(AnswerRefund(**case, supplier_id=SUPPLIER, agrees=agrees, reason=reason), label=label)
            for agrees, reason, label in (
                (True, "", "AnswerRefund agreeing"),
                (False, "no", "AnswerRefund refusing"),
                (False, "", "AnswerRefund without a reason"),
            )
        ),
        _given(DisputeRefund(**case, buyer_id=BUYER, text="look")),
        *(
            _given(RuleRefund(**case, ruling=ruling, amount_fen=fen, reason="seen"), label=f"RuleRefund {ruling}")
            for ruling, fen in (("full", None), ("part", 1), ("none", None))
        ),
        _given(WithdrawRefund(**case, buyer_id=BUYER)),
        _given(SendReturn(**case, buyer_id=BUYER, carrier="SF", tracking_number="1")),
        _given(InspectReturn(**case, supplier_id=SUPPLIER, lines=found)),
        _given(InspectReturn(**case, supplier_id=SUPPLIER, lines=found[1:]), label="InspectReturn of fewer pieces"),
        *(
            _given(
                ParcelRecalled.model_validate(
                    {"shipment_id": f"shp_1-{WAREHOUSES[sku]}", "order_id": ORDER_ID, "outcome": fate}
                ),
                label=f"ParcelRecalled {fate}",
            )
            for sku, fate in fates
        ),
        *(_given(Wake(id=ORDER_ID, due=NOW), NOW + wait, "its time is over") for wait in (HOURS, 3 * HOURS, 9 * HOURS)),
    )


def _until(*kinds: str) -> Order:
    """The order after the messages of these labels."""
    order: Order | None = None
    for kind in kinds:
        for given in _order(together=False):
            if given.label == kind:
                order = refunds.decide(POLICY, order, given.message, NOW).state
    assert order is not None
    return order


PAID = _until("PlaceOrder", "StockReserved", "PayOrder")
THERE = _until("PlaceOrder", "StockReserved", "PayOrder", "ShipmentProgress delivered")


REFUNDS = [_refund_messages((), False), *(_refund_messages(("photo",), returns) for returns in (False, True))]


def _seen(state: State) -> str:
    """The case but its history, and the order's status."""
    assert isinstance(state, RefundSeen)
    return state.order.status + state.order.cases[0].model_dump_json(exclude={"history"})


# --- a checkout over two suppliers ---------------------------------------------------------------------------------

CHECKOUT_ID = CheckoutId("chk_1")


def _checkout(all_or_none: bool) -> tuple[Given, ...]:
    place = PlaceCheckout(
        checkout_id=CHECKOUT_ID, buyer_id=BUYER, parts=(_part("a"), _part("b", SupplierId("other"))),
        all_or_none=all_or_none, destination=HOME, fingerprint="f", reply_to=CALLER,
    )  # fmt: skip
    ids = [checkout.order_id_of(CHECKOUT_ID, number) for number in range(2)]
    answers = (
        _given(
            OrderAnswer.model_validate({"order_id": id, "status": status, "total_fen": PRICE_FEN, "currency": "CNY"}),
            label=f"OrderAnswer {status}",
        )
        for id in ids
        for status in ("confirmed", "refused", "cancelled")
    )
    return (
        _given(place),
        _given(place.model_copy(update={"fingerprint": "other"}), label="PlaceCheckout of other contents"),
        *(_given(OrderHeld(order_id=id)) for id in ids),
        *answers,
    )


WORLDS = (
    World(
        "orders", "order", partial(refunds.decide, POLICY), [_order(together) for together in (False, True)],
        dumped("history", "payment_id"),
    ),
    World("orders", "refund", _on_refund, REFUNDS, _seen),
    World("orders", "checkout", checkout.decide, [_checkout(all) for all in (False, True)], dumped()),
    ACCOUNT,
    POOL,
    *withdrawals.WORLDS,
    *trying.WORLDS,
    *making.WORLDS,
    *requisitions.WORLDS,
    *inquiries.WORLDS,
    *goods.WORLDS,
    *offers.WORLDS,
)  # fmt: skip
