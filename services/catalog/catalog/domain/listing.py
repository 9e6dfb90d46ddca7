"""What an offer must say before it can be ordered: pure checks of its contents, each with what to do about it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from catalog.domain.answers import Fault
from catalog.domain.categories import CATEGORIES, nearest
from headwater.contracts.catalog import OfferContents, PriceRange


def fault_in(contents: OfferContents) -> Fault | None:
    """The first thing that keeps an offer from being listed; None if it can be."""
    return (
        _missing(contents)
        or _grid_fault(contents)
        or _start_fault(contents)
        or ladder_fault(contents.price_ranges)
        or _multiple_fault(contents)
        or _pool_fault(contents)
        or (category_fault(contents.category) if contents.category is not None else None)
    )


def ladder_fault(ranges: Sequence[PriceRange]) -> Fault | None:
    """What is wrong with a ladder of prices; None if it rises and a larger quantity is never dearer."""
    for lower, upper in pairwise(ranges):
        if upper.start_quantity <= lower.start_quantity:
            return "bad_price_ranges", (
                f"The range from {upper.start_quantity} pieces follows the one from {lower.start_quantity}: "
                "sort them by start_quantity, each once."
            )
        if upper.price_fen > lower.price_fen:
            return "bad_price_ranges", (
                f"From {upper.start_quantity} pieces a piece costs {upper.price_fen} fen, more than "
                f"{lower.price_fen} fen below: a larger quantity is never dearer."
            )
    return None


def category_fault(category: str) -> Fault | None:
    """That it is not in the tree, with the nearest that is."""
    if category in CATEGORIES:
        return None
    near = nearest(category)
    hint = f"did you mean {near}?" if near else "GET /v1/categories shows them all."
    return "no_such_category", f"There is no category {category}: {hint}"


def _start_fault(contents: OfferContents) -> Fault | None:
    first, least = contents.price_ranges[0].start_quantity, contents.min_order_quantity
    if first == least:
        return None
    return "bad_price_ranges", f"The first range starts at {first} pieces; it must start at the minimum, {least}."


def _missing(contents: OfferContents) -> Fault | None:
    if not (contents.subject.strip() or contents.subject_zh.strip()):
        return "nothing_said", "It has no subject: say in English or in Chinese what it is."
    if not contents.skus:
        return "no_skus", "It has no SKU: give at least one colour and size."
    if not contents.price_ranges:
        return "no_prices", "It has no price: give a range that starts at the minimum order quantity."
    return None


def _grid_fault(contents: OfferContents) -> Fault | None:
    ids = [sku.sku_id for sku in contents.skus]
    if len(set(ids)) < len(ids):
        twice = next(id for id in ids if ids.count(id) > 1)
        return "duplicate_sku", f"SKU {twice} is there twice: each colour and size is one SKU."
    grid = [(sku.colour, sku.size) for sku in contents.skus]
    if len(set(grid)) < len(grid):
        colour, size = next(cell for cell in grid if grid.count(cell) > 1)
        return "duplicate_sku", f"{colour} in {size} is there twice: each colour and size is one SKU."
    return None


def _multiple_fault(contents: OfferContents) -> Fault | None:
    least, multiple = contents.min_order_quantity, contents.order_multiple
    if least % multiple == 0:
        return None
    above = (least // multiple + 1) * multiple
    return "bad_order_multiple", (
        f"Pieces come in multiples of {multiple}, so a minimum of {least} cannot be ordered: make it {above}, "
        "or change order_multiple."
    )


def _pool_fault(contents: OfferContents) -> Fault | None:
    pool = contents.pool_price
    if pool is None:
        return None
    alone = max((one for one in contents.price_ranges if one.start_quantity <= pool.pieces), default=None, key=_start)
    if alone is None or pool.price_fen <= alone.price_fen:
        return None
    return "bad_pool_price", (
        f"A pool of {pool.pieces} pieces pays {pool.price_fen} fen, one buyer of as many {alone.price_fen}: "
        "a pool is never dearer."
    )


def _start(range: PriceRange) -> int:
    return range.start_quantity
