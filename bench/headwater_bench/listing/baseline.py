"""What an afternoon of regular expressions gives: each name looked up as it is written, wherever it stands."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import catalog.listing
from catalog.domain.categories import CATEGORIES
from catalog.listing.description import Description
from catalog.listing.found import Found, T
from catalog.listing.proposal import Proposal
from headwater.contracts.catalog import PriceRange

WORDS = Path(catalog.listing.__file__).parent
UNIT = r"(?:件|个|双|条|套|只|台|pcs|pieces?|pairs?|sets?)"
SIZE = re.compile(r"\b(?:XXS|XS|S|M|L|XL|XXL|XXXL|[2-6]XL)\b|均码|one size", re.IGNORECASE)
NUMBERED = re.compile(r"\d+(?:\.\d+)?(?:cm|ml|码|mm)")
STEP = re.compile(rf"(\d+)\s*{UNIT}\D{{0,10}}?[¥]?\s*(\d+(?:\.\d+)?)\s*(?:元|yuan|rmb)?", re.IGNORECASE)
LEAST = re.compile(rf"(?:MOQ|起批|起订量?)\D{{0,3}}(\d+)|(\d+)\s*{UNIT}起", re.IGNORECASE)
MULTIPLE = re.compile(r"一[手箱包]\s*(\d+)")
ONE = {"XXL": "2XL", "XXXL": "3XL", "均码": "one size"}


def by_expressions(description: Description) -> Proposal:
    """The proposal that look-ups of words and five expressions make."""
    said = f"{description.title}\n{description.text}"
    path = next((path for path, called in _categories() if called.search(said)), None)
    prices = {int(count): round(float(price) * 100) for count, price in STEP.findall(description.text)}
    least = LEAST.search(description.text)
    multiple = MULTIPLE.search(description.text)
    sizes = [ONE.get(size.upper(), size) for size in SIZE.findall(said) or NUMBERED.findall(said)]
    ladder = tuple(
        PriceRange(start_quantity=count, price_fen=fen) for count, fen in sorted(prices.items()) if count and fen
    )
    return Proposal(
        category=_found(path), packaging=_found(CATEGORIES[path].packaging) if path else None,
        colours=_each(name for name, called in _colours() if called.search(said)),
        sizes=_each(size.removesuffix("码") for size in sizes),
        attributes=_each(one for one, called in _attributes() if called.search(said)),
        price_ranges=_found(ladder) if ladder else None,
        minimum=_found(int(least[1] or least[2])) if least else _found(min(prices)) if prices else None,
        multiple=_found(int(multiple[1])) if multiple else None,
    )  # fmt: skip


def _found(value: T | None) -> Found[T] | None:
    return Found(value, "rule", "", 1.0) if value is not None else None


def _each(values: Iterable[T]) -> tuple[Found[T], ...]:
    return tuple(Found(value, "rule", "", 1.0) for value in dict.fromkeys(values))


def _any_of(names: list[str]) -> re.Pattern[str]:
    """A Chinese name anywhere, an English one as a word."""
    written = (rf"\b{re.escape(name)}\b" if name.isascii() else re.escape(name) for name in names)
    return re.compile("|".join(written), re.IGNORECASE)


@cache
def _categories() -> list[tuple[str, re.Pattern[str]]]:
    return [(path, _any_of([one.zh, one.en, *one.words])) for path, one in CATEGORIES.items()]


@cache
def _colours() -> list[tuple[str, re.Pattern[str]]]:
    """The same words as ours; a Chinese one of one character only with 色 after it, or it would be everywhere."""
    return [(row[0], _any_of([word if len(word) > 1 else f"{word}色" for word in row])) for row in _rows("colours.tsv")]


@cache
def _attributes() -> list[tuple[tuple[str, str], re.Pattern[str]]]:
    return [((row[0], row[1]), _any_of([word for word in row[2:] if len(word) > 1])) for row in _rows("attributes.tsv")]


def _rows(name: str) -> list[list[str]]:
    lines = (WORDS / name).read_text(encoding="utf-8").splitlines()
    return list(csv.reader((line for line in lines if not line.startswith("#")), delimiter="\t"))
