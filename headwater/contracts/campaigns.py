"""Campaigns (活动): suppliers enrol offers at a price, and set pieces aside that are sold from one second on.

A campaign's times never change once it is announced: they are copied to each enrolment, to the stock that is set aside
and into every seal, so that all of it starts in the same second without a message to anyone.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Annotated, Literal

from pydantic import Field

from headwater.contracts.base import (
    CampaignId,
    EnrolmentId,
    Fen,
    Key,
    Message,
    OfferId,
    Pieces,
    ReplyTo,
    ShortText,
    SkuId,
    SupplierId,
    UtcTime,
    Value,
)
from headwater.contracts.topics import (
    CATALOG_CAMPAIGN_EVENTS,
    CATALOG_CAMPAIGN_INBOX,
    CATALOG_ENROLMENT_EVENTS,
    CATALOG_ENROLMENT_INBOX,
    CATALOG_OFFER_INBOX,
)

CampaignStatus = Literal["announced", "enrolling", "closed", "running", "ended"]
EnrolmentStatus = Literal["setting_aside", "enrolled", "refused", "withdrawn", "ended"]


class CampaignRun(Value):
    """Which campaign, and when its goods are sold: from `starts_at` on and before `ends_at`, UTC, whole seconds."""

    campaign_id: CampaignId
    starts_at: UtcTime
    ends_at: UtcTime


class CampaignTerms(Value):
    """A campaign: suppliers enrol from `enrol_from` on and before `enrol_until`; then it runs. UTC, whole seconds."""

    name: ShortText
    enrol_from: UtcTime
    enrol_until: UtcTime
    starts_at: UtcTime
    ends_at: UtcTime


class SetAsidePieces(Value):
    """So many pieces of a SKU for the campaign's orders alone."""

    sku_id: SkuId
    pieces: Pieces


class EnrolmentTerms(Value):
    """What a supplier gives to a campaign: one price for a piece of an offer, and pieces of its SKUs."""

    supplier_id: SupplierId
    price_fen: Annotated[Fen, Field(ge=1)]
    skus: Annotated[tuple[SetAsidePieces, ...], Field(min_length=1, max_length=200)]
    limit_per_buyer: Pieces | None = None
    """So many pieces of each SKU for one buyer (限购); None: as many as there are."""


def enrolment_id(campaign_id: CampaignId, offer_id: OfferId) -> EnrolmentId:
    """The one enrolment of an offer in a campaign."""
    text = f"{len(campaign_id)}:{campaign_id}{offer_id}"
    return EnrolmentId(f"enr_{blake2b(text.encode(), digest_size=16).hexdigest()}")


# --- campaigns -----------------------------------------------------------------------------------------------------


class AnnounceCampaign(CampaignTerms, Message, to=CATALOG_CAMPAIGN_INBOX, key="campaign_id"):
    """Announce a campaign; it stays as it is announced. `Done` or `Refused`, also for the same one once more."""

    campaign_id: CampaignId
    reply_to: ReplyTo | None = None


class EnrolOffer(EnrolmentTerms, Message, to=CATALOG_CAMPAIGN_INBOX, key="campaign_id"):
    """A supplier enrols an offer. Answered by `Done` when all its pieces are set aside, else by `Refused`.

    Goes to the campaign first, which knows whether it takes enrolments, then to the offer, which knows whose it is and
    what it costs, then to the enrolment. The same `change_id` is applied once.
    """

    campaign_id: CampaignId
    offer_id: OfferId
    change_id: Key
    reply_to: ReplyTo | None = None


class CampaignAnnounced(CampaignTerms, Message, to=CATALOG_CAMPAIGN_EVENTS, key="campaign_id"):
    """There will be a campaign."""

    campaign_id: CampaignId


class CampaignMoved(Message, to=CATALOG_CAMPAIGN_EVENTS, key="campaign_id"):
    """A campaign is in another phase. It comes a moment after the second itself, which alone counts for orders."""

    campaign_id: CampaignId
    status: CampaignStatus


# --- enrolments ----------------------------------------------------------------------------------------------------


class CheckEnrolment(EnrolmentTerms, Message, to=CATALOG_OFFER_INBOX, key="offer_id"):
    """What `EnrolOffer` asks for, of a campaign that takes enrolments."""

    offer_id: OfferId
    campaign_name: ShortText
    run: CampaignRun
    change_id: Key
    reply_to: ReplyTo | None = None


class OpenEnrolment(EnrolmentTerms, Message, to=CATALOG_ENROLMENT_INBOX, key="enrolment_id"):
    """What `CheckEnrolment` asks for, of an offer whose price it lowers."""

    enrolment_id: EnrolmentId
    offer_id: OfferId
    campaign_name: ShortText
    run: CampaignRun
    change_id: Key
    reply_to: ReplyTo | None = None


class WithdrawEnrolment(Message, to=CATALOG_ENROLMENT_INBOX, key="enrolment_id"):
    """A supplier takes an offer back before the start; its pieces are sold as before. `Done` or `Refused`."""

    enrolment_id: EnrolmentId
    supplier_id: SupplierId
    reply_to: ReplyTo | None = None


class EnrolmentOpened(EnrolmentTerms, Message, to=CATALOG_ENROLMENT_EVENTS, key="enrolment_id"):
    """Pieces are being set aside for this offer."""

    enrolment_id: EnrolmentId
    offer_id: OfferId
    run: CampaignRun


class OfferEnrolled(Message, to=CATALOG_ENROLMENT_EVENTS, key="enrolment_id"):
    """All pieces are set aside: the offer takes part."""

    enrolment_id: EnrolmentId
    campaign_id: CampaignId
    offer_id: OfferId
    supplier_id: SupplierId


class EnrolmentRefused(Message, to=CATALOG_ENROLMENT_EVENTS, key="enrolment_id"):
    """Pieces of a SKU were not there; none are set aside."""

    enrolment_id: EnrolmentId
    reason: str


class EnrolmentWithdrawn(Message, to=CATALOG_ENROLMENT_EVENTS, key="enrolment_id"):
    """The supplier took the offer back before the start."""

    enrolment_id: EnrolmentId


class EnrolmentEnded(Message, to=CATALOG_ENROLMENT_EVENTS, key="enrolment_id"):
    """The campaign is over for this offer: its price no longer holds, and what was not sold is given back."""

    enrolment_id: EnrolmentId
