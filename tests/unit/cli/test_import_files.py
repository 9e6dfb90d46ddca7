"""What of a file becomes offers, and what is refused: by line, field and reason."""

from __future__ import annotations

import json
import os
import tracemalloc
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from headwater.contracts.catalog import ListOffer, SaveDraft
from headwater_cli.importing import TEMPLATE
from headwater_cli.importing.offers import MOST_SKUS, Candidate, candidates, candidates_of_objects
from headwater_cli.importing.rows import MOST_CHARACTERS, Row, csv_rows, json_rows
from headwater_cli.importing.xlsx import xlsx_rows
from headwater_cli.problem import Problem

HEADER = "offer_id,supplier_id,subject,subject_zh,prices_fen,sku_id,colour,size"
GOOD = "off-1,sup-1,Linen shirt,亚麻衬衫,2:1000 20:900,s-1,white,M"


def read(folder: Path, *lines: str, header: str = HEADER, encoding: str = "utf-8") -> list[Candidate]:
    path = folder / "offers.csv"
    path.write_bytes("\n".join((header, *lines)).encode(encoding))
    return list(candidates(csv_rows(path), ListOffer))


def refusals(found: Iterable[Candidate]) -> list[tuple[int, str, str]]:
    return [(one.line, one.field, one.why) for candidate in found for one in candidate.refusals]


def refusal(folder: Path, **cells: str) -> tuple[int, str, str]:
    """Why an offer is refused that is good but for these cells."""
    row = {**dict(zip(HEADER.split(","), GOOD.split(","), strict=True)), **cells}
    (found,) = refusals(read(folder, ",".join(f'"{one}"' for one in row.values()), header=",".join(row)))
    return found


def test_rows_of_one_offer_become_its_skus_and_cells_their_fields(tmp_path: Path) -> None:
    path = tmp_path / "template.csv"
    path.write_text("\n".join(",".join(row) for row in TEMPLATE), encoding="utf-8")
    (one,) = candidates(csv_rows(path), ListOffer)
    assert one.refusals == ()
    offer = one.command
    assert isinstance(offer, ListOffer)
    assert [(sku.sku_id, sku.size) for sku in offer.skus] == [("linen-1-white-M", "M"), ("linen-1-white-L", "L")]
    assert [(step.start_quantity, step.price_fen) for step in offer.price_ranges] == [
        (2, 5990), (20, 5490), (200, 4990)
    ]  # fmt: skip
    assert (offer.min_order_quantity, offer.sample_price_fen, offer.free_shipping) == (2, 7900, True)
    assert {one.name: one.value for one in offer.attributes} == {"面料": "亚麻", "领型": "立领"}
    assert offer.pictures == ("front.jpg", "back.jpg")


def test_the_same_offer_makes_the_same_change_and_another_one_another(tmp_path: Path) -> None:
    ((first,), (again,), (other,)) = (
        read(tmp_path, GOOD), read(tmp_path, GOOD), read(tmp_path, GOOD.replace("900", "901"))
    )  # fmt: skip
    assert first.command
    assert again.command
    assert other.command
    assert first.command.change_id == again.command.change_id != other.command.change_id


def test_a_bad_offer_keeps_none_of_the_others_out(tmp_path: Path) -> None:
    found = read(tmp_path, GOOD, "off-2,sup-1,Shirt,衬衫,free,s-2,white,M", GOOD.replace("-1", "-3"))
    assert [one.command is not None for one in found] == [True, False, True]
    assert refusals(found) == [
        (3, "prices_fen", "'free' is no step of a ladder: write pieces:price, 2:1000 20:900")
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("cells", "field", "why"),
    [
        ({"currency": "EUR"}, "currency", "there is no 'EUR' here: write 'CNY'"),
        ({"subject": "=1+1"}, "subject", "begins like a formula"),
        ({"subject": "@SUM(A1)"}, "subject", "begins like a formula"),
        ({"subject": "a\x07b"}, "subject", "control characters"),
        ({"pictures": "../../etc/passwd"}, "pictures.0", "a picture is front.jpg"),
        ({"pictures": "10000:42.zip"}, "pictures.0", "a picture is front.jpg"),
        ({"category": "Shirts"}, "category", "a category is a path"),
        ({"offer_id": "off 1"}, "offer_id", "letters, digits"),
        ({"sku_id": "s 1"}, "sku_id", "letters, digits"),
        ({"prices_yuan": "2:10"}, "prices_yuan", "in fen and in yuan: keep one"),
        ({"sample_price_fen": "ten"}, "sample_price_fen", "'ten' is no whole number"),
        ({"free_shipping": "maybe"}, "free_shipping", "neither yes nor no"),
        ({"attributes": "cotton"}, "attributes", "write name=value"),
        ({"subject_zh": ""}, "subject_zh", "it is missing"),
    ],
)
def test_what_is_wrong_is_told_with_its_line_and_field(
    tmp_path: Path, cells: dict[str, str], field: str, why: str
) -> None:
    line, told_field, told = refusal(tmp_path, **cells)
    assert (line, told_field) == (2, field)
    assert why in told


@pytest.mark.parametrize("price", ["12.555", "1e999999999", "NaN", "Infinity", "twelve", "1e-999999999"])
def test_a_price_in_yuan_is_exact_or_refused(tmp_path: Path, price: str) -> None:
    header = HEADER.replace("prices_fen", "prices_yuan")
    ((_, field, _),) = refusals(read(tmp_path, GOOD.replace("2:1000 20:900", f"2:{price}"), header=header))
    assert field == "prices_yuan"


@given(fen=st.integers(1, 10**9))
def test_every_price_in_yuan_comes_out_to_the_fen(fen: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    header = HEADER.replace("prices_fen", "prices_yuan")
    line = GOOD.replace("2:1000 20:900", f"2:{fen // 100}.{fen % 100:02}")
    (one,) = read(tmp_path_factory.getbasetemp(), line, header=header)
    assert one.command
    assert one.command.price_ranges[0].price_fen == fen


def test_a_row_that_contradicts_its_offers_first_row_is_refused(tmp_path: Path) -> None:
    found = read(tmp_path, GOOD, "off-1,,Other shirt,,,s-2,black,M")
    assert refusals(found) == [(3, "subject", "differs from line 2 of the same offer")]


def test_an_offer_of_endless_skus_is_refused_without_being_held(tmp_path: Path) -> None:
    rows = (GOOD.replace("s-1", f"s-{number}").replace(",M", f",{number}") for number in range(MOST_SKUS + 5))
    (one,) = read(tmp_path, *rows)
    assert one.command is None
    assert f"rows up to line {MOST_SKUS + 6}" in one.refusals[0].why


def test_a_file_as_spreadsheets_in_china_write_it_is_read(tmp_path: Path) -> None:
    for encoding in ("gb18030", "utf-8-sig"):
        (one,) = read(tmp_path, GOOD, encoding=encoding)
        assert one.command
        assert one.command.subject_zh == "亚麻衬衫"


@pytest.mark.parametrize(
    ("contents", "said"),
    [
        (b"", "has no header"),
        (b"offer_id,suplier_id\n", "Did you mean supplier_id"),
        (b"offer_id,offer_id\n", "twice"),
        ("offer_id".encode("utf-16"), "UTF-16"),
        (b'offer_id,subject\no1,"open\n', "no CSV at line"),
        (b"offer_id\n" + b"x" * (4 * MOST_CHARACTERS + 2), "longer than"),
        (b"\xff\xfe\xff", "UTF-16"),
        (b"offer_id\n\xff\xff", "neither UTF-8 nor GB18030"),
    ],
)
def test_a_file_that_cannot_be_read_says_where_and_what_to_do(tmp_path: Path, contents: bytes, said: str) -> None:
    path = tmp_path / "offers.csv"
    path.write_bytes(contents)
    with pytest.raises(Problem) as problem:
        list(csv_rows(path))
    assert said in f"{problem.value.happened} {problem.value.todo}"
    assert problem.value.todo


@pytest.mark.parametrize(("name", "read_rows"), [("offers.csv", csv_rows), ("offers.jsonl", json_rows)])
def test_a_file_of_a_gigabyte_is_read_by_the_row_and_held_nowhere(tmp_path: Path, name: str, read_rows: Any) -> None:
    path = tmp_path / name
    path.write_bytes(b"offer_id\noff-1\n" if name.endswith("csv") else b'{"offer_id": "off-1"}\n')
    os.truncate(path, 1 << 30)  # a hole, which takes no room on the disk: one endless line
    tracemalloc.start()
    rows = read_rows(path)
    assert next(rows).line == (2 if name.endswith("csv") else 1)
    with pytest.raises(Problem, match="longer than"):
        list(rows)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 20_000_000


def test_json_lines_are_the_published_language_itself(tmp_path: Path) -> None:
    offer = {
        "offer_id": "off-1", "supplier_id": "sup-1", "subject": "Shirt", "subject_zh": "衬衫", "min_order_quantity": 2,
        "price_ranges": [{"start_quantity": 2, "price_fen": 1000}],
        "skus": [{"sku_id": "s-1", "colour": "white", "size": "M"}],
    }  # fmt: skip
    lines: list[Any] = [offer, {**offer, "colour": "red"}, [offer], "{", {**offer, "pictures": "a.jpg"}]
    path = tmp_path / "offers.jsonl"
    path.write_text("\n".join(one if one == "{" else json.dumps(one) for one in lines), encoding="utf-8")
    found = list(candidates_of_objects(json_rows(path), SaveDraft))
    assert [one.command is not None for one in found] == [True, False, False, False, False]
    assert [(one[0], one[1]) for one in refusals(found)] == [
        (2, "colour"), (3, "the line"), (4, "the line"), (5, "pictures")
    ]  # fmt: skip


# --- XLSX ------------------------------------------------------------------------------------------------------------


def workbook(path: Path, *rows: list[Any]) -> Path:
    book = Workbook()
    assert book.active is not None
    for row in (HEADER.split(","), *rows):
        book.active.append(row)
    book.save(path)
    return path


def test_a_workbook_is_read_like_the_same_csv(tmp_path: Path) -> None:
    path = workbook(tmp_path / "offers.xlsx", GOOD.split(","))
    assert [row.cells for row in xlsx_rows(path)] == [dict(zip(HEADER.split(","), GOOD.split(","), strict=True))]


def test_a_formula_in_a_cell_is_refused_and_numbers_are_taken_as_they_stand(tmp_path: Path) -> None:
    cells: list[Any] = GOOD.split(",")
    cells[2], cells[7] = "=HYPERLINK(A1)", 42
    (row,) = xlsx_rows(workbook(tmp_path / "offers.xlsx", cells))
    assert row.cells["size"] == "42"
    assert [(field, "begins like a formula" in why) for field, why in row.faults] == [("subject", True)]


def zipped(path: Path, **parts: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, contents in parts.items():
            archive.writestr(name.replace("__", "/") + ".xml", contents)
    return path


def test_a_workbook_that_would_fill_memory_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    bomb = zipped(tmp_path / "bomb.xlsx", xl__sharedStrings=b"0" * (129 * 1024 * 1024))
    assert bomb.stat().st_size < 1_000_000
    with pytest.raises(Problem, match="too large for a workbook: 1 parts of 135 MB unpacked"):
        list(xlsx_rows(bomb))


def test_a_workbook_whose_xml_multiplies_itself_is_refused(tmp_path: Path) -> None:
    good = workbook(tmp_path / "good.xlsx", GOOD.split(","))
    hostile = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><worksheet>&b;</worksheet>'
    with zipfile.ZipFile(good) as source, zipfile.ZipFile(tmp_path / "lol.xlsx", "w") as target:
        for name in source.namelist():
            target.writestr(name, hostile if name.endswith("sheet1.xml") else source.read(name))
    with pytest.raises(Problem, match=r"lol\.xlsx is"):
        list(xlsx_rows(tmp_path / "lol.xlsx"))


@pytest.mark.parametrize("contents", [b"offer_id,subject\n", b"PK\x03\x04 and then nothing", b""])
def test_what_is_no_workbook_is_told_so(tmp_path: Path, contents: bytes) -> None:
    (tmp_path / "offers.xlsx").write_bytes(contents)
    with pytest.raises(Problem, match=r"offers\.xlsx is no XLSX file"):
        list(xlsx_rows(tmp_path / "offers.xlsx"))


def test_rows_say_how_far_into_the_file_they_end(tmp_path: Path) -> None:
    path = tmp_path / "offers.csv"
    path.write_bytes("\n".join((HEADER, GOOD, GOOD.replace("-1", "-2"))).encode())
    ends = [row.end for row in csv_rows(path)]
    assert ends == sorted(ends)
    assert ends[-1] == path.stat().st_size
    book = workbook(tmp_path / "offers.xlsx", GOOD.split(","), GOOD.split(","))
    rows: list[Row] = list(xlsx_rows(book))
    assert [row.end for row in rows] == [book.stat().st_size * 2 // 3, book.stat().st_size]
