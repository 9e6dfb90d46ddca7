"""Sealed quotes: the catalog seals what it has priced, and orders are placed at sealed prices only.

A seal is an HMAC-SHA256 (RFC 2104) with a secret that the catalog and the orders service share, over whose order it
would be, every line with its price, and until when it holds. Whoever carries it between them, the buyer included, can
change nothing in it. Several secrets may be known at once, so that they can be changed without a pause: the first one
seals, all are accepted.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Annotated

from pydantic import Field

from headwater.contracts.base import BuyerId, Currency, Key, OfferId, SkuId, SupplierId, Value
from headwater.contracts.campaigns import CampaignRun
from headwater.contracts.orders import OrderKind, OrderLine, QuoteSeal

SHORTEST = 16
Secrets = Mapping[str, bytes]
"""By their names; the first one seals."""


SealedLine = tuple[SkuId, OfferId, int, int, int]
"""A line as it is sealed: its SKU and offer, the pieces, what a piece costs and what of it is vouched for, in fen."""


class SealedQuote(Value):
    """One supplier's part of a basket, at prices that hold for this buyer until the seal expires."""

    buyer_id: BuyerId
    supplier_id: SupplierId
    currency: Currency
    kind: OrderKind
    lines: Annotated[tuple[OrderLine, ...], Field(min_length=1, max_length=100)]
    seal: QuoteSeal
    campaign: CampaignRun | None = None
    """In which campaign these prices hold; None: in none."""


def secrets_from(setting: str) -> Secrets:
    """Read `name=secret,name=secret`, the one that seals first. Raises `ValueError` that says what is wrong."""
    secrets: dict[str, bytes] = {}
    for part in filter(None, (part.strip() for part in setting.split(","))):
        name, equals, secret = part.partition("=")
        if not equals or not name or len(secret) < SHORTEST:
            raise ValueError(f"a secret is name=secret with at least {SHORTEST} characters after the sign")
        secrets[name] = secret.encode()
    if not secrets:
        raise ValueError("give at least one secret, as name=secret")
    return secrets


def to_seal(lines: Iterable[OrderLine]) -> Iterator[SealedLine]:
    """What of an order's lines is sealed."""
    return ((one.sku_id, one.offer_id, one.quantity, one.unit_price_fen, one.vouched_fen) for one in lines)


def sealed(
    secrets: Secrets, expires_at: datetime, buyer_id: BuyerId, supplier_id: SupplierId, currency: Currency,
    kind: OrderKind, lines: Iterable[SealedLine], campaign: CampaignRun | None = None,
) -> QuoteSeal:  # fmt: skip
    """The seal of these lines for this buyer, with the first secret."""
    name: Key = next(iter(secrets))
    mac = _mac(secrets[name], expires_at, buyer_id, supplier_id, currency, kind, lines, campaign)
    return QuoteSeal(secret=name, expires_at=expires_at, mac=mac)


def is_genuine(
    secrets: Secrets, seal: QuoteSeal, buyer_id: BuyerId, supplier_id: SupplierId, currency: Currency, kind: OrderKind,
    lines: Iterable[OrderLine], campaign: CampaignRun | None = None,
) -> bool:  # fmt: skip
    """Whether the catalog has sealed exactly these lines for this buyer; until when is another question."""
    secret = secrets.get(seal.secret)
    if secret is None:
        return False
    mac = _mac(secret, seal.expires_at, buyer_id, supplier_id, currency, kind, to_seal(lines), campaign)
    return hmac.compare_digest(mac, seal.mac)


def _mac(
    secret: bytes, expires_at: datetime, buyer_id: str, supplier_id: str, currency: str, kind: str,
    lines: Iterable[SealedLine], campaign: CampaignRun | None,
) -> str:  # fmt: skip
    # Ids have no spaces or line ends in them, so that no two quotes are written alike.
    head = f"{buyer_id} {supplier_id} {currency} {kind} {int(expires_at.timestamp())}"
    if campaign is not None:  # one without is sealed as it was before there were any
        run = int(campaign.starts_at.timestamp()), int(campaign.ends_at.timestamp())
        head = f"{head} {campaign.campaign_id} {run[0]} {run[1]}"
    rows = [f"\n{sku} {offer} {pieces} {unit} {vouched}" for sku, offer, pieces, unit, vouched in lines]
    return hmac.digest(secret, "".join((head, *rows)).encode(), "sha256").hex()
