"""Builders: what governance is told, with what does not matter filled in."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from catalog.domain.standing import decide
from catalog.domain.standing_state import Standing
from headwater.contracts.base import Message
from headwater.contracts.distribution import Margin, PalletGoods, PublishPallet
from headwater.contracts.governance import (
    CountRating,
    FileReport,
    JudgeReport,
    LiftSuspension,
    SuspendSupplier,
    VerifySupplier,
)
from tests.unit.catalog.building import CALLER, NOW


def verify(kind: Any = "source_factory", **changes: Any) -> VerifySupplier:
    fields = {"supplier_id": "factory", "evidence": ("licence 91330782",), "by": "operator", "reply_to": CALLER}
    return VerifySupplier(kind=kind, **{**fields, **changes})


def report(id: str = "rep-1", kind: Any = "infringement", **changes: Any) -> FileReport:
    fields = {"supplier_id": "factory", "evidence": "a copied logo", "by": "brand", "reply_to": CALLER}
    return FileReport(report_id=id, kind=kind, **{**fields, **changes})


def verdict(id: str = "rep-1", verdict: Any = "upheld") -> JudgeReport:
    return JudgeReport(
        supplier_id="factory", report_id=id, verdict=verdict, note="seen", by="operator", reply_to=CALLER
    )


def suspend(id: str = "sus-1", until: datetime | None = None, reason: str = "fakes") -> SuspendSupplier:
    return SuspendSupplier(
        supplier_id="factory", suspension_id=id, reason=reason, until=until, by="operator", reply_to=CALLER
    )


def lift(id: str = "sus-1") -> LiftSuspension:
    return LiftSuspension(supplier_id="factory", suspension_id=id, reason="settled", by="operator", reply_to=CALLER)


def ratings(stars: int, count: int, start: int = 0) -> tuple[CountRating, ...]:
    return tuple(
        CountRating(supplier_id="factory", review_id=f"rev-{number}", rating=stars)
        for number in range(start, start + count)
    )


def publish(**changes: Any) -> PublishPallet:
    fields: dict[str, Any] = {
        "leader_id": "factory", "pallet_id": "pal-1", "change_id": "p1", "name": "Summer",
        "goods": (PalletGoods(offer_id="off-X", floor_fen=950),), "reply_to": CALLER,
    }  # fmt: skip
    return PublishPallet(**{**fields, **changes})


def margin(fen: int = 0, per_mille: int = 0) -> Margin:
    return Margin(fen=fen, per_mille=per_mille)


def standing(*messages: Message, supplier_id: str = "factory") -> Standing:
    """The standing after these messages."""
    state: Standing | None = None
    for message in messages:
        state = decide(state, message.model_copy(update={"supplier_id": supplier_id}), NOW).state
    assert state is not None
    return state
