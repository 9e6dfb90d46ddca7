"""Prices asked for by message, by a service that orders later by itself and may call nobody from a rule."""

from __future__ import annotations

from headwater.contracts.base import BuyerId, Key, Message, OfferId, Pieces, ReplyTo, SkuId
from headwater.contracts.quotes import SealedQuote
from headwater.contracts.topics import CATALOG_OFFER_INBOX


class PriceLot(Message, to=CATALOG_OFFER_INBOX, key="offer_id"):
    """What so many pieces of a SKU cost by the offer's own ladder. Answered by `LotPriced`, or `Refused`.

    The offer knows neither price lists nor programmes, so this is what everybody pays. `Refused` as in a quote:
    `no_such_offer`, `no_such_sku`, `delisted`, `below_minimum`, `not_a_multiple`, …; its id is the `request_id`.
    """

    request_id: Key
    offer_id: OfferId
    sku_id: SkuId
    pieces: Pieces
    buyer_id: BuyerId
    reply_to: ReplyTo


class LotPriced(Message):
    """The reply: the price, sealed for the buyer."""

    request_id: Key
    quote: SealedQuote
