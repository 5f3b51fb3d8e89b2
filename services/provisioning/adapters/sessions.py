"""Who is speaking to the panel? A signed token that says it: no table, so that every instance can read it.

It names the customer and how often the sign-in had been set when it was given; a re-issue or another's change of
password makes it void. Sessions are lost with the key, never with a database.
"""

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import msgspec

from services.provisioning.domain.model import Account

LASTS = timedelta(hours=8)


class Session(msgspec.Struct, frozen=True, array_like=True):
    """What a token says."""

    customer_id: str
    seals: int
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Present:
    """A session that holds, with the account it speaks for."""

    session: Session
    token_hash: str
    account: Account


class Sessions:
    """Sign and read session tokens with a key derived from the service's look-up key."""

    def __init__(self, lookup_key: bytes) -> None:
        self._key = hmac.new(lookup_key, b"coterm panel sessions v1", hashlib.sha256).digest()

    def open(self, account: Account, customer_id: str, now: datetime) -> tuple[str, datetime]:
        """Return a token and its end: never later than the temporary password it was opened with."""
        expires_at = now + LASTS
        if account.sign_in is not None and account.sign_in.expires_at is not None:
            expires_at = min(expires_at, account.sign_in.expires_at)
        body = msgspec.json.encode(Session(customer_id, account.seals, expires_at.astimezone(UTC)))
        return f"{_text(body)}.{_text(self._signature(body))}", expires_at

    def read(self, token: str, now: datetime) -> Session | None:
        """Return what a token says, None when it is forged, damaged or past its end."""
        try:
            body, signature = (_bytes(part) for part in token.split(".", 1))
        except (ValueError, binascii.Error):
            return None
        if not hmac.compare_digest(signature, self._signature(body)):
            return None
        session = msgspec.json.decode(body, type=Session)
        return session if session.expires_at > now else None

    def _signature(self, body: bytes) -> bytes:
        return hmac.new(self._key, body, hashlib.sha256).digest()


def token_hash(token: str) -> str:
    """Name a session in an event without giving it away."""
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()


def still_holds(session: Session, hashed: str, account: Account) -> bool:
    """Tell whether the sign-in is still the one the session was opened with, or was changed by that very session."""
    sign_in = account.sign_in
    if sign_in is None or sign_in.is_void:
        return False
    return session.seals == account.seals or sign_in.session_hash == hashed


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
