"""An offer or a factory as the index keeps it: what it is found by, what narrows it, and what is shown of it.

All words stand in one field, those that say more of the goods several times: BM25 then counts them as one text in which
a word of the title weighs four of the description (the simple form of BM25F).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from itertools import accumulate
from typing import NamedTuple

import tantivy

from catalog.domain.categories import CATEGORIES, Category
from catalog.domain.offer import Offer
from catalog.domain.supplier import Supplier
from catalog.search import ladders
from catalog.search.lexicon import Lexicon
from catalog.search.words import is_han, normal, readings, runs, words
from catalog.views import supplier_view
from headwater.contracts.catalog import OfferContents
from headwater.stubs.catalog.v1 import catalog_pb2, search_pb2

OFFER, MAKING, POSITIONS = "offer", "making", "positions"
"""The kinds of documents; a supplier is one for each thing that it makes, or a single one."""
TITLE, CATEGORY, ATTRIBUTE, PLAIN = 4, 2, 2, 1
"""How many words of a description weigh as much as one of these."""
LONG = 600
"""Of a description so many characters count: what comes later is small print."""
BULK_MINIMUM, BULK_STEP = 500, 1000
TERMS = ("key", "kind", "supplier", "category", "attribute", "town", "zone", "process", "certificate")


class Maker(NamedTuple):
    """What an offer shows of its supplier."""

    name: str
    name_zh: str
    town: str


UNKNOWN = Maker("", "", "")


def schema() -> tantivy.Schema:
    """The fields of the index."""
    made = tantivy.SchemaBuilder()
    for name in TERMS:
        made.add_text_field(name, tokenizer_name="raw", index_option="basic")
    made.add_text_field("words", stored=True, tokenizer_name="whitespace", index_option="freq")
    made.add_text_field("pinyin", tokenizer_name="whitespace", index_option="freq")
    made.add_unsigned_field("capacity", fast=True)
    made.add_unsigned_field("maker", fast=True)
    ladders.add_fields(made)
    made.add_bytes_field("shown", stored=True)
    return made.build()


def offer_document(offer: Offer, maker: Maker, number: int, lexicon: Lexicon) -> tantivy.Document:
    """A listed offer; `number` stands for its supplier."""
    document = tantivy.Document(kind=OFFER, key=offer_key(offer.offer_id), supplier=offer.supplier_id)
    title = title_words(offer, lexicon)
    named = _category_words(offer.category, lexicon)
    supplier = [*words(maker.name), *words(maker.name_zh), *words(maker.town)]
    said = [*words(offer.description[:LONG]), *supplier]
    attributes = [word for one in offer.attributes for word in (*words(one.name), *words(one.value))]
    document.add_text("words", _weighed((TITLE, title), (CATEGORY, named), (ATTRIBUTE, attributes), (PLAIN, said)))
    document.add_text("pinyin", _sounds([*title, *named]))
    _add_terms(document, "category", steps(offer.category))
    _add_terms(document, "attribute", (property_term(one.name, one.value) for one in offer.attributes))
    _add_terms(document, "zone", zones(offer))
    document.add_text("town", folded(maker.town))
    document.add_unsigned("maker", number)
    ladders.add_ladder(document, offer.price_ranges)
    document.add_bytes("shown", _shown(offer, maker).SerializeToString())
    return document


def making_documents(supplier: Supplier, number: int, lexicon: Lexicon) -> Iterator[tantivy.Document]:
    """A supplier, once for each thing that it makes, the first first."""
    shown = supplier_view(supplier)
    named = [*words(supplier.name), *words(supplier.name_zh), *words(supplier.town)]
    certified = [word for one in supplier.certificates for word in words(one)]
    for place, making in enumerate(supplier.makes or (None,)):
        document = tantivy.Document(kind=MAKING, key=supplier_key(supplier.supplier_id), supplier=supplier.supplier_id)
        made = _category_words(making.category, lexicon) if making else ()
        processes = [word for one in making.processes for word in words(one)] if making else []
        document.add_text(
            "words", _weighed((TITLE, processes), (CATEGORY, made), (CATEGORY, named), (PLAIN, certified))
        )
        document.add_text("pinyin", _sounds([*named, *made, *processes]))
        _add_terms(document, "category", steps(making.category) if making else ())
        _add_terms(document, "process", map(folded, making.processes) if making else ())
        _add_terms(document, "certificate", map(folded, supplier.certificates))
        document.add_text("town", folded(supplier.town))
        document.add_unsigned("capacity", making.monthly_pieces if making else 0)
        document.add_unsigned("maker", number)
        view = search_pb2.FactoryHit(supplier=shown, making=shown.makes[place] if making else None)
        document.add_bytes("shown", view.SerializeToString())
        yield document


def title_words(offer: OfferContents, lexicon: Lexicon) -> list[str]:
    """The words of an offer's names, and the names of the lexicon in them."""
    found = list(words(f"{offer.subject_zh}\n{offer.subject}"))
    known = set(found)
    for run in runs(normal(offer.subject_zh)):
        found += [name for name in lexicon.inside(run) if name not in known]
    return found


def zones(offer: OfferContents) -> list[str]:
    """The shelves that an offer stands on by what it says itself."""
    steps_up = offer.price_ranges[1:]
    bulk = offer.min_order_quantity >= BULK_MINIMUM or any(step.start_quantity >= BULK_STEP for step in steps_up)
    asked = {
        "free_shipping": offer.free_shipping, "samples": offer.sample_price_fen is not None,
        "trial": offer.trial_pieces is not None, "bulk": bulk,
    }  # fmt: skip
    return [zone for zone, stands in asked.items() if stands]


def steps(category: str | None) -> list[str]:
    """A path and its beginnings: apparel, apparel/women, apparel/women/dresses."""
    return list(accumulate(category.split("/"), lambda above, name: f"{above}/{name}")) if category else []


def property_term(name: str, value: str) -> str:
    """An attribute as it is compared."""
    return f"{folded(name)}={folded(value)}"


def folded(text: str) -> str:
    """A name as it is compared: letter case and spaces at its ends aside."""
    return normal(text).strip()


def offer_key(id: str) -> str:
    """What an offer's document is replaced by."""
    return f"offer:{id}"


def supplier_key(id: str) -> str:
    """What a supplier's documents are replaced by."""
    return f"supplier:{id}"


@cache
def _category_words(path: str | None, lexicon: Lexicon) -> tuple[str, ...]:
    return tuple(_words_of_category(CATEGORIES[path], lexicon)) if path in CATEGORIES else ()


def _words_of_category(category: Category, lexicon: Lexicon) -> Iterator[str]:
    for name in (category.zh, category.en, *category.words):
        yield from words(name)
        yield from (inside for run in runs(normal(name)) for inside in lexicon.inside(run) if inside != run)


def _weighed(*texts: tuple[int, Iterable[str]]) -> str:
    return " ".join(word for times, text in texts for word in text for _ in range(times))


def _sounds(of: Iterable[str]) -> str:
    return " ".join(reading for word in of if len(word) > 1 and is_han(word) for reading in readings(word))


def _add_terms(document: tantivy.Document, field: str, terms: Iterable[str]) -> None:
    for term in terms:
        document.add_text(field, term)


def _shown(offer: Offer, maker: Maker) -> search_pb2.FoundOffer:
    return search_pb2.FoundOffer(
        offer_id=offer.offer_id, supplier_id=offer.supplier_id, subject=offer.subject, subject_zh=offer.subject_zh,
        category=offer.category or "", currency=offer.currency, min_order_quantity=offer.min_order_quantity,
        price_ranges=[
            catalog_pb2.PriceRange(start_quantity=step.start_quantity, price_fen=step.price_fen)
            for step in offer.price_ranges
        ],
        zones=zones(offer), picture=offer.pictures[0] if offer.pictures else "", supplier_name=maker.name,
        supplier_name_zh=maker.name_zh, town=maker.town,
        attributes=[catalog_pb2.Attribute(name=one.name, value=one.value) for one in offer.attributes],
    )  # fmt: skip
