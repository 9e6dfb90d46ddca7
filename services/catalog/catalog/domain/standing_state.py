"""What governance knows of a supplier: its verification, its reports, its ratings, its suspension."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from catalog.domain.strict import Figures
from headwater.contracts.base import OfferId, SupplierId, UtcTime, Value
from headwater.contracts.governance import ReportKind, SupplierKind
from headwater.decision import Part, State

ReportStatus = Literal["open", "upheld", "dismissed"]


class Report(Part):
    """What someone says of a supplier, and what became of it."""

    report_id: str
    kind: ReportKind
    evidence: str
    offer_id: OfferId | None = None
    by: str
    filed_at: UtcTime
    status: ReportStatus = "open"
    note: str = ""
    judged_by: str = ""
    judged_at: UtcTime | None = None


class Tally(Value):
    """How many reports of one kind stand where."""

    open: int = 0
    upheld: int = 0
    dismissed: int = 0


class Suspension(Value):
    """Why a supplier is off the shelf, and until when; None: until it is lifted."""

    suspension_id: str
    reason: str
    by: str
    since: UtcTime
    until: UtcTime | None = None


class Standing(State):
    """All that governance knows of a supplier. It wakes up when its suspension is over."""

    supplier_id: SupplierId
    kind: SupplierKind = "unverified"
    evidence: tuple[str, ...] = ()
    verified_by: str = ""
    verified_at: UtcTime | None = None
    reports: dict[str, Report] = Field(default_factory=dict)
    tallies: dict[ReportKind, Tally] = Field(default_factory=dict)
    reviews: int = 0
    stars: int = 0
    """The sum of all ratings."""
    counted: tuple[str, ...] = ()
    """The last reviews that were counted, oldest first."""
    suspension: Suspension | None = None
    turn: int = 0
    """How often its shelf was told something."""
    past: tuple[str, ...] = ()
    """The last suspensions that are over or were replaced, oldest first."""
    strict: bool = False
    not_strict_because: tuple[str, ...] = ()

    @property
    def leads(self) -> bool:
        """Whether it may let others distribute its goods."""
        return self.kind == "chain_leader" and self.suspension is None

    @property
    def figures(self) -> Figures:
        """What strict selection looks at."""
        upheld = sum(tally.upheld for tally in self.tallies.values())
        return Figures(self.kind, self.suspension is not None, upheld, self.reviews, self.stars)
