"""What governance says of suppliers, held in memory, for it is asked at each search: traffic weights, 严选."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Protocol

from catalog.domain.standing_state import Standing
from catalog.domain.traffic import Traffic
from headwater.decision import State
from headwater.following import Positions
from headwater.projection import NotBuilt, Projection

NEUTRAL = 1.0


class Esteem(Protocol):
    """How suppliers stand with the platform. It is asked at each search, so it answers from memory."""

    def traffic_weight(self, supplier_id: str) -> float:
        """What the text's score is multiplied by, above 0; `NEUTRAL` for whom nothing is known."""

    def strictly_selected(self) -> Collection[str]:
        """The suppliers whose offers stand in the zone of the strict selection."""


class Esteemed:
    """The model of a projection of standings and traffic, in memory alone: 13,000 suppliers are read in no time."""

    def __init__(self) -> None:
        self._positions: Positions | None = None
        self._weights: dict[str, float] = {}
        self._selected: frozenset[str] = frozenset()

    # --- the model -------------------------------------------------------------------------------------------------

    def positions(self) -> Positions | None:
        """As they were committed last."""
        return self._positions

    def put(self, collection: str, states: Mapping[str, State | None]) -> None:
        """Standings or traffic as they are now. They may be read before the commit."""
        selected = {id for id, state in states.items() if isinstance(state, Standing) and state.strict}
        if collection == "standing":
            self._selected = self._selected - states.keys() | selected
        for id, state in states.items():
            if isinstance(state, Traffic):
                self._weights[id] = state.weight / 1000

    def commit(self, positions: Positions) -> None:
        """It is as of these."""
        self._positions = positions

    def close(self) -> None:
        """There is nothing to close."""

    # --- what is read ----------------------------------------------------------------------------------------------

    def traffic_weight(self, supplier_id: str) -> float:
        """By the supplier's orders and guarantee (`domain/weight.py`)."""
        return self._weights.get(supplier_id, NEUTRAL)

    def strictly_selected(self) -> Collection[str]:
        """By `domain/strict.py`."""
        return self._selected


NOBODY: Esteem = Esteemed()
"""Nobody is known to be better than others."""


def in_memory(folder: Path) -> Esteemed:
    """An empty one: it is built from the store each time that a process begins."""
    return Esteemed()


class EsteemNow:
    """What a projection of `Esteemed` knows. Until it is built all suppliers are alike: no search waits for it."""

    def __init__(self, projection: Projection[Esteemed]) -> None:
        self._projection = projection

    def traffic_weight(self, supplier_id: str) -> float:
        """As it is known now."""
        return self._now().traffic_weight(supplier_id)

    def strictly_selected(self) -> Collection[str]:
        """As it is known now."""
        return self._now().strictly_selected()

    def _now(self) -> Esteem:
        try:
            return self._projection.current()
        except NotBuilt:
            return NOBODY
