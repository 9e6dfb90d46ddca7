"""The network says how far it is, and a bad one says what is wrong with it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from headwater.contracts.topics import CARRIERS, WAREHOUSES
from logistics.domain.allocation import allocate
from logistics.domain.network import DEFAULT, BadNetwork, Network, distance_km
from tests.unit.logistics.building import NETWORK


def test_the_distance_from_beijing_to_shanghai_is_that_of_the_atlas() -> None:
    assert distance_km(NETWORK.cities["Beijing"], NETWORK.cities["Shanghai"]) == pytest.approx(1068, abs=5)


HERE = {"lat": 29.3, "lon": 120.1}
TRUCK = {"name": "X", "base_hours": 1, "km_per_hour": 50, "reach_km": 21000}


@pytest.mark.parametrize("written", ["São Paulo", " são paulo ", "Sao Paulo", "Sa\u0303o Paulo", "圣保罗"])
def test_a_city_is_known_in_both_scripts_and_without_its_accents(written: str) -> None:
    assert NETWORK.city(written) == "São Paulo"


def test_lanes_are_sorted_by_the_promise() -> None:
    lanes = NETWORK.lanes("Hangzhou")
    assert lanes[0].warehouse_id == "hangzhou"
    assert [lane.hours for lane in lanes] == sorted(lane.hours for lane in lanes)


def test_the_shipped_network_has_the_partners_that_have_topics() -> None:
    assert set(NETWORK.origins) == set(WAREHOUSES)
    assert set(NETWORK.carriers) == set(CARRIERS)


def test_a_network_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadNetwork, match=r"nowhere\.json cannot be read: No such file"):
        Network.load(tmp_path / "nowhere.json")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"carriers": {"x": {**TRUCK, "reach_km": 10}}}, "no carrier reaches"),
        ({"carriers": {"x": {**TRUCK, "km_per_hour": 0.001}}}, "h are the most"),
        ({"handling_hours": -1}, "handling_hours: Input should be greater"),
        ({"cities": {}}, "cities"),
        ({"cities": {"A": {**HERE, "name_zh": "同"}, "B": {**HERE, "name_zh": "同"}}}, "同 is a name of both A and B"),
        ({"cities": {"A": {**HERE, "name_zh": " "}}}, "'A' lacks a name"),
        ({"origins": {"cn.yiwu": {**HERE, "name": "Yiwu", "name_zh": "义乌"}}}, "'cn.yiwu' cannot be part of a topic"),
    ],
)
def test_a_network_that_cannot_work_is_refused_with_the_reason(
    tmp_path: Path, change: dict[str, object], says: str
) -> None:
    file = tmp_path / "network.json"
    file.write_text(json.dumps({**json.loads(DEFAULT.read_text()), **change}))
    with pytest.raises(BadNetwork, match=says):
        Network.load(file)


@pytest.mark.parametrize(
    ("wanted", "taken"), [(4, {"yiwu": 4}), (8, {"keqiao": 8}), (12, {"keqiao": 9, "yiwu": 3}), (15, None)]
)
def test_the_examples_of_allocation(wanted: int, taken: dict[str, int] | None) -> None:
    soonest_first = tuple(
        next(lane for lane in NETWORK.lanes("Shanghai") if lane.warehouse_id == id) for id in ("yiwu", "keqiao")
    )
    assert allocate({"yiwu": 5, "keqiao": 9}, wanted, soonest_first) == taken  # type: ignore[arg-type, comparison-overlap]
