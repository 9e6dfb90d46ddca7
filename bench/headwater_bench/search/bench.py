"""`bench search`: what is found of what is relevant, beside regular expressions; and how fast, with 1,000,000 offers.

Recall@10 on the labelled queries, ours and by regular expressions over the same stored offers: each word of the query
somewhere in the names or the description, letter case aside, the first ten by id. Then a made-up catalog is put into an
index through the projection's own road, and the look-up itself is timed (without the wire), one search after the other:
with nothing else to do, and while the whole index is built anew in the same process.
"""

from __future__ import annotations

import asyncio
import re
import statistics
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import cycle, islice
from operator import itemgetter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psutil

from catalog.domain.offer import Offer
from catalog.domain.supplier import Supplier
from catalog.search.index import SearchIndex, opened
from catalog.search.rpc import SearchRpc
from catalog.search.traffic import NOBODY
from headwater.contracts.catalog import RebuildSearch
from headwater.contracts.topics import CATALOG_OFFER_EVENTS, CATALOG_SEARCH_REQUESTS, CATALOG_SUPPLIER_EVENTS
from headwater.folders import Slot
from headwater.projection import NotBuilt, Projection, Source, States, following
from headwater.store import Reader, Store
from headwater.stubs.catalog.v1 import search_pb2 as pb
from headwater_bench.grounds import Grounds, grounds
from headwater_bench.load import records
from headwater_bench.plot import Bars
from headwater_bench.report import Comparison, Report, err
from headwater_bench.search import corpus
from headwater_bench.search.corpus import Made
from headwater_bench.search.labelled import AT, labelled, mean, recall
from headwater_cli.problem import Problem

GOAL = 1.5
MOST_P99_MS = 30.0
MOST_REBUILD_S = 20 * 60.0
OFFERS, FACTORIES = 1_000_000, 20_000
SEARCHES = 3000
SAID = ("subject", "subject_zh", "description")
EVERY_S = 0.02
"""While it is built anew a search comes so often."""
Request = pb.SearchOffersRequest


async def search(quick: bool = False) -> Report:
    """Recall@10, and the time that a search takes in a large catalog."""
    count = 20_000 if quick else OFFERS
    async with grounds() as here:
        ours, plain = await _recalls(here)
        large = await _large(here, count)
    comparison = Comparison(
        "recall", f"regular expressions, recall@{AT}", f"recall@{AT}", GOAL, [(mean(ours), mean(plain))]
    )
    claims = {
        f"p99_at_most_{MOST_P99_MS:.0f}_ms": large.quiet[1] <= MOST_P99_MS,
        "rebuilt_in_minutes": large.rebuild_s <= MOST_REBUILD_S,
        "no_search_failed_while_it_was_rebuilt": large.failed == 0,
    }
    more = {
        "queries": sum(map(len, ours.values())), "offers_labelled": corpus.OFFERS_A_KIND * len(corpus.goods()),
        "recall_by_group": {group: [round(statistics.mean(ours[group]), 3), round(statistics.mean(plain[group]), 3)]
                            for group in ours},
        "offers": count, "p50_ms": large.quiet[0], "p99_ms": large.quiet[1],
        "p50_ms_of_work": large.worked[0], "p99_ms_of_work": large.worked[1], "p50_ms_rebuilding": large.rebuilding[0],
        "p99_ms_rebuilding": large.rebuilding[1], "build_s": large.build_s, "rebuild_s": large.rebuild_s,
        "searches_rebuilding": large.searches, "resident_mb": large.resident_mb, "index_mb": large.index_mb,
        "resident_mb_before": large.resident_mb_before,
    }  # fmt: skip
    plot = Bars(f"Recall@{AT}", "of the relevant", {"search": mean(ours), "regex": mean(plain)})
    return Report("search", [comparison], plot, here.parts, claims, more)


# --- recall ----------------------------------------------------------------------------------------------------------


async def _recalls(here: Grounds) -> tuple[dict[str, list[float]], dict[str, list[float]]]:
    catalog = list(corpus.offers())
    database, store = here.database("catalog"), Store(here.store, "catalog")
    await database.offer.insert_many([_document(made.offer.offer_id, made.offer) for made in catalog])
    await database.supplier.insert_many([_document(id, one) for id, one in corpus.suppliers().items()])
    offers, suppliers = Reader(store, "offer", Offer, None, None), Reader(store, "supplier", Supplier, None, None)
    try:
        async with _serving(here.kafka, suppliers, offers) as (projection, _):
            await _built(projection)
            rpc = SearchRpc(projection, offers, NOBODY)
            ours = await recall(lambda text: _found(rpc, Request(text=text, page_size=AT)), catalog)
        stored = sorted(await store.find("offer", {}, [], 10 * len(catalog)), key=itemgetter("_id"))
        plain = await recall(lambda text: asyncio.to_thread(_by_expression, stored, text), catalog)
    finally:
        store.close()
    for group, found in ours.items():
        err.print(f"search {group}: {statistics.mean(found):.3f}, regex {statistics.mean(plain[group]):.3f}")
    return ours, plain


async def _found(rpc: SearchRpc, request: Request) -> Sequence[str]:
    answer = await rpc.SearchOffers(request, None)  # type: ignore[arg-type]
    return [hit.offer.offer_id for hit in answer.hits]


def _by_expression(stored: Sequence[dict[str, Any]], text: str) -> Sequence[str]:
    """The first by id in which each word of the text stands somewhere."""
    words = [re.compile(re.escape(word), re.IGNORECASE) for word in text.split()]
    fitting = (one["_id"] for one in stored if all(any(word.search(one[name]) for name in SAID) for word in words))
    return list(islice(fitting, AT))


def _document(id: str, state: Offer | Supplier) -> dict[str, Any]:
    return {"_id": id, "version": 1, **state.model_dump()}


# --- a large catalog -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Large:
    """What was measured; latencies as p50 and p99 in milliseconds."""

    quiet: tuple[float, float]
    worked: tuple[float, float]
    rebuilding: tuple[float, float]
    searches: int
    failed: int
    build_s: float
    rebuild_s: float
    resident_mb_before: int
    resident_mb: int
    index_mb: int


async def _large(here: Grounds, count: int) -> Large:
    before = _resident_mb()
    offers = Generated("offer", lambda: corpus.offers(-(-count // len(corpus.goods())), FACTORIES, seed=2), count)
    suppliers = Fixed("supplier", corpus.suppliers(FACTORIES))
    async with _serving(here.kafka, suppliers, offers) as (projection, folder):
        began = time.monotonic()
        await _built(projection)
        build_s = time.monotonic() - began
        err.print(f"search: {count:,} offers built in {build_s:.0f} s")
        rpc, requests = SearchRpc(projection, offers, NOBODY), list(_requests())
        await _timed(rpc, islice(cycle(requests), len(requests)))
        timed = await _timed(rpc, islice(cycle(requests), SEARCHES))
        quiet, worked = (_p50_p99([one[side] for one in timed]) for side in (0, 1))
        resident, size = _resident_mb(), _size_mb(folder)
        err.print(
            f"search: p50 {quiet[0]:.1f} ms, p99 {quiet[1]:.1f} ms; of work {worked[0]:.1f} and {worked[1]:.1f} ms"
        )
        err.print(f"search: resident {resident} MB, index {size} MB")
        latencies: list[float] = []
        began, failed = time.monotonic(), 0
        await here.publish(await records(here.producer, [RebuildSearch(request_id="bench")]))
        await _until(lambda: projection.standing().rebuilding)
        for request in cycle(requests):
            try:
                latencies += [by_clock for by_clock, _ in await _timed(rpc, [request])]
            except NotBuilt:
                failed += 1
            if not projection.standing().rebuilding:
                break
            await asyncio.sleep(EVERY_S)
        rebuild_s = time.monotonic() - began
    return Large(
        quiet,
        worked,
        _p50_p99(latencies),
        len(latencies),
        failed,
        round(build_s, 1),
        round(rebuild_s, 1),
        before,
        resident,
        size,
    )


def _requests() -> Iterator[Request]:
    """The labelled queries, each plainly and narrowed in one of the ways."""
    narrow = cycle([
        pb.OfferFilter(price=pb.PriceFilter(quantity=120, min_fen=500, max_fen=9000)),
        pb.OfferFilter(zones=["samples"]), pb.OfferFilter(town="Yiwu"), pb.OfferFilter(zones=["free_shipping", "bulk"]),
    ])  # fmt: skip
    for query in labelled():
        yield Request(text=query.text)
        yield Request(text=query.text, filter=next(narrow))
    yield Request(filter=pb.OfferFilter(category="apparel", price=pb.PriceFilter(quantity=50, max_fen=2000)))


async def _timed(rpc: SearchRpc, requests: Iterable[Request]) -> list[tuple[float, float]]:
    """By the clock, and of the processor, in milliseconds: on a busy machine a search waits longer than it works."""
    took = []
    for request in requests:
        began, worked = time.perf_counter(), time.process_time()
        await rpc.SearchOffers(request, None)  # type: ignore[arg-type]
        took.append((1000 * (time.perf_counter() - began), 1000 * (time.process_time() - worked)))
    return took


class Fixed:
    """States in memory, as a projection reads them."""

    def __init__(self, collection: str, states: Mapping[str, Any]) -> None:
        self.collection = collection
        self._states = states

    async def get(self, id: str) -> Any:
        """One of them."""
        return self._states.get(id)

    async def get_many(self, ids: Iterable[str]) -> dict[str, Any]:
        """Those that exist."""
        return {id: self._states[id] for id in ids if id in self._states}

    async def find(self, filter: dict[str, Any], sort: Sequence[tuple[str, int]], limit: int) -> list[tuple[str, Any]]:
        """The next by id."""
        after = filter["_id"]["$gt"]
        return [(id, state) for id, state in sorted(self._states.items()) if id > after][:limit]


class Generated(Fixed):
    """Offers that are made when they are read, from the first to the last; none is kept."""

    def __init__(self, collection: str, make: Any, count: int) -> None:
        super().__init__(collection, {})
        self._make = make
        self._count = count
        self._rest: Iterator[Made] = iter(())

    async def find(self, filter: dict[str, Any], sort: Sequence[tuple[str, int]], limit: int) -> list[tuple[str, Any]]:
        """The next page of one reading after the other."""
        if filter["_id"]["$gt"] == "":
            self._rest = islice(self._make(), self._count)
        page = await asyncio.to_thread(list, islice(self._rest, limit))
        return [(made.offer.offer_id, made.offer) for made in page]


# --- both ------------------------------------------------------------------------------------------------------------


@asynccontextmanager
async def _serving(
    kafka: str, suppliers: States, offers: States
) -> AsyncIterator[tuple[Projection[SearchIndex], Path]]:
    """The catalog's search index over these states, in a folder that is gone afterwards."""
    sources = [Source(suppliers, CATALOG_SUPPLIER_EVENTS), Source(offers, CATALOG_OFFER_EVENTS)]
    projection = Projection("search index", opened, sources, following(kafka), rebuild_on=CATALOG_SEARCH_REQUESTS)
    with TemporaryDirectory(prefix="headwater-search-") as folder:
        slot = Slot.take(Path(folder))
        running = asyncio.create_task(projection.run(slot))
        try:
            yield projection, Path(folder)
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            slot.free()


async def _built(projection: Projection[SearchIndex]) -> None:
    while True:
        try:
            projection.current()
            return
        except NotBuilt:
            await asyncio.sleep(0.05)


async def _until(holds: Callable[[], bool]) -> None:
    for _ in range(1200):
        if holds():
            return
        await asyncio.sleep(0.05)
    raise Problem("What was asked for did not begin within a minute.", "See the log above.")


def _p50_p99(latencies: Sequence[float]) -> tuple[float, float]:
    cuts = statistics.quantiles(latencies, n=100)
    return round(cuts[49], 2), round(cuts[98], 2)


def _resident_mb() -> int:
    return int(psutil.Process().memory_info().rss) // 2**20


def _size_mb(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) // 2**20
