"""An industrial belt: factories, their offers, and goods in origin warehouses. The same seed gives the same belt."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

from headwater.contracts.topics import WAREHOUSES

TOWNS = (
    ("义乌", "Yiwu"),
    ("柯桥", "Keqiao"),
    ("石狮", "Shishi"),
    ("虎门", "Humen"),
    ("织里", "Zhili"),
    ("诸暨", "Zhuji"),
)
TRADES = (("针织", "Knitwear"), ("制衣", "Garments"), ("袜业", "Hosiery"), ("箱包", "Bags"), ("户外", "Outdoor"))
NAMES = (("锦绣", "Jinxiu"), ("永盛", "Yongsheng"), ("瑞丰", "Ruifeng"), ("恒源", "Hengyuan"), ("万织", "Wanzhi"),
         ("青禾", "Qinghe"), ("佳禾", "Jiahe"), ("源泉", "Yuanquan"))  # fmt: skip
GOODS = (("圆领T恤", "crew-neck T-shirt"), ("连帽卫衣", "hooded sweatshirt"), ("百褶裙", "pleated skirt"),
         ("运动裤", "track pants"), ("防晒衣", "sun jacket"), ("棉袜", "cotton socks"))  # fmt: skip
COLOURS = (("黑", "black"), ("白", "white"), ("藏青", "navy"))
SIZES = ("M", "L", "XL")
CITIES = ("Beijing", "Shanghai", "Chengdu", "Xi'an", "Wuhan", "Madrid", "Lagos", "Jakarta")
PLENTY = 4000
"""Pieces of each SKU that a run brings into the belt, in one or two warehouses."""


@dataclass(frozen=True, slots=True)
class Belt:
    """What `seed` grows: JSON bodies as the gateway takes them."""

    suppliers: list[dict[str, Any]]
    offers: list[dict[str, Any]]

    def receipts(self, rng: Random, run: str) -> Iterator[dict[str, Any]]:
        """Goods for every SKU; the run's name makes these receipts its own."""
        for offer in self.offers:
            for sku in offer["skus"]:
                homes = rng.sample(WAREHOUSES, rng.choice((1, 2)))
                for warehouse in homes:
                    yield {
                        "sku_id": sku["sku_id"], "warehouse_id": warehouse, "pieces": PLENTY // len(homes),
                        "receipt_id": f"rcp-{run}-{sku['sku_id']}-{warehouse}",
                    }  # fmt: skip


def grow(seed: int, suppliers: int = 8, offers_each: int = 3) -> Belt:
    """A belt of so many factories with so many offers each; 9 SKUs an offer (3 colours x 3 sizes)."""
    rng = Random(f"belt {seed}")
    grown = Belt([], [])
    for number in range(suppliers):
        supplier = _supplier(rng, seed, number)
        grown.suppliers.append(supplier)
        grown.offers.extend(_offer(rng, supplier["supplier_id"], index) for index in range(offers_each))
    return grown


def _supplier(rng: Random, seed: int, number: int) -> dict[str, Any]:
    name, town, trade = NAMES[number % len(NAMES)], rng.choice(TOWNS), rng.choice(TRADES)
    return {
        "supplier_id": f"sup-{seed}-{number:02d}",
        "name": f"{town[1]} {name[1]} {trade[1]} Factory",
        "name_zh": f"{town[0]}{name[0]}{trade[0]}厂",
        "town": town[1],
    }


def _offer(rng: Random, supplier_id: str, index: int) -> dict[str, Any]:
    goods = rng.choice(GOODS)
    style = f"XI{rng.randrange(10_000, 99_999)}-{supplier_id[4:]}{index}"
    least = rng.choice((2, 5, 10))
    price = rng.randrange(900, 9_900)
    return {
        "offer_id": f"off-{style}",
        "supplier_id": supplier_id,
        "subject": f"{style} {goods[1]}",
        "subject_zh": f"{style} {goods[0]}",
        "currency": "CNY",
        "min_order_quantity": least,
        "price_ranges": [
            {"start_quantity": least, "price_fen": price},
            {"start_quantity": least * 10, "price_fen": price * 9 // 10},
            {"start_quantity": least * 100, "price_fen": price * 8 // 10},
        ],
        "skus": [
            {"sku_id": f"{style}-{colour[1]}-{size}", "colour": f"{colour[0]} {colour[1]}", "size": size}
            for colour in COLOURS
            for size in SIZES
        ],
    }
