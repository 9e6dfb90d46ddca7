"""Queries on the index, the ranking of what they find, and pages of it.

All that was said must match; when fewer than `ENOUGH` have all of it, half of it is enough. What is found is sorted by
text x traffic weight within each `WINDOW` of the best by text: a weight moves an offer by at most so many places.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import tantivy

from catalog.domain.offer import Offer
from catalog.search.documents import MAKING, OFFER, folded, property_term, title_words
from catalog.search.index import SearchIndex, count_of
from catalog.search.ladders import priced
from catalog.search.traffic import NEUTRAL, Esteem
from catalog.search.understand import Group, Understanding, query_of
from catalog.search.words import is_han, readings

ENOUGH = 20
WINDOW = 200
MOST_FOUND = 1000
"""So many can be paged through: whoever has not found it by then should say more."""
ALIKE = 12
"""By so many words of its title offers are like another one."""
Query, Occur = tantivy.Query, tantivy.Occur
Clauses = list[tuple[tantivy.Occur, tantivy.Query]]


@dataclass(frozen=True, slots=True)
class Price:
    """What a piece may cost, in fen, when so many pieces are bought. None: no bound."""

    quantity: int
    least: int | None = None
    most: int | None = None


@dataclass(frozen=True, slots=True)
class Narrow:
    """What narrows a search for offers; all of it must hold, and what is empty holds always."""

    category: str = ""
    attributes: tuple[tuple[str, str], ...] = ()
    price: Price | None = None
    town: str = ""
    zones: tuple[str, ...] = ()
    supplier_id: str = ""


@dataclass(frozen=True, slots=True)
class Making:
    """What a factory must be able to do."""

    category: str = ""
    processes: tuple[str, ...] = ()
    monthly_pieces: int = 0
    certificates: tuple[str, ...] = ()
    town: str = ""


@dataclass(frozen=True, slots=True)
class Hit:
    """What was found: the bytes that are shown of it, and the parts of its score."""

    shown: bytes
    text: float
    weight: float
    matched: tuple[str, ...]

    @property
    def score(self) -> float:
        """What it is sorted by."""
        return self.text * self.weight


@dataclass(frozen=True, slots=True)
class Found:
    """A page."""

    hits: list[Hit]
    total: int
    more: bool
    groups: list[Group] = field(default_factory=list)


class _Ranked(NamedTuple):
    """What matched: its score by text, its supplier's weight and number, and where it is."""

    text: float
    weight: float
    maker: int
    address: tantivy.DocAddress


class Finder:
    """Searches one index as it is now. It is cheap to make; make one for each search."""

    def __init__(self, index: SearchIndex, esteem: Esteem) -> None:
        self._index = index
        self._esteem = esteem
        self._searcher = index.searcher()

    def offers(self, text: str, narrow: Narrow, offset: int, size: int) -> Found:
        """Offers by text, narrowed."""
        return self._by_text(text, [self._index.term("kind", OFFER), *self._narrowing(narrow)], offset, size)

    def makings(self, text: str, making: Making, offset: int, size: int) -> Found:
        """Suppliers by what they can make, each once with what fits best, from the first `MOST_FOUND` that fit."""
        index = self._index
        filters = [index.term("kind", MAKING)]
        filters += [index.term("category", making.category)] if making.category else []
        filters += [index.term("town", folded(making.town))] if making.town else []
        filters += [index.term("process", folded(one)) for one in making.processes]
        filters += [index.term("certificate", folded(one)) for one in making.certificates]
        if making.monthly_pieces:
            kind = tantivy.FieldType.Unsigned
            filters.append(Query.range_query(index.schema, "capacity", kind, making.monthly_pieces, None))
        return self._by_text(text, filters, offset, size, each_supplier_once=True)

    def similar(self, offer: Offer, price: Price | None, offset: int, size: int) -> Found:
        """Offers of other suppliers whose titles share words with this one's, of its category if it has one."""
        index = self._index
        filters = [index.term("kind", OFFER), *self._narrowing(Narrow(category=offer.category or "", price=price))]
        rare_first = sorted(set(title_words(offer, index.lexicon)), key=lambda word: (self._frequency(word), word))
        words = [word for word in rare_first if self._frequency(word)][:ALIKE]
        if not words:
            return Found([], 0, False)
        said: Clauses = [(Occur.Should, index.word(word)) for word in words]
        clauses: Clauses = [
            (Occur.Must, Query.boolean_query(said)),
            (Occur.MustNot, index.term("supplier", offer.supplier_id)),
        ]
        return self._page(Query.boolean_query([*clauses, *_silent(filters)]), set(words), offset, size)

    # --- queries ---------------------------------------------------------------------------------------------------

    def _by_text(
        self, text: str, filters: Sequence[tantivy.Query], offset: int, size: int, each_supplier_once: bool = False
    ) -> Found:
        groups = Understanding(self._index, self._searcher).groups(text)
        said = [query_of(self._index, group) for group in groups if group.means_something]
        if text.strip() and not said:
            return Found([], 0, False, groups)
        words = {word for group in groups for one in group.alternatives for word in one.words}
        page = self._page_of_suppliers if each_supplier_once else self._page
        found = page(_all_of(said, filters, len(said)), words, offset, size)
        if len(said) > 1 and found.total < ENOUGH:
            found = page(_all_of(said, filters, (len(said) + 1) // 2), words, offset, size)
        return Found(found.hits, found.total, found.more, groups)

    def _narrowing(self, narrow: Narrow) -> list[tantivy.Query]:
        index = self._index
        filters = [index.term("category", narrow.category)] if narrow.category else []
        filters += [index.term("attribute", property_term(*one)) for one in narrow.attributes]
        filters += [index.term("town", folded(narrow.town))] if narrow.town else []
        filters += [index.term("supplier", narrow.supplier_id)] if narrow.supplier_id else []
        filters += [self._zone(zone) for zone in narrow.zones]
        if narrow.price is not None:
            filters.append(priced(index.schema, narrow.price.quantity, narrow.price.least, narrow.price.most))
        return filters

    def _zone(self, zone: str) -> tantivy.Query:
        if zone == "strict_selection":
            chosen = list(self._esteem.strictly_selected())
            return Query.term_set_query(self._index.schema, "supplier", chosen) if chosen else Query.empty_query()
        return self._index.term("zone", zone)

    def _frequency(self, word: str) -> int:
        return self._searcher.doc_freq("words", word)

    # --- ranking ---------------------------------------------------------------------------------------------------

    def _page(self, query: tantivy.Query, words: set[str], offset: int, size: int) -> Found:
        first, end = offset // WINDOW * WINDOW, -(-(offset + size) // WINDOW) * WINDOW
        ranked, total = self._ranked(query, first, end)
        hits = [self._hit(one, words) for one in ranked[offset - first : offset - first + size]]
        return Found(hits, total, more=offset + size < min(total, MOST_FOUND))

    def _page_of_suppliers(self, query: tantivy.Query, words: set[str], offset: int, size: int) -> Found:
        ranked, _ = self._ranked(query, 0, MOST_FOUND)
        best: dict[int, _Ranked] = {}
        for one in ranked:
            best.setdefault(one.maker, one)
        hits = [self._hit(one, words) for one in list(best.values())[offset : offset + size]]
        return Found(hits, len(best), more=offset + size < len(best))

    def _ranked(self, query: tantivy.Query, first: int, end: int) -> tuple[list[_Ranked], int]:
        """Those from one rank by text to another, sorted within each window; and how many match in all."""
        found = self._searcher.search(query, end - first, offset=first)
        addresses = [address for _, address in found.hits]
        makers = self._searcher.fast_field_values("maker", addresses) if addresses else []
        scored = [
            _Ranked(text, self._weight(int(maker or 0)), int(maker or 0), address)
            for (text, address), maker in zip(found.hits, makers, strict=True)
        ]
        windows = (scored[start : start + WINDOW] for start in range(0, len(scored), WINDOW))
        return [one for window in windows for one in sorted(window, key=_by_score)], count_of(found)

    def _weight(self, maker: int) -> float:
        supplier = self._index.supplier_of(maker)
        return self._esteem.traffic_weight(supplier) if supplier is not None else NEUTRAL

    def _hit(self, ranked: _Ranked, words: set[str]) -> Hit:
        document = self._searcher.doc(ranked.address)
        has = set(document["words"][0].split())
        heard = {word for word in has if is_han(word) and not words.isdisjoint(readings(word))}
        return Hit(document["shown"][0], ranked.text, ranked.weight, tuple(sorted(words & has | heard)))


def _by_score(ranked: _Ranked) -> float:
    return -ranked.text * ranked.weight


def _all_of(said: Sequence[tantivy.Query], filters: Sequence[tantivy.Query], least: int) -> tantivy.Query:
    """At least so many of what was said, scored by it, and all filters, which score nothing."""
    if not said:
        return Query.const_score_query(Query.boolean_query([(Occur.Must, one) for one in filters]), 1.0)
    if least == len(said):
        return Query.boolean_query([*((Occur.Must, one) for one in said), *_silent(filters)])
    some = Query.boolean_query([(Occur.Should, one) for one in said], minimum_number_should_match=least)
    return Query.boolean_query([(Occur.Must, some), *_silent(filters)])


def _silent(filters: Sequence[tantivy.Query]) -> Clauses:
    return [(Occur.Must, Query.const_score_query(one, 0.0)) for one in filters]
