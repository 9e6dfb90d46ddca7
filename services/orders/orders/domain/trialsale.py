"""How a trial sale (五折试销) goes on once its half-price order is delivered: the buyer signs, or walks away.

    deciding --SignTrial--> signing --order confirmed--> signed --paid--> fulfilled
       |  ^                    |                           |
       |  +---order refused----+                           +-- cancelled, or not paid in time --> broken
       +-- WalkAway, or silence until decide_by --> walked

To sign is to order more of the same offers at the catalog's sealed price for goods, which has in it what the supplier's
price list (价格表) gives this buyer: an order that is confirmed binds, and nothing weaker does. Whoever asks for goods
that are not there did answer in time, and has at least `SECOND_TRY` to sign anew. The half price is not had again
either way: the catalog gives a trial back only when its own order came to nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from headwater.contracts.base import (
    Message,
    OrderId,
    Refused,
    ReplyTo,
    Sent,
)
from headwater.contracts.orders import (
    OrderAnswer,
    OrderCancelled,
    OrderDelivered,
    OrderExpired,
    OrderPaid,
    PlaceOrder,
)
from headwater.contracts.topics import TRIAL_SALE_INBOX
from headwater.contracts.trialsales import (
    NoteFollowUp,
    OpenTrialSale,
    SignTrial,
    TrialSaleEnded,
    TrialSaleOpened,
    TrialSaleSigned,
    TrialSaleStatus,
    TrialSaleWalked,
    WalkAway,
)
from headwater.decision import Decision
from orders.domain.answers import refuse
from orders.domain.order import total_of
from orders.domain.state import Policy
from orders.domain.trialsale_state import FollowUp, TrialSale

ACCEPTS = (OpenTrialSale, SignTrial, WalkAway, NoteFollowUp, OrderAnswer, Refused)
Command = SignTrial | WalkAway
SECOND_TRY = timedelta(days=1)
MOST_ATTEMPTS = 50
_SIGNED_FOR = "ord_sgn_"


def decide(policy: Policy, sale: TrialSale | None, message: Message, now: datetime) -> Decision[TrialSale]:
    """The outcome of one message for one trial sale."""
    if sale is None:
        return open_(policy, message, now) if isinstance(message, OpenTrialSale) else _unknown(message)
    timely = keep_time(sale, now)
    assert timely.state is not None
    decided = _decide(timely.state, message, now)
    return Decision(decided.state, (*timely.messages, *decided.messages))


def _decide(sale: TrialSale, message: Message, now: datetime) -> Decision[TrialSale]:
    match message:
        case SignTrial() | WalkAway() if message.buyer_id != sale.buyer_id:
            detail = f"Trial {sale.order_id} belongs to another buyer; GET /v1/trials lists yours."
            return Decision(sale, refuse(message, sale.order_id, "not_your_order", detail))
        case SignTrial():
            return sign(sale, message)
        case WalkAway():
            return walk(sale, message)
        case OrderAnswer() if _is_awaited(sale, message.order_id):
            return answered(sale, message, now)
        case Refused() if _is_awaited(sale, message.id):
            return not_taken(sale, message.code, message.detail, now)
        case NoteFollowUp() if sale.follow_up is not None and sale.follow_up.order_id == message.follow_up_id:
            return noted(sale, message)
        case _:
            return Decision(sale)


def open_(policy: Policy, message: OpenTrialSale, now: datetime) -> Decision[TrialSale]:
    """The trial is delivered: the buyer may decide."""
    decide_by = now + policy.trial_decision
    sale = TrialSale(
        order_id=message.order_id, buyer_id=message.buyer_id, supplier_id=message.supplier_id,
        offers=message.offers, delivered_at=now, decide_by=decide_by, wake_at=decide_by,
    )  # fmt: skip
    event = TrialSaleOpened(
        order_id=sale.order_id, buyer_id=sale.buyer_id, supplier_id=sale.supplier_id, offers=sale.offers,
        decide_by=decide_by,
    )  # fmt: skip
    return Decision(sale, (event,))


def keep_time(sale: TrialSale, now: datetime) -> Decision[TrialSale]:
    """Who has said nothing by the deadline has walked away, whether or not anybody was woken for it."""
    if sale.status != "deciding" or now < sale.decide_by:
        return Decision(sale)
    return _walked(sale, "silence", "nothing was said in time")


# --- signing -------------------------------------------------------------------------------------------------------


def sign(sale: TrialSale, message: SignTrial) -> Decision[TrialSale]:
    """The buyer signs: its order for more is placed, and what it answers decides."""
    known = next((one for one in sale.attempts if one.sign_id == message.sign_id), None)
    if known is not None:
        return _sign_again(sale, known, message)
    fault = _why_not_signed(sale, message)
    if fault is not None:
        return Decision(sale, refuse(message, sale.order_id, *fault))
    quote = message.quote
    follow_up = FollowUp(
        order_id=follow_up_id(sale.order_id, len(sale.attempts)), sign_id=message.sign_id,
        fingerprint=message.fingerprint, lines=quote.lines, total_fen=total_of(quote.lines),
    )  # fmt: skip
    order = PlaceOrder(
        order_id=follow_up.order_id, buyer_id=sale.buyer_id, supplier_id=sale.supplier_id, currency=quote.currency,
        lines=quote.lines, destination=message.destination, fingerprint=message.fingerprint, kind=quote.kind,
        seal=quote.seal, campaign=quote.campaign, reply_to=ReplyTo(topic=TRIAL_SALE_INBOX, key=sale.order_id),
    )  # fmt: skip
    attempts = (*sale.attempts, follow_up)
    signing = sale.evolve(status="signing", attempts=attempts, wake_at=None, reply_to=message.reply_to)
    return Decision(signing, (order,))


def _sign_again(sale: TrialSale, known: FollowUp, message: SignTrial) -> Decision[TrialSale]:
    if known.fingerprint != message.fingerprint:
        detail = f"Trial {sale.order_id} was signed with other contents: use a new Idempotency-Key to sign anew."
        return Decision(sale, refuse(message, sale.order_id, "idempotency_conflict", detail))
    if known.refused_as:
        return Decision(sale, refuse(message, sale.order_id, known.refused_as, known.why))
    if sale.status == "signing":
        return Decision(sale.evolve(reply_to=message.reply_to or sale.reply_to))
    return Decision(sale, sale.tell(message.reply_to))


def _why_not_signed(sale: TrialSale, message: SignTrial) -> tuple[str, str] | None:
    id, quote = sale.order_id, message.quote
    if sale.status == "walked":
        return "trial_over", f"Trial {id} is over ({sale.walked_because}): POST /v1/orders orders the goods as usual."
    if len(sale.attempts) >= MOST_ATTEMPTS:
        return "trial_over", f"Trial {id} was signed {MOST_ATTEMPTS} times in vain: POST /v1/orders orders as usual."
    if sale.status != "deciding":
        return "already_signed", f"Trial {id} is {sale.status}: GET /v1/orders/{id}/trial shows the order for more."
    is_its_own = quote.buyer_id == sale.buyer_id and quote.supplier_id == sale.supplier_id and quote.kind == "goods"
    if not is_its_own or any(line.offer_id not in sale.offers for line in quote.lines):
        return "other_goods", f"Trial {id} is of {', '.join(sale.offers)}: quote these as goods, and nothing else."
    return None


def follow_up_id(order_id: OrderId, attempt: int) -> OrderId:
    """The order that is signed for: asked for twice, it is still one."""
    return OrderId(f"{_SIGNED_FOR}{order_id.removeprefix('ord_')}-{attempt}")


def trial_of(order_id: OrderId) -> OrderId | None:
    """Of which trial an order is what was signed for; None: of none."""
    if not order_id.startswith(_SIGNED_FOR):
        return None
    return OrderId(f"ord_{order_id.removeprefix(_SIGNED_FOR).rpartition('-')[0]}")


# --- what became of the order --------------------------------------------------------------------------------------


def _is_awaited(sale: TrialSale, order_id: str) -> bool:
    return sale.status == "signing" and sale.follow_up is not None and sale.follow_up.order_id == order_id


def answered(sale: TrialSale, message: OrderAnswer, now: datetime) -> Decision[TrialSale]:
    """The order is confirmed, or its goods are not there. One that was cancelled before it was held binds no less."""
    match message.status:
        case "confirmed":
            return _signed(sale)
        case "refused":
            return not_taken(sale, "out_of_stock", message.refusal or "its goods could not be held", now)
        case "cancelled" | "expired":
            return _ended(sale, "broken")
        case _:
            return Decision(sale)


def _signed(sale: TrialSale) -> Decision[TrialSale]:
    assert sale.follow_up is not None
    signed = sale.evolve(status="signed", reply_to=None)
    event = TrialSaleSigned(
        order_id=sale.order_id, buyer_id=sale.buyer_id, supplier_id=sale.supplier_id,
        follow_up_id=sale.follow_up.order_id, lines=sale.follow_up.lines, total_fen=sale.follow_up.total_fen,
    )  # fmt: skip
    return Decision(signed, (event, *signed.tell(sale.reply_to)))


def not_taken(sale: TrialSale, code: str, why: str, now: datetime) -> Decision[TrialSale]:
    """The order was refused: the buyer may sign anew, with another quote."""
    assert sale.follow_up is not None
    decide_by = max(sale.decide_by, now + SECOND_TRY)
    refused = sale.follow_up.model_copy(update={"refused_as": code, "why": why})
    again = sale.evolve(
        status="deciding", attempts=(*sale.attempts[:-1], refused), decide_by=decide_by, wake_at=decide_by,
        reply_to=None,
    )  # fmt: skip
    refusal = Refused(id=sale.order_id, code=code, detail=why)
    return Decision(again, (Sent(to=sale.reply_to, message=refusal),) if sale.reply_to else ())


def noted(sale: TrialSale, message: NoteFollowUp) -> Decision[TrialSale]:
    """The order went on after it was confirmed; that it was confirmed may be heard later."""
    if sale.status not in ("signing", "signed"):
        return Decision(sale)
    if message.outcome != "paid":
        return _ended(sale, "broken")
    signed = _signed(sale) if sale.status == "signing" else Decision(sale)
    assert signed.state is not None
    ended = _ended(signed.state, "fulfilled")
    return Decision(ended.state, (*signed.messages, *ended.messages))


def _ended(sale: TrialSale, how: TrialSaleStatus) -> Decision[TrialSale]:
    assert sale.follow_up is not None
    ended = sale.evolve(status=how, reply_to=None)
    event = TrialSaleEnded(
        order_id=sale.order_id, buyer_id=sale.buyer_id, supplier_id=sale.supplier_id,
        follow_up_id=sale.follow_up.order_id, how="fulfilled" if how == "fulfilled" else "broken",
    )  # fmt: skip
    return Decision(ended, (event, *ended.tell(sale.reply_to)))


# --- walking away --------------------------------------------------------------------------------------------------


def walk(sale: TrialSale, message: WalkAway) -> Decision[TrialSale]:
    """The buyer wants no more."""
    if sale.status == "walked":
        return Decision(sale, sale.tell(message.reply_to))
    if sale.status != "deciding":
        detail = f"Trial {sale.order_id} is {sale.status}: what was signed for is an order, which may be cancelled."
        return Decision(sale, refuse(message, sale.order_id, "already_signed", detail))
    walked = _walked(sale, "buyer", message.reason)
    assert walked.state is not None
    return Decision(walked.state, (*walked.messages, *walked.state.tell(message.reply_to)))


def _walked(sale: TrialSale, by: str, reason: str) -> Decision[TrialSale]:
    event = TrialSaleWalked(
        order_id=sale.order_id, buyer_id=sale.buyer_id, supplier_id=sale.supplier_id,
        by="buyer" if by == "buyer" else "silence", reason=reason,
    )  # fmt: skip
    return Decision(sale.evolve(status="walked", walked_because=reason, wake_at=None), (event,))


def _unknown(message: Message) -> Decision[TrialSale]:
    if not isinstance(message, Command):
        return Decision(None)
    detail = f"There is no delivered trial {message.order_id}: decide once it has arrived; GET /v1/trials lists yours."
    return Decision(None, refuse(message, message.order_id, "no_such_trial", detail))


# --- what orders tell ----------------------------------------------------------------------------------------------


def opened_by(delivered: OrderDelivered, now: datetime) -> Iterator[OpenTrialSale]:
    """A delivered trial waits for its buyer's decision."""
    if delivered.trials:
        yield OpenTrialSale(
            order_id=delivered.order_id, buyer_id=delivered.buyer_id, supplier_id=delivered.supplier_id,
            offers=delivered.trials,
        )  # fmt: skip


def note_of(event: OrderPaid | OrderCancelled | OrderExpired, now: datetime) -> Iterator[NoteFollowUp]:
    """What became of an order that was signed for."""
    order_id = trial_of(event.order_id)
    if order_id is None:
        return
    match event:
        case OrderPaid():
            yield NoteFollowUp(order_id=order_id, follow_up_id=event.order_id, outcome="paid")
        case OrderCancelled():
            yield NoteFollowUp(order_id=order_id, follow_up_id=event.order_id, outcome="cancelled")
        case OrderExpired():
            yield NoteFollowUp(order_id=order_id, follow_up_id=event.order_id, outcome="expired")


FOLLOWS: dict[type[Message], Callable[..., Iterator[Message]]] = {
    OrderDelivered: opened_by, OrderPaid: note_of, OrderCancelled: note_of, OrderExpired: note_of,
}  # fmt: skip
"""What follows from which event of an order."""
