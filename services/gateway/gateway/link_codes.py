"""One-time codes by which accounts are linked: made here, shown once, and sent on as a digest alone."""

from __future__ import annotations

import secrets
from hashlib import blake2b

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no letter that looks like another or like a digit."""
_ALIKE = str.maketrans("OIL", "011", "- ")


def new_code() -> str:
    """A code for people to read out, `K7QX-2M9T-P4WD`: 60 bits, more than anybody tries in its time."""
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(4)) for _ in range(3))


def digest_of(code: str, host: str, guest: str) -> str:
    """What both sides send: of this code for these two accounts, however it was typed."""
    plain = code.upper().translate(_ALIKE)
    return blake2b(f"{host}/{guest}/{plain}".encode(), digest_size=16).hexdigest()
