"""The world of a pool: two buyers who reach it together, of goods that exist and of a design."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from headwater.contracts.base import BuyerId, Done, Message, ReplyTo, SupplierId, Wake
from headwater.contracts.orders import Destination, OrderAnswer, OrderLine
from headwater.contracts.pools import JoinPool, LeavePool, OpenPool, PoolBatchFinished, SettleShares
from headwater.contracts.quotes import SealedQuote, sealed, secrets_from, to_seal
from headwater_proof.states.explore import Given, World, dumped
from orders.domain import pool
from orders.domain.pool_production import GIVEN_UP_AFTER
from orders.domain.pool_settling import order_id_of
from orders.domain.state import Policy

NOW = datetime(2026, 11, 11, tzinfo=UTC)
DEADLINE = NOW + timedelta(days=1)
OVERDUE = DEADLINE + timedelta(days=2)
GIVEN_UP = OVERDUE + GIVEN_UP_AFTER
SECRETS = secrets_from("drawn=no-secret-at-all-here")
CALLER = ReplyTo(topic="gateway.replies.v1", key="request")
HOME = Destination(city="Madrid", address="Calle Mayor 1", consignee="María", phone="1")
PRICE_FEN = 1_000
SHARES = ("shr_a", "shr_b")
SKU = {"goods": "a", "design": "pool_1-M"}


def _given(message: Message, now: datetime = NOW, label: str = "") -> Given:
    return Given(label or type(message).__name__, message, now)


def _quote(account: str, pieces: int) -> SealedQuote:
    lines = [OrderLine.model_validate(
        {"sku_id": SKU["goods"], "offer_id": "offer", "quantity": pieces, "unit_price_fen": PRICE_FEN}
    )]  # fmt: skip
    seal = sealed(SECRETS, OVERDUE, BuyerId(account), SupplierId("factory"), "CNY", "pool", to_seal(lines))
    return SealedQuote.model_validate(
        {"buyer_id": account, "supplier_id": "factory", "currency": "CNY", "kind": "pool", "lines": lines, "seal": seal}
    )


def _open(what: str, closes: str, **changes: Any) -> OpenPool:
    design = {"title": "cranes", "requirements": {"text": "a print", "sizes": ["M"]}, "lead_days": 1}
    of: dict[str, Any] = {"goods": {"goods": _quote("factory", 1)}, "design": {"design": design}}
    return OpenPool.model_validate(
        {
            "pool_id": "pool_1", "opened_by": "factory", "supplier_id": "factory", "closes_at": DEADLINE,
            "closes": closes, "price_ranges": [{"start_quantity": 10, "price_fen": PRICE_FEN}], "fingerprint": "f",
            "reply_to": CALLER, **of[what], **changes,
        }
    )  # fmt: skip


def _join(what: str, share_id: str, **changes: Any) -> JoinPool:
    of: dict[str, Any] = {
        "goods": {"quote": _quote(share_id, 5)}, "design": {"lines": [{"sku_id": SKU[what], "pieces": 5}]}
    }  # fmt: skip
    return JoinPool.model_validate(
        {
            "pool_id": "pool_1", "share_id": share_id, "buyer_id": share_id, "destination": HOME, "payment_id": "pay",
            "amount_fen": 5 * PRICE_FEN, "reply_to": CALLER, **of[what], **changes,
        }
    )  # fmt: skip


def _world(what: str, closes: str) -> Iterable[Given]:
    yield _given(_open(what, closes))
    yield _given(_open(what, closes, fingerprint="other"), label="OpenPool of other contents")
    for share_id in SHARES:
        leave = LeavePool.model_validate(
            {"pool_id": "pool_1", "share_id": share_id, "buyer_id": share_id, "reply_to": CALLER}
        )
        yield _given(_join(what, share_id))
        yield _given(leave)
        for status in ("confirmed", "paid", "refused"):
            order = {"order_id": order_id_of(share_id), "status": status, "total_fen": 5 * PRICE_FEN}  # type: ignore[arg-type]
            yield _given(OrderAnswer.model_validate({**order, "currency": "CNY"}), label=f"OrderAnswer {status}")
    yield _given(_join(what, "shr_c", amount_fen=1), label="JoinPool for another amount")
    yield _given(_join(what, "shr_c"), DEADLINE, "JoinPool at the deadline")
    yield _given(SettleShares.model_validate({"pool_id": "pool_1", "shares": SHARES}))
    yield _given(Wake(id="pool_1", due=DEADLINE), DEADLINE, "deadline")
    if what == "goods":
        return
    lines = [{"sku_id": SKU[what], "pieces": 10}]
    batch = {"pool_id": "pool_1", "supplier_id": "factory", "batch_id": "b", "warehouse_id": "yiwu", "lines": lines}
    yield _given(PoolBatchFinished.model_validate({**batch, "reply_to": CALLER}))
    yield _given(Done(id="pool_1.0.0"), label="Done of a receipt")
    yield _given(Wake(id="pool_1", due=OVERDUE), OVERDUE, "production overdue")
    yield _given(Wake(id="pool_1", due=GIVEN_UP), GIVEN_UP, "production given up")


POOL = World(
    "orders", "pool", partial(pool.decide, Policy(SECRETS)),
    [
        tuple(_world(what, closes))
        for what, closes in (("goods", "at_reach"), ("goods", "at_deadline"), ("design", "at_deadline"))
    ],
    dumped(),
)  # fmt: skip
