"""What the tools of the repository promise: stubs are up to date, import rules bite, the lock names no address."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from grimp import ImportGraph

from headwater_cli.home import REPOSITORY
from tools import proto
from tools.import_rules import OnlyContract


def test_the_committed_stubs_are_what_the_protos_generate(tmp_path: Path) -> None:
    proto.generate(tmp_path / "stubs")
    assert texts(proto.STUBS) == texts(tmp_path / "stubs"), "run: make proto"


def texts(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*.py*") if path.suffix != ".pyc"}


@pytest.mark.parametrize(
    ("imported", "kept"),
    [("headwater.contracts.orders", True), ("datetime", True), ("orders.domain.money", True), ("pydantic", True),
     ("headwater.processor", False), ("motor", False), ("orders.views", False)],
)  # fmt: skip
def test_a_rule_may_import_the_contracts_and_little_else(imported: str, kept: bool) -> None:
    graph = ImportGraph()
    for module in ("orders", "orders.domain", "orders.domain.order"):
        graph.add_module(module)
    graph.add_import(importer="orders.domain.order", imported=imported)
    options = {"source_modules": ["orders.domain"], "allowed_modules": ["headwater.contracts", "pydantic"]}
    contract = OnlyContract("rules", {}, {"name": "rules", "type": "only", **options})
    assert contract.check(graph, verbose=False).kept is kept


def test_the_lock_pins_every_package_by_hash_and_names_no_address() -> None:
    lock = (REPOSITORY / "requirements.lock").read_text()
    assert "://" not in lock
    entries = re.split(r"^(?=\S)", lock, flags=re.MULTILINE)[1:]
    assert len(entries) > 50
    assert all("==" in entry and "--hash=sha256:" in entry for entry in entries)


def test_compose_pins_its_images_and_listens_on_loopback_only() -> None:
    services = yaml.safe_load((REPOSITORY / "deploy" / "compose.yaml").read_text())["services"]
    assert set(services) == {"kafka", "store"}
    for service in services.values():
        assert re.search(r":\d+\.\d+\.\d+$", service["image"]), "a pinned version"
        assert all(port.startswith("127.0.0.1:") for port in service["ports"])
        assert service["healthcheck"]["test"][0] == "CMD"


def test_compose_runs_the_kafka_that_runs_embedded() -> None:
    services = yaml.safe_load((REPOSITORY / "deploy" / "compose.yaml").read_text())["services"]
    version = services["kafka"]["image"].partition(":")[2]
    assert f"<kafka.version>{version}</kafka.version>" in (REPOSITORY / "deploy" / "dev" / "pom.xml").read_text()
    broker = services["kafka"]["environment"]
    for line in (REPOSITORY / "deploy" / "dev" / "server.properties").read_text().splitlines():
        name, _, value = line.partition("=")
        variable = f"KAFKA_{name.upper().replace('.', '_')}"
        if variable in broker and name not in PLACES:
            assert str(broker[variable]) == value, name


PLACES = {
    "controller.quorum.voters", "listeners", "advertised.listeners", "listener.security.protocol.map", "log.dirs",
    "inter.broker.listener.name", "node.id",
}  # fmt: skip
