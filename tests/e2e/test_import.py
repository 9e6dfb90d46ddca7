"""Offers come into the catalog from a file, by the command, and what is refused is told by line."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from uuid import uuid4

import pytest

from tests.conftest import headwater
from tests.e2e.conftest import Platform

pytestmark = pytest.mark.timeout(400)
HEADER = "offer_id,supplier_id,subject,subject_zh,prices_yuan,sku_id,colour,size"


def test_a_file_is_imported_and_the_same_again_changes_nothing(platform: Platform, tmp_path: Path) -> None:
    run = uuid4().hex[:8]
    path = tmp_path / "offers.csv"
    good = f"{run}-a,sup-1,Linen shirt,亚麻衬衫,2:59.90 20:54.90,{run}-a-M,white,M\n{run}-a,,,,,{run}-a-L,white,L"
    overlapping = f"{run}-b,sup-1,Linen shirt,亚麻衬衫,2:59.90 2:54.90,{run}-b-M,white,M"
    path.write_text("\n".join((HEADER, good, overlapping, good.replace("-a", "-c"))), encoding="utf-8")
    for _ in range(2):
        done = headwater(platform.home, "import", "offers", str(path), "--json")
        assert done.returncode == 1, done.stdout + done.stderr
        report = json.loads(done.stdout.splitlines()[-1])
        assert (report["listed"], report["skus"], report["refused"]) == (2, 4, 1)
        with (tmp_path / "offers.csv.refused.csv").open(encoding="utf-8-sig") as file:
            (refused,) = csv.DictReader(file)
        assert (refused["line"], refused["offer_id"], refused["field"]) == ("4", f"{run}-b", "bad_price_ranges")
    listed = platform.door.get(f"/v1/offers/{run}-a").json()
    assert [(step["start_quantity"], step["price_fen"]) for step in listed["price_ranges"]] == [(2, 5990), (20, 5490)]
    assert [change["what"] for change in listed["history"]] == ["listed"]
    assert platform.door.get(f"/v1/offers/{run}-b").status_code == 404
