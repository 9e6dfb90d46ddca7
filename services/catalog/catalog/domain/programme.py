"""A programme over several suppliers (跨店累计): what a buyer takes of them in one basket adds up."""

from __future__ import annotations

from datetime import datetime

from catalog.domain.answers import done, refused
from catalog.domain.changes import Applied, conflict, is_applied, with_change
from catalog.domain.schedule import lasts, schedule_fault
from headwater.contracts.base import Message, ProgrammeId
from headwater.contracts.catalog import ProgrammeSet, ProgrammeTerms, SetProgramme
from headwater.decision import Decision, State

ACCEPTS = (SetProgramme,)
TERMS = tuple(ProgrammeTerms.model_fields)


class Programme(ProgrammeTerms, State):
    """Who takes part, and while it lasts."""

    programme_id: ProgrammeId
    changes: Applied = ()

    def runs(self, now: datetime) -> bool:
        """Whether it counts at this time (UTC)."""
        return lasts(self.starts_at, self.ends_at, now)


def decide(known: Programme | None, message: Message, now: datetime) -> Decision[Programme]:
    """Make it, or replace it; the same change again changes nothing."""
    if not isinstance(message, SetProgramme):
        return Decision(known)
    changes = known.changes if known else ()
    if is_applied(changes, message):
        return Decision(known, done(message.programme_id, message))
    again = conflict(changes, message, f"programme {message.programme_id}")
    fault = again or schedule_fault(message.starts_at, message.ends_at)
    if fault is not None:
        return Decision(known, refused(message.programme_id, message, fault))
    terms = {name: getattr(message, name) for name in TERMS}
    event = ProgrammeSet(**terms, programme_id=message.programme_id)
    made = Programme(**terms, programme_id=message.programme_id, changes=with_change(changes, message))
    return Decision(made, (event, *done(message.programme_id, message)))
