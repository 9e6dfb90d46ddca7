"""What an offer says to its enrolment in a campaign: whose it is, and that the campaign's price is lower. Pure.

Around `holding.py`, which has the rules of the offer itself; an enrolment changes nothing in it.
"""

from __future__ import annotations

from datetime import datetime

from catalog.domain import holding
from catalog.domain.answers import Fault, refused
from catalog.domain.offer import Offer
from headwater.contracts.base import Message
from headwater.contracts.campaigns import CheckEnrolment, OpenEnrolment, enrolment_id
from headwater.decision import Decision

ACCEPTS = (*holding.ACCEPTS, CheckEnrolment)


def decide(offer: Offer | None, message: Message, now: datetime) -> Decision[Offer]:
    """The outcome of one message for one offer, be it about a campaign or not."""
    if not isinstance(message, CheckEnrolment):
        return holding.decide(offer, message, now)
    fault = _fault(offer, message)
    if fault is not None:
        return Decision(offer, refused(message.offer_id, message, fault))
    id = enrolment_id(message.run.campaign_id, message.offer_id)
    return Decision(offer, (OpenEnrolment(**dict(message), enrolment_id=id),))


def _fault(offer: Offer | None, message: CheckEnrolment) -> Fault | None:
    if offer is None:
        return "no_such_offer", f"There is no offer {message.offer_id}; see GET /v1/offers."
    if offer.supplier_id != message.supplier_id:
        return "not_your_offer", f"Offer {offer.offer_id} belongs to another supplier: enrol one of your own."
    if offer.status != "listed":
        return "delisted", f"Offer {offer.offer_id} is {offer.status}: list it before you enrol it."
    ids = [one.sku_id for one in message.skus]
    if len(set(ids)) < len(ids):
        return "duplicate_sku", "A SKU stands twice: add its pieces up into one."
    unknown = set(ids) - {sku.sku_id for sku in offer.skus}
    if unknown:
        return "not_in_offer", f"SKU {min(unknown)} is not of offer {offer.offer_id}: enrol the offer that sells it."
    dearest = offer.price_ranges[0].price_fen
    if message.price_fen >= dearest:
        return "not_cheaper", f"{message.price_fen} fen is no less than the offer's {dearest} fen: give a lower price."
    if message.limit_per_buyer is not None and message.limit_per_buyer < offer.min_order_quantity:
        return "limit_below_minimum", (
            f"With at most {message.limit_per_buyer} pieces nobody reaches the minimum of {offer.min_order_quantity}."
        )
    return None
