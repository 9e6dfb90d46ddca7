"""Writes headwater/contracts/schemas/: for each message its JSON Schema and one example. Run: make schemas.

`tests/contract/test_schemas.py` compares the committed schemas with the code: a new optional field is compatible,
anything else asks for a new version of the message.
"""

from __future__ import annotations

import importlib
import json
import pkgutil
from pathlib import Path
from typing import Any

from pydantic.json_schema import JsonSchemaValue

from headwater import contracts
from headwater.contracts.base import MESSAGE_TYPES, Message

FOLDER = Path(contracts.__file__).parent / "schemas"
Schema = dict[str, Any]


def messages() -> dict[str, type[Message]]:
    """Every published message by its wire type."""
    for module in pkgutil.iter_modules(contracts.__path__):
        importlib.import_module(f"{contracts.__name__}.{module.name}")
    return dict(sorted((name, cls) for name, cls in MESSAGE_TYPES.items() if cls.__module__.startswith("headwater.")))


def schema_of(message: type[Message]) -> JsonSchemaValue:
    """The JSON Schema of a message as it may come in: a newer sender's further fields are ignored."""
    return _tolerant(message.model_json_schema())


def example_of(schema: Schema, name: str = "", root: Schema | None = None) -> Any:
    """A small value that fits the schema, the same each time."""
    root = root or schema
    if "$ref" in schema:
        return example_of(root["$defs"][schema["$ref"].rpartition("/")[2]], name, root)
    if "anyOf" in schema:
        return example_of(schema["anyOf"][0], name, root)
    if "const" in schema or "enum" in schema:
        return schema.get("const", schema.get("enum", [None])[0])
    if "default" in schema and schema["default"] is not None:
        return schema["default"]
    match schema.get("type"):
        case "object":
            return {key: example_of(value, key, root) for key, value in schema.get("properties", {}).items()}
        case "array":
            return [example_of(schema["items"], name, root)]
        case "integer":
            return max(schema.get("minimum", 1), 1)
        case "boolean":
            return True
        case "string" if schema.get("format") == "date-time":
            return "2026-11-11T00:00:00Z"
        case "string" if schema.get("format") == "date":
            return "2026-11-11"
        case "string" if schema.get("minLength", 0) > 1:  # of a fixed length, such as a seal in hex
            return "0" * schema["minLength"]
        case _:
            return (name.removesuffix("_id") or "text") + "-1"


def _tolerant(schema: Any) -> Any:
    if isinstance(schema, dict):
        return {key: _tolerant(value) for key, value in schema.items() if key != "additionalProperties"}
    return [_tolerant(value) for value in schema] if isinstance(schema, list) else schema


def main() -> None:
    """Write all of them."""
    FOLDER.mkdir(exist_ok=True)
    for name, message in messages().items():
        schema = schema_of(message)
        content = {"$id": name, **schema, "examples": [example_of(schema)]}
        (FOLDER / f"{name}.json").write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n")
    print(f"{len(messages())} schemas in {FOLDER.name}/")


if __name__ == "__main__":
    main()
