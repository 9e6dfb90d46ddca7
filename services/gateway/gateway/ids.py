"""Ids that a repeated request gives again: the gateway keeps nothing, so it derives them from the Idempotency-Key."""

from __future__ import annotations

from hashlib import blake2b

from pydantic import BaseModel

from headwater.contracts.base import new_id


def id_for(prefix: str, account: str, key: str | None) -> str:
    """An id for what a request makes: the same account and key give the same id; without a key it is a new one."""
    if key is None:
        return new_id(prefix)
    return f"{prefix}_{_digest(prefix, account, key)}"


def fingerprint(body: BaseModel) -> str:
    """Tells one body from another, whatever the order and spacing of its JSON."""
    return _digest(body.model_dump_json())


def _digest(*parts: str) -> str:
    # Each part with its length, so that ("ab", "c") and ("a", "bc") differ.
    return blake2b("".join(f"{len(part)}:{part}" for part in parts).encode(), digest_size=16).hexdigest()
