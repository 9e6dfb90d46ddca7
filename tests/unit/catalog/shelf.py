"""A search index with a few goods in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from catalog.domain.offer import Offer
from catalog.domain.supplier import Supplier
from catalog.search.finding import Finder, Narrow
from catalog.search.index import SearchIndex
from catalog.search.lexicon import Lexicon, read
from catalog.search.traffic import NOBODY, Esteem
from headwater.contracts.base import SupplierId
from headwater.contracts.catalog import Making
from headwater.stubs.catalog.v1 import search_pb2 as pb
from tests.unit.catalog.building import ladder, listed

LEXICON: Lexicon = read()
POSITIONS = {"catalog.offer.events.v1/0": 7}


def factory(id: str = "factory", **changes: Any) -> Supplier:
    fields: dict[str, Any] = {"name": "Jinxiu Garments", "name_zh": "锦绣服饰", "town": "Yiwu"}
    return Supplier(supplier_id=SupplierId(id), **{**fields, **changes})


def offer(id: str, zh: str = "", en: str = "", category: str | None = None, **changes: Any) -> Offer:
    return listed(offer_id=id, subject_zh=zh, subject=en, category=category, **changes)


GOODS = (
    offer("dress", "夏季碎花连衣裙女", "Floral summer dress for women", "apparel/women/dresses", free_shipping=True,
          attributes=({"name": "颜色", "value": "红色"}, {"name": "Brand", "value": "Nuo"})),
    offer("dress-en", "", "Red midi dress", "apparel/women/dresses", supplier_id="mill",
          min_order_quantity=500, price_ranges=ladder((500, 700))),
    offer("hoodie", "男士加绒卫衣", "", "apparel/men/hoodies", sample_price_fen=1500, supplier_id="mill"),
    offer("case", "硅胶手机壳", "Silicone phone case", "electronics/phone-cases", trial_pieces=5),
    offer("tee", "女士T恤纯棉", "Cotton T-shirt", "apparel/women/t-shirts", description="洗后不变形 hoodie"),
)  # fmt: skip
MAKERS = (
    factory(makes=(Making(category="apparel/women/dresses", processes=("Sewing", "printing"), monthly_pieces=9000),
                   Making(category="apparel/men/hoodies", processes=("sewing",), monthly_pieces=100)),
            certificates=("ISO 9001",)),
    factory("mill", name="Keqiao Mill", name_zh="柯桥纺织", town="Keqiao",
            makes=(Making(category="apparel/women/dresses", processes=("dyeing",), monthly_pieces=20_000),)),
)  # fmt: skip


@contextmanager
def shelf(folder: Path, *offers: Offer, makers: tuple[Supplier, ...] = MAKERS) -> Iterator[SearchIndex]:
    """An index with these offers, or with `GOODS`."""
    index = SearchIndex(folder, LEXICON)
    index.put("supplier", {maker.supplier_id: maker for maker in makers})
    index.put("offer", {one.offer_id: one for one in offers or GOODS})
    index.commit(POSITIONS)
    try:
        yield index
    finally:
        index.close()


def ids(index: SearchIndex, text: str = "", esteem: Esteem | None = None, **narrow: Any) -> list[str]:
    """What is found, the best first."""
    found = Finder(index, esteem or NOBODY).offers(text, Narrow(**narrow), 0, 50)
    return [pb.FoundOffer.FromString(hit.shown).offer_id for hit in found.hits]
