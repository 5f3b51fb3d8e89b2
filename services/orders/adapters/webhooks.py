"""Did the payment provider sign this, just now? Standard Webhooks: HMAC-SHA256 over id, timestamp and body."""

import base64
import binascii
import hmac
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from standardwebhooks import Webhook

from runtime.errors import SettingsRefused
from runtime.web import Problem

TOLERANCE_SECONDS = 300
MOST_SIGNATURES = 5
"""In one request; Standard Webhooks sends as many as it has keys, two while one is rotated."""
PREFIX = "whsec_"
_LONGEST_HEADER = 1024


def keys_of(secrets: Iterable[str]) -> tuple[bytes, ...]:
    """Read the secrets, of which any may have signed: so they can be rotated. Raises SettingsRefused."""
    try:
        return tuple(base64.b64decode(secret.removeprefix(PREFIX), validate=True) for secret in secrets)
    except binascii.Error as error:
        raise SettingsRefused("COTERM_WEBHOOK_SECRETS: each must be whsec_ and base64") from error


def signature(key: bytes, webhook_id: str, timestamp: str, body: bytes) -> str:
    """Sign as a provider does. Raises UnicodeDecodeError for a body that is no text: nothing that intake takes."""
    at = datetime.fromtimestamp(int(timestamp), UTC)
    return Webhook(key).sign(webhook_id, at, body.decode()).removeprefix("v1,")


def check(
    keys: Sequence[bytes],
    webhook_id: str | None,
    timestamp: str | None,
    signatures: str | None,
    body: bytes,
    now: datetime,
) -> None:
    """Let a signed request through. Raises Problem 401 when it is unsigned, wrongly signed, or not of now.

    A stranger's request costs one hash of its body for each of our keys at most, whatever its headers say.
    """
    if max(len(webhook_id or ""), len(timestamp or ""), len(signatures or "")) > _LONGEST_HEADER:
        raise _refused(f"a webhook's header has at most {_LONGEST_HEADER} characters")
    if not webhook_id or not timestamp or not signatures:
        raise _refused("webhook-id, webhook-timestamp and webhook-signature are needed")
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        raise _refused("webhook-timestamp is no number of seconds")
    if abs(now.timestamp() - int(timestamp)) > TOLERANCE_SECONDS:
        raise _refused("webhook-timestamp is more than 5 minutes away")
    sent = [one.removeprefix("v1,").encode() for one in signatures.split() if one.startswith("v1,")]
    if not 1 <= len(sent) <= MOST_SIGNATURES:
        raise _refused(f"webhook-signature holds 1 to {MOST_SIGNATURES} signatures that begin with v1,")
    try:
        right = [signature(key, webhook_id, timestamp, body).encode() for key in keys]
    except UnicodeDecodeError:
        raise _refused("the body is no UTF-8") from None
    matches = [hmac.compare_digest(each, one) for each in right for one in sent]
    if not any(matches):
        raise _refused("no signature matches")


def _refused(detail: str) -> Problem:
    return Problem(401, "SIGNATURE_INVALID", detail)
