"""What a chaos run has to say: one JSON object for programs, a few lines for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from headwater_proof.chaos.plan import counted
from headwater_proof.chaos.recovery import percentile
from headwater_proof.chaos.round import Outcome

FINDINGS = 20


@dataclass(frozen=True, slots=True)
class Report:
    """All rounds of a run."""

    seed: int
    seconds: float
    rounds: Sequence[Outcome]
    skipped: Sequence[str] = ()
    """Kinds of faults that could not be, for want of a C compiler."""

    @property
    def violations(self) -> int:
        """How many, over all rounds."""
        return sum(len(one.violations) for one in self.rounds)

    def figures(self) -> dict[str, Any]:
        """For `--json`."""
        faults = [struck.fault for one in self.rounds for struck in one.struck]
        by_service = self._recoveries()
        every = [value for values in by_service.values() for value in values]
        return {
            "name": "chaos", "seed": self.seed, "seconds": self.seconds, "rounds": len(self.rounds),
            "violations": self.violations, "findings": self._findings(), "faults": counted(faults),
            "skipped": list(self.skipped), "kills": dict(Counter(f.target for f in faults if f.kind == "kill")),
            "recovery_ms": {"p50": percentile(every, 0.5), "p99": percentile(every, 0.99)},
            "recovery_ms_by_service": {
                name: {"kills": len(values), "p50": percentile(values, 0.5), "most": max(values)}
                for name, values in sorted(by_service.items())
            },
            "orders": dict(sum((one.orders for one in self.rounds), Counter())),
            "died": dict(sum((one.died for one in self.rounds), Counter())),
        }  # fmt: skip

    def _recoveries(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for one in self.rounds:
            for service, values in one.recovery_ms.items():
                found.setdefault(service, []).extend(values)
        return found

    def _findings(self) -> list[dict[str, Any]]:
        found = [{"seed": one.seed, **asdict(violation)} for one in self.rounds for violation in one.violations]
        return found[:FINDINGS]

    def lines(self) -> Iterator[str]:
        """For a person."""
        figures = self.figures()
        yield f"{figures['rounds']} rounds of {self.seconds:g} s from seed {self.seed}: {self.violations} violations"
        for name in ("faults", "kills", "orders", "recovery_ms", "died"):
            yield f"  {name:<12} " + ", ".join(f"{key} {value}" for key, value in figures[name].items())
        for service, values in figures["recovery_ms_by_service"].items():
            yield f"  {service:<12} " + ", ".join(f"{key} {value}" for key, value in values.items())
        for finding in figures["findings"]:
            yield f"  seed {finding['seed']}: {finding['rule']}: {finding['about']} {finding['found']}"
        for one in self.rounds:
            if one.kept is not None:
                yield f"  seed {one.seed}: logs, ledger and evidence are in {one.kept}"
