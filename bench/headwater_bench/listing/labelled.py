"""Labelled descriptions: how factories write, and what a careful clerk would fill in.

`held.txt` was written first, before there was a rule, and was not looked at while rules were made; `development.txt` is
what they were made with. One person wrote both, and the dictionaries, so words of the held half are likelier to be in
the dictionaries than a stranger's would be: take the figures as what is reached at best.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from catalog.domain.categories import CATEGORIES
from catalog.listing.description import Description, read
from catalog.listing.proposal import Proposal

HERE = Path(__file__).parent
Half = Literal["held", "development"]
FIELDS = ("category", "colours", "sizes", "attributes", "packaging", "price_ranges", "minimum", "multiple")
Answers = frozenset[str]
"""What is right: one of these."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """A description and its labels."""

    description: Description
    category: Answers
    colours: tuple[Answers, ...]
    sizes: tuple[Answers, ...]
    attributes: tuple[Answers, ...]
    """Each as name=value."""
    packaging: Answers
    price_ranges: tuple[tuple[int, int], ...]
    """Start quantities and fen."""
    minimum: int
    multiple: int


def labelled(half: Half) -> list[Labelled]:
    """All of one half."""
    text = (HERE / f"{half}.txt").read_text(encoding="utf-8")
    return [_listing(block) for block in text.split("\n\n") if not block.startswith("#")]


def scores(found: Proposal, label: Labelled) -> dict[str, float]:
    """How right each field is, 0 to 1. Of attributes the share of all, found or labelled, that are both; all other
    fields are right or wrong."""
    ranges = tuple(
        (one.start_quantity, one.price_fen) for one in (found.price_ranges.value if found.price_ranges else ())
    )
    return {
        "category": float(_value(found.category, "") in (label.category or {""})),
        "colours": float(_all_of([one.value for one in found.colours], label.colours)),
        "sizes": float(_all_of([one.value for one in found.sizes], label.sizes)),
        "attributes": _overlap(["=".join(one.value) for one in found.attributes], label.attributes),
        "packaging": float(_value(found.packaging, "") in (label.packaging or {""})),
        "price_ranges": float(ranges == label.price_ranges),
        "minimum": float(_value(found.minimum, 1) == label.minimum),
        "multiple": float(_value(found.multiple, 1) == label.multiple),
    }


def shares(extract: Callable[[Description], Proposal], half: Half) -> dict[str, float]:
    """By field, the share that is right of a half."""
    found = [scores(extract(one.description), one) for one in labelled(half)]
    return {field: sum(one[field] for one in found) / len(found) for field in FIELDS}


def _all_of(found: list[str], wanted: tuple[Answers, ...]) -> bool:
    """Each wanted one is there, and nothing else, in whatever order and case."""
    left = [one.casefold() for one in found]
    for answers in wanted:
        fitting = next((one for one in left if one in answers), None)
        if fitting is None:
            return False
        left.remove(fitting)
    return not left


def _overlap(found: list[str], wanted: tuple[Answers, ...]) -> float:
    left = [one.casefold() for one in found]
    both = 0
    for answers in wanted:
        fitting = next((one for one in left if one in answers), None)
        if fitting is not None:
            left.remove(fitting)
            both += 1
    every = len(wanted) + len(left)
    return both / every if every else 1.0


def _value(found: Any, otherwise: Any) -> Any:
    return found.value if found is not None else otherwise


# --- the file --------------------------------------------------------------------------------------------------------


def _listing(block: str) -> Labelled:
    said: dict[str, list[str]] = {}
    for line in block.strip().splitlines():
        name, _, value = line.removeprefix("= ").partition(":")
        said.setdefault(name, []).append(value.strip())
    description, _ = read(said["title"][0], "\n".join(said.get("text", ())), " ".join(said.get("pictures", ())).split())
    category = _answers(_one(said, "category"))
    prices = tuple(
        (int(start), int(fen)) for start, fen in (one.split(":") for one in _one(said, "prices").split(", ") if one)
    )
    return Labelled(
        description, category, tuple(_many(said, "colours", ", ")), tuple(_many(said, "sizes", ", ")),
        tuple(_attributes(_one(said, "attributes"))), _answers(_one(said, "packaging")) or _packaging(category), prices,
        int(_one(said, "minimum") or 1), int(_one(said, "multiple") or 1),
    )  # fmt: skip


def _one(said: dict[str, list[str]], name: str) -> str:
    return said.get(name, [""])[0]


def _many(said: dict[str, list[str]], name: str, between: str) -> Iterator[Answers]:
    yield from (_answers(one) for one in _one(said, name).split(between) if one)


def _attributes(said: str) -> Iterator[Answers]:
    for one in filter(None, said.split("; ")):
        name, _, values = one.partition("=")
        yield frozenset(f"{name}={value}" for value in _answers(values))


def _answers(said: str) -> Answers:
    return frozenset(said.casefold().split("|")) if said else frozenset()


def _packaging(paths: Answers) -> Answers:
    """As the tree has it for what is labelled as the category."""
    return frozenset(CATEGORIES[path].packaging for path in paths)
