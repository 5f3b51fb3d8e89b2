"""Did the payment provider sign this, just now? Standard Webhooks: HMAC-SHA256 over id, timestamp and body."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable, Sequence
from datetime import datetime

from runtime.errors import SettingsRefused
from runtime.web import Problem

TOLERANCE_SECONDS = 300
PREFIX = "whsec_"


def keys_of(secrets: Iterable[str]) -> tuple[bytes, ...]:
    """Read the secrets, of which any may have signed: so they can be rotated. Raises SettingsRefused."""
    try:
        return tuple(base64.b64decode(secret.removeprefix(PREFIX), validate=True) for secret in secrets)
    except binascii.Error as error:
        raise SettingsRefused("COTERM_WEBHOOK_SECRETS: each must be whsec_ and base64") from error


def signature(key: bytes, webhook_id: str, timestamp: str, body: bytes) -> str:
    """Sign as a provider does."""
    signed = f"{webhook_id}.{timestamp}.".encode() + body
    return base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def check(
    keys: Sequence[bytes],
    webhook_id: str | None,
    timestamp: str | None,
    signatures: str | None,
    body: bytes,
    now: datetime,
) -> None:
    """Let a signed request through. Raises Problem 401 when it is unsigned, wrongly signed, or not of now."""
    if not webhook_id or not timestamp or not signatures:
        raise _refused("webhook-id, webhook-timestamp and webhook-signature are needed")
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        raise _refused("webhook-timestamp is no number of seconds")
    if abs(now.timestamp() - int(timestamp)) > TOLERANCE_SECONDS:
        raise _refused("webhook-timestamp is more than 5 minutes away")
    given = [one.removeprefix("v1,") for one in signatures.split() if one.startswith("v1,")]
    matches = [
        hmac.compare_digest(signature(key, webhook_id, timestamp, body).encode(), one.encode())
        for key in keys
        for one in given
    ]
    if not any(matches):
        raise _refused("no signature matches")


def _refused(detail: str) -> Problem:
    return Problem(401, "SIGNATURE_INVALID", detail)
