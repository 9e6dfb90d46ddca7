"""A supplier's standing: what it was found to be, what is reported of it, whether it is suspended or strictly selected.

A standing sees no offer: it tells the supplier's shelf to close or to open (`catalog/domain/shelf.py`), with a `turn`
that only grows. Reports are parts: a supplier may have many, and each counts once, by its id.
"""

from __future__ import annotations

from datetime import UTC, datetime

from catalog.domain.answers import done, refused
from catalog.domain.standing_state import Report, Standing, Suspension, Tally
from catalog.domain.strict import why_not_strict
from headwater.contracts.base import Message, Wake
from headwater.contracts.distribution import PublishPallet, PutPallet
from headwater.contracts.governance import (
    CountRating,
    FileReport,
    JudgeReport,
    LiftSuspension,
    ReportFiled,
    ReportJudged,
    SetShelf,
    StrictSelectionEntered,
    StrictSelectionLeft,
    SupplierReinstated,
    SupplierSuspended,
    SupplierVerified,
    SuspendSupplier,
    VerifySupplier,
)
from headwater.contracts.reviews import ReviewAccepted
from headwater.decision import Decision

ACCEPTS = (VerifySupplier, FileReport, JudgeReport, SuspendSupplier, LiftSuspension, CountRating, PublishPallet)
REMEMBERED = 64
"""How many of the last ratings, and of the last suspensions, a standing knows by their ids."""


def touched_reports(message: Message) -> tuple[str, ...]:
    """The report that a message is about."""
    return (message.report_id,) if isinstance(message, FileReport | JudgeReport) else ()


def ratings_of(message: ReviewAccepted, now: datetime) -> tuple[CountRating, ...]:
    """A review of its goods is one of the supplier."""
    return (CountRating(supplier_id=message.supplier_id, review_id=message.review_id, rating=message.rating),)


def decide(standing: Standing | None, message: Message, now: datetime) -> Decision[Standing]:
    """The outcome of one message for one supplier, with what strict selection makes of it."""
    return _selected(standing, _decided(standing, message, now))


def _decided(standing: Standing | None, message: Message, now: datetime) -> Decision[Standing]:
    match message:
        case VerifySupplier():
            return verify(standing, message, now)
        case FileReport():
            return file_report(standing, message, now)
        case JudgeReport():
            return judge(standing, message, now)
        case SuspendSupplier():
            return suspend(standing, message, now)
        case LiftSuspension():
            return lift(standing, message)
        case PublishPallet():
            return publish_pallet(standing, message)
        case CountRating():
            return Decision(count_rating(standing or Standing(supplier_id=message.supplier_id), message))
        case Wake() if standing is not None and standing.wake_at is not None and message.due >= standing.wake_at:
            return Decision(*reinstated(standing, "its time is over"))
        case _:
            return Decision(standing)


def verify(standing: Standing | None, message: VerifySupplier, now: datetime) -> Decision[Standing]:
    """Note what the supplier was found to be."""
    if message.kind != "unverified" and not message.evidence:
        detail = f"{message.supplier_id} would be a {message.kind} without evidence: say what was seen."
        return Decision(standing, refused(message.supplier_id, message, ("no_evidence", detail)))
    known = standing or Standing(supplier_id=message.supplier_id)
    if (known.kind, known.evidence) == (message.kind, message.evidence):
        return Decision(standing, done(message.supplier_id, message))
    verified = known.evolve(kind=message.kind, evidence=message.evidence, verified_by=message.by, verified_at=now)
    event = SupplierVerified(supplier_id=known.supplier_id, kind=message.kind, evidence=message.evidence, by=message.by)
    return Decision(verified, (event, *done(known.supplier_id, message)))


def file_report(standing: Standing | None, message: FileReport, now: datetime) -> Decision[Standing]:
    """Take a report in; it changes nothing for the supplier until it is judged."""
    known = standing or Standing(supplier_id=message.supplier_id)
    before = known.reports.get(message.report_id)
    if before is not None:
        if (before.kind, before.evidence) == (message.kind, message.evidence):
            return Decision(standing, done(message.report_id, message))
        detail = f"Report {message.report_id} says something else: give a new one a new id."
        return Decision(standing, refused(message.report_id, message, ("idempotency_conflict", detail)))
    report = Report(
        report_id=message.report_id, kind=message.kind, evidence=message.evidence, offer_id=message.offer_id,
        by=message.by, filed_at=now,
    )  # fmt: skip
    event = ReportFiled(
        supplier_id=known.supplier_id, report_id=report.report_id, kind=report.kind, offer_id=report.offer_id
    )
    return Decision(_moved(known, None, report), (event, *done(report.report_id, message)))


def judge(standing: Standing | None, message: JudgeReport, now: datetime) -> Decision[Standing]:
    """Uphold or dismiss a report; a later verdict replaces the one before."""
    report = standing.reports.get(message.report_id) if standing is not None else None
    if standing is None or report is None:
        detail = f"There is no report {message.report_id} of {message.supplier_id}; ListReports gives all."
        return Decision(standing, refused(message.report_id, message, ("no_such_report", detail)))
    if report.status == message.verdict:
        return Decision(standing, done(report.report_id, message))
    told = {"status": message.verdict, "note": message.note, "judged_by": message.by, "judged_at": now}
    event = ReportJudged(
        supplier_id=standing.supplier_id, report_id=report.report_id, kind=report.kind, verdict=message.verdict
    )
    judged = report.model_copy(update=told)
    return Decision(_moved(standing, report, judged), (event, *done(report.report_id, message)))


def suspend(standing: Standing | None, message: SuspendSupplier, now: datetime) -> Decision[Standing]:
    """Close the supplier's shelf, or give another reason and end to its being closed."""
    known = standing or Standing(supplier_id=message.supplier_id)
    id, until, current = message.suspension_id, _in_milliseconds(message.until), known.suspension
    if id in known.past:
        return Decision(standing, done(id, message))
    if current is not None and current.suspension_id == id:
        if (current.reason, current.until) == (message.reason, until):
            return Decision(standing, done(id, message))
        detail = f"Suspension {id} has another reason or end: give a new one a new id."
        return Decision(standing, refused(id, message, ("idempotency_conflict", detail)))
    if until is not None and until <= now:
        detail = f"{until.isoformat()} is past: suspend {known.supplier_id} until a time to come."
        return Decision(standing, refused(id, message, ("too_late", detail)))
    replaced = (current.suspension_id,) if current is not None else ()
    suspended = known.evolve(
        suspension=Suspension(suspension_id=id, reason=message.reason, by=message.by, since=now, until=until),
        wake_at=until, turn=known.turn + 1, past=_kept(known.past, *replaced),
    )  # fmt: skip
    event = SupplierSuspended(supplier_id=known.supplier_id, suspension_id=id, reason=message.reason, until=until)
    shelf = SetShelf(supplier_id=known.supplier_id, turn=suspended.turn, closed_because=message.reason)
    return Decision(suspended, (event, shelf, *done(id, message)))


def lift(standing: Standing | None, message: LiftSuspension) -> Decision[Standing]:
    """Open the shelf before its time."""
    id = message.suspension_id
    if standing is not None and id in standing.past:
        return Decision(standing, done(id, message))
    if standing is None or standing.suspension is None or standing.suspension.suspension_id != id:
        detail = f"{message.supplier_id} has no suspension {id}: GetStanding shows the one it has."
        return Decision(standing, refused(id, message, ("no_such_suspension", detail)))
    state, messages = reinstated(standing, message.reason)
    return Decision(state, (*messages, *done(id, message)))


def reinstated(standing: Standing, reason: str) -> tuple[Standing, tuple[Message, ...]]:
    """The shelf opens; what its closing took off comes back."""
    assert standing.suspension is not None
    id = standing.suspension.suspension_id
    free = standing.evolve(suspension=None, wake_at=None, turn=standing.turn + 1, past=_kept(standing.past, id))
    event = SupplierReinstated(supplier_id=standing.supplier_id, suspension_id=id, reason=reason)
    return free, (event, SetShelf(supplier_id=standing.supplier_id, turn=free.turn))


def publish_pallet(standing: Standing | None, message: PublishPallet) -> Decision[Standing]:
    """Let a chain leader have its pallet: the pallet sees only itself, and cannot tell who is one."""
    if standing is None or not standing.leads:
        kind = standing.kind if standing is not None else "unverified"
        detail = f"{message.leader_id} is {kind}, or suspended: only a verified chain leader publishes a pallet."
        return Decision(standing, refused(message.leader_id, message, ("not_a_chain_leader", detail)))
    return Decision(standing, (PutPallet(**dict(message)),))


def count_rating(standing: Standing, message: CountRating) -> Standing:
    """One review more. The stream tells each once; a dead letter may come again."""
    if message.review_id in standing.counted:
        return standing
    return standing.evolve(
        reviews=standing.reviews + 1, stars=standing.stars + message.rating,
        counted=_kept(standing.counted, message.review_id),
    )  # fmt: skip


def _selected(before: Standing | None, decision: Decision[Standing]) -> Decision[Standing]:
    """Whether the supplier belongs to the strict selection after a decision, told when that changes."""
    after = decision.state
    if after is None or after is before:
        return decision
    reasons = why_not_strict(after.figures, after.strict)
    if (after.strict, after.not_strict_because) == (not reasons, reasons):
        return decision
    settled = after.evolve(strict=not reasons, not_strict_because=reasons)
    if settled.strict == after.strict:
        return Decision(settled, decision.messages)
    event: Message = StrictSelectionEntered(supplier_id=after.supplier_id)
    if not settled.strict:
        event = StrictSelectionLeft(supplier_id=after.supplier_id, reasons=reasons)
    return Decision(settled, (event, *decision.messages))


def _moved(standing: Standing, before: Report | None, report: Report) -> Standing:
    """With this report as it is now, and the tally of its kind."""
    tally = standing.tallies.get(report.kind, Tally())
    counts = tally.model_dump()
    if before is not None:
        counts[before.status] -= 1
    counts[report.status] += 1
    return standing.evolve(
        reports={**standing.reports, report.report_id: report},
        tallies={**standing.tallies, report.kind: Tally(**counts)},
    )


def _in_milliseconds(at: datetime | None) -> datetime | None:
    """A time in UTC as the store keeps it. A finer one would be due, by what is stored, just before it is."""
    return None if at is None else at.astimezone(UTC).replace(microsecond=at.microsecond // 1000 * 1000)


def _kept(ids: tuple[str, ...], *more: str) -> tuple[str, ...]:
    return (*ids, *more)[-REMEMBERED:]
