"""How the goods of a pre-order come to be: one aggregated batch for all who joined, at the factory that opened it.

    producing --all that is wanted is received--> ordering
        +-- made_by --> overdue --all received--> ordering
                          +-- everyone has left, or 30 days later --> failing, and all have their money back

It is the production of a made-to-order order (`orders.domain.production`, `batches`) for the sums of all shares. What
is made is received as stock of the pool's SKUs, which nothing else is ever sold from; then each share becomes an order
of goods that exist. While nothing is made the money stays with the pool; past `made_by` whoever joined may leave,
and in the end everyone does: nobody has to ask for money that a factory never earned.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from headwater.contracts.base import Done, Refused, ReplyTo, Sent
from headwater.contracts.pools import PoolBatchFinished, PoolMade
from headwater.contracts.topics import POOL_INBOX
from headwater.decision import Decision
from orders.domain import batches, pool_settling
from orders.domain.pool_state import Pool

GIVEN_UP_AFTER = timedelta(days=30)
"""From `made_by` on, when not all of it is received by then."""


def start(pool: Pool, now: datetime) -> Decision[Pool]:
    """Enough is wanted, and the pool has closed: the factory has so many days to make it."""
    assert pool.design is not None
    made_by = now + timedelta(days=pool.design.lead_days)
    started = pool.evolve(status="producing", made_by=made_by, wake_at=made_by)
    return Decision(started, (_made(started, "producing", made_by),))


def keep_time(pool: Pool, now: datetime) -> Decision[Pool]:
    """Not all of it is there in time: who joined may leave now; the factory may still bring it, but not for ever."""
    if pool.made_by is None or now < pool.made_by:
        return Decision(pool)
    given_up_at = pool.made_by + GIVEN_UP_AFTER
    if pool.status == "producing":
        return Decision(pool.evolve(status="overdue", wake_at=given_up_at), (_made(pool, "overdue", pool.made_by),))
    if pool.status == "overdue" and now >= given_up_at:
        return pool_settling.settle(pool, orders=False)
    return Decision(pool)


def batch(pool: Pool, message: PoolBatchFinished) -> Decision[Pool]:
    """The factory has brought a batch: it is received as stock, each line by a receipt of its own."""
    named = f"Pool {pool.pool_id}"
    number = batches.number_of(pool.batches, message.batch_id)
    fault = _why_not(pool, named, message, known=number is not None)
    if fault is not None:
        refusal = Refused(id=message.batch_id, code=fault[0], detail=fault[1])
        return Decision(pool, (Sent(to=message.reply_to, message=refusal),) if message.reply_to else ())
    if number is not None:
        waits = pool.status in ("producing", "overdue")
        taken = batches.again(named, pool.batches, number, message, waits)
    else:
        taken = batches.take(ReplyTo(topic=POOL_INBOX, key=pool.pool_id), pool.batches, message)
    return Decision(_with(pool, taken.batches), taken.messages)


def _why_not(pool: Pool, named: str, message: PoolBatchFinished, known: bool) -> tuple[str, str] | None:
    if message.supplier_id != pool.supplier_id:
        return "not_your_pool", f"{named} is made by another factory."
    if known:
        return None
    if pool.status not in ("producing", "overdue"):
        detail = f"{named} is {pool.status}: batches are brought from its end, once reached, until all of it is there."
        return "not_producing", detail
    return batches.why_not(named, pool.batches, {line.sku_id: line.pieces for line in pool.wanted}, message)


def answered(pool: Pool, message: Done | Refused) -> Decision[Pool]:
    """A line's stock has it, or will not."""
    heard = batches.answered(pool.pool_id, pool.batches, message)
    if heard is None:
        return Decision(pool)  # told twice
    going_on = go_on(_with(pool, heard.batches))
    return Decision(going_on.state, (*heard.messages, *going_on.messages))


def go_on(pool: Pool) -> Decision[Pool]:
    """Once all that is wanted is there, each share becomes an order."""
    if pool.status not in ("producing", "overdue") or pool.made_by is None:
        return Decision(pool)
    if not pool.wanted:
        return pool_settling.settle(pool, orders=False)
    if any(batches.pieces_in(pool.batches, line.sku_id, "received") < line.pieces for line in pool.wanted):
        return Decision(pool)
    settling = pool_settling.settle(pool, orders=True)
    return Decision(settling.state, (_made(pool, "received", pool.made_by), *settling.messages))


def _with(pool: Pool, brought: batches.Batches) -> Pool:
    return pool if brought is pool.batches else pool.evolve(batches=brought)


def _made(pool: Pool, stage: str, made_by: datetime) -> PoolMade:
    return PoolMade.model_validate(
        {"pool_id": pool.pool_id, "supplier_id": pool.supplier_id, "stage": stage, "lines": pool.wanted,
         "made_by": made_by}
    )  # fmt: skip
