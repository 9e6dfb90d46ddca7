"""A catalog for the search: offers of goods that a person can name, each with the facts that it was made from.

The facts (what it is, its colour, its material ...) are what relevance is judged by; nothing here knows how the index
reads a text. The same seed makes the same catalog everywhere. Sellers write as sellers do: each in words of their own,
some in one language only, with noise before and after.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

from catalog.domain.offer import Offer
from catalog.domain.supplier import Supplier
from headwater.contracts.base import OfferId, SkuId, SupplierId
from headwater.contracts.catalog import Attribute, Making, PriceRange, Sku

HERE = Path(__file__).parent
OFFERS_A_KIND = 30
TOWNS = (("Yiwu", "义乌"), ("Guangzhou", "广州"), ("Hangzhou", "杭州"), ("Quanzhou", "泉州"), ("Foshan", "佛山"),
         ("Shenzhen", "深圳"), ("Dongguan", "东莞"), ("Wenzhou", "温州"))  # fmt: skip
SUPPLIERS = 160
NOISE_ZH = ("厂家直销", "批发", "新款", "跨境", "爆款", "现货", "一件代发", "源头工厂", "")
NOISE_EN = ("wholesale", "factory price", "new", "hot selling", "2026", "in stock", "custom logo", "")
PROPERTY = {"colour": "颜色", "material": "材质", "look": "图案", "season": "季节", "feature": "特点", "who": "人群"}


@dataclass(frozen=True, slots=True)
class Trait:
    """A property that goods can have, and how sellers write it."""

    dimension: str
    key: str
    zh: tuple[str, ...]
    en: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Goods:
    """A kind of goods, and how sellers call it."""

    kind: str
    category: str
    zh: tuple[str, ...]
    en: tuple[str, ...]
    traits: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Made:
    """An offer and what it was made from: by dimension the key of its trait, its kind, and its supplier's town."""

    offer: Offer
    facts: dict[str, str]


def traits() -> dict[str, Trait]:
    """By key."""
    return {row["key"]: Trait(row["dimension"], row["key"], _some(row["zh"]), _some(row["en"]))
            for row in _rows("traits.tsv")}  # fmt: skip


def goods() -> list[Goods]:
    """All kinds."""
    return [Goods(row["kind"], row["category"], _some(row["zh"]), _some(row["en"]), tuple(row["traits"].split()))
            for row in _rows("goods.tsv")]  # fmt: skip


def suppliers(count: int = SUPPLIERS) -> dict[str, Supplier]:
    """Factories, each in one town, each making a few categories."""
    chance, kinds = Random(7), goods()
    made: dict[str, Supplier] = {}
    for number in range(count):
        town, town_zh = TOWNS[number % len(TOWNS)]
        makes = tuple(
            Making(category=one.category, processes=("cutting", "packing"), monthly_pieces=1000 * chance.randint(1, 90))
            for one in chance.sample(kinds, 3)
        )
        id = SupplierId(f"sup-{number:05d}")
        made[id] = Supplier(
            supplier_id=id, name=f"{town} Factory {number}", name_zh=f"{town_zh}第{number}工厂", town=town, makes=makes,
            certificates=("ISO 9001",) if number % 3 == 0 else (),
        )  # fmt: skip
    return made


def offers(a_kind: int = OFFERS_A_KIND, factories: int = SUPPLIERS, seed: int = 1) -> Iterator[Made]:
    """So many offers of each kind, of all kinds in turn."""
    chance, known, kinds = Random(seed), traits(), goods()
    for turn in range(a_kind):
        for place, kind in enumerate(kinds):
            yield _offer(turn * len(kinds) + place, kind, known, factories, chance)


def _offer(number: int, kind: Goods, known: dict[str, Trait], factories: int, chance: Random) -> Made:
    has = _chosen(kind, known, chance)
    factory = chance.randrange(factories)
    zh = _title([*(chance.choice(one.zh) for one in has), chance.choice(kind.zh)], NOISE_ZH, "", chance)
    en = _title([*(chance.choice(one.en) for one in has), chance.choice(kind.en)], NOISE_EN, " ", chance)
    if (one_language := chance.random()) < 0.2:
        zh, en = ("", en) if one_language < 0.08 else (zh, "")
    least, price = chance.choice((1, 2, 10, 50, 500)), chance.randint(80, 20_000)
    ladder = [(least, price), (least * 10, price * 9 // 10), (least * 100, price * 8 // 10)][: chance.randint(1, 3)]
    said = tuple(Attribute(name=PROPERTY[one.dimension], value=one.zh[0]) for one in has if chance.random() < 0.5)
    offer = Offer(
        offer_id=OfferId(f"off-{number:07d}"), supplier_id=SupplierId(f"sup-{factory:05d}"), subject=en, subject_zh=zh,
        currency="CNY", min_order_quantity=least, category=kind.category, attributes=said,
        price_ranges=tuple(PriceRange(start_quantity=start, price_fen=max(1, fen)) for start, fen in ladder),
        skus=(Sku(sku_id=SkuId(f"sku-{number:07d}"), colour="", size=""),),
        free_shipping=chance.random() < 0.3, sample_price_fen=price if chance.random() < 0.4 else None,
        trial_pieces=5 if chance.random() < 0.2 else None, description=_description(kind, known, chance),
    )  # fmt: skip
    facts = {one.dimension: one.key for one in has}
    return Made(offer, {**facts, "kind": kind.kind, "town": TOWNS[factory % len(TOWNS)][0]})


def _chosen(kind: Goods, known: dict[str, Trait], chance: Random) -> list[Trait]:
    """One trait of each dimension that suits the goods, most of the time."""
    by_dimension: dict[str, list[Trait]] = {}
    for key in kind.traits:
        fitting = [one for one in known.values() if one.dimension == key] if key == "colour" else [known[key]]
        for one in fitting:
            by_dimension.setdefault(one.dimension, []).append(one)
    return [chance.choice(some) for some in by_dimension.values() if chance.random() < 0.8]


def _title(parts: list[str], noise: tuple[str, ...], between: str, chance: Random) -> str:
    *described, name = parts
    chance.shuffle(described)
    return between.join(part for part in (chance.choice(noise), *described, name, chance.choice(noise)) if part)


def _description(kind: Goods, known: dict[str, Trait], chance: Random) -> str:
    """What every seller says, with words of goods that it is not: they must not count for much."""
    other = chance.choice(list(known.values()))
    return (
        f"质量保证，七天发货。可与{chance.choice(other.zh)}款搭配。Ships in 7 days; also in {chance.choice(other.en)}."
    )


def _some(cell: str) -> tuple[str, ...]:
    return tuple(cell.split(","))


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file, delimiter="\t")
