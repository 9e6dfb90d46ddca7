"""The result of a measure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from headwater_proof.chaos.recovery import percentile
from headwater_proof.evidence import Violation

FINDINGS = 10


@dataclass(frozen=True, slots=True)
class Measured:
    """Figures, and whether they are what was promised."""

    name: str
    figures: dict[str, Any]
    held: bool
    violations: Sequence[Violation] = ()
    """What the checker found besides."""

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        findings = [asdict(violation) for violation in self.violations[:FINDINGS]]
        return {"name": f"chaos-{self.name}", **self.figures, "held": self.held,
                "violations": len(self.violations), "findings": findings}  # fmt: skip


def spread(values: Sequence[int]) -> dict[str, int]:
    """The middle, the tail and the worst of some times in milliseconds."""
    return {"p50": percentile(values, 0.5), "p99": percentile(values, 0.99), "most": max(values, default=0)}
