"""Samples (样品): how many pieces of a SKU each buyer has had, so that none takes a sample for stock."""

from __future__ import annotations

from hashlib import blake2b
from typing import Annotated

from pydantic import Field

from headwater.contracts.base import BuyerId, Key, Message, OrderId, Pieces, SkuId
from headwater.contracts.topics import CATALOG_SAMPLE_EVENTS, CATALOG_SAMPLE_INBOX

MOST_SAMPLES = 3
"""Pieces of a SKU that a buyer may have as samples, over all its orders: one to look at, one to test, one to keep."""


class TakeSample(Message, to=CATALOG_SAMPLE_INBOX, key="sample_id"):
    """An order of samples was placed."""

    sample_id: Key
    buyer_id: BuyerId
    sku_id: SkuId
    order_id: OrderId
    pieces: Pieces


class ReturnSample(Message, to=CATALOG_SAMPLE_INBOX, key="sample_id"):
    """The order came to nothing: its pieces may be had again."""

    sample_id: Key
    order_id: OrderId


class SampleChanged(Message, to=CATALOG_SAMPLE_EVENTS, key="sample_id"):
    """How many pieces of a SKU a buyer has had as samples, from now on."""

    sample_id: Key
    buyer_id: BuyerId
    sku_id: SkuId
    pieces: Annotated[int, Field(ge=0, strict=True)]


def sample_id(buyer_id: BuyerId, sku_id: SkuId) -> Key:
    """The id of a buyer's samples of a SKU."""
    asked = f"{len(buyer_id)}:{buyer_id}{sku_id}".encode()
    return f"smp_{blake2b(asked, digest_size=16).hexdigest()}"
