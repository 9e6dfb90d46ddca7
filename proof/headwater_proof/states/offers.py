"""The worlds of the catalog: an offer, a campaign, and the enrolment of an offer in a campaign."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from catalog.domain import campaign, enrolling, enrolment
from headwater.contracts.base import CampaignId, Message, OfferId, SkuId, SupplierId, Wake
from headwater.contracts.campaigns import (
    AnnounceCampaign,
    CampaignRun,
    CheckEnrolment,
    EnrolmentTerms,
    EnrolOffer,
    OpenEnrolment,
    SetAsidePieces,
    WithdrawEnrolment,
    enrolment_id,
)
from headwater.contracts.catalog import (
    ChangePrices,
    DelistOffer,
    ListDraft,
    ListOffer,
    PriceRange,
    ReviseOffer,
    SaveDraft,
    Sku,
)
from headwater.contracts.logistics import AsideRefused, StockSetAside
from headwater_proof.states.explore import Given, World, dumped
from headwater_proof.states.given import CALLER, LATER, NOW, SUPPLIER, given

OFFER_ID, CAMPAIGN_ID, SKU = OfferId("off_1"), CampaignId("festival"), SkuId("a")
CONTENTS: dict[str, Any] = {
    "offer_id": OFFER_ID, "subject": "mug", "subject_zh": "杯", "currency": "CNY", "min_order_quantity": 1,
    "price_ranges": (PriceRange(start_quantity=1, price_fen=900),), "reply_to": CALLER,
    "skus": (Sku(sku_id=SKU, colour="red", size="one"),),
}  # fmt: skip
HOUR = timedelta(hours=1)
TIMES = {"enrol_from": NOW + HOUR, "enrol_until": NOW + 2 * HOUR, "starts_at": NOW + 3 * HOUR, "ends_at": LATER}
RUN = CampaignRun(campaign_id=CAMPAIGN_ID, starts_at=TIMES["starts_at"], ends_at=TIMES["ends_at"])
TERMS = EnrolmentTerms(supplier_id=SUPPLIER, price_fen=700, skus=(SetAsidePieces(sku_id=SKU, pieces=1),))
ENROLMENT = enrolment_id(CAMPAIGN_ID, OFFER_ID)


def _offer() -> tuple[Given, ...]:
    check = CheckEnrolment(
        **dict(TERMS), offer_id=OFFER_ID, campaign_name="festival", run=RUN, change_id="check", reply_to=CALLER
    )
    stranger = SupplierId("stranger")
    return (
        given(SaveDraft(**CONTENTS, supplier_id=SUPPLIER, change_id="draft")),
        given(ListDraft(offer_id=OFFER_ID, change_id="list-draft", reply_to=CALLER)),
        given(ListOffer(**CONTENTS, supplier_id=SUPPLIER)),
        given(ListOffer(**CONTENTS, supplier_id=stranger), label="ListOffer of another supplier"),
        given(ReviseOffer(**CONTENTS, change_id="revise")),
        given(
            ChangePrices(
                offer_id=OFFER_ID, change_id="prices", price_ranges=CONTENTS["price_ranges"], reply_to=CALLER
            )
        ),
        given(DelistOffer(offer_id=OFFER_ID, reason="sold out", change_id="delist", reply_to=CALLER)),
        given(check),
        given(check.model_copy(update={"price_fen": 900}), label="CheckEnrolment at no lower price"),
    )  # fmt: skip


def _campaign() -> tuple[Given, ...]:
    announce = AnnounceCampaign(campaign_id=CAMPAIGN_ID, name="festival", reply_to=CALLER, **TIMES)
    enrol = EnrolOffer(**dict(TERMS), campaign_id=CAMPAIGN_ID, offer_id=OFFER_ID, change_id="enrol", reply_to=CALLER)
    return (
        given(announce),
        given(announce.model_copy(update={"name": "other"}), label="AnnounceCampaign of other contents"),
        given(announce, LATER, "AnnounceCampaign too late"),
        given(enrol),
        given(enrol, TIMES["enrol_from"], "EnrolOffer in time"),
        *(given(Wake(id=CAMPAIGN_ID, due=at), at, name) for name, at in TIMES.items()),
    )


def _enrolment() -> tuple[Given, ...]:
    def opened(change_id: str) -> OpenEnrolment:
        return OpenEnrolment(
            **dict(TERMS), enrolment_id=ENROLMENT, offer_id=OFFER_ID, campaign_name="festival", run=RUN,
            change_id=change_id, reply_to=CALLER,
        )  # fmt: skip

    def answers(turn: int) -> tuple[Message, Message]:
        fields: dict[str, Any] = {"sku_id": SKU, "enrolment_id": ENROLMENT, "turn": turn}
        return StockSetAside(**fields), AsideRefused(**fields, detail="none left")

    withdraw = WithdrawEnrolment(enrolment_id=ENROLMENT, supplier_id=SUPPLIER, reply_to=CALLER)
    return (
        given(opened("first")),
        given(opened("second"), label="OpenEnrolment anew"),
        given(opened("late"), RUN.starts_at, "OpenEnrolment after the start"),
        *map(given, (*answers(1), *answers(2))),
        given(withdraw),
        given(withdraw, RUN.starts_at, "WithdrawEnrolment after the start"),
        given(withdraw.model_copy(update={"supplier_id": "stranger"}), label="WithdrawEnrolment of a stranger"),
        given(Wake(id=ENROLMENT, due=RUN.ends_at), RUN.ends_at, "campaign over"),
    )


WORLDS = (
    World("catalog", "offer", enrolling.decide, [_offer()], dumped("history", "first_listed_at")),
    World("catalog", "campaign", campaign.decide, [_campaign()], dumped(), forward=True),
    World("catalog", "enrolment", enrolment.decide, [_enrolment()], dumped()),
)
