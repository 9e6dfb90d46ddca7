"""What is found of what is relevant: a floor under the figure that `headwater bench search` prints."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from pathlib import Path

from headwater_bench.search import corpus
from headwater_bench.search.labelled import labelled, mean, recall
from tests.unit.catalog.shelf import ids, shelf

FLOOR = 0.93
FLOORS = {"pinyin-slip": 0.85, "pinyin": 0.9, "synonym": 0.95, "typo": 0.9, "mixed": 0.9, "zh": 0.9, "en": 0.9}


async def test_most_of_what_is_relevant_is_among_the_first_ten(tmp_path: Path) -> None:
    catalog = list(corpus.offers())
    makers = tuple(corpus.suppliers().values())
    with shelf(tmp_path, *(made.offer for made in catalog), makers=makers) as index:

        async def search(text: str) -> Sequence[str]:
            return ids(index, text)

        found = await recall(search, catalog)
    assert len(labelled()) >= 200
    assert mean(found) >= FLOOR
    low = {group: statistics.mean(found[group]) for group, floor in FLOORS.items()
           if statistics.mean(found[group]) < floor}  # fmt: skip
    assert not low


def test_the_same_seed_makes_the_same_catalog() -> None:
    first, again, other = (list(corpus.offers(1, seed=seed)) for seed in (1, 1, 2))
    assert first == again
    assert first != other
