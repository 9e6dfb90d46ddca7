"""The bodies of pools and pre-orders. Money in fen, quantities in pieces."""

from __future__ import annotations

import itertools
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from headwater.contracts.base import Fen, Key, OfferId, Pieces, ShortText, SkuId, UtcTime, Value, WarehouseId
from headwater.contracts.catalog import PriceRange
from headwater.contracts.inquiries import Pictures, Version
from headwater.contracts.orders import Destination
from headwater.contracts.pools import Closes, Design, PoolStatus, ShareStatus
from headwater.contracts.production import BatchLine


class PoolBody(Value):
    """A pool of an offer, at its pool price: of all its SKUs, or of some."""

    offer_id: OfferId
    skus: Annotated[tuple[SkuId, ...], Field(max_length=100)] = ()
    most_pieces: Pieces | None = None
    closes_at: UtcTime
    closes: Closes = "at_reach"


class PreorderBody(Value):
    """A design that the account's factory makes once enough of it is wanted."""

    design: Design
    price_ranges: Annotated[tuple[PriceRange, ...], Field(min_length=1, max_length=10)]
    """The first range starts at the target."""
    most_pieces: Pieces | None = None
    closes_at: UtcTime
    closes: Closes = "at_deadline"

    @model_validator(mode="after")
    def _is_a_ladder(self) -> Self:
        for sooner, later in itertools.pairwise(self.price_ranges):
            if later.start_quantity <= sooner.start_quantity or later.price_fen >= sooner.price_fen:
                raise ValueError("each price range starts at more pieces than the one before it, and costs less")
        return self


class GatheringBody(Value):
    """That others may pre-order what an inquiry has agreed, at its terms."""

    version: Version
    title: ShortText
    pictures: Pictures = ()
    most_pieces: Pieces | None = None
    closes_at: UtcTime
    closes: Closes = "at_deadline"


class ShareLineBody(Value):
    """So many pieces of a SKU."""

    sku_id: SkuId
    quantity: Pieces


class ShareBody(Value):
    """What is wanted of a pool, and the payment for it: at the pool's `price_fen`, exactly."""

    lines: Annotated[tuple[ShareLineBody, ...], Field(min_length=1, max_length=100)]
    destination: Destination
    amount_fen: Fen
    payment_id: Key | None = None


class PoolBatchBody(Value):
    """Goods of a pre-order that the factory has brought into an origin warehouse."""

    batch_id: Key
    warehouse_id: WarehouseId
    lines: Annotated[tuple[BatchLine, ...], Field(min_length=1, max_length=100)]


class ShareNow(BaseModel):
    """The share and its pool as they are now, in fen. While nothing is known of it yet, its fields are null."""

    model_config = ConfigDict(extra="forbid")

    pool_id: str
    share_id: str
    status: ShareStatus | None
    held_fen: int | None
    returned_fen: int | None
    order_id: str | None
    why: str | None
    pool_status: PoolStatus | None
    missing_pieces: int | None
    closes_at: str | None
    location: str
