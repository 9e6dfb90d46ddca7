"""An enrolment (报名): one offer in one campaign, at its price, with pieces set aside in the origin warehouses.

    setting_aside --every SKU set aside--> enrolled --ends_at--> ended
        |                                    |
        +-- one SKU short -> refused         +-- WithdrawEnrolment before starts_at -> withdrawn
        +-- withdrawn, or too slow (ends_at) -> withdrawn, ended

A refused or withdrawn one may be enrolled anew while the campaign takes enrolments: that is its next `turn`.
The pieces themselves are logistics': at the campaign's end it gives them back by itself.
"""

from __future__ import annotations

from datetime import datetime

from catalog.domain.answers import done, refused
from catalog.domain.changes import Applied, conflict, is_applied, with_change
from headwater.contracts.base import EnrolmentId, Message, OfferId, ReplyTo, SkuId, Wake
from headwater.contracts.campaigns import (
    CampaignRun,
    EnrolmentEnded,
    EnrolmentOpened,
    EnrolmentRefused,
    EnrolmentStatus,
    EnrolmentTerms,
    EnrolmentWithdrawn,
    OfferEnrolled,
    OpenEnrolment,
    WithdrawEnrolment,
)
from headwater.contracts.logistics import AsideRefused, ReturnStockAside, SetStockAside, StockSetAside
from headwater.contracts.topics import CATALOG_ENROLMENT_INBOX
from headwater.decision import Decision, State

ACCEPTS = (OpenEnrolment, WithdrawEnrolment, StockSetAside, AsideRefused)
TERMS = tuple(EnrolmentTerms.model_fields)


class Enrolment(EnrolmentTerms, State):
    """What an offer gives to a campaign, and how far its stock is."""

    enrolment_id: EnrolmentId
    campaign_id: str
    """Of the run, for the index."""
    campaign_name: str
    offer_id: OfferId
    run: CampaignRun
    turn: int = 1
    status: EnrolmentStatus = "setting_aside"
    waits_for: tuple[SkuId, ...] = ()
    """Whose pieces are not set aside yet."""
    refusal: str | None = None
    reply_to: ReplyTo | None = None
    changes: Applied = ()


def decide(enrolment: Enrolment | None, message: Message, now: datetime) -> Decision[Enrolment]:
    """The outcome of one message for one enrolment."""
    match message:
        case OpenEnrolment():
            return open_it(enrolment, message, now)
        case WithdrawEnrolment():
            return withdraw(enrolment, message, now)
        case StockSetAside() if enrolment is not None:
            return set_aside(enrolment, message)
        case AsideRefused() if enrolment is not None:
            return not_set_aside(enrolment, message)
        case Wake() if enrolment is not None and now >= enrolment.run.ends_at:
            return end(enrolment)
        case _:
            return Decision(enrolment)


def open_it(known: Enrolment | None, message: OpenEnrolment, now: datetime) -> Decision[Enrolment]:
    """Ask for the pieces of every SKU."""
    changes, id = known.changes if known is not None else (), message.enrolment_id
    if known is not None and is_applied(changes, message):
        if known.status == "setting_aside":
            return Decision(known.evolve(reply_to=message.reply_to or known.reply_to))
        return Decision(known, done(message.offer_id, message))
    fault = conflict(changes, message, f"enrolment {id}")
    if fault is None and known is not None and known.status in ("setting_aside", "enrolled", "ended"):
        fault = "already_enrolled", f"Offer {known.offer_id} is {known.status}: withdraw it before you enrol it anew."
    if fault is None and now >= message.run.starts_at:
        fault = "enrolment_closed", f"The campaign started {message.run.starts_at:%F %T} UTC."
    if fault is not None:
        return Decision(known, refused(message.offer_id, message, fault))
    terms = {name: getattr(message, name) for name in TERMS}
    made = Enrolment(
        **terms, enrolment_id=id, campaign_id=message.run.campaign_id, campaign_name=message.campaign_name,
        offer_id=message.offer_id, run=message.run, turn=known.turn + 1 if known is not None else 1,
        waits_for=tuple(one.sku_id for one in message.skus), reply_to=message.reply_to,
        changes=with_change(changes, message), wake_at=message.run.ends_at,
    )  # fmt: skip
    event = EnrolmentOpened(**terms, enrolment_id=id, offer_id=message.offer_id, run=message.run)
    return Decision(made, (*(_ask(made, one.sku_id, one.pieces) for one in message.skus), event))


def _ask(enrolment: Enrolment, sku_id: SkuId, pieces: int) -> SetStockAside:
    return SetStockAside(
        sku_id=sku_id, enrolment_id=enrolment.enrolment_id, turn=enrolment.turn, run=enrolment.run, pieces=pieces,
        limit_per_buyer=enrolment.limit_per_buyer,
        reply_to=ReplyTo(topic=CATALOG_ENROLMENT_INBOX, key=enrolment.enrolment_id),
    )  # fmt: skip


def set_aside(enrolment: Enrolment, message: StockSetAside) -> Decision[Enrolment]:
    """One SKU's pieces are there; with the last, the offer takes part."""
    if message.turn != enrolment.turn or message.sku_id not in enrolment.waits_for:
        return Decision(enrolment)
    left = tuple(id for id in enrolment.waits_for if id != message.sku_id)
    if enrolment.status != "setting_aside" or left:
        return Decision(enrolment.evolve(waits_for=left))
    enrolled = enrolment.evolve(waits_for=(), status="enrolled", reply_to=None)
    event = OfferEnrolled(
        enrolment_id=enrolment.enrolment_id, campaign_id=enrolment.run.campaign_id, offer_id=enrolment.offer_id,
        supplier_id=enrolment.supplier_id,
    )  # fmt: skip
    return Decision(enrolled, (event, *done(enrolment.offer_id, enrolment)))


def not_set_aside(enrolment: Enrolment, message: AsideRefused) -> Decision[Enrolment]:
    """One SKU is short: none is set aside."""
    if message.turn != enrolment.turn or enrolment.status != "setting_aside":
        return Decision(enrolment)
    over = enrolment.evolve(status="refused", refusal=message.detail, waits_for=(), reply_to=None, wake_at=None)
    event = EnrolmentRefused(enrolment_id=enrolment.enrolment_id, reason=message.detail)
    answer = refused(enrolment.offer_id, enrolment, ("not_enough_stock", message.detail))
    return Decision(over, (*_return(enrolment), event, *answer))


def withdraw(enrolment: Enrolment | None, message: WithdrawEnrolment, now: datetime) -> Decision[Enrolment]:
    """Take the offer back, before the start."""
    id = message.enrolment_id
    if enrolment is None:
        detail = "The offer is not enrolled in this campaign; ListEnrolments shows what is."
        return Decision(None, refused(id, message, ("no_such_enrolment", detail)))
    if enrolment.supplier_id != message.supplier_id:
        detail = f"Offer {enrolment.offer_id} was enrolled by another supplier."
        return Decision(enrolment, refused(id, message, ("not_your_offer", detail)))
    if enrolment.status in ("withdrawn", "refused"):
        return Decision(enrolment, done(id, message))
    if enrolment.status == "ended" or now >= enrolment.run.starts_at:
        detail = f"The campaign started {enrolment.run.starts_at:%F %T} UTC: what is enrolled stays until its end."
        return Decision(enrolment, refused(id, message, ("campaign_started", detail)))
    detail = "The supplier has withdrawn the offer."
    over = enrolment.evolve(status="withdrawn", waits_for=(), reply_to=None, wake_at=None)
    asked = refused(enrolment.offer_id, enrolment, ("withdrawn", detail))
    event = EnrolmentWithdrawn(enrolment_id=id)
    return Decision(over, (*_return(enrolment), event, *asked, *done(id, message)))


def end(enrolment: Enrolment) -> Decision[Enrolment]:
    """The campaign is over."""
    if enrolment.status not in ("setting_aside", "enrolled"):
        return Decision(enrolment)
    over = enrolment.evolve(status="ended", waits_for=(), reply_to=None, wake_at=None)
    return Decision(over, (EnrolmentEnded(enrolment_id=enrolment.enrolment_id),))


def _return(enrolment: Enrolment) -> tuple[ReturnStockAside, ...]:
    # To every SKU, set aside or not yet: its stock hears of it after the request.
    return tuple(
        ReturnStockAside(sku_id=one.sku_id, enrolment_id=enrolment.enrolment_id, turn=enrolment.turn, run=enrolment.run)
        for one in enrolment.skus
    )
