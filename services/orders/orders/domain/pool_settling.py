"""How a pool ends: each share becomes an order that the pool pays, or has its money back. Page by page.

    share: joined --order asked for--> ordering --confirmed--> paying --paid--> ordered
              |                           |                       |
              |                           +-- refused ------------+-- not paid --> returned
              +-- the pool failed --> returned

An order and a return exclude each other: the pool gives a share's money back only when its order has answered that it
was not taken, or will not be paid. What the pool has, it has on an account of its own, and a paid order takes it from
there in its own transaction: it is never on the way.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from headwater.contracts.base import Message, OrderId, Refused, ReplyTo, ShareId
from headwater.contracts.orders import OrderAnswer, OrderLine, PayOrder, PlaceOrder, PoolPurchase
from headwater.contracts.pools import PoolSettled, SettlePage, SettleShares, ShareOrdered, ShareReturned
from headwater.contracts.quotes import sealed, to_seal
from headwater.contracts.topics import POOL_INBOX
from headwater.decision import Decision
from orders.domain import ledger
from orders.domain.order import total_of
from orders.domain.pool_state import Messages, Pool, Share
from orders.domain.state import Policy

SEAL_HOLDS = timedelta(days=1)
"""From the pool to the order, which may have much to do before."""
NOT_TAKEN = {"refused", "cancelled", "expired"}
PAID = {"paid", "shipped", "delivered", "completed"}


def settle(pool: Pool, *, orders: bool) -> Decision[Pool]:
    """Settle every share: those who joined first come first."""
    begun = pool.evolve(status="ordering" if orders else "failing", wake_at=None)
    pages = tuple(SettlePage(pool_id=pool.pool_id, head=head) for head in (*pool.heads, None))
    ended = finished(begun)
    return ended if ended.state is not begun else Decision(begun, pages)


def page(pool: Pool, message: SettlePage) -> Decision[Pool]:
    """Whose turn it is: the shares of one page."""
    ids = pool.tail if message.head is None else pool.shares[message.head].before
    return Decision(pool, (SettleShares(pool_id=pool.pool_id, shares=ids),))


def shares(policy: Policy, pool: Pool, message: SettleShares, now: datetime) -> Decision[Pool]:
    """Each share of a page that still waits."""
    told: Messages = ()
    for id in message.shares:
        share = pool.shares.get(id)
        if share is None or share.status != "joined" or pool.status not in ("ordering", "failing"):
            continue
        if pool.status == "ordering":
            pool, messages = _ask(policy, pool, id, share, now)
        else:
            pool, messages = give_back(pool, id, share, f"pool {pool.pool_id} failed", now)
        told += messages
    ended = finished(pool)
    return Decision(ended.state, (*told, *ended.messages))


def order_id_of(share_id: ShareId) -> OrderId:
    """The order of a share: asked for twice, it is still one."""
    return OrderId(f"ord_{share_id}")


def share_id_of(order_id: str) -> ShareId:
    """The share of an order."""
    return ShareId(order_id.removeprefix("ord_"))


def _ask(policy: Policy, pool: Pool, id: ShareId, share: Share, now: datetime) -> tuple[Pool, Messages]:
    """Place the share's order, at the price that the pool has come to. What was paid above it goes back."""
    lines = tuple(line.model_copy(update={"unit_price_fen": pool.unit_fen}) for line in share.lines)
    asked = _fallen(pool, share, lines, now).but(status="ordering", order_id=order_id_of(id))
    place = PlaceOrder(
        order_id=order_id_of(id), buyer_id=share.buyer_id, supplier_id=pool.supplier_id, currency="CNY", lines=lines,
        destination=share.destination, fingerprint=pool.pool_id, kind="pool",
        seal=sealed(
            policy.secrets, now + SEAL_HOLDS, share.buyer_id, pool.supplier_id, "CNY", "pool", to_seal(lines)
        ),
        pool=PoolPurchase(pool_id=pool.pool_id, share_id=id),
        reply_to=ReplyTo(topic=POOL_INBOX, key=pool.pool_id),
    )  # fmt: skip
    return pool.with_share(id, asked), (place,)


def _fallen(pool: Pool, share: Share, lines: tuple[OrderLine, ...], now: datetime) -> Share:
    """The price has fallen since the joining: the buyer has the difference back."""
    total = total_of(lines)
    more = share.held_fen - total
    if not more:
        return share
    back = ledger.given_back(pool.pool_id, share.buyer_id, more, pool.pool_id, now, what="fallen_")
    return share.but(held_fen=total, returned_fen=more, postings={**share.postings, **back})


def heard(pool: Pool, message: OrderAnswer | Refused, now: datetime) -> Decision[Pool]:
    """What became of a share's order."""
    order_id = message.order_id if isinstance(message, OrderAnswer) else message.id
    id = share_id_of(order_id)
    share = pool.shares.get(id)
    if share is None or share.status not in ("ordering", "paying"):
        return Decision(pool)  # told twice
    if isinstance(message, Refused):
        return _not_taken(pool, id, share, message.detail, now)
    if message.status in NOT_TAKEN:
        return _not_taken(pool, id, share, message.refusal or f"order {order_id} is {message.status}", now)
    if message.status in PAID:
        return _paid(pool, id, share)
    if message.status != "confirmed" or share.status == "paying":
        return Decision(pool)
    pay = PayOrder(
        order_id=message.order_id, buyer_id=share.buyer_id, payment_id=share.payment_id, amount_fen=share.held_fen,
        pool_id=pool.pool_id, reply_to=ReplyTo(topic=POOL_INBOX, key=pool.pool_id),
    )  # fmt: skip
    return Decision(pool.with_share(id, share.but(status="paying")), (pay,))


def _paid(pool: Pool, id: ShareId, share: Share) -> Decision[Pool]:
    order_id = order_id_of(id)
    told = ShareOrdered(
        pool_id=pool.pool_id, share_id=id, buyer_id=share.buyer_id, order_id=order_id, amount_fen=share.held_fen
    )
    paid = pool.with_share(
        id, share.but(status="ordered", held_fen=0), shares_open=pool.shares_open - 1, ordered=pool.ordered + 1
    )
    ended = finished(paid)
    return Decision(ended.state, (told, *ended.messages))


def _not_taken(pool: Pool, id: ShareId, share: Share, why: str, now: datetime) -> Decision[Pool]:
    returned, told = give_back(pool, id, share, why, now)
    ended = finished(returned)
    return Decision(ended.state, (*told, *ended.messages))


def give_back(
    pool: Pool, id: ShareId, share: Share, why: str, now: datetime, status: str = "returned"
) -> tuple[Pool, Messages]:
    """A share is no more: its buyer has back all that the pool still has of it."""
    amount = share.held_fen
    back = ledger.given_back(pool.pool_id, share.buyer_id, amount, id, now)
    gone = share.but(
        status=status, held_fen=0, returned_fen=share.returned_fen + amount, why=why,
        postings={**share.postings, **back},
    )  # fmt: skip
    event = ShareReturned(
        pool_id=pool.pool_id, share_id=id, buyer_id=share.buyer_id, amount_fen=share.returned_fen + amount, why=why
    )
    counted = {"returned": pool.returned + 1} if status == "returned" else {"wanted": pool.counted(share.lines, -1)}
    return pool.with_share(id, gone, shares_open=pool.shares_open - 1, **counted), (event,)


def finished(pool: Pool) -> Decision[Pool]:
    """Whether nothing is left to settle: then the pool is over."""
    if pool.shares_open or pool.status not in ("ordering", "failing"):
        return Decision(pool)
    over = pool.evolve(status="ordered" if pool.ordered else "failed")
    messages: tuple[Message, ...] = (
        PoolSettled(
            pool_id=pool.pool_id, supplier_id=pool.supplier_id, status="ordered" if pool.ordered else "failed",
            unit_price_fen=pool.unit_fen, ordered=pool.ordered, returned=pool.returned,
        ),
    )  # fmt: skip
    return Decision(over, messages)
