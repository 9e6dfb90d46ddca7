"""`bench listing`: how many fields of a draft are proposed right of descriptions held back, beside regular expressions.

Both read the held half of the labelled descriptions, without similar offers: what is measured is what a description's
own words give. Of attributes the share that is both proposed and labelled counts; any other field is right or wrong.
Nothing of it depends on the machine, so there is one round; the time of a proposal is beside it.
"""

from __future__ import annotations

import statistics
import time
from collections import defaultdict
from collections.abc import Iterator

from catalog.listing.found import Found
from catalog.listing.proposal import Proposal, proposed
from headwater_bench.listing.baseline import by_expressions
from headwater_bench.listing.labelled import FIELDS, labelled, scores, shares
from headwater_bench.plot import Bars
from headwater_bench.report import Comparison, Report, err

GOAL = 1.3
MOST_OFF = 0.15
"""How far what the proposals say of their own sureness may be from what is right."""


async def listing(quick: bool = False) -> Report:
    """The share of fields that is right, ours and by regular expressions."""
    ours, plain = shares(proposed, "held"), shares(by_expressions, "held")
    for field in FIELDS:
        err.print(f"listing {field}: {ours[field]:.3f}, regex {plain[field]:.3f}")
    mean, reference = statistics.mean(ours.values()), statistics.mean(plain.values())
    said, right = _sureness()
    comparison = Comparison("right", "regular expressions", "of fields right", GOAL, [(mean, reference)])
    more = {
        "descriptions": len(labelled("held")),
        "right_by_field": {field: [round(ours[field], 3), round(plain[field], 3)] for field in FIELDS},
        "right_where_made": round(statistics.mean(shares(proposed, "development").values()), 3),
        "said_sure": round(said, 3), "right_of_what_is_proposed": round(right, 3),
        "p50_ms": round(statistics.median(_times()), 2),
    }  # fmt: skip
    plot = Bars("Fields proposed right", "of the held descriptions", {"listing": mean, "regex": reference})
    claims = {"as_sure_as_it_says": abs(said - right) <= MOST_OFF}
    return Report("listing", [comparison], plot, {}, claims, more)


def _sureness() -> tuple[float, float]:
    """Over all fields that propose something: how sure they say they are, and how many are right."""
    said: defaultdict[str, list[float]] = defaultdict(list)
    right: defaultdict[str, list[float]] = defaultdict(list)
    for one in labelled("held"):
        proposal = proposed(one.description)
        score = scores(proposal, one)
        for field, sure in _sure(proposal):
            said[field].append(sure)
            right[field].append(score[field])
    every = [one for some in said.values() for one in some], [one for some in right.values() for one in some]
    return statistics.mean(every[0]), statistics.mean(every[1])


def _sure(proposal: Proposal) -> Iterator[tuple[str, float]]:
    for field in FIELDS:
        found = getattr(proposal, field)
        if isinstance(found, Found):
            yield field, found.sure
        elif found:
            yield field, statistics.mean(one.sure for one in found)


def _times() -> Iterator[float]:
    """Milliseconds of each proposal."""
    for one in labelled("held"):
        began = time.perf_counter()
        proposed(one.description)
        yield 1000 * (time.perf_counter() - began)
