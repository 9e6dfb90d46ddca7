"""How a pool is opened: for goods at the catalog's pool price, by anyone; for a design by the factory that makes it."""

from __future__ import annotations

from datetime import datetime

from headwater.contracts.base import OfferId, SkuId
from headwater.contracts.pools import OpenPool, PoolOpened
from headwater.contracts.quotes import SealedQuote, is_genuine
from headwater.decision import Decision
from orders.domain.answers import done, refuse
from orders.domain.iteration import LONGEST
from orders.domain.pool_state import Pool, Refusal
from orders.domain.state import Policy

MOST_PIECES = 10**9


def open_(policy: Policy, message: OpenPool, now: datetime) -> Decision[Pool]:
    """A new pool: buyers may join until it closes."""
    fault = _why_not_opened(message, now) or (message.goods and _goods_fault(policy, message, message.goods, now))
    if fault:
        return Decision(None, refuse(message, message.pool_id, *fault))
    first = message.price_ranges[0]
    if message.goods is not None:
        offer_id, skus = message.goods.lines[0].offer_id, tuple(line.sku_id for line in message.goods.lines)
    else:
        assert message.design is not None
        offer_id = OfferId(message.pool_id)
        skus = tuple(sku_of(message.pool_id, size) for size in message.design.requirements.sizes)
    pool = Pool(
        pool_id=message.pool_id, opened_by=message.opened_by, supplier_id=message.supplier_id, offer_id=offer_id,
        skus=skus, design=message.design, price_ranges=message.price_ranges,
        most_pieces=message.most_pieces or MOST_PIECES, closes=message.closes, closes_at=message.closes_at,
        opened_at=now, agreed=message.agreed, fingerprint=message.fingerprint, unit_fen=first.price_fen,
        wake_at=message.closes_at,
    )  # fmt: skip
    event = PoolOpened(
        pool_id=pool.pool_id, opened_by=pool.opened_by, supplier_id=pool.supplier_id, offer_id=offer_id,
        target_pieces=pool.target, price_fen=pool.unit_fen, closes_at=pool.closes_at,
    )  # fmt: skip
    return Decision(pool, (event, *done(message, pool.pool_id)))


def sku_of(pool_id: str, size: str) -> SkuId:
    """The SKU of a size of a pool's design: the goods of another pool are other goods."""
    return SkuId(f"{pool_id}-{size}")


def _why_not_opened(message: OpenPool, now: datetime) -> Refusal | None:
    if (message.goods is None) == (message.design is None):
        return Refusal("goods_or_design", "A pool is either of goods, with their sealed quote, or of a design.")
    if not now < message.closes_at <= now + LONGEST:
        return Refusal("bad_times", f"Let buyers join from now for at most {LONGEST.days} days.")
    target = message.price_ranges[0].start_quantity
    if message.most_pieces is not None and message.most_pieces < target:
        return Refusal("bad_target", f"{target} pieces must be wanted, and {message.most_pieces} may: allow for more.")
    if message.design is not None and message.opened_by != message.supplier_id and message.agreed is None:
        detail = f"{message.supplier_id} has not agreed to make this: it may open the pool, or agree to an inquiry."
        return Refusal("not_your_design", detail)
    return None


def _goods_fault(policy: Policy, message: OpenPool, quote: SealedQuote, now: datetime) -> Refusal | None:
    """That the catalog does not have these goods at this price for a pool."""
    fault = quote_fault(policy, quote, message.opened_by, now)
    if fault is not None:
        return fault
    first = quote.lines[0]
    if any(line.offer_id != first.offer_id for line in quote.lines) or quote.supplier_id != message.supplier_id:
        return Refusal("bad_price", "A pool is of one offer: open one for each.")
    prices = {line.unit_price_fen for line in quote.lines}
    if len(message.price_ranges) > 1 or prices != {message.price_ranges[0].price_fen}:
        detail = f"Offer {first.offer_id} has a pool price of {min(prices)} fen: a pool of it has exactly that."
        return Refusal("bad_price", detail)
    return None


def quote_fault(policy: Policy, quote: SealedQuote, account: str, now: datetime) -> Refusal | None:
    """That a quote is not the catalog's for this account at a pool's price, or no longer."""
    seal = quote.seal
    priced = (quote.buyer_id, quote.supplier_id, quote.currency, quote.kind, quote.lines, quote.campaign)
    if quote.buyer_id != account or quote.kind != "pool" or not is_genuine(policy.secrets, seal, *priced):
        return Refusal("forged_quote", f"The catalog has not sealed these lines for {account}, for a pool: quote anew.")
    if seal.expires_at <= now:
        return Refusal("expired_quote", f"The quote ended {seal.expires_at:%F %T} UTC: ask anew.")
    return None


def open_again(pool: Pool, message: OpenPool) -> Decision[Pool]:
    """The same pool once more (its sender heard no answer), or another one under the same id."""
    if (message.fingerprint, message.opened_by) != (pool.fingerprint, pool.opened_by):
        detail = f"Pool {pool.pool_id} exists with other contents: use a new Idempotency-Key for a new one."
        return Decision(pool, refuse(message, pool.pool_id, "idempotency_conflict", detail))
    return Decision(pool, done(message, pool.pool_id))
