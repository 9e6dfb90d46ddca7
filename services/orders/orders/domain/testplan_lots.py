"""The lots of a test plan: verdicts become orders or cancellations, and what becomes of an order comes back.

A follow-up has no price yet when a style is to be scaled: the catalog's offer is asked by message for the price of
that day, under a seal (`PriceLot`), and the order is placed at it if the buyer's limits have room for it. Orders of the
plan are paid by the buyer as any; one that is not paid in time is lost, and the style is ordered again once more of it
is sold than by then.
"""

from __future__ import annotations

from datetime import datetime

from headwater.contracts.base import Message, OrderId, PlanId, Refused, ReplyTo
from headwater.contracts.lots import LotPriced, PriceLot
from headwater.contracts.orders import CancelOrder, OrderAnswer, PlaceOrder
from headwater.contracts.quotes import SealedQuote
from headwater.contracts.testplans import FollowUpConfirmed, NoteLot, StyleJudged
from headwater.contracts.topics import TEST_PLAN_INBOX
from headwater.decision import Decision
from orders.domain.order import total_of
from orders.domain.testplan_state import NOT_STARTED, UNDERWAY, Lot, Plan, Style
from orders.domain.verdict import judge

_PRICE_OF = ".price"


def order_id_of(plan_id: PlanId, number: int) -> OrderId:
    """A plan's order by its number: asked for twice, it is still one."""
    return OrderId(f"ord_{plan_id}-{number}")


def plan_of(order_id: OrderId) -> PlanId | None:
    """Of which plan an order is; None: of none."""
    if not order_id.startswith("ord_tpl_"):
        return None
    return PlanId(order_id.removeprefix("ord_").rpartition("-")[0])


def placed(plan: Plan, order_id: OrderId, quote: SealedQuote) -> PlaceOrder:
    """An order of the plan at sealed prices; its answer comes back to the plan."""
    return PlaceOrder(
        order_id=order_id, buyer_id=plan.buyer_id, supplier_id=quote.supplier_id, currency=quote.currency,
        lines=quote.lines, destination=plan.destination, fingerprint=plan.plan_id, kind=quote.kind, seal=quote.seal,
        campaign=quote.campaign, reply_to=ReplyTo(topic=TEST_PLAN_INBOX, key=plan.plan_id),
    )  # fmt: skip


# --- verdicts ------------------------------------------------------------------------------------------------------


def judged(plan: Plan, now: datetime) -> Decision[Plan]:
    """Every style by what is known of it now; what follows from that is ordered, or cancelled."""
    messages: list[Message] = []
    for sku_id in [style.sku_id for style in plan.styles if style.verdict != "stop"]:
        style = plan.style(sku_id)
        assert style is not None
        verdict, reason = judge(plan.thresholds, style.evidence(now))
        if verdict != style.verdict:
            messages.append(
                StyleJudged(plan_id=plan.plan_id, buyer_id=plan.buyer_id, sku_id=sku_id, verdict=verdict, reason=reason)
            )
        if (verdict, reason) != (style.verdict, style.reason):
            plan = plan.with_style(sku_id, verdict=verdict, reason=reason)
        follows = _scaled(plan, sku_id) if verdict == "scale" else Decision(plan)
        if verdict == "stop":
            follows = cancelled(plan, style, reason)
        assert follows.state is not None
        plan = follows.state
        messages += follows.messages  # type: ignore[arg-type]
    return Decision(plan, tuple(messages))


def _scaled(plan: Plan, sku_id: str) -> Decision[Plan]:
    """Ask what a follow-up lot costs, unless one is underway, the last one was lost in vain, or the limits are full."""
    style = plan.style(sku_id)
    assert style is not None
    last = style.lots[-1]
    pieces = min(plan.follow_up_pieces, plan.room(style)[0])
    lost_in_vain = last.status == "lost" and style.sold <= last.sold_before
    if pieces < 1 or lost_in_vain or any(lot.status in UNDERWAY for lot in style.lots):
        return Decision(plan)
    order_id = order_id_of(plan.plan_id, plan.orders)
    lot = Lot(order_id=order_id, pieces=pieces, status="pricing", first=False, sold_before=style.sold)
    asked = PriceLot(
        request_id=f"{order_id}{_PRICE_OF}", offer_id=style.offer_id, sku_id=style.sku_id, pieces=pieces,
        buyer_id=plan.buyer_id, reply_to=ReplyTo(topic=TEST_PLAN_INBOX, key=plan.plan_id),
    )  # fmt: skip
    return Decision(plan.with_style(sku_id, lots=(*style.lots, lot)).evolve(orders=plan.orders + 1), (asked,))


def cancelled(plan: Plan, style: Style, reason: str) -> Decision[Plan]:
    """What of a stopped style is not paid: its price is not waited for, its orders are taken back.

    An order that has other styles in it, which go on, is not. One that is paid meanwhile goes on.
    """
    messages = []
    for lot in style.lots:
        if lot.status == "pricing":
            plan = plan.with_lots(lot.order_id, lambda one: one.goes_on("lost", reason))
        elif lot.status in NOT_STARTED and all(
            other.verdict == "stop" or other.sku_id == style.sku_id for other, _ in plan.lots_of(lot.order_id)
        ):
            messages.append(CancelOrder(order_id=lot.order_id, buyer_id=plan.buyer_id, reason=reason[:200]))
    return Decision(plan, tuple(messages))


def all_cancelled(plan: Plan, reason: str) -> Decision[Plan]:
    """The plan is over: nothing that is not paid goes on."""
    orders = {lot.order_id: lot.status for style in plan.styles for lot in style.lots if lot.status in NOT_STARTED}
    messages = []
    for order_id, status in orders.items():
        if status == "pricing":
            plan = plan.with_lots(order_id, lambda one: one.goes_on("lost", reason))
        else:
            messages.append(CancelOrder(order_id=order_id, buyer_id=plan.buyer_id, reason=reason[:200]))
    return Decision(plan, tuple(messages))


# --- what is heard -------------------------------------------------------------------------------------------------


def priced(plan: Plan, message: LotPriced) -> Decision[Plan]:
    """The catalog has named a price: the lot is ordered if the limits have room for it."""
    order_id = OrderId(message.request_id.removesuffix(_PRICE_OF))
    found = next(((style, lot) for style, lot in plan.lots_of(order_id) if lot.status == "pricing"), None)
    if found is None:
        return Decision(plan)
    style, room = found[0], plan.room(found[0])[1]
    total = total_of(message.quote.lines)
    if total > room:
        why = f"It costs {total} fen, and the limits leave {room}."
        return Decision(plan.with_lots(order_id, lambda lot: lot.goes_on("lost", why)))
    at_price = plan.with_lots(
        order_id, lambda lot: lot.model_copy(update={"status": "placed", "fen": total})
    )  # fmt: skip
    assert style.verdict != "stop", "a stopped style's lot is lost"
    return Decision(at_price, (placed(plan, order_id, message.quote),))


def refused(plan: Plan, message: Refused) -> Decision[Plan]:
    """The catalog has no price, or the order was not taken: the lot is lost."""
    order_id = message.id.removesuffix(_PRICE_OF)
    awaited = "pricing" if message.id.endswith(_PRICE_OF) else "placed"
    why = f"{message.code}: {message.detail}"
    return Decision(
        plan.with_lots(order_id, lambda lot: lot.goes_on("lost", why) if lot.status == awaited else lot)
    )  # fmt: skip


def answered(plan: Plan, message: OrderAnswer) -> Decision[Plan]:
    """The stock has spoken, or the order was taken back before it did."""
    if message.status in ("refused", "cancelled", "expired"):
        why = message.refusal or f"The order was {message.status}."
        return Decision(plan.with_lots(message.order_id, lambda lot: lot.goes_on("lost", why)))
    if message.status != "confirmed":
        return Decision(plan)
    moved = plan.with_lots(message.order_id, lambda lot: lot.goes_on("confirmed"))
    told = tuple(
        FollowUpConfirmed(
            plan_id=plan.plan_id, buyer_id=plan.buyer_id, sku_id=style.sku_id, order_id=lot.order_id,
            pieces=lot.pieces, total_fen=lot.fen, pay_by=message.pay_by,
        )
        for style, lot in plan.lots_of(message.order_id)
        if not lot.first and lot.status == "placed"
    )  # fmt: skip
    return Decision(moved, told)


def noted(plan: Plan, message: NoteLot, now: datetime) -> Plan:
    """An order of the plan was paid, delivered, or came to nothing after all."""
    if message.outcome in ("cancelled", "expired"):
        why = f"The order was {message.outcome}."
        return plan.with_lots(message.order_id, lambda lot: lot.goes_on("lost", why))
    status = "paid" if message.outcome == "paid" else "delivered"
    for style, lot in tuple(plan.lots_of(message.order_id)):
        if status == "delivered" and lot.status not in ("delivered", "lost"):
            plan = plan.with_style(style.sku_id, delivered_at=max(now, style.delivered_at or now))
    return plan.with_lots(message.order_id, lambda lot: lot.goes_on("paid" if status == "paid" else "delivered"))
