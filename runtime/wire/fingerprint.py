"""Is this the state that the event left behind? A hash that stands in the event itself."""

import hashlib


def fingerprint_of(fold_version: int, written: bytes) -> str:
    """Return `<fold_version>:<hash>` of a state as it is written canonically; only equal fold versions compare."""
    return f"{fold_version}:{hashlib.sha256(written).hexdigest()[:32]}"


def record_hash(key: bytes | None, value: bytes | None) -> bytes:
    """Return 16 bytes that tell one log record from another: what a position remembers of the record before it."""
    digest = hashlib.sha256(len(key or b"").to_bytes(4, "big"))
    digest.update(key or b"")
    digest.update(value or b"")
    return digest.digest()[:16]
