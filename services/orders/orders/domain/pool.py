"""How a pool (凑单) goes: buyers join and pay, until enough is wanted or the time is over.

    open --enough is wanted--> reached --deadline--> ordering (`pool_settling`) --> ordered | failed
      |                          |                      ^
      |                          +-- of a design: producing, overdue (`pool_production`)
      +-- deadline, and not enough --> failing --> failed, and all have their money back

- **Price.** Who joins pays the pool's price at once. Where the price falls further with the pieces, it is reckoned
  when the pool has closed, for all alike, and what was paid above it goes back; it never rises.
- **Reach.** From then on it binds: nobody leaves. A pool that closes at its reach takes the share that reached it
  whole, however far that overshoots, and none after it; one that closes at its deadline takes more until then, up to
  `most_pieces`.
- **Order.** Of a leave and of the join that reaches the pool the one that comes first counts: a leave before it makes
  the join reach nothing, a leave after it is refused. A join at the deadline or later is refused, woken or not.
"""

from __future__ import annotations

from datetime import datetime
from hashlib import blake2b

from headwater.contracts.base import Done, Message, Refused
from headwater.contracts.orders import OrderAnswer, OrderLine
from headwater.contracts.pools import (
    JoinPool,
    LeavePool,
    OpenPool,
    PoolBatchFinished,
    PoolJoined,
    PoolReached,
    SettlePage,
    SettleShares,
)
from headwater.decision import Decision
from orders.domain import ledger, pool_opening, pool_production, pool_settling
from orders.domain.answers import refuse
from orders.domain.order import MOST_FEN, total_of
from orders.domain.pool_opening import quote_fault
from orders.domain.pool_state import MOST_SHARES, PAGE, Pool, Refusal, Share
from orders.domain.state import Policy

ACCEPTS = (
    OpenPool, JoinPool, LeavePool, PoolBatchFinished, SettlePage, SettleShares, OrderAnswer, Refused, Done,
)  # fmt: skip
_TAKES = ("open", "reached")
"""The statuses in which buyers may join."""


def touched_shares(message: Message) -> tuple[str, ...]:
    """The shares that a message is about."""
    match message:
        case JoinPool() | LeavePool():
            return (message.share_id,)
        case SettlePage():
            return (message.head,) if message.head else ()
        case SettleShares():
            return message.shares
        case OrderAnswer():
            return (pool_settling.share_id_of(message.order_id),)
        case Refused():
            return (pool_settling.share_id_of(message.id),)
        case _:
            return ()


def decide(policy: Policy, pool: Pool | None, message: Message, now: datetime) -> Decision[Pool]:
    """The outcome of one message for one pool."""
    if pool is None:
        return pool_opening.open_(policy, message, now) if isinstance(message, OpenPool) else _unknown(message)
    timely = keep_time(pool, now)
    assert timely.state is not None
    decided = _outcome(policy, timely.state, message, now)
    return Decision(decided.state, (*timely.messages, *decided.messages))


def _outcome(policy: Policy, pool: Pool, message: Message, now: datetime) -> Decision[Pool]:
    match message:
        case JoinPool():
            return join(policy, pool, message, now)
        case LeavePool():
            return leave(pool, message, now)
        case SettlePage():
            return pool_settling.page(pool, message)
        case SettleShares():
            return pool_settling.shares(policy, pool, message, now)
        case OrderAnswer():
            return pool_settling.heard(pool, message, now)
        case Done() | Refused():
            if message.id.startswith("ord_") and isinstance(message, Refused):
                return pool_settling.heard(pool, message, now)
            return pool_production.answered(pool, message)
        case PoolBatchFinished():
            return pool_production.batch(pool, message)
        case OpenPool():
            return pool_opening.open_again(pool, message)
        case _:
            return Decision(pool)


# --- joining -------------------------------------------------------------------------------------------------------


def join(policy: Policy, pool: Pool, message: JoinPool, now: datetime) -> Decision[Pool]:
    """A buyer wants some of it, and has paid: the pool has the money."""
    known = pool.shares.get(message.share_id)
    if known is not None:
        return _join_again(pool, known, message)
    lines = _lines_of(pool, message)
    fault = _why_not_joined(policy, pool, message, lines, now)
    if fault is not None:
        return Decision(pool, refuse(message, message.share_id, *fault))
    ended = len(pool.tail) == PAGE
    share = Share(
        buyer_id=message.buyer_id, lines=lines, destination=message.destination, payment_id=message.payment_id,
        digest=_digest(message, lines), joined_at=now, held_fen=message.amount_fen,
        before=pool.tail if ended else (),
        postings=ledger.joined(pool.pool_id, message.buyer_id, message.amount_fen, message.payment_id, now),
    )  # fmt: skip
    joined = pool.with_share(
        message.share_id, share, wanted=pool.counted(lines, 1), shares_open=pool.shares_open + 1,
        joins=pool.joins + 1, heads=(*pool.heads, message.share_id) if ended else pool.heads,
        tail=(message.share_id,) if ended else (*pool.tail, message.share_id),
    )  # fmt: skip
    event = PoolJoined(
        pool_id=pool.pool_id, share_id=message.share_id, buyer_id=message.buyer_id, pieces=share.pieces,
        amount_fen=message.amount_fen,
    )  # fmt: skip
    reached = _reach(joined, now)
    assert reached.state is not None
    return Decision(reached.state, (event, *reached.messages, *reached.state.tell(message.share_id, message)))


def _lines_of(pool: Pool, message: JoinPool) -> tuple[OrderLine, ...]:
    """What is wanted: of goods that exist as the catalog has sealed it, of a design at the pool's own price."""
    if pool.design is None:
        return message.quote.lines if message.quote is not None else ()
    return tuple(
        OrderLine(sku_id=one.sku_id, offer_id=pool.offer_id, quantity=one.pieces, unit_price_fen=pool.unit_fen)
        for one in message.lines
    )


def _why_not_joined(
    policy: Policy, pool: Pool, message: JoinPool, lines: tuple[OrderLine, ...], now: datetime
) -> Refusal | None:
    return (
        _closed(pool)
        or _wrong_lines(policy, pool, message, lines, now)
        or _wrong_size(pool, message, lines)
    )  # fmt: skip


def _closed(pool: Pool) -> Refusal | None:
    id = pool.pool_id
    if pool.status not in _TAKES:
        instead = "" if pool.design else ", or order at the price of your quantity: POST /v1/orders"
        return Refusal("pool_closed", f"Pool {id} is {pool.status}: join another, ListPools has them{instead}.")
    if pool.joins >= MOST_SHARES:
        return Refusal(
            "pool_full", f"Pool {id} was joined {MOST_SHARES:,} times, which is all it can hold: open another."
        )
    return None


def _wrong_lines(
    policy: Policy, pool: Pool, message: JoinPool, lines: tuple[OrderLine, ...], now: datetime
) -> Refusal | None:
    id = pool.pool_id
    if message.buyer_id == str(pool.supplier_id):
        return Refusal("own_pool", f"Pool {id} is of your own goods: buyers join it.")
    if not lines:
        what = "a quote of the catalog with your lines" if pool.design is None else "lines, with SKUs of the pool"
        return Refusal("no_quote", f"Say what you want of pool {id}: send {what}.")
    if pool.design is None and message.quote is not None:
        fault = quote_fault(policy, message.quote, message.buyer_id, now)
        if fault is not None:
            return fault
    if len({line.sku_id for line in lines}) < len(lines):
        return Refusal("duplicate_sku", "A SKU stands on two lines: add their quantities up into one.")
    for line in lines:
        if line.sku_id not in pool.skus or line.offer_id != pool.offer_id:
            some = ", ".join(pool.skus[:5])
            return Refusal("not_in_pool", f"{line.sku_id} of {line.offer_id} is not in pool {id}; it has {some}.")
        if line.unit_price_fen != pool.price_ranges[0].price_fen:
            detail = f"Offer {pool.offer_id} has another pool price now, {line.unit_price_fen} fen: open a new pool."
            return Refusal("price_changed", detail)
    return None


def _wrong_size(pool: Pool, message: JoinPool, lines: tuple[OrderLine, ...]) -> Refusal | None:
    id, total = pool.pool_id, total_of(lines)
    left = pool.most_pieces - pool.pieces
    if sum(line.quantity for line in lines) > left:
        return Refusal("above_most", f"Pool {id} takes {left} pieces more: want as many, or fewer.")
    if pool.held_fen + total > MOST_FEN:
        return Refusal("amount_too_large", f"A pool holds {MOST_FEN:,} fen: want less of pool {id}, or open another.")
    if total != message.amount_fen:
        return Refusal("wrong_amount", f"This share costs {total} fen, not {message.amount_fen}: pay exactly that.")
    return None


def _join_again(pool: Pool, known: Share, message: JoinPool) -> Decision[Pool]:
    """The same share once more (its sender heard no answer), or another one under the same id."""
    # The catalog may have sealed it anew, at another price by now: what it says of the same wish does not matter.
    if known.digest != _digest(message, _lines_of(pool, message)) or known.buyer_id != message.buyer_id:
        detail = f"Share {message.share_id} exists with other contents: use a new Idempotency-Key for another one."
        return Decision(pool, refuse(message, message.share_id, "idempotency_conflict", detail))
    return Decision(pool, pool.tell(message.share_id, message))


def _digest(message: JoinPool, lines: tuple[OrderLine, ...]) -> str:
    wish = [f"{line.sku_id} {line.quantity}" for line in lines]
    parts = (message.payment_id, str(message.amount_fen), message.destination.model_dump_json(), *wish)
    return blake2b("\n".join(parts).encode(), digest_size=16).hexdigest()


def _reach(pool: Pool, now: datetime) -> Decision[Pool]:
    """Whether enough is wanted by now."""
    if pool.status != "open" or pool.pieces < pool.target:
        return Decision(pool)
    reached = pool.evolve(status="reached")
    event = PoolReached(pool_id=pool.pool_id, supplier_id=pool.supplier_id, pieces=pool.pieces)
    closed = close(reached, now) if pool.closes == "at_reach" else Decision(reached)
    return Decision(closed.state, (event, *closed.messages))


# --- leaving, and the end ------------------------------------------------------------------------------------------


def leave(pool: Pool, message: LeavePool, now: datetime) -> Decision[Pool]:
    """A buyer wants it no more: the money goes back, as long as nobody counts on it."""
    share = pool.shares.get(message.share_id)
    if share is None or share.buyer_id != message.buyer_id:
        return Decision(pool, refuse(message, message.share_id, *_no_share(message)))
    if share.status in ("left", "returned"):
        return Decision(pool, pool.tell(message.share_id, message))
    if pool.status not in ("open", "overdue"):
        return Decision(pool, refuse(message, message.share_id, *_bound(pool, share)))
    why = "left before the pool was reached" if pool.status == "open" else "left, since the goods are overdue"
    left, told = pool_settling.give_back(pool, message.share_id, share, why, now, status="left")
    going_on = pool_production.go_on(left)
    assert going_on.state is not None
    return Decision(
        going_on.state, (*told, *going_on.messages, *going_on.state.tell(message.share_id, message))
    )  # fmt: skip


def _bound(pool: Pool, share: Share) -> Refusal:
    if pool.status in ("failing", "failed"):
        return Refusal("pool_failed", f"Pool {pool.pool_id} has failed: the money goes back by itself.")
    then = f"; when it is not made by {pool.made_by:%F %T} UTC you may leave" if pool.status == "producing" else ""
    order = f"; order {share.order_id} is yours" if share.order_id else ""
    return Refusal("already_reached", f"Pool {pool.pool_id} was reached, and nobody leaves it any more{then}{order}.")


def keep_time(pool: Pool, now: datetime) -> Decision[Pool]:
    """What is due has happened, whether or not the pool was woken for it; woken twice, it has happened once."""
    if pool.status in _TAKES and now >= pool.closes_at:
        return close(pool, now)
    return pool_production.keep_time(pool, now)


def close(pool: Pool, now: datetime) -> Decision[Pool]:
    """Nobody joins any more. The price is what all together have reached."""
    if pool.status != "reached":
        return pool_settling.settle(pool, orders=False)
    priced = pool.evolve(unit_fen=pool.price_at(pool.pieces))
    if pool.design is not None:
        return pool_production.start(priced, now)
    return pool_settling.settle(priced, orders=True)


# --- refusing ------------------------------------------------------------------------------------------------------


def _no_share(message: LeavePool) -> Refusal:
    return Refusal("no_such_share", f"You have no share {message.share_id} in pool {message.pool_id}.")


def _unknown(message: Message) -> Decision[Pool]:
    """There is no such pool. A late answer to one is nobody's business."""
    match message:
        case JoinPool() | LeavePool() | PoolBatchFinished():
            detail = f"There is no pool {message.pool_id}; ListPools shows those that can be joined."
            return Decision(None, refuse(message, _id_of(message), "no_such_pool", detail))
        case _:
            return Decision(None)


def _id_of(message: JoinPool | LeavePool | PoolBatchFinished) -> str:
    return message.batch_id if isinstance(message, PoolBatchFinished) else message.share_id
