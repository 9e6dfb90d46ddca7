"""The leaf of the tree of categories that goods belong to, by what they are called in the title and in the text."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from typing import NamedTuple

from catalog.domain.categories import CATEGORIES
from catalog.listing.attributes import audience_of
from catalog.listing.description import Description
from catalog.listing.found import SHOWN, Found
from catalog.search.lexicon import Name, name_of
from catalog.search.lexicon import read as lexicon
from catalog.search.words import is_han, normal, runs, stem

ITSELF, SYNONYM = 1.0, 0.8
"""What a match is worth by the category's own name, and by another name of the same thing."""
TITLE, TEXT = 3.0, 1.0
LATER = 0.3
"""Goods are named last: the last name in a title counts so much more than the first."""
FITS, MISFITS = 1.6, 0.3
FOR = {"women": "women", "girls": "girls", "men": "men", "boys": "boys", "baby": "baby-clothes"}
"""By whom it is for, what a path of such goods says."""
SURE_AT = 4.0
"""A score from which on nothing else is likely."""
_PARTS = frozenset({"women", "men", "girls", "boys", "baby-clothes", "kids"})


class _Match(NamedTuple):
    name: Name
    start: int
    end: int


@cache
def _called() -> Mapping[Name, dict[str, float]]:
    """By each name, the categories that it may mean and how much it is worth for each."""
    called: defaultdict[Name, dict[str, float]] = defaultdict(dict)
    for path, category in CATEGORIES.items():
        own = [name_of(one) for one in (category.zh, category.en, *category.words)]
        others = [other for name in own for other in lexicon().others(name)]
        for worth, names in ((ITSELF, own), (SYNONYM, others)):
            for name in names:
                if name and (len(name) > 1 or len(name[0]) > 1):
                    called[name].setdefault(path, worth)
    return called


@cache
def _longest() -> int:
    return max(len(name) for name in _called())


@cache
def _longest_chinese() -> int:
    return max(len(name[0]) for name in _called() if is_han(name[0]))


def category_of(description: Description) -> Found[str] | None:
    """The most likely category; None when nothing is called so."""
    scores: defaultdict[str, float] = defaultdict(float)
    named: dict[str, str] = {}
    for source, text in description.passages():
        for match, place in _placed(text):
            for path, worth in _shared(match.name):
                gain = worth * (TITLE if source == "title" else TEXT) * _length(match.name) * (1 + LATER * place)
                scores[path] += gain
                named.setdefault(path, " ".join(match.name))
    _weigh(scores, audience_of(description))
    return _best(scores, named, description)


def _weigh(scores: dict[str, float], audience: str) -> None:
    """Let whom the goods are for decide between alike ones."""
    wanted = FOR.get(audience)
    for path in scores:
        said = _PARTS.intersection(path.split("/"))
        if said and audience:
            scores[path] *= FITS if wanted in said or (audience == "kids" and "kids" in said) else MISFITS


def _best(scores: Mapping[str, float], named: Mapping[str, str], description: Description) -> Found[str] | None:
    ranked = sorted(scores, key=lambda path: (-scores[path], path))
    if not ranked:
        return None
    best, second = ranked[0], scores[ranked[1]] if len(ranked) > 1 else 0.0
    sure = min(0.95, 0.35 + 0.6 * (1 - second / scores[best])) * min(1.0, scores[best] / SURE_AT)
    return Found(best, "rule", f"it is called {named[best]}"[:SHOWN], round(max(sure, 0.1), 2))


def _shared(name: Name) -> Iterator[tuple[str, float]]:
    """A name that many categories have says little of each."""
    paths = _called()[name]
    yield from ((path, worth / len(paths) ** 0.5) for path, worth in paths.items())


def _length(name: Name) -> float:
    return len(name[0]) ** 0.5 if is_han(name[0]) else 1.4 + 0.6 * (len(name) - 1)


def _placed(text: str) -> Iterator[tuple[_Match, float]]:
    """The names in a text, each with where it stands, 0 to 1."""
    matches = list(_matches(text))
    last = max((match.end for match in matches), default=1)
    yield from ((match, match.end / last) for match in matches)


def _matches(text: str) -> Iterator[_Match]:
    at, latin = 0, []
    for run in [*runs(normal(text)), ""]:
        if run and not is_han(run):
            latin.append(run)
            continue
        yield from _latin(latin, at)
        at, latin = at + len(latin), []
        yield from _han(run, at)
        at += len(run)


def _latin(words: list[str], start: int) -> Iterator[_Match]:
    at, stems = 0, [stem(word) for word in words]
    while at < len(stems):
        lengths = range(min(_longest(), len(stems) - at), 0, -1)
        length = next((count for count in lengths if tuple(stems[at : at + count]) in _called()), 0)
        if length:
            yield _Match(tuple(stems[at : at + length]), start + at, start + at + length)
        at += length or 1


def _han(run: str, start: int) -> Iterator[_Match]:
    at = 0
    while at < len(run):
        lengths = range(min(_longest_chinese(), len(run) - at), 1, -1)
        length = next((count for count in lengths if (run[at : at + count],) in _called()), 0)
        if length:
            yield _Match((run[at : at + length],), start + at, start + at + length)
        at += length or 1
