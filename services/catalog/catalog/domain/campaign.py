"""A campaign (活动), such as a stocking festival (囤货节): announced once, then it moves by the clock alone.

    announced --enrol_from--> enrolling --enrol_until--> closed --starts_at--> running --ends_at--> ended

What is decided looks at the broker's time, never at the phase: a `Wake` that comes late tells the phase late, and
lets nobody in who is too late or keeps anybody out.
"""

from __future__ import annotations

from datetime import UTC, datetime

from catalog.domain.answers import Fault, done, refused
from headwater.contracts.base import CampaignId, Message, Wake
from headwater.contracts.campaigns import (
    AnnounceCampaign,
    CampaignAnnounced,
    CampaignMoved,
    CampaignRun,
    CampaignStatus,
    CampaignTerms,
    CheckEnrolment,
    EnrolmentTerms,
    EnrolOffer,
)
from headwater.decision import Decision, State

ACCEPTS = (AnnounceCampaign, EnrolOffer)
TERMS = tuple(CampaignTerms.model_fields)
ENROLMENT = tuple(EnrolmentTerms.model_fields)
TIMES = ("enrol_from", "enrol_until", "starts_at", "ends_at")


class Campaign(CampaignTerms, State):
    """What was announced, and which phase was told last."""

    campaign_id: CampaignId
    status: CampaignStatus = "announced"

    @property
    def run(self) -> CampaignRun:
        """When its goods are sold."""
        return CampaignRun(campaign_id=self.campaign_id, starts_at=self.starts_at, ends_at=self.ends_at)

    def phase(self, now: datetime) -> tuple[CampaignStatus, datetime | None]:
        """Which it is in, and until when."""
        if now < self.enrol_from:
            return "announced", self.enrol_from
        if now < self.enrol_until:
            return "enrolling", self.enrol_until
        if now < self.starts_at:
            return "closed", self.starts_at
        return ("running", self.ends_at) if now < self.ends_at else ("ended", None)


def decide(campaign: Campaign | None, message: Message, now: datetime) -> Decision[Campaign]:
    """The outcome of one message for one campaign."""
    match message:
        case AnnounceCampaign():
            return announce(campaign, message, now)
        case EnrolOffer() if campaign is None:
            detail = f"There is no campaign {message.campaign_id}; ListCampaigns gives all."
            return Decision(None, refused(message.campaign_id, message, ("no_such_campaign", detail)))
        case EnrolOffer() if campaign is not None:
            return enrol(campaign, message, now)
        case Wake() if campaign is not None:
            return move(campaign, now)
        case _:
            return Decision(campaign)


def announce(known: Campaign | None, message: AnnounceCampaign, now: datetime) -> Decision[Campaign]:
    """Make it known. It is never changed: its times are in enrolments, in stock and in seals."""
    id = message.campaign_id
    terms = {name: getattr(message, name) for name in TERMS}
    terms |= {name: terms[name].astimezone(UTC) for name in TIMES}
    if known is not None:
        if all(getattr(known, name) == terms[name] for name in TERMS):
            return Decision(known, done(id, message))
        detail = f"Campaign {id} was announced otherwise and stays as it was: choose another id."
        return Decision(known, refused(id, message, ("already_announced", detail)))
    made = Campaign(**terms, campaign_id=id)
    fault = _schedule_fault(made, now)
    if fault is not None:
        return Decision(None, refused(id, message, fault))
    moved = move(made, now)
    return Decision(moved.state, (CampaignAnnounced(**terms, campaign_id=id), *moved.messages, *done(id, message)))


def enrol(campaign: Campaign, message: EnrolOffer, now: datetime) -> Decision[Campaign]:
    """Pass a supplier's wish on to its offer, while enrolment is open."""
    phase, _ = campaign.phase(now)
    if phase != "enrolling":
        detail = (
            f"Campaign {campaign.campaign_id} takes enrolments from {campaign.enrol_from:%F %T} to "
            f"{campaign.enrol_until:%F %T} UTC."
        )
        return Decision(campaign, refused(message.offer_id, message, ("enrolment_closed", detail)))
    check = CheckEnrolment(
        **{name: getattr(message, name) for name in ENROLMENT}, offer_id=message.offer_id, run=campaign.run,
        campaign_name=campaign.name, change_id=message.change_id, reply_to=message.reply_to,
    )  # fmt: skip
    return Decision(campaign, (check,))


def move(campaign: Campaign, now: datetime) -> Decision[Campaign]:
    """Tell the phase that it is in. Woken too early or too often, nothing happens."""
    status, until = campaign.phase(now)
    if (status, until) == (campaign.status, campaign.wake_at):
        return Decision(campaign)
    told = (CampaignMoved(campaign_id=campaign.campaign_id, status=status),) if status != campaign.status else ()
    return Decision(campaign.evolve(status=status, wake_at=until), told)


def _schedule_fault(made: Campaign, now: datetime) -> Fault | None:
    times = [getattr(made, name) for name in TIMES]
    if any(time.microsecond for time in times):
        return "bad_schedule", "A campaign's times are whole seconds."
    if not times[0] < times[1] <= times[2] < times[3]:
        return "bad_schedule", "It must be enrol_from < enrol_until <= starts_at < ends_at."
    if made.enrol_until <= now:
        return "too_late", f"Nobody could enrol: enrol_until {made.enrol_until:%F %T} UTC is past."
    return None
