"""A company's monthly statement as CSV, for whoever opens it in a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from typing import Any

COLUMNS = (
    "order_id", "member_id", "po_number", "supplier_id", "placed_at", "status", "total_fen", "paid_fen", "open_fen",
    "requisition_id",
)  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula."""


def as_csv(rows: Iterable[Mapping[str, Any]]) -> str:
    """The rows with their heading, RFC 4180; no text of a member's is a formula to a spreadsheet."""
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(COLUMNS)
    writer.writerows([_safe(row[name]) for name in COLUMNS] for row in rows)
    return written.getvalue()


def _safe(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
