"""What an audit looks at: every stored posting, and what each belongs to. In memory, or read from the store."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from headwater.store import Store

PAGE = 2000
COLLECTIONS = (
    "account", "account.postings", "insurance", "insurance.postings", "order.postings", "order", "pool.shares",
)  # fmt: skip
Document = Mapping[str, Any]


class Entry(NamedTuple):
    """A stored posting, as it was found: `amount_fen` from the account `debit` to the account `credit`."""

    id: str
    """`<root>/<key>`: what it is a part of, and its name there."""
    root: str
    key: str
    kind: str
    cause: str
    debit: Any
    credit: Any
    amount_fen: Any


@dataclass(frozen=True, slots=True)
class Finding:
    """Something in the books that must not be."""

    kind: str
    about: str
    """The id of what it is about."""
    found: str
    """What was found, for a person to read."""


@dataclass(frozen=True, slots=True)
class Books:
    """Everything stored about money, at one time."""

    orders: Mapping[str, Document]
    order_postings: tuple[Entry, ...] = ()
    accounts: Mapping[str, Document] = field(default_factory=dict)
    """Of suppliers."""
    account_postings: tuple[Entry, ...] = ()
    pools: Mapping[str, Document] = field(default_factory=dict)
    """Of freight insurance."""
    pool_postings: tuple[Entry, ...] = ()
    share_postings: tuple[Entry, ...] = ()
    """Of shares in pools: the root of each is `<pool>/<share>`."""

    @property
    def postings(self) -> tuple[Entry, ...]:
        """All of them, whatever they are parts of."""
        return (*self.order_postings, *self.account_postings, *self.pool_postings, *self.share_postings)


def entry(document: Document) -> Entry:
    """A posting's document."""
    root, _, key = str(document["_id"]).partition("/")
    return _entry(root, key, document)


def share_entries(share: Document) -> Iterator[Entry]:
    """The postings in the document of a pool's share."""
    for key, document in share.get("postings", {}).items():
        yield _entry(str(share["_id"]), key, document)


def _entry(root: str, key: str, document: Document) -> Entry:
    return Entry(
        f"{root}/{key}", root, key, str(document.get("kind", key)), str(document.get("cause", "")),
        document.get("debit"), document.get("credit"), document.get("amount_fen"),
    )  # fmt: skip


def books(collections: Mapping[str, Iterable[Document]]) -> Books:
    """The books of documents by collection; one that is not there is empty."""

    def by_id(name: str) -> dict[str, Document]:
        return {document["_id"]: document for document in collections.get(name, ())}

    def postings(name: str) -> tuple[Entry, ...]:
        return tuple(map(entry, collections.get(name, ())))

    shares = tuple(one for share in collections.get("pool.shares", ()) for one in share_entries(share))
    return Books(
        by_id("order"), postings("order.postings"), by_id("account"), postings("account.postings"),
        by_id("insurance"), postings("insurance.postings"), shares,
    )  # fmt: skip


async def read(store_uri: str) -> Books:
    """The books as they are stored now. Raises `headwater.store.StoreAway`."""
    store = Store(store_uri, "orders")
    try:
        return books({name: [one async for one in everything(store, name)] for name in COLLECTIONS})
    finally:
        store.close()


async def everything(store: Store, collection: str) -> AsyncIterator[dict[str, Any]]:
    """Every document of a collection, by id."""
    last: str | None = None
    while True:
        page = await store.find(collection, {"_id": {"$gt": last}} if last else {}, [("_id", 1)], PAGE)
        for document in page:
            yield document
        if len(page) < PAGE:
            return
        last = page[-1]["_id"]
