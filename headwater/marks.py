"""Marks: how far a lane is processed, and what of each source has been seen. Plain values, no I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

Range = tuple[int, int]
SourceMark = tuple[int, tuple[Range, ...]]
"""Of one source: the highest sequence that came, and the ranges below it that have not come."""


@dataclass(frozen=True, slots=True)
class Mark:
    """How far an inbox partition is processed: the truth about offsets, numbers and ownership. One document a lane."""

    lane: str
    """The processor and its inbox partition, `orders.order:orders.order.inbox.v1/3`; the source of what it sends."""
    epoch: int = 0
    """How often the lane was taken: a member with an older epoch can no longer commit."""
    next: int | None = None
    """The offset of the next message to process; None before the first."""
    batch: str = ""
    """The id of the last batch, which settles a commit whose answer was lost."""
    seen: Mapping[str, SourceMark] = field(default_factory=dict)
    sent: Mapping[str, int] = field(default_factory=dict)
    """The last sequence number sent, by `topic/partition`."""
    outbox: int = 0
    """The number of the newest outbox document."""


class Seen:
    """Which sequence numbers have come from each source.

    With one sender at a time and in order there are no missing ranges. They appear when one record batch failed and a
    later one did not: the sender repeats both, and only what was missing counts.
    """

    def __init__(self, marks: Mapping[str, SourceMark]) -> None:
        self.marks = dict(marks)

    def is_new(self, source: str, sequence: int) -> bool:
        """Whether this one has not come yet; from now on it has."""
        high, missing = self.marks.get(source, (0, ()))
        if sequence > high:
            skipped = ((high + 1, sequence - 1),) if sequence > high + 1 else ()
            self.marks[source] = (sequence, (*missing, *skipped))
            return True
        for index, (first, last) in enumerate(missing):
            if first <= sequence <= last:
                rest = tuple((a, b) for a, b in ((first, sequence - 1), (sequence + 1, last)) if a <= b)
                self.marks[source] = (high, (*missing[:index], *rest, *missing[index + 1 :]))
                return True
        return False
