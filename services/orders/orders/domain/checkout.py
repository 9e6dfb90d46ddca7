"""How a checkout goes: an order with each supplier, confirmed as they come, or all of them and else none.

    placing --every order confirmed, or not--> confirmed | partly | refused
    placing --all held--> confirming --all confirmed--> confirmed          (all_or_none)
    placing --one cannot be held--> refused, and the others are cancelled  (all_or_none)

In a checkout of all or none, no order can be paid before all are held: each waits for the checkout's `ConfirmOrder`.
Once that is sent the buyer may cancel or let expire any of them, as with orders of their own: `partly` says so, if it
happened before the last was confirmed.
"""

from __future__ import annotations

from datetime import datetime

from headwater.contracts.base import (
    BuyerId,
    CheckoutId,
    Message,
    OrderId,
    Refused,
    ReplyTo,
    Sent,
)
from headwater.contracts.checkouts import (
    CheckoutAnswer,
    CheckoutOrder,
    CheckoutSettled,
    CheckoutStatus,
    MemberStatus,
    PlaceCheckout,
)
from headwater.contracts.orders import CancelOrder, ConfirmOrder, OrderAnswer, OrderHeld, PlaceOrder
from headwater.contracts.quotes import SealedQuote
from headwater.contracts.topics import CHECKOUT_INBOX
from headwater.decision import Decision, State
from orders.domain.order import MOST_FEN, total_of

ACCEPTS = (PlaceCheckout, OrderHeld, OrderAnswer, Refused)
_ENDED: dict[str, MemberStatus] = {"confirmed": "confirmed", "refused": "refused", "cancelled": "cancelled"}
"""What an order's answer means here; an order that has expired is one that was confirmed."""


class Checkout(State):
    """One basket of a buyer over several suppliers."""

    checkout_id: CheckoutId
    buyer_id: BuyerId
    all_or_none: bool
    fingerprint: str
    """Tells whether a repeated `PlaceCheckout` asks for the same."""
    status: CheckoutStatus = "placing"
    orders: tuple[CheckoutOrder, ...]
    placed_at: datetime
    reply_to: ReplyTo | None = None
    """Who waits to hear what becomes of it; None once it was told."""

    @property
    def total_fen(self) -> int:
        """Of the orders that are not refused, cancelled, or about to be."""
        if self.status == "refused":
            return 0
        return sum(one.total_fen for one in self.orders if one.status not in ("refused", "cancelled"))

    def tell(self, reply_to: ReplyTo | None) -> tuple[Sent, ...]:
        """The checkout as it is now, to someone who wants to know."""
        if reply_to is None:
            return ()
        answer = CheckoutAnswer(
            checkout_id=self.checkout_id, status=self.status, total_fen=self.total_fen, orders=self.orders
        )
        return (Sent(to=reply_to, message=answer),)


def decide(checkout: Checkout | None, message: Message, now: datetime) -> Decision[Checkout]:
    """The outcome of one message for one checkout."""
    match message:
        case PlaceCheckout():
            return place(message, now) if checkout is None else place_again(checkout, message)
        case _ if checkout is None:
            return Decision(None)
        case OrderHeld():
            return heard(checkout, message.order_id, "held")
        case OrderAnswer():
            ended = _ENDED.get(message.status)
            return heard(checkout, message.order_id, ended, message.refusal or "") if ended else Decision(checkout)
        case Refused():
            return heard(checkout, OrderId(message.id), "refused", f"{message.code}: {message.detail}")
        case _:
            return Decision(checkout)


def place(message: PlaceCheckout, now: datetime) -> Decision[Checkout]:
    """A new checkout: every order is placed at once."""
    totals = [total_of(part.lines) for part in message.parts]
    if sum(totals) > MOST_FEN:
        detail = f"The checkout's total is {sum(totals):,} fen; one holds {MOST_FEN:,}: split it."
        return Decision(None, _refuse(message, "amount_too_large", detail))
    ids = [order_id_of(message.checkout_id, number) for number in range(len(message.parts))]
    checkout = Checkout(
        checkout_id=message.checkout_id, buyer_id=message.buyer_id, all_or_none=message.all_or_none,
        fingerprint=message.fingerprint, placed_at=now, reply_to=message.reply_to,
        orders=tuple(
            CheckoutOrder(order_id=id, supplier_id=part.supplier_id, total_fen=total)
            for id, part, total in zip(ids, message.parts, totals, strict=True)
        ),
    )  # fmt: skip
    return Decision(checkout, tuple(_order(message, id, part) for id, part in zip(ids, message.parts, strict=True)))


def order_id_of(checkout_id: CheckoutId, number: int) -> OrderId:
    """The order of a checkout's part, from 0: asked for twice, it is still one."""
    return OrderId(f"ord_{checkout_id.removeprefix('chk_')}-{number}")


def _order(message: PlaceCheckout, order_id: OrderId, part: SealedQuote) -> PlaceOrder:
    return PlaceOrder(
        order_id=order_id, buyer_id=message.buyer_id, supplier_id=part.supplier_id, currency=part.currency,
        lines=part.lines, destination=message.destination, fingerprint=message.fingerprint,
        out_order_id=message.out_order_id, pay_within_s=message.pay_within_s, kind=part.kind, seal=part.seal,
        together=message.all_or_none, campaign=part.campaign, company=message.company,
        reply_to=ReplyTo(topic=CHECKOUT_INBOX, key=message.checkout_id),
    )  # fmt: skip


def place_again(checkout: Checkout, message: PlaceCheckout) -> Decision[Checkout]:
    """The same checkout once more (its sender heard no answer), or another one under the same id."""
    if message.fingerprint != checkout.fingerprint or message.buyer_id != checkout.buyer_id:
        detail = f"Checkout {checkout.checkout_id} exists with other contents: use a new Idempotency-Key for a new one."
        return Decision(checkout, _refuse(message, "idempotency_conflict", detail))
    if checkout.status in ("placing", "confirming") and message.reply_to is not None:
        return Decision(checkout.evolve(reply_to=message.reply_to))
    return Decision(checkout, checkout.tell(message.reply_to))


def heard(checkout: Checkout, order_id: OrderId, status: MemberStatus, why: str = "") -> Decision[Checkout]:
    """One of its orders has come further."""
    orders = tuple(
        one.model_copy(update={"status": status, "why": why}) if one.order_id == order_id else one
        for one in checkout.orders
    )
    if orders == checkout.orders:
        return Decision(checkout)  # told twice
    return _go_on(checkout.evolve(orders=orders))


def _go_on(checkout: Checkout) -> Decision[Checkout]:
    statuses = {one.status for one in checkout.orders}
    if checkout.status == "placing" and checkout.all_or_none:
        if statuses & {"refused", "cancelled"}:
            return _give_up(checkout)
        if statuses == {"held"}:
            confirm = tuple(ConfirmOrder(order_id=one.order_id) for one in checkout.orders)
            return Decision(checkout.evolve(status="confirming"), confirm)
        return Decision(checkout)
    if checkout.status not in ("placing", "confirming") or statuses & {"asked", "held"}:
        return Decision(checkout)
    if statuses == {"confirmed"}:
        return _settle(checkout, "confirmed")
    return _settle(checkout, "partly" if "confirmed" in statuses else "refused")


def _give_up(checkout: Checkout) -> Decision[Checkout]:
    """One of all is not to be had: none is taken."""
    lost = next(one for one in checkout.orders if one.status in ("refused", "cancelled"))
    reason = f"order {lost.order_id} of the same checkout is {lost.status}"
    others = tuple(
        CancelOrder(order_id=one.order_id, buyer_id=checkout.buyer_id, reason=reason)
        for one in checkout.orders
        if one.status in ("asked", "held")
    )
    settled = _settle(checkout, "refused")
    return Decision(settled.state, (*others, *settled.messages))


def _settle(checkout: Checkout, status: CheckoutStatus) -> Decision[Checkout]:
    settled = checkout.evolve(status=status, reply_to=None)
    event = CheckoutSettled(
        checkout_id=checkout.checkout_id, buyer_id=checkout.buyer_id, status=status, orders=checkout.orders
    )
    return Decision(settled, (event, *settled.tell(checkout.reply_to)))


def _refuse(message: PlaceCheckout, code: str, detail: str) -> tuple[Sent, ...]:
    if message.reply_to is None:
        return ()
    return (Sent(to=message.reply_to, message=Refused(id=message.checkout_id, code=code, detail=detail)),)
