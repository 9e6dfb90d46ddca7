"""The published language changes only in ways that those who speak it can bear."""

from __future__ import annotations

import copy
import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest

from headwater.contracts.base import Message

ROOT = Path(__file__).parents[2]
spec = importlib.util.spec_from_file_location("schemas", ROOT / "tools" / "schemas.py")
assert spec is not None
assert spec.loader is not None
schemas = importlib.util.module_from_spec(spec)
spec.loader.exec_module(schemas)

MESSAGES = schemas.messages()
RELEASED = {path.stem: json.loads(path.read_text()) for path in sorted(schemas.FOLDER.glob("*.json"))}
COMMENTS = {"title", "description", "examples", "$id"}


def without_comments(schema: Any) -> Any:
    """What of a schema binds."""
    if isinstance(schema, dict):
        return {k: without_comments(v) for k, v in schema.items() if k not in COMMENTS or not isinstance(v, str | list)}
    return [without_comments(item) for item in schema] if isinstance(schema, list) else schema


def breaking_changes(old: Any, new: Any, place: str = "") -> list[str]:
    """What in `new` a reader or writer of `old` could not bear; only a new optional property is allowed."""
    if place.endswith("required") and isinstance(old, list) and isinstance(new, list):
        old, new = sorted(old), sorted(new)  # in which order they are declared binds nobody
    if not (isinstance(old, dict) and isinstance(new, dict)):
        return [] if old == new else [f"{place or 'the message'}: {old!r} became {new!r}"]
    found = []
    for key in old.keys() | new.keys():
        here = f"{place}.{key}" if place else key
        if key not in old and (key == "$defs" or place.rpartition(".")[2] in {"properties", "$defs"}):
            continue  # new; that it is optional is seen at `required`
        if key not in old or key not in new:
            found.append(f"{here} was {'added' if key in new else 'removed'}")
        else:
            found.extend(breaking_changes(old[key], new[key], here))
    return found


@pytest.mark.parametrize("name", RELEASED)
def test_a_released_message_is_still_understood(name: str) -> None:
    assert name in MESSAGES, f"{name} was released and is gone: keep it, and give the new form a new version"
    old, new = without_comments(RELEASED[name]), without_comments(schemas.schema_of(MESSAGES[name]))
    assert breaking_changes(old, new) == [], f"give {name} a new version instead"


@pytest.mark.parametrize("name", MESSAGES)
def test_every_message_has_its_schema_and_an_example_that_fits(name: str) -> None:
    assert name in RELEASED, "run: make schemas"
    example = RELEASED[name]["examples"][0]
    message = MESSAGES[name].from_json(json.dumps(example).encode())
    assert isinstance(message, Message)


def test_a_new_optional_field_is_compatible_and_anything_else_is_not() -> None:
    old = without_comments(RELEASED["orders.PayOrder.v1"])
    optional, required, narrower, gone = (copy.deepcopy(old) for _ in range(4))
    optional["properties"]["note"] = {"type": "string", "default": None}
    required["properties"]["note"] = {"type": "string"}
    required["required"] = [*required["required"], "note"]
    narrower["properties"]["amount_fen"]["maximum"] = 100
    del gone["properties"]["payment_id"]
    assert breaking_changes(old, optional) == []
    assert all(breaking_changes(old, changed) for changed in (required, narrower, gone))


def test_a_newer_sender_may_add_fields() -> None:
    example = {**RELEASED["orders.CancelOrder.v1"]["examples"][0], "from_the_future": {"a": 1}}
    assert MESSAGES["orders.CancelOrder.v1"].from_json(json.dumps(example).encode())
