"""The pool of freight insurance (运费险): premiums come in, the freight of returns goes out, and it is never below 0.

One aggregate has the account `insurance` to itself, so that what it has is known when it pays. What it lacks for a
claim the platform pays, by a posting of its own, and that is told. An order pays a premium once and claims once,
whatever is repeated: its postings are found under its id.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from pydantic import Field

from headwater.contracts.base import InsuranceId, Message, OrderId, ReplyTo, Sent
from headwater.contracts.refunds import ClaimFreight, CollectPremium, FreightCovered, InsuranceShort
from headwater.contracts.topics import ORDER_INBOX
from headwater.decision import Decision, State
from orders.domain import ledger
from orders.domain.ledger import FREIGHT, INSURANCE, PLATFORM, Posting
from orders.domain.premium import cover_fen
from orders.domain.refund_state import Case

if TYPE_CHECKING:
    from orders.domain.state import Order

ACCEPTS = (CollectPremium, ClaimFreight)
POOL = InsuranceId("freight")
"""There is one pool; its premiums and claims are few beside orders."""


class Insurance(State):
    """The pool, and what has gone through it, in fen."""

    insurance_id: InsuranceId
    balance_fen: int = 0
    collected_fen: int = 0
    claimed_fen: int = 0
    by_platform_fen: int = 0
    """Of what was claimed, what the platform paid."""
    postings: dict[str, Posting] = Field(default_factory=dict)
    """`<order>/<kind>`, stored as parts."""


def premium_of(order: Order) -> tuple[CollectPremium, ...]:
    """What an order's premium tells the pool; nothing of an order without."""
    if not order.premium_fen:
        return ()
    return (CollectPremium(insurance_id=POOL, order_id=order.order_id, amount_fen=order.premium_fen),)


def claim_of(order: Order, case: Case) -> ClaimFreight | None:
    """The claim of a return that is accepted; None if the order is not insured, or has claimed before."""
    if not order.premium_fen or any(one.freight != "none" for one in order.cases):
        return None
    return ClaimFreight(
        insurance_id=POOL, order_id=order.order_id, case_id=case.case_id, amount_fen=cover_fen(case.pieces.total()),
        reply_to=ReplyTo(topic=ORDER_INBOX, key=order.order_id),
    )  # fmt: skip


def touched_postings(message: Message) -> tuple[str, ...]:
    """Those of the order that a message is about."""
    match message:
        case CollectPremium():
            return (f"{message.order_id}/collect",)
        case ClaimFreight():
            return f"{message.order_id}/claim", f"{message.order_id}/cover"
        case _:
            return ()


def decide(pool: Insurance | None, message: Message, now: datetime) -> Decision[Insurance]:
    """The outcome of one message for the pool."""
    match message:
        case CollectPremium():
            return collect(pool or Insurance(insurance_id=message.insurance_id), pool, message, now)
        case ClaimFreight():
            return claim(pool or Insurance(insurance_id=message.insurance_id), message, now)
        case _:
            return Decision(pool)


def collect(pool: Insurance, before: Insurance | None, message: CollectPremium, now: datetime) -> Decision[Insurance]:
    """A premium is the pool's."""
    if f"{message.order_id}/collect" in pool.postings or not message.amount_fen:
        return Decision(before)
    postings = ledger.posted([("collect", FREIGHT, INSURANCE, message.amount_fen)], message.order_id, now)
    more = message.amount_fen
    return Decision(
        _with(pool, message.order_id, postings).evolve(
            balance_fen=pool.balance_fen + more, collected_fen=pool.collected_fen + more
        )
    )


def claim(pool: Insurance, message: ClaimFreight, now: datetime) -> Decision[Insurance]:
    """A return's freight is paid, by the pool as far as it can."""
    known = [pool.postings.get(f"{message.order_id}/{kind}") for kind in ("claim", "cover")]
    before = [one.amount_fen if one is not None else 0 for one in known]
    if any(before):
        return Decision(pool, _covered(message, *before))
    of_pool = min(pool.balance_fen, message.amount_fen)
    rest = message.amount_fen - of_pool
    moves: list[tuple[ledger.Kind, ledger.Account, ledger.Account, int]] = [
        ("claim", INSURANCE, FREIGHT, of_pool), ("cover", PLATFORM, FREIGHT, rest),
    ]  # fmt: skip
    paid = _with(pool, message.order_id, ledger.posted(moves, message.case_id, now)).evolve(
        balance_fen=pool.balance_fen - of_pool, claimed_fen=pool.claimed_fen + message.amount_fen,
        by_platform_fen=pool.by_platform_fen + rest,
    )  # fmt: skip
    short = InsuranceShort(
        insurance_id=pool.insurance_id, order_id=message.order_id, case_id=message.case_id,
        amount_fen=message.amount_fen, by_platform_fen=rest,
    )  # fmt: skip
    return Decision(paid, (*_covered(message, of_pool, rest), *((short,) if rest else ())))


def _covered(message: ClaimFreight, of_pool: int, by_platform: int) -> tuple[Sent, ...]:
    covered = FreightCovered(
        order_id=message.order_id, case_id=message.case_id, amount_fen=of_pool + by_platform,
        by_platform_fen=by_platform,
    )  # fmt: skip
    return (Sent(to=message.reply_to, message=covered),)


def _with(pool: Insurance, order_id: OrderId, postings: ledger.Postings) -> Insurance:
    new = {f"{order_id}/{kind}": posting for kind, posting in postings.items()}
    return pool.evolve(postings={**pool.postings, **new})
