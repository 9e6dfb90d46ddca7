"""Rows of a CSV file or of JSON Lines, one at a time, however large the file is and whatever is in it.

A file is read as UTF-8, or as GB18030 (which has GBK in it) when it is none. No more than one row is in memory, and no
row is larger than `MOST_CHARACTERS`.
"""

from __future__ import annotations

import csv
import json
from codecs import BOM_UTF16_BE, BOM_UTF16_LE, getincrementaldecoder
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, BinaryIO

from headwater_cli.problem import Problem

MOST_CHARACTERS = 1_000_000
"""Of one row. The largest offer of 200 SKUs has about 50,000."""
MOST_COLUMNS = 100
LOOK_AT = 1024 * 1024
COLUMNS = (
    "offer_id", "supplier_id", "subject", "subject_zh", "currency", "min_order_quantity", "order_multiple",
    "prices_fen", "prices_yuan", "sample_price_fen", "trial_pieces", "pool_fen", "mixed_batch", "free_shipping",
    "category", "attributes", "description", "pictures", "packaging", "sku_id", "colour", "size",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """What stands in a line of the file, which is told by its number, from 1."""

    line: int
    cells: dict[str, Any]
    """By column; of JSON Lines the values as they are."""
    end: int
    """How many bytes of the file are read when this row is."""
    faults: tuple[tuple[str, str], ...] = ()
    """What is wrong with the row itself: a field and why."""


def csv_rows(path: Path) -> Iterator[Row]:
    """The rows of a CSV file under its header. Raises `Problem` when it cannot be read on."""
    with path.open("rb") as file:
        lines = _Lines(file, path)
        csv.field_size_limit(MOST_CHARACTERS)
        reader = csv.reader(lines, strict=True)
        try:
            header = columns_of(next(reader, []), path)
            for values in reader:
                if any(values):
                    yield row_of(reader.line_num, header, values, lines.bytes)
        except csv.Error as error:
            raise Problem(
                f"{path.name} is no CSV at line {max(reader.line_num, 1)}: {error}.",
                'Look there for a quotation mark that is not closed; inside of a quoted cell it is written twice: "".',
            ) from error


def json_rows(path: Path) -> Iterator[Row]:
    """The objects of a JSON Lines file, one a line. Raises `Problem` when it cannot be read on."""
    with path.open("rb") as file:
        lines = _Lines(file, path)
        for number, text in enumerate(lines, 1):
            if text.strip():
                yield _object(number, text, lines.bytes)


def columns_of(header: list[str], path: Path) -> list[str]:
    """The names of the columns; raises `Problem` if one is not known, or stands there twice."""
    names = [str(name).strip().lower() for name in header]
    while names and not names[-1]:
        names.pop()
    if not names:
        raise Problem(f"{path.name} has no header.", f"Its first line names the columns: {', '.join(COLUMNS)}")
    if len(names) > MOST_COLUMNS:
        raise Problem(f"{path.name} has {len(names)} columns.", "See: headwater import template")
    for name in names:
        if name not in COLUMNS:
            near = get_close_matches(name, COLUMNS, n=1)
            hint = f"Did you mean {near[0]}?" if near else f"There are: {', '.join(COLUMNS)}"
            raise Problem(f"{path.name} has a column {name[:60]!r}, which nobody knows.", hint)
        if names.count(name) > 1:
            raise Problem(f"{path.name} has the column {name} twice.", "Leave one of them out.")
    return names


def row_of(line: int, header: list[str], values: list[str], end: int) -> Row:
    """A row under its header. Every cell is text; a formula, which a spreadsheet would run, is a fault."""
    if len(values) > len(header) and any(values[len(header) :]):
        why = f"it has {len(values)} cells, and the header {len(header)}"
        return Row(line, dict(zip(header, values, strict=False)), end, (("the row", why),))
    cells = {name: value.strip() for name, value in zip(header, values, strict=False)}
    faults = tuple((name, why) for name, value in cells.items() if (why := _fault(value)))
    return Row(line, cells, end, faults)


def _fault(cell: str) -> str:
    if cell[:1] in ("=", "+", "-", "@"):
        return f"{cell[:40]!r} begins like a formula: write plain text"
    if any(character < " " and character not in "\n\r\t" for character in cell):
        return "it has control characters in it: write plain text"
    return ""


def _object(line: int, text: str, end: int) -> Row:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        return Row(line, {}, end, (("the line", f"it is no JSON: {error}"),))
    if not isinstance(found, dict):
        return Row(line, {}, end, (("the line", f"it is no JSON object, but {type(found).__name__}"),))
    return Row(line, found, end)


class _Lines(Iterator[str]):
    """The lines of a file as text, each bounded, with the bytes that were read so far."""

    def __init__(self, file: BinaryIO, path: Path) -> None:
        self._file = file
        self._path = path
        self._encoding = _encoding_of(file.read(LOOK_AT), path)
        self.bytes = 3 if self._encoding == "utf-8-sig" else 0
        self._line = 0
        file.seek(self.bytes)

    def __next__(self) -> str:
        raw = self._file.readline(4 * MOST_CHARACTERS + 1)
        if not raw:
            raise StopIteration
        self._line += 1
        self.bytes += len(raw)
        if len(raw) > 4 * MOST_CHARACTERS:
            raise Problem(
                f"Line {self._line} of {self._path.name} is longer than {MOST_CHARACTERS:,} characters.",
                "Is it a CSV or JSON Lines file, with a line for each row?",
            )
        try:
            return raw.decode("utf-8" if self._encoding == "utf-8-sig" else self._encoding)
        except UnicodeDecodeError as error:
            raise Problem(
                f"Line {self._line} of {self._path.name} is no {self._encoding.upper()}: {error.reason}.",
                "Save the file as UTF-8 and import it again.",
            ) from error


def _encoding_of(start: bytes, path: Path) -> str:
    if start.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        raise Problem(f"{path.name} is UTF-16.", "Save it as UTF-8 and import it again.")
    if start.startswith(b"\xef\xbb\xbf"):
        return "utf-8-sig"
    for encoding in ("utf-8", "gb18030"):
        try:
            getincrementaldecoder(encoding)().decode(start)
        except UnicodeDecodeError:
            continue
        return encoding
    raise Problem(f"{path.name} is neither UTF-8 nor GB18030.", "Save it as UTF-8 and import it again.")
