"""What governance knows of suppliers, where the search uses it; and what the search gives back: replacements."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from catalog.domain.offer import Offer
from catalog.domain.standing_state import Standing
from catalog.domain.traffic import Traffic
from catalog.governance_rpc import SameCategory
from catalog.search.alike import Alike
from catalog.search.index import SearchIndex
from catalog.search.traffic import EsteemNow, in_memory
from headwater.contracts.base import SupplierId
from headwater.projection import NotBuilt
from tests.unit.catalog.shelf import ids, offer, shelf
from tests.unit.catalog.test_governance_lookups import Kept

DRESSES = "apparel/women/dresses"
POSITIONS = {"catalog.traffic.events.v1/0": 1}


class Now:
    """A projection that stands still, or is not built."""

    def __init__(self, model: Any) -> None:
        self.model = model

    def current(self) -> Any:
        if self.model is None:
            raise NotBuilt("being built")
        return self.model


def traffic(supplier: str, earned: int, boost: int = 1000) -> Traffic:
    return Traffic(supplier_id=SupplierId(supplier), earned=earned, boost=boost)


def standing(supplier: str, strict: bool) -> Standing:
    return Standing(supplier_id=SupplierId(supplier), strict=strict)


def test_who_sells_well_stands_above_who_says_it_more_often(tmp_path: Path) -> None:
    known = in_memory(tmp_path)
    with shelf(tmp_path, offer("a", "真丝连衣裙连衣裙"), offer("b", "连衣裙", supplier_id="mill")) as index:
        assert ids(index, "连衣裙", EsteemNow(Now(known))) == ["a", "b"]  # type: ignore[arg-type]
        known.put("traffic", {"mill": traffic("mill", earned=1500, boost=2000)})
        assert known.traffic_weight("mill") == 3.0
        assert ids(index, "连衣裙", EsteemNow(Now(known))) == ["b", "a"]  # type: ignore[arg-type]


def test_strict_selection_is_entered_and_left(tmp_path: Path) -> None:
    known = in_memory(tmp_path)
    known.put("standing", {"a": standing("a", strict=True), "b": standing("b", strict=True)})
    known.put("standing", {"b": standing("b", strict=False), "c": None})
    known.put("traffic", {"a": traffic("a", 900)})
    known.commit(POSITIONS)
    assert (set(known.strictly_selected()), known.positions()) == ({"a"}, POSITIONS)


def test_until_it_is_known_all_suppliers_are_alike() -> None:
    unbuilt = EsteemNow(Now(None))  # type: ignore[arg-type]
    assert (unbuilt.traffic_weight("mill"), list(unbuilt.strictly_selected())) == (1.0, [])


@pytest.fixture
def offers() -> dict[str, Offer]:
    return {
        one.offer_id: one
        for one in (
            offer("lost", "碎花连衣裙", "", DRESSES, supplier_id="closed"),
            offer("near", "碎花连衣裙", "", DRESSES, supplier_id="mill"),
            offer("far", "真丝旗袍", "", DRESSES, supplier_id="loom"),
            offer("off", "碎花连衣裙", "", DRESSES, supplier_id="sleeps").evolve(status="delisted"),
        )
    }


async def like(index: SearchIndex | None, offers: dict[str, Offer], limit: int = 10) -> list[str]:
    kept = Kept(**offers)
    alike = Alike(Now(index), kept, SameCategory(kept))  # type: ignore[arg-type]
    return [one.offer_id for one in await alike.like(offers["lost"], limit)]


async def test_what_may_stand_in_begins_with_what_is_called_alike(tmp_path: Path, offers: dict[str, Offer]) -> None:
    with shelf(tmp_path, *offers.values()) as index:
        assert await like(index, offers) == ["near", "far"], "few are alike: others of the category come after"
        assert await like(index, offers, limit=1) == ["near"]
    assert await like(None, offers) == ["far", "near"], "without an index by category"
