"""Offers from rows: the rows of an offer follow each other, a row for each SKU; of JSON Lines a line is an offer.

What stands in the first row of an offer holds for all of it. The others may leave it out or say the same again.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from hashlib import blake2b
from itertools import groupby, islice
from re import fullmatch
from typing import Any

from pydantic import ValidationError

from headwater.contracts.base import OfferId
from headwater.contracts.catalog import ListOffer, SaveDraft
from headwater.explain import why
from headwater_cli.importing.rows import Row

MOST_SKUS = 200
"""Of one offer (`ListOffer`)."""
PER_SKU = ("sku_id", "colour", "size")
YES, NO = ("yes", "y", "true", "1", "是"), ("no", "n", "false", "0", "否", "")
Contents = dict[str, Any]
Command = ListOffer | SaveDraft


@dataclass(frozen=True, slots=True)
class Refusal:
    """What of which line was not imported, and why."""

    line: int
    offer_id: str
    field: str
    why: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """An offer of the file: a command to send, or what is wrong with it."""

    line: int
    """Where it begins."""
    offer_id: str
    command: Command | None
    refusals: tuple[Refusal, ...]
    end: int
    """How many bytes of the file are read when it is."""


def candidates(rows: Iterable[Row], kind: type[Command]) -> Iterator[Candidate]:
    """The offers of a sheet, in the order of the file."""
    for offer_id, group in groupby(rows, lambda row: row.cells.get("offer_id", "")):
        yield _of_rows(str(offer_id), *_bounded(group), kind)


def _bounded(group: Iterator[Row]) -> tuple[list[Row], Row | None]:
    """As many rows as an offer may have, and the last beyond them: a file of nothing else must not fill memory."""
    rows = list(islice(group, MOST_SKUS))
    beyond = deque(group, maxlen=1)
    return rows, beyond[0] if beyond else None


def candidates_of_objects(rows: Iterable[Row], kind: type[Command]) -> Iterator[Candidate]:
    """The offers of JSON Lines, in the order of the file."""
    for row in rows:
        offer_id = str(row.cells.get("offer_id", ""))
        faults = [Refusal(row.line, offer_id, field, why) for field, why in row.faults]
        yield _candidate([row], offer_id, {"currency": "CNY", **row.cells}, faults, kind)


def _of_rows(offer_id: str, rows: list[Row], beyond: Row | None, kind: type[Command]) -> Candidate:
    faults = [Refusal(row.line, offer_id, field, why) for row in rows for field, why in row.faults]
    first = rows[0]
    if beyond is not None:
        why = f"it has rows up to line {beyond.line}: an offer has at most {MOST_SKUS} SKUs"
        faults.append(Refusal(first.line, offer_id, "offer_id", why))
    for row in rows[1:]:
        for name, value in row.cells.items():
            if name not in PER_SKU and value not in ("", first.cells.get(name)):
                faults.append(Refusal(row.line, offer_id, name, f"differs from line {first.line} of the same offer"))
    contents: Contents = {"currency": "CNY"}
    for name, text in first.cells.items():
        if name in PER_SKU or text == "":
            continue
        field, read = READ.get(name, (name, _as_it_is))
        if field in contents and field != "currency":
            faults.append(Refusal(first.line, offer_id, name, "the ladder is given in fen and in yuan: keep one"))
        try:
            contents[field] = read(text)
        except ValueError as error:
            faults.append(Refusal(first.line, offer_id, name, str(error) or f"{text!r} cannot be read"))
    contents["skus"] = [{name: row.cells.get(name, "") for name in PER_SKU} for row in rows]
    ladder = contents.get("price_ranges")
    if ladder and "min_order_quantity" not in contents:
        contents["min_order_quantity"] = ladder[0]["start_quantity"]
    return _candidate([*rows, beyond] if beyond else rows, offer_id, contents, faults, kind)


def _candidate(
    rows: list[Row], offer_id: str, contents: Contents, faults: list[Refusal], kind: type[Command]
) -> Candidate:
    line, end = rows[0].line, rows[-1].end
    command = None
    try:
        command = kind.model_validate({**contents, "change_id": "unknown", "reply_to": None}) if not faults else None
    except ValidationError as error:
        faults += _told(error, rows, offer_id, kind)
    if command is not None:
        command = command.model_copy(update={"change_id": _change_id(command)})
    return Candidate(line, offer_id, command, tuple(faults), end)


def _told(error: ValidationError, rows: list[Row], offer_id: str, kind: type[Command]) -> list[Refusal]:
    """Each thing that is wrong, at the line and the field where it stands."""
    found: list[Refusal] = []
    for one in error.errors():
        where = [str(step) for step in one["loc"]]
        if where == ["skus"] and found and found[-1].field in PER_SKU:
            continue  # that none is left is said by what is wrong with each
        row = rows[int(where[1])] if where[:1] == ["skus"] and len(where) > 1 and len(rows) > 1 else rows[0]
        field = where[-1] if where[:1] == ["skus"] and len(where) > 2 else ".".join(where)
        found.append(Refusal(row.line, offer_id, field, _why(one, where[-1], kind)))
    return found


def _why(error: Mapping[str, Any], field: str, kind: type[Command]) -> str:
    if error["type"] != "extra_forbidden":
        return why(error)
    near = get_close_matches(field, kind.model_fields, n=1)
    return "nobody knows this field" + (f": did you mean {near[0]}?" if near else "")


def _change_id(command: Command) -> str:
    """The same offer of a file makes the same change, however often the file is imported."""
    said = command.model_dump_json(exclude={"change_id", "reply_to"})
    return f"imp_{blake2b(said.encode(), digest_size=16).hexdigest()}"


# --- cells -----------------------------------------------------------------------------------------------------------


def _as_it_is(text: str) -> str:
    return text


def _whole(text: str) -> int:
    try:
        return int(text.replace(",", ""))
    except ValueError:
        raise ValueError(f"{text[:40]!r} is no whole number") from None


def _yes(text: str) -> bool:
    if text.lower() not in (*YES, *NO):
        raise ValueError(f"{text[:40]!r} is neither yes nor no")
    return text.lower() in YES


def _yuan(text: str) -> int:
    """Fen, exactly: 12.5 is 1250, and 12.555 is no price."""
    amount = fullmatch(r"(\d{1,13})(?:\.(\d{1,2}))?", text)
    if amount is None:
        raise ValueError(f"{text[:40]!r} is no amount in yuan, with at most two places after the point")
    return int(amount[1]) * 100 + int((amount[2] or "").ljust(2, "0"))


def _ladder(price: Callable[[str], int]) -> Callable[[str], list[dict[str, int]]]:
    def read(text: str) -> list[dict[str, int]]:
        return [dict(zip(("start_quantity", "price_fen"), _step(part, price), strict=True)) for part in text.split()]

    return read


def _step(text: str, price: Callable[[str], int]) -> tuple[int, int]:
    pieces, colon, amount = text.partition(":")
    if not colon:
        raise ValueError(f"{text[:40]!r} is no step of a ladder: write pieces:price, 2:1000 20:900")
    return _whole(pieces), price(amount)


def _pool(text: str) -> dict[str, int]:
    return dict(zip(("pieces", "price_fen"), _step(text, _whole), strict=True))


def _attributes(text: str) -> list[dict[str, str]]:
    found = []
    for part in filter(None, (part.strip() for part in text.replace("；", ";").split(";"))):
        name, equals, value = part.partition("=")
        if not equals:
            raise ValueError(f"{part[:40]!r} is no attribute: write name=value; name=value")
        found.append({"name": name.strip(), "value": value.strip()})
    return found


READ: dict[str, tuple[str, Callable[[str], Any]]] = {
    "min_order_quantity": ("min_order_quantity", _whole),
    "order_multiple": ("order_multiple", _whole),
    "prices_fen": ("price_ranges", _ladder(_whole)),
    "prices_yuan": ("price_ranges", _ladder(_yuan)),
    "sample_price_fen": ("sample_price_fen", _whole),
    "trial_pieces": ("trial_pieces", _whole),
    "pool_fen": ("pool_price", _pool),
    "mixed_batch": ("mixed_batch", _yes),
    "free_shipping": ("free_shipping", _yes),
    "attributes": ("attributes", _attributes),
    "pictures": ("pictures", str.split),
    "offer_id": ("offer_id", OfferId),
}
"""How a cell becomes a field; the others are text."""
