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
TRADES = (("针织", "Knitwear", "apparel/women/knitwear"), ("制衣", "Garments", "apparel/men/t-shirts"),
          ("袜业", "Hosiery", "apparel/underwear/socks"), ("箱包", "Bags", "bags/backpacks"),
          ("户外", "Outdoor", "apparel/men/jackets"))  # fmt: skip
NAMES = (("锦绣", "Jinxiu"), ("永盛", "Yongsheng"), ("瑞丰", "Ruifeng"), ("恒源", "Hengyuan"), ("万织", "Wanzhi"),
         ("青禾", "Qinghe"), ("佳禾", "Jiahe"), ("源泉", "Yuanquan"))  # fmt: skip
GOODS = (
    ("圆领T恤", "crew-neck T-shirt", "apparel/men/t-shirts", "纯棉"),
    ("连帽卫衣", "hooded sweatshirt", "apparel/men/hoodies", "棉混纺"),
    ("百褶裙", "pleated skirt", "apparel/women/skirts", "聚酯纤维"),
    ("运动裤", "track pants", "apparel/men/trousers", "锦纶"),
    ("防晒衣", "sun jacket", "apparel/men/jackets", "锦纶"),
    ("棉袜", "cotton socks", "apparel/underwear/socks", "纯棉"),
)
"""What it is in both languages, its category, and what it is made of."""
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
        "makes": [{"category": trade[2], "processes": ["裁剪", "缝制"], "monthly_pieces": 20_000 * (number + 1)}],
        "certificates": ["ISO 9001"] if number % 2 == 0 else ["OEKO-TEX"],
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
        "category": goods[2],
        "attributes": [{"name": "面料", "value": goods[3]}],
        "packaging": "generic",
        "sample_price_fen": price * 2,
        "trial_pieces": least,
        "free_shipping": index == 0,
    }
