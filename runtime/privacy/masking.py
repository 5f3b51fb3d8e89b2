"""What must never show in a log, and how is it hidden? By the name of a field, and by what a text looks like."""

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from enum import Enum
from functools import lru_cache
from pathlib import PurePath
from typing import Any
from uuid import UUID

HIDDEN = "[hidden]"

_SECRET_PARTS = (
    "password", "secret", "token", "authorization", "cookie", "signature", "credential", "passphrase", "private_key",
    "master_key", "lookup_key", "api_key", "dsn",
)  # fmt: skip
_OPEN_DESPITE = frozenset({"credential_id", "credentials", "key_id"})
_PERSONAL = frozenset(
    {
        "address", "body", "certified_email", "company", "contact", "customer", "data", "email", "first_name",
        "last_name", "mail", "name", "party", "personal", "phone", "plain", "recipient", "recipient_code", "recipients",
        "tax_code", "tax_identifier", "to", "user", "username", "value", "vat_number",
    }
)  # fmt: skip
_LOOKS = (
    (re.compile(r"(?<=://)[^\s/@]+:[^\s/@]+(?=@)"), HIDDEN),
    (re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"), "[e-mail]"),
    (re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]+"), rf"\1 {HIDDEN}"),
    (re.compile(r"\b(?:whsec_|sf_|op_)[A-Za-z0-9+/=_-]{8,}"), HIDDEN),
    (re.compile(r"\$argon2\w*\$\S+"), HIDDEN),
    (re.compile(r"(?i)\b[A-Z]{6}[0-9LMNP-V]{2}[A-Z][0-9LMNP-V]{2}[A-Z][0-9LMNP-V]{3}[A-Z]\b"), "[tax code]"),
    (re.compile(r"(?<![\w.-])(?:IT)?\d{11}(?![\w-])"), "[VAT number]"),
)
_SUSPICIOUS = re.compile(r"[@$_]|[crCR]\s|\d{11}|(?i:\b[A-Z]{6}[0-9LMNP-V]{2}[A-Z])")
"""Nothing looks like any of them without one of these: most texts are looked through once, not seven times."""
_DEEPEST = 6
_PLAIN = (bool, int, float, datetime, date, timedelta, UUID, PurePath)


def mask(name: str, value: Any) -> Any:
    """Return a field's value as a log may show it; things that are no plain values show as their type alone."""
    return _mask(name, value, 0)


def mask_text(text: str) -> str:
    """Hide what looks like an e-mail address, a tax identifier, an API key or a password in an address."""
    if not _SUSPICIOUS.search(text):
        return text
    for pattern, replacement in _LOOKS:
        text = pattern.sub(replacement, text)
    return text


@lru_cache(maxsize=512)  # the same few names in every line
def is_hidden(name: str) -> bool:
    """Tell whether a field of this name is hidden whatever it holds."""
    small = name.lower()
    return small in _PERSONAL or (small not in _OPEN_DESPITE and any(part in small for part in _SECRET_PARTS))


def _mask(name: str, value: Any, depth: int) -> Any:
    if value is None:
        return None
    if is_hidden(name) or depth > _DEEPEST:
        return HIDDEN
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, str):
        return mask_text(value)
    if isinstance(value, _PLAIN):
        return value if isinstance(value, bool | int | float) else str(value)
    if isinstance(value, Mapping):
        return {mask_text(str(key)): _mask(str(key), entry, depth + 1) for key, entry in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_mask(name, entry, depth + 1) for entry in value]
    return f"<{type(value).__qualname__}>"
