"""How a buyer's standing is kept: facts of its orders are counted once, and what follows from them is told.

    order events --facts_of--> CountFact --> the account's tallies --reckon--> its standing --> BuyerLevelChanged
                                                  |                               ^
                                                  +--ShareFacts--> its host ------+--ShareStanding--> all guests

Facts may come in any order, late, and twice: each has its place in a part of its order, and is added to the tally of
the month in which it happened. How accounts are linked is in `linking` and `accountlink`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from headwater.contracts.base import Message, Wake
from headwater.contracts.buyerstanding import (
    AskLinkCode,
    BuyerLevelChanged,
    CountFact,
    EndLink,
    Fact,
    GiveLinkCode,
    JoinLink,
    LeaveLink,
    LinkJoined,
    LinkRefused,
    ShareFacts,
    ShareStanding,
    UndoLink,
)
from headwater.contracts.orders import OrderAccepted, OrderCancelled, OrderCompleted, OrderExpired, OrderPaid
from headwater.decision import Decision
from orders.domain import accountlink, linking
from orders.domain.answers import done
from orders.domain.buyerstanding_state import BuyerStanding, Noted, OrderFacts, Reason
from orders.domain.levels import first_counted, month_of

ACCEPTS = (
    CountFact, AskLinkCode, GiveLinkCode, UndoLink, JoinLink, LinkJoined, LinkRefused, ShareFacts, ShareStanding,
    LeaveLink, EndLink,
)  # fmt: skip
Change = accountlink.Change


def touched_orders(message: Message) -> tuple[str, ...]:
    """The order that a message is about."""
    return (message.order_id,) if isinstance(message, CountFact) else ()


def decide(known: BuyerStanding | None, message: Message, now: datetime) -> Decision[BuyerStanding]:
    """The outcome of one message for one account."""
    if known is None and isinstance(message, Wake):
        return Decision(None)
    account = known or BuyerStanding(buyer_id=getattr(message, message.KEY or ""), month=month_of(now))
    timely = account.kept_in_time(now)
    changed, messages = _outcome(timely, message, now)
    if changed is account:
        return Decision(known, messages)
    told, more = _tell(account, changed)
    return Decision(told.timed(), (*messages, *more))


def _outcome(account: BuyerStanding, message: Message, now: datetime) -> Change:
    match message:
        case CountFact():
            return count(account, message, message.at or now)
        case AskLinkCode() | GiveLinkCode() | UndoLink():
            return linking.command(account, message, now)
        case _:
            return accountlink.decide(account, message, now)


def count(account: BuyerStanding, message: CountFact, at: datetime) -> Change:
    """An order's fact, the first time that it is told."""
    part = account.orders.get(message.order_id) or OrderFacts()
    answer = done(message, message.buyer_id)
    if message.fact in part.facts:
        return account, answer
    noted = Noted(at=at, amount_fen=message.amount_fen)
    orders = {**account.orders, message.order_id: OrderFacts(facts={**part.facts, message.fact: noted})}
    if month_of(at) < first_counted(account.month):
        return account.evolve(orders=orders), answer
    reason = Reason(at=at, about=message.order_id, what=message.fact, amount_fen=message.amount_fen, note=message.note)
    counted = account.counting(message.fact, at, message.amount_fen).with_reason(reason)
    return counted.evolve(orders=orders, turn=account.turn + 1), answer


def _tell(before: BuyerStanding, after: BuyerStanding) -> Change:
    """What follows from a change: the host hears of the facts, the guests of the standing, everybody of the level."""
    messages: list[Message] = []
    if after.status == "guest" and (after.turn, before.status) != (before.turn, "guest"):
        messages.append(accountlink.facts_of(after))
    if after.guests and (after.standing, after.members) != (before.standing, before.members):
        after = after.evolve(turn=after.turn + 1)
        messages += accountlink.standing_of(after)
    level = after.standing.level
    if level != after.level:
        event = BuyerLevelChanged(
            buyer_id=after.buyer_id, level=level, before=after.level, turn=after.level_turn + 1
        )  # fmt: skip
        after = after.evolve(level=level, level_turn=event.turn)
        messages.append(event)
    return after, tuple(messages)


# --- what orders say -----------------------------------------------------------------------------------------------

Told = OrderPaid | OrderAccepted | OrderCompleted | OrderExpired | OrderCancelled


def facts_of(message: Told, now: datetime) -> Iterator[CountFact]:
    """What an order's event says of its buyer."""
    fact: Fact
    match message:
        case OrderPaid():
            fact = "paid_late" if message.late else "paid_in_time"
        case OrderAccepted(by="buyer"):
            fact = "accepted"
        case OrderCompleted():
            fact = "completed"
        case OrderExpired():
            fact = "expired_unpaid"
        case OrderCancelled(held=True):
            fact = "cancelled_held"
        case _:
            return
    amount_fen = message.settled_fen if isinstance(message, OrderCompleted) else 0
    yield CountFact(
        buyer_id=message.buyer_id, order_id=message.order_id, fact=fact, at=now, amount_fen=amount_fen
    )  # fmt: skip


FOLLOWS: dict[type[Message], Callable[..., Iterator[Message]]] = dict.fromkeys(
    (OrderPaid, OrderAccepted, OrderCompleted, OrderExpired, OrderCancelled), facts_of
)
"""What follows from which event of an order."""
