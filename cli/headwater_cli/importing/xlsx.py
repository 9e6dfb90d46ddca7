"""Rows of an XLSX workbook's first sheet, streamed. The archive is looked at before anything in it is unpacked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

from openpyxl import DEFUSEDXML, load_workbook

from headwater_cli.importing.rows import MOST_COLUMNS, Row, columns_of, row_of
from headwater_cli.problem import Problem

MOST_UNPACKED = 512 * 1024 * 1024
"""Bytes, of all parts. 100,000 SKUs are about 60 MB."""
MOST_STRINGS = 128 * 1024 * 1024
"""Bytes, of the table of strings: the one part that is held in memory whole."""
MOST_PARTS = 1000
INSTEAD = "Save the sheet as CSV (UTF-8) and import that: it may be of any size."
assert DEFUSEDXML, "openpyxl reads hostile XML only with defusedxml beside it"


def xlsx_rows(path: Path) -> Iterator[Row]:
    """The rows under the header of the first sheet. Raises `Problem` when it cannot be read."""
    _look_at(path)
    try:
        book = load_workbook(path, read_only=True, data_only=False, keep_links=False)
    except Exception as error:  # whatever is wrong with the file comes out of openpyxl as it happens
        raise Problem(f"{path.name} is no workbook that can be read: {_line(error)}.", INSTEAD) from error
    try:
        sheet = book.worksheets[0]
        told = sheet.max_row or 0
        sheet.reset_dimensions()  # what the file says of its size is good for the progress bar only
        rows = sheet.iter_rows(max_col=MOST_COLUMNS + 1)
        header = columns_of([_text(cell) for cell in next(rows, ())], path)
        size = path.stat().st_size
        for number, cells in enumerate(rows, 2):
            values = [_text(cell) for cell in cells]
            if any(values):
                yield row_of(number, header, values, size * number // told if number <= told else 0)
    except (OSError, ValueError, KeyError, IndexError, BadZipFile, SyntaxError) as error:
        raise Problem(f"{path.name} is broken: {_line(error)}.", INSTEAD) from error
    finally:
        book.close()


def _line(error: Exception) -> str:
    """The first line of what openpyxl says, which may be a page."""
    return str(error).partition("\n")[0][:200].rstrip(".")


def _look_at(path: Path) -> None:
    """Refuse what would fill memory or disk when it is unpacked."""
    try:
        with ZipFile(path) as archive:
            parts = archive.infolist()
    except (BadZipFile, OSError) as error:
        raise Problem(f"{path.name} is no XLSX file: {error}.", INSTEAD) from error
    unpacked = sum(part.file_size for part in parts)
    strings = sum(part.file_size for part in parts if part.filename.lower().endswith("sharedstrings.xml"))
    if len(parts) > MOST_PARTS or unpacked > MOST_UNPACKED or strings > MOST_STRINGS:
        size = f"{len(parts):,} parts of {unpacked / 1e6:,.0f} MB unpacked"
        raise Problem(f"{path.name} is too large for a workbook: {size}.", INSTEAD)


def _text(cell: Any) -> str:
    """What stands in a cell. A formula is told as such, `=…`; a number as it is written."""
    value = cell.value
    if cell.data_type == "f":
        return f"={str(value).removeprefix('=')}"
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case float() if value.is_integer():
            return str(int(value))
        case datetime() | date() | time():
            return value.isoformat()
        case _:
            return str(value)
