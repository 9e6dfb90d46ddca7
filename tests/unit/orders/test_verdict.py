"""The verdict on a style, as the table in its rule says."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.contracts.testplans import Thresholds
from orders.domain import verdict
from orders.domain.verdict import Evidence, judge

ROW = re.compile(r" {4}(\d+) +(\d+) +(\d+) +(\d+|-) +(?:-|(\d) of (\d)\.0) +(\w+): .+")
ROWS = [found.groups() for line in (verdict.__doc__ or "").splitlines() if (found := ROW.fullmatch(line))]
counts = st.integers(0, 200)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[0]}-{row[1]}-{row[2]}-{row[3]}")
def test_the_table_is_what_is_decided(row: tuple[str, ...]) -> None:
    delivered, sold, days, age, reviews, stars, expected = row
    number = int(reviews or 0)
    seen = Evidence(int(delivered), int(sold), int(days), int(age.replace("-", "0")), number, number * int(stars or 0))
    assert judge(Thresholds(), seen).verdict == expected


def test_the_table_is_read_whole() -> None:
    assert [row[-1] for row in ROWS] == ["hold", "hold", "scale", "hold", "hold", "stop", "hold", "stop", "hold"]


def test_the_reason_has_the_numbers() -> None:
    assert judge(Thresholds(), Evidence(10, 6, 3, 3)).reason == (
        "6 of 10 delivered pieces (60 %) sold in 3 reported days: at least 60 %."
    )


@given(counts, counts, counts, counts, counts)
def test_more_sales_never_make_a_verdict_worse(delivered: int, sold: int, more: int, days: int, age: int) -> None:
    worth = ("stop", "hold", "scale")
    less, greater = (
        judge(Thresholds(), Evidence(delivered, pieces, days, age)).verdict for pieces in (sold, sold + more)
    )
    assert worth.index(less) <= worth.index(greater)
