"""Sending a file's offers: in order, bounded, and on from where an earlier run was interrupted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from headwater.contracts.base import Done, Message, Refused
from headwater.contracts.catalog import ListOffer
from headwater.producer import PublishFailed
from headwater_cli.importing import sending
from headwater_cli.importing.offers import Candidate, Refusal
from headwater_cli.importing.sending import AT_ONCE, Import, Place
from headwater_cli.problem import Problem


class Catalog:
    """Answers like the catalog: it refuses some, leaves some without an answer, and is away now and then."""

    def __init__(self, refuses: set[str] = frozenset(), silent: set[str] = frozenset(), away: int = 0) -> None:  # type: ignore[assignment]
        self.refuses, self.silent, self.away = refuses, silent, away
        self.asked: list[str] = []

    async def ask(self, command: Any, within_s: float) -> Message | None:
        if self.away:
            self.away -= 1
            raise PublishFailed("no leader")
        self.asked.append(command.offer_id)
        if command.offer_id in self.silent:
            return None
        if command.offer_id in self.refuses:
            return Refused(id=command.offer_id, code="already_listed", detail="revise it")
        return Done(id=command.offer_id)


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    async def at_once(_: float) -> None:
        return None

    monkeypatch.setattr(sending.asyncio, "sleep", at_once)


def offer(number: int, fault: str = "") -> Candidate:
    id = f"off-{number}"
    faults = (Refusal(number + 2, id, "subject", fault),) if fault else ()
    command = ListOffer.model_validate({
        "offer_id": id, "supplier_id": "sup-1", "subject": "Shirt", "subject_zh": "衬衫", "min_order_quantity": 2,
        "price_ranges": [{"start_quantity": 2, "price_fen": 1000}], "currency": "CNY",
        "skus": [{"sku_id": f"s-{number}", "colour": "white", "size": "M"}],
    })  # fmt: skip
    return Candidate(number + 2, id, None if fault else command, faults, number)


class Run:
    """An import into a catalog, with what it reported."""

    def __init__(self, folder: Path, catalog: Catalog) -> None:
        self.catalog = catalog
        self.refused: list[tuple[int, str]] = []
        self.place = Place.of(folder / "imports", folder / "offers.csv", "ListOffer")
        self.work = Import(
            self.place, lambda one: self.refused.append((one.line, one.field)), lambda candidate: None
        )  # fmt: skip

    async def __call__(self, found: Iterator[Candidate]) -> Run:
        await self.work.run(self.catalog, found)  # type: ignore[arg-type]
        return self


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "offers.csv").write_text("whatever")
    return tmp_path


async def test_everything_is_sent_once_and_refusals_are_reported_in_the_order_of_the_file(folder: Path) -> None:
    run = await Run(folder, Catalog(refuses={"off-3"}))(offer(n, "bad" if n == 1 else "") for n in range(5))
    assert sorted(run.catalog.asked) == ["off-0", "off-2", "off-3", "off-4"]
    assert run.refused == [(3, "subject"), (5, "already_listed")]
    assert (run.work.tally.listed, run.work.tally.skus, run.work.tally.refused) == (3, 3, 2)


async def test_no_more_are_under_way_than_memory_is_meant_for(folder: Path) -> None:
    ahead, run = [], Run(folder, Catalog())

    def counted() -> Iterator[Candidate]:
        for number in range(3 * AT_ONCE):
            ahead.append(number - run.place.settled)
            yield offer(number)

    await run(counted())
    assert max(ahead) <= AT_ONCE


async def test_an_interrupted_import_goes_on_where_it_was_settled(folder: Path) -> None:
    first = Run(folder, Catalog(silent={"off-700"}))
    with pytest.raises(Problem, match=r"offer off-700 of line 702") as problem:
        await first(offer(number) for number in range(1000))
    assert "goes on from there" in problem.value.todo
    second = await Run(folder, Catalog())(offer(number) for number in range(1000))
    assert first.place.settled == 700
    assert second.catalog.asked == [f"off-{number}" for number in range(700, 1000)]
    assert (second.work.tally.skipped, second.work.tally.listed) == (700, 300)


async def test_a_changed_file_begins_anew(folder: Path) -> None:
    await Run(folder, Catalog())(offer(number) for number in range(10))
    assert Run(folder, Catalog()).place.settled == 10
    (folder / "offers.csv").write_text("something else")
    assert Run(folder, Catalog()).place.settled == 0


async def test_a_broker_that_is_away_for_a_moment_is_asked_again(folder: Path) -> None:
    run = await Run(folder, Catalog(away=3))(offer(number) for number in range(3))
    assert run.work.tally.listed == 3


async def test_a_place_that_cannot_be_read_is_the_beginning(folder: Path) -> None:
    run = await Run(folder, Catalog())(offer(number) for number in range(3))
    run.place.path.write_text("{")
    assert Run(folder, Catalog()).place.settled == 0
