"""Builders: an order of two SKUs from two warehouses, and the messages of its refunds."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import Any

from headwater.contracts.base import Message, Wake
from headwater.contracts.logistics import ParcelRecalled
from headwater.contracts.orders import AcceptOrder, PayOrder
from headwater.contracts.refunds import (
    AnswerRefund,
    AskRefund,
    DisputeRefund,
    InspectedLine,
    InspectReturn,
    RefundLine,
    RuleRefund,
    SendReturn,
    WithdrawRefund,
)
from headwater.decision import Decision
from orders.domain import refunds
from orders.domain.premium import premium_fen
from orders.domain.refund_state import Case
from orders.domain.state import Order, Policy, Windows
from tests.unit.orders.building import CALLER, NOW, SECRETS, held, line, place, progress

DAY = timedelta(days=1)
POLICY = Policy(SECRETS, refunds=Windows(ask=5 * DAY, answer=2 * DAY, send_back=4 * DAY))
decide = partial(refunds.decide, POLICY)
LINES = (line("X-L").model_copy(update={"vouched_fen": 50}), line("X-M", 6, 2_000))
"""22,000 fen, and 500 that the platform vouches for."""
PREMIUM = premium_fen(LINES)
ACCEPT = AcceptOrder(order_id="ord_1", buyer_id="shop", reply_to=CALLER)
WAKE = Wake(id="ord_1", due=NOW)
PLACED = (place(*LINES), held("X-L", 10, "yiwu"), held("X-M", 6, "keqiao"))


def pay(insured: bool = False) -> PayOrder:
    return PayOrder(
        order_id="ord_1", buyer_id="shop", payment_id="pay-1", amount_fen=22_000 + insured * PREMIUM, insured=insured,
        reply_to=CALLER,
    )  # type: ignore[arg-type]  # fmt: skip


PAID = (*PLACED, pay())
DELIVERED = (*PAID, progress("delivered"), progress("delivered", "keqiao"))


def ask(case: str = "rfd_1", photos: int = 1, buyer: str = "shop", **more: Any) -> AskRefund:
    pieces = {sku.replace("_", "-"): more.pop(sku) for sku in ("X_L", "X_M") if sku in more}
    fields = {
        "order_id": "ord_1", "case_id": case, "buyer_id": buyer, "reason": "damaged", "reply_to": CALLER,
        "evidence": tuple(f"photo-{number}" for number in range(photos)),
        "lines": tuple(RefundLine(sku_id=sku, pieces=count) for sku, count in pieces.items()),
    }  # fmt: skip
    return AskRefund.model_validate({**fields, **more})


def answer(agrees: bool = True, reason: str = "it was whole", case: str = "rfd_1", by: str = "factory") -> AnswerRefund:
    return AnswerRefund.model_validate(
        {"order_id": "ord_1", "case_id": case, "supplier_id": by, "agrees": agrees, "reason": reason,
         "reply_to": CALLER}
    )  # fmt: skip


def dispute(case: str = "rfd_1") -> DisputeRefund:
    return DisputeRefund.model_validate(
        {"order_id": "ord_1", "case_id": case, "buyer_id": "shop", "text": "look", "evidence": ("photo-9",),
         "reply_to": CALLER}
    )  # fmt: skip


def rule_(ruling: Any, amount: int | None = None, case: str = "rfd_1", returns: bool | None = None) -> RuleRefund:
    return RuleRefund.model_validate(
        {"order_id": "ord_1", "case_id": case, "ruling": ruling, "amount_fen": amount, "returns": returns,
         "reason": "seen", "reply_to": CALLER}
    )  # fmt: skip


def withdraw(case: str = "rfd_1") -> WithdrawRefund:
    return WithdrawRefund.model_validate({"order_id": "ord_1", "case_id": case, "buyer_id": "shop", "reply_to": CALLER})


def send(case: str = "rfd_1") -> SendReturn:
    return SendReturn.model_validate(
        {"order_id": "ord_1", "case_id": case, "buyer_id": "shop", "carrier": "SF", "tracking_number": "SF1",
         "reply_to": CALLER}
    )  # fmt: skip


def inspect(*lines: tuple[str, str, int, int], case: str = "rfd_1") -> InspectReturn:
    """Each line: SKU, warehouse, pieces put back, pieces written off."""
    found = tuple(
        InspectedLine(sku_id=sku, warehouse_id=where, restocked=good, written_off=bad)  # type: ignore[arg-type]
        for sku, where, good, bad in lines
    )
    return InspectReturn.model_validate(
        {"order_id": "ord_1", "case_id": case, "supplier_id": "factory", "lines": found, "reply_to": CALLER}
    )


def recalled(outcome: Any, warehouse: str = "yiwu") -> ParcelRecalled:
    return ParcelRecalled.model_validate({"shipment_id": f"shp_1-{warehouse}", "order_id": "ord_1", "outcome": outcome})


def after(*messages: Message | timedelta) -> Order:
    """The order after these messages; a time passes before the ones behind it."""
    return reached(*messages)[0]


def reached(*messages: Message | timedelta) -> tuple[Order, datetime]:
    """The order after these messages, and when that is."""
    now, order = NOW, None
    for one in messages:
        if isinstance(one, timedelta):
            now += one
        else:
            order = decide(order, one, now).state
    assert order is not None
    return order, now


def then(*messages: Message | timedelta) -> Decision[Order]:
    """What the last of these messages decides."""
    *before, last = messages
    order, now = reached(*before)
    assert isinstance(last, Message)
    return decide(order, last, now)


def case_of(order: Order | None, number: int = 0) -> Case:
    assert order is not None
    return order.cases[number]
