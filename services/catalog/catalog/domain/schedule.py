"""From when until when something holds: UTC, its start included, its end not; None is no bound."""

from __future__ import annotations

from datetime import datetime

from catalog.domain.answers import Fault


def lasts(starts_at: datetime | None, ends_at: datetime | None, now: datetime) -> bool:
    """Whether it holds at this time."""
    return (starts_at is None or starts_at <= now) and (ends_at is None or now < ends_at)


def schedule_fault(starts_at: datetime | None, ends_at: datetime | None) -> Fault | None:
    """That it would never hold."""
    if starts_at is None or ends_at is None or starts_at < ends_at:
        return None
    return "bad_schedule", f"It would end ({ends_at.isoformat()}) before it starts ({starts_at.isoformat()})."
