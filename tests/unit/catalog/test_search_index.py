"""The index on disk: what it keeps, what it forgets, and what is left of it when its process is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from catalog.search import index as module
from catalog.search.index import OtherFormat, SearchIndex, matching
from headwater.contracts.catalog import DelistOffer, PriceRange
from tests.unit.catalog.building import after, list_offer, listed, save_draft
from tests.unit.catalog.shelf import LEXICON, POSITIONS, factory, ids, offer, shelf

ROOT = Path(__file__).parents[3]


def test_what_was_committed_is_there_after_a_restart_with_its_positions(tmp_path: Path) -> None:
    with shelf(tmp_path) as index:
        before = ids(index, "dress")
        index.put("offer", {"late": offer("late", "连衣裙")})
    again = SearchIndex(tmp_path, LEXICON)
    assert again.positions() == POSITIONS
    assert ids(again, "dress") == before, "what was not committed comes again with its event"
    again.put("offer", {"new": offer("new", "连衣裙")})
    again.commit({})
    assert "Yiwu" in {town for _, _, town in again._makers.values()}, "offers show suppliers that were put before"
    again.close()


def test_only_listed_offers_are_found(tmp_path: Path) -> None:
    gone = after(list_offer(offer_id="gone"), DelistOffer(offer_id="gone", reason="over"))
    with shelf(tmp_path, listed(offer_id="on"), after(save_draft(offer_id="draft")), gone) as index:
        assert ids(index) == ["on"]
        index.put("offer", {"on": gone, "gone": listed(offer_id="gone")})
        index.commit(POSITIONS)
        assert ids(index) == ["gone"]
        index.put("offer", {"gone": None})
        index.commit(POSITIONS)
        assert ids(index) == []


def test_an_offer_that_comes_again_replaces_the_one_of_before(tmp_path: Path) -> None:
    with shelf(tmp_path) as index:
        for _ in range(3):
            index.put(
                "offer", {"case": offer("case", "玻璃花瓶", price_ranges=(PriceRange(start_quantity=2, price_fen=7),))}
            )
        index.commit(POSITIONS)
        assert ids(index, "花瓶") == ["case"]
        assert ids(index, "手机壳") == []


def test_a_supplier_that_moves_is_found_where_it_is(tmp_path: Path) -> None:
    with shelf(tmp_path) as index:
        index.put("supplier", {"mill": factory("mill", town="Foshan")})
        index.put("offer", {"hoodie": offer("hoodie", "卫衣", supplier_id="mill")})
        index.commit(POSITIONS)
        assert ids(index, town="foshan") == ["hoodie"]


def test_an_index_of_another_version_is_not_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with shelf(tmp_path):
        pass
    monkeypatch.setattr(module, "FORMAT", module.FORMAT + 1)
    with pytest.raises(OtherFormat):
        SearchIndex(tmp_path, LEXICON)


WRITER = """
import sys
from itertools import count
from pathlib import Path
from catalog.search.index import SearchIndex
from tests.unit.catalog.shelf import LEXICON, offer
index = SearchIndex(Path(sys.argv[1]), LEXICON)
for number in count((index.positions() or {"t/0": 0})["t/0"]):
    index.put("offer", {f"o{number}": offer(f"o{number}", "连衣裙")})
    index.commit({"t/0": number + 1})
    print(number, flush=True)
"""


@pytest.mark.parametrize("after_s", [0.0, 0.02])
def test_killed_at_any_time_positions_and_contents_agree(tmp_path: Path, after_s: float) -> None:
    for _ in range(2):
        process = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        assert process.stdout is not None
        for _ in range(3):
            assert process.stdout.readline(), "it writes"
        time.sleep(after_s)
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
    index = SearchIndex(tmp_path, LEXICON)
    positions = index.positions()
    assert positions is not None
    assert positions["t/0"] >= 6
    assert matching(index.searcher(), index.term("kind", "offer")) == positions["t/0"]
    index.close()
