"""An offer that is asked for the price of a lot by message answers with a sealed quote by its own ladder."""

from __future__ import annotations

from datetime import datetime, timedelta

from catalog.domain import enrolling
from catalog.domain.answers import refused
from catalog.domain.offer import Offer
from catalog.domain.pricing import QuotedLine, quote
from headwater.contracts.base import Message, Sent
from headwater.contracts.lots import LotPriced, PriceLot
from headwater.contracts.orders import OrderLine
from headwater.contracts.quotes import SealedQuote, Secrets, sealed, to_seal
from headwater.decision import Decision

ACCEPTS = (*enrolling.ACCEPTS, PriceLot)


def decide(secrets: Secrets, holds: timedelta, offer: Offer | None, message: Message, now: datetime) -> Decision[Offer]:
    """Price a lot, which changes nothing; what is not asked for a price goes as with any offer."""
    if not isinstance(message, PriceLot):
        return enrolling.decide(offer, message, now)
    if offer is None:
        fault = "no_such_offer", f"There is no offer {message.offer_id}; GET /v1/offers shows what is."
        return Decision(None, refused(message.request_id, message, fault))
    known = {message.sku_id: offer} if any(one.sku_id == message.sku_id for one in offer.skus) else {}
    (line,) = quote({message.sku_id: message.pieces}, known).lines
    if line.code:
        return Decision(offer, refused(message.request_id, message, (line.code, line.detail)))
    answer = LotPriced(request_id=message.request_id, quote=_sealed(secrets, now + holds, offer, message, line))
    return Decision(offer, (Sent(to=message.reply_to, message=answer),))


def _sealed(secrets: Secrets, until: datetime, offer: Offer, message: PriceLot, line: QuotedLine) -> SealedQuote:
    priced = OrderLine(
        sku_id=line.sku_id, offer_id=offer.offer_id, quantity=line.quantity, unit_price_fen=line.price.unit_fen
    )
    seal = sealed(
        secrets, until.replace(microsecond=0), message.buyer_id, offer.supplier_id, "CNY", "goods", to_seal((priced,))
    )
    return SealedQuote(
        buyer_id=message.buyer_id, supplier_id=offer.supplier_id, currency="CNY", kind="goods", lines=(priced,),
        seal=seal,
    )  # fmt: skip
