"""The index on disk: the model of a projection. One commit holds the documents and the positions they came from."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from hashlib import blake2b
from pathlib import Path
from threading import Lock
from typing import Any

import tantivy

from catalog.domain.offer import Offer
from catalog.domain.supplier import Supplier
from catalog.search import documents
from catalog.search.documents import MAKING, POSITIONS, UNKNOWN, Maker, offer_key, supplier_key
from catalog.search.lexicon import Lexicon, read
from headwater.decision import State
from headwater.following import Positions
from headwater.stubs.catalog.v1 import search_pb2

FORMAT = 1
"""To be raised when documents, words or fields change in a way that an index made before does not have."""
HEAP = 96_000_000
"""About so many bytes of documents wait in memory for the next commit."""
Query = tantivy.Query


class OtherFormat(Exception):
    """The folder holds an index that another version of this service made: it is built anew."""


class SearchIndex:
    """Listed offers and factories. One thread writes at a time; any number read what was committed last."""

    def __init__(self, folder: Path, lexicon: Lexicon) -> None:
        """What is in the folder, or an empty index there. Raises `OtherFormat`."""
        self.lexicon = lexicon
        self.schema = documents.schema()
        self._index = tantivy.Index(self.schema, str(folder))
        self._index.config_reader("manual")
        self._writer: Any = self._index.writer(HEAP, 1)
        self._writing = Lock()
        self._positions = self._kept_positions()
        self._makers: dict[str, Maker] = {}
        """By supplier what its offers show of it."""
        self._by_number: dict[int, str] = {}
        for kept in self._shown(MAKING):
            supplier = search_pb2.FactoryHit.FromString(kept).supplier
            self._learn(supplier.supplier_id, Maker(supplier.name, supplier.name_zh, supplier.town))

    # --- the model -------------------------------------------------------------------------------------------------

    def positions(self) -> Positions | None:
        """As they were committed last."""
        return self._positions

    def put(self, collection: str, states: Mapping[str, State | None]) -> None:
        """Offers or suppliers as they are now. Only listed offers are kept."""
        with self._writing:
            for id, state in states.items():
                if collection == "offer":
                    self._put_offer(id, state if isinstance(state, Offer) else None)
                else:
                    self._put_supplier(id, state if isinstance(state, Supplier) else None)

    def commit(self, positions: Positions) -> None:
        """Keep it, and let it be read from now on."""
        with self._writing:
            self._writer.delete_documents_by_term("key", POSITIONS)
            told = json.dumps({"format": FORMAT, "positions": positions}).encode()
            document = tantivy.Document(kind=POSITIONS, key=POSITIONS)
            document.add_bytes("shown", told)
            self._writer.add_document(document)
            self._writer.commit()
            self._index.reload()
            self._positions = positions

    def close(self) -> None:
        """Write no longer. Who reads may finish."""
        with self._writing:
            self._writer = None  # what was put and not committed is put again by whoever goes on

    # --- what is read ----------------------------------------------------------------------------------------------

    def searcher(self) -> tantivy.Searcher:
        """Of what was committed last; it stays as it is."""
        return self._index.searcher()

    def term(self, field: str, value: str) -> tantivy.Query:
        """What has exactly this in a field that narrows or names."""
        return Query.term_query(self.schema, field, value, "basic")

    def word(self, word: str, field: str = "words") -> tantivy.Query:
        """What has this word, by BM25."""
        return Query.term_query(self.schema, field, word, "freq")

    def supplier_of(self, number: int) -> str | None:
        """The registered supplier that a number in the index stands for."""
        return self._by_number.get(number)

    # --- writing ---------------------------------------------------------------------------------------------------

    def _put_offer(self, id: str, offer: Offer | None) -> None:
        self._replace(offer_key(id))
        if offer is not None and offer.status == "listed":
            maker = self._makers.get(offer.supplier_id, UNKNOWN)
            self._writer.add_document(
                documents.offer_document(offer, maker, number_of(offer.supplier_id), self.lexicon)
            )

    def _put_supplier(self, id: str, supplier: Supplier | None) -> None:
        self._replace(supplier_key(id))
        self._makers.pop(id, None)
        if supplier is not None:
            self._learn(id, Maker(supplier.name, supplier.name_zh, supplier.town))
            for document in documents.making_documents(supplier, number_of(id), self.lexicon):
                self._writer.add_document(document)

    def _replace(self, key: str) -> None:
        if self._positions is not None:  # while it is built each comes once, and a million deletions cost minutes
            self._writer.delete_documents_by_term("key", key)

    def _learn(self, id: str, maker: Maker) -> None:
        self._makers[id] = maker
        self._by_number[number_of(id)] = id

    def _shown(self, kind: str) -> Iterator[bytes]:
        searcher, query = self.searcher(), self.term("kind", kind)
        count = matching(searcher, query)
        for _, address in searcher.search(query, max(count, 1)).hits:
            yield searcher.doc(address)["shown"][0]

    def _kept_positions(self) -> Positions | None:
        for kept in self._shown(POSITIONS):
            told = json.loads(kept)
            if told["format"] != FORMAT:
                raise OtherFormat(f"the index has format {told['format']}, and {FORMAT} is wanted")
            positions: Positions = told["positions"]
            return positions
        return None


def matching(searcher: tantivy.Searcher, query: tantivy.Query) -> int:
    """How many documents a query matches."""
    return count_of(searcher.search(query, 1))


def count_of(result: tantivy.SearchResult) -> int:
    """How many documents were matched, of which the result has the first."""
    return result.count or 0  # type: ignore[attr-defined]


def opened(folder: Path) -> SearchIndex:
    """The index in a folder, by the committed lexicon, which is read when it is first needed."""
    return SearchIndex(folder, read())


def number_of(supplier_id: str) -> int:
    """What stands for a supplier in a column of numbers."""
    return int.from_bytes(blake2b(supplier_id.encode(), digest_size=8).digest(), "big")
