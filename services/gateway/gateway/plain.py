"""Answers of look-ups as JSON: names as in the proto, whole numbers as numbers, times as RFC 3339, none as null."""

from __future__ import annotations

from typing import Any

from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp


def plain(message: Message) -> dict[str, Any]:
    """A protobuf message as a dict."""
    return {field.name: _value(message, field) for field in message.DESCRIPTOR.fields}


def _value(message: Message, field: Any) -> Any:
    value = getattr(message, field.name)
    if field.is_repeated:
        return [_one(item) for item in value]
    if field.message_type is not None and not message.HasField(field.name):
        return None
    return _one(value)


def _one(value: Any) -> Any:
    if isinstance(value, Timestamp):
        return value.ToJsonString()
    return plain(value) if isinstance(value, Message) else value
