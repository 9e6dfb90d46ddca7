"""Chain leaders (链主): a pallet (货盘) of goods that other sellers co-distribute (分销), from one stock."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from headwater.contracts.base import Fen, Key, Message, OfferId, ReplyTo, ShortText, SupplierId, Value
from headwater.contracts.catalog import Price
from headwater.contracts.topics import (
    CATALOG_DISTRIBUTION_EVENTS,
    CATALOG_DISTRIBUTION_INBOX,
    CATALOG_PALLET_EVENTS,
    CATALOG_PALLET_INBOX,
    CATALOG_STANDING_INBOX,
)


class PalletGoods(Value):
    """An offer of the leader that others may sell, no piece of it below `floor_fen` (控价)."""

    offer_id: OfferId
    floor_fen: Price


class Margin(Value):
    """What a seller adds to the leader's price of a piece: per mille of it, rounded up, and fen. Both add up."""

    fen: Fen = 0
    per_mille: Annotated[int, Field(ge=0, le=10_000, strict=True)] = 0


class PublishPallet(Message, to=CATALOG_STANDING_INBOX, key="leader_id"):
    """A chain leader publishes a pallet, or replaces what is on it. Answered by `Done` or `Refused`.

    Goes to the standing of the leader first, which knows whether it is one. The same `change_id` is applied once.
    """

    leader_id: SupplierId
    pallet_id: Key
    change_id: Key
    name: ShortText
    goods: Annotated[tuple[PalletGoods, ...], Field(min_length=1, max_length=500)]
    reply_to: ReplyTo | None = None


class PutPallet(Message, to=CATALOG_PALLET_INBOX, key="pallet_id"):
    """What `PublishPallet` asks for, of a supplier that is a chain leader."""

    pallet_id: Key
    leader_id: SupplierId
    change_id: Key
    name: ShortText
    goods: Annotated[tuple[PalletGoods, ...], Field(min_length=1, max_length=500)]
    reply_to: ReplyTo | None = None


class WithdrawPallet(Message, to=CATALOG_PALLET_INBOX, key="pallet_id"):
    """Nobody can order from the pallet's co-distributors any longer. Answered by `Done` or `Refused`."""

    pallet_id: Key
    leader_id: SupplierId
    change_id: Key
    reason: Annotated[str, Field(min_length=1, max_length=200)]
    reply_to: ReplyTo | None = None


class Codistribute(Message, to=CATALOG_PALLET_INBOX, key="pallet_id"):
    """A seller offers a pallet's goods in its own shop, or changes its margin. Answered by `Done` or `Refused`.

    Goes to the pallet first, which says whether the goods are on it.
    """

    pallet_id: Key
    offer_id: OfferId
    """Of the offer in the seller's shop."""
    supplier_id: SupplierId
    """The seller."""
    leader_offer_id: OfferId
    margin: Margin
    change_id: Key
    reply_to: ReplyTo | None = None


class PutDistribution(Message, to=CATALOG_DISTRIBUTION_INBOX, key="offer_id"):
    """What `Codistribute` asks for, with the leader's consent."""

    offer_id: OfferId
    supplier_id: SupplierId
    pallet_id: Key
    leader_id: SupplierId
    leader_offer_id: OfferId
    margin: Margin
    change_id: Key
    reply_to: ReplyTo | None = None


class EndDistribution(Message, to=CATALOG_DISTRIBUTION_INBOX, key="offer_id"):
    """The seller takes a co-distributed offer out of its shop. Answered by `Done` or `Refused`."""

    offer_id: OfferId
    supplier_id: SupplierId
    change_id: Key
    reason: Annotated[str, Field(min_length=1, max_length=200)]
    reply_to: ReplyTo | None = None


class PalletPublished(Message, to=CATALOG_PALLET_EVENTS, key="pallet_id"):
    """What is on a pallet from now on."""

    pallet_id: str
    leader_id: SupplierId
    name: str
    goods: tuple[PalletGoods, ...]


class PalletWithdrawn(Message, to=CATALOG_PALLET_EVENTS, key="pallet_id"):
    """The pallet is gone, and with it every co-distributed offer of it."""

    pallet_id: str
    leader_id: SupplierId
    reason: str


class OfferCodistributed(Message, to=CATALOG_DISTRIBUTION_EVENTS, key="offer_id"):
    """A seller's shop has an offer of a leader's goods, with this margin from now on."""

    offer_id: OfferId
    supplier_id: SupplierId
    pallet_id: str
    leader_id: SupplierId
    leader_offer_id: OfferId
    margin: Margin


class CodistributionEnded(Message, to=CATALOG_DISTRIBUTION_EVENTS, key="offer_id"):
    """The seller no longer has it."""

    offer_id: OfferId
    supplier_id: SupplierId
    reason: str
