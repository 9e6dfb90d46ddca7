"""Labelled queries: what a person types, and which offers that person would call relevant, by their facts.

A line of `queries.tsv` says so as `kind=mug,thermos colour=red`: an offer is relevant when it has one of the values in
each. The labels follow from the goods alone. The synonyms of the catalog were completed with these queries in sight, so
the figure says how well the means work, not how complete the synonyms are for goods that are not here.
"""

from __future__ import annotations

import csv
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from headwater_bench.search.corpus import HERE, Made

AT = 10
Search = Callable[[str], Awaitable[Sequence[str]]]
"""The ids of the first offers that it finds for a text, the best first."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """A query with what is relevant to it."""

    group: str
    """What makes it hard: pinyin-slip, synonym, typo ..."""
    text: str
    facts: dict[str, frozenset[str]]

    def fits(self, made: Made) -> bool:
        """Whether an offer is relevant."""
        return all(made.facts.get(name) in values for name, values in self.facts.items())


def labelled() -> list[Labelled]:
    """All of them."""
    with (HERE / "queries.tsv").open(encoding="utf-8", newline="") as file:
        return [
            Labelled(row["class"], row["query"], dict(map(_fact, row["relevant"].split())))
            for row in csv.DictReader(file, delimiter="\t")
        ]


async def recall(search: Search, catalog: Sequence[Made]) -> dict[str, list[float]]:
    """Recall@10 of each query, by group: of ten relevant offers, or of all if there are fewer, how many were found."""
    found: dict[str, list[float]] = {}
    for query in labelled():
        relevant = {made.offer.offer_id for made in catalog if query.fits(made)}
        assert relevant, f"nothing in the catalog is relevant to {query.text!r}: the label is wrong"
        hits = list(await search(query.text))[:AT]
        found.setdefault(query.group, []).append(len(relevant.intersection(hits)) / min(AT, len(relevant)))
    return found


def mean(recalls: dict[str, list[float]]) -> float:
    """Over all queries."""
    every = [one for some in recalls.values() for one in some]
    return sum(every) / len(every)


def _fact(said: str) -> tuple[str, frozenset[str]]:
    name, _, values = said.partition("=")
    return name, frozenset(values.split(","))
