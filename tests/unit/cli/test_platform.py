"""Ports and addresses: by default, by the environment, or picked free and kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from headwater_cli.home import Home
from headwater_cli.platform import CORE, DEFAULT_PORTS, EDGE, Addresses, addresses, choose_ports, program, remember
from headwater_cli.problem import Problem


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    for name in ("HEADWATER_PORT_OFFSET", "HEADWATER_KAFKA_PORT", "HEADWATER_KAFKA", "HEADWATER_STORE"):
        monkeypatch.delenv(name, raising=False)
    return Home(tmp_path)


def test_an_offset_moves_all_ports_but_those_that_are_named(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADWATER_PORT_OFFSET", "1000")
    monkeypatch.setenv("HEADWATER_KAFKA_PORT", "30000")
    ports = choose_ports(home, free=False)
    assert (ports["gateway-http"], ports["catalog-grpc"]) == (9080, 10101)
    assert (ports["kafka"], ports["kafka-controller"]) == (30000, 30001)


def test_a_port_that_is_no_number_is_refused_by_name(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADWATER_STORE_PORT", "mongo")
    with pytest.raises(Problem, match="HEADWATER_STORE_PORT=mongo is not a number"):
        choose_ports(home, free=False)


def test_ports_picked_free_are_kept_by_later_starts(home: Home) -> None:
    picked = choose_ports(home, free=True)
    assert len(set(picked.values())) == len(DEFAULT_PORTS)
    remember(home, Addresses("k", "s", picked), free=True)
    assert choose_ports(home, free=False) == picked


def test_ports_by_default_are_not_kept(home: Home) -> None:
    remember(home, Addresses("k", "s", {**DEFAULT_PORTS, "store": 1}), free=False)
    assert choose_ports(home, free=False) == DEFAULT_PORTS


def test_before_the_first_up_there_are_no_addresses(home: Home) -> None:
    with pytest.raises(Problem, match="The platform is not up"):
        addresses(home)


def test_a_service_is_told_its_ports_and_where_the_others_answer(home: Home) -> None:
    orders = program(CORE[1], Addresses("127.0.0.1:19092", "mongodb://x", DEFAULT_PORTS))
    assert list(orders.argv[1:]) == ["-m", "orders"]
    assert orders.env["HEADWATER_HTTP_PORT"] == "8102"
    assert orders.env["HEADWATER_GRPC_PORT"] == "9102"
    assert orders.env["HEADWATER_CATALOG_GRPC"] == "127.0.0.1:9101"
    assert orders.env["HEADWATER_KAFKA"] == "127.0.0.1:19092"


def test_a_plug_in_answers_no_rpc(home: Home) -> None:
    warehouse = program(EDGE[1], Addresses("k", "s", DEFAULT_PORTS))
    assert list(warehouse.argv[1:]) == ["-m", "demo_warehouse"]
    assert "HEADWATER_GRPC_PORT" not in warehouse.env
    assert [port.number for port in warehouse.ports] == [8105]
