"""What the worlds share: a time, a buyer, a supplier, a sealed part of a basket, and a message that is given."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from headwater.contracts.base import BuyerId, Message, OfferId, ReplyTo, SkuId, SupplierId
from headwater.contracts.orders import Destination, OrderLine
from headwater.contracts.quotes import SealedQuote, sealed, secrets_from, to_seal
from headwater_proof.states.explore import Given
from orders.domain.state import Policy

NOW = datetime(2026, 11, 11, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
"""After the payment window."""
MUCH_LATER = NOW + timedelta(days=30)
"""After the acceptance window."""
SECRETS = secrets_from("drawn=no-secret-at-all-here")
POLICY = Policy(SECRETS)
BUYER, SUPPLIER = BuyerId("shop"), SupplierId("factory")
CALLER = ReplyTo(topic="gateway.replies.v1", key="request")
HOME = Destination(city="Madrid", address="Calle Mayor 1", consignee="María", phone="1")
PRICE_FEN = 1_000


def given(message: Message, now: datetime = NOW, label: str = "") -> Given:
    """A message as it may come; its label says in the diagram what is special of it."""
    return Given(label or type(message).__name__, message, now)


def part(skus: Iterable[str], supplier_id: SupplierId = SUPPLIER, ends_at: datetime = LATER) -> SealedQuote:
    """One supplier's part of a basket: a piece of each SKU, at prices that hold until a time."""
    lines = tuple(
        OrderLine(sku_id=SkuId(sku), offer_id=OfferId("offer"), quantity=1, unit_price_fen=PRICE_FEN) for sku in skus
    )
    seal = sealed(SECRETS, ends_at, BUYER, supplier_id, "CNY", "goods", to_seal(lines))
    return SealedQuote(buyer_id=BUYER, supplier_id=supplier_id, currency="CNY", kind="goods", lines=lines, seal=seal)
