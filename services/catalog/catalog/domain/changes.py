"""Changes that count once: an aggregate remembers the ids of those that it applied, and what each asked for."""

from __future__ import annotations

from hashlib import blake2b
from typing import Protocol

from catalog.domain.answers import Fault
from headwater.contracts.base import Key

CHANGES_KEPT = 64
"""So many are remembered; a change is repeated within minutes, not after so many others."""
Applied = tuple[str, ...]
"""Each an id with a digest of what was asked for; the newest last."""


class Change(Protocol):
    """A command that the caller gives an id, or none: then only the state protects from a late repeat."""

    @property
    def change_id(self) -> Key | None: ...
    def model_dump_json(self, *, exclude: set[str], exclude_defaults: bool) -> str: ...


def is_applied(applied: Applied, change: Change) -> bool:
    """Whether it was applied before, and asks for the same as then."""
    return (before := _applied_as(applied, change)) is not None and before == _mark(change)


def conflict(applied: Applied, change: Change, what: str) -> Fault | None:
    """That its id was applied before and asked for something else; `what` it is about."""
    before = _applied_as(applied, change)
    if before is None or before == _mark(change):
        return None
    return "idempotency_conflict", f"Change {change.change_id} asked {what} for something else: give it a new id."


def with_change(applied: Applied, change: Change) -> Applied:
    """Remember that this change is applied, even one that changed nothing: it must not do so later."""
    return applied if change.change_id is None else (*applied[-CHANGES_KEPT + 1 :], _mark(change))


def _applied_as(applied: Applied, change: Change) -> str | None:
    if change.change_id is None:
        return None
    start = f"{change.change_id}="
    return next((one for one in applied if one.startswith(start)), None)


def _mark(change: Change) -> str:
    # Nothing that is not said: what is asked for stays the same when a newer sender knows more fields.
    asked = change.model_dump_json(exclude={"change_id", "reply_to"}, exclude_defaults=True)
    return f"{change.change_id}={blake2b(asked.encode(), digest_size=8).hexdigest()}"
