"""How is personal data sealed, so that a retry seals to the same bytes and nobody else can open it? Pure functions.

XChaCha20-Poly1305 with the customer's key and the customer id as associated data. The nonce is no draw: a keyed BLAKE2b
of the command's id and the plain text (in the manner of RFC 5297's SIV), so that equal input gives equal bytes, and
different content never shares a nonce.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec
from nacl.bindings import (
    crypto_aead_xchacha20poly1305_ietf_decrypt,
    crypto_aead_xchacha20poly1305_ietf_encrypt,
    crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
)
from nacl.exceptions import CryptoError

from runtime.errors import KeyErased, Unreadable
from schemas.personal import SealedBlock

KEY_BYTES = 32
_NONCE_BYTES = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES


@dataclass(frozen=True, slots=True)
class CustomerKey:
    """The key that seals one customer's personal data, until it is erased."""

    key_id: str
    secret: bytes = field(repr=False)


def draw_key() -> CustomerKey:
    """Draw a new key; the only randomness here."""
    return CustomerKey(secrets.token_hex(8), secrets.token_bytes(KEY_BYTES))


def seal(key: CustomerKey, customer_id: str, command_id: str, plain: Mapping[str, Any]) -> SealedBlock:
    """Seal a JSON object for one command."""
    text = msgspec.json.encode(plain, order="deterministic")
    nonce = _nonce(key, command_id, text)
    sealed = crypto_aead_xchacha20poly1305_ietf_encrypt(text, customer_id.encode(), nonce, _subkey(key, b"seal"))
    return SealedBlock(
        key_id=key.key_id, nonce=base64.b64encode(nonce).decode(), ciphertext=base64.b64encode(sealed).decode()
    )


def unseal(key: CustomerKey, customer_id: str, sealed: SealedBlock) -> dict[str, Any]:
    """Open a sealed block.

    Raises KeyErased when another key sealed it (that one is gone), Unreadable when it was changed or is another's.
    """
    if sealed.key_id != key.key_id:
        raise KeyErased(f"key {sealed.key_id} was erased")
    try:
        nonce = base64.b64decode(sealed.nonce, validate=True)
        text = crypto_aead_xchacha20poly1305_ietf_decrypt(
            base64.b64decode(sealed.ciphertext, validate=True), customer_id.encode(), nonce, _subkey(key, b"seal")
        )
    except (CryptoError, ValueError, TypeError) as error:
        raise Unreadable("a sealed block does not open with its customer's key") from error
    return msgspec.json.decode(text, type=dict[str, Any])


def wrap(master: bytes, customer_id: str, key: CustomerKey) -> bytes:
    """Encrypt a customer's key with the master key, bound to the customer and the key's id."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + crypto_aead_xchacha20poly1305_ietf_encrypt(
        key.secret, _bound(customer_id, key.key_id), nonce, master
    )


def unwrap(master: bytes, customer_id: str, key_id: str, wrapped: bytes) -> CustomerKey:
    """Decrypt a customer's key. Raises Unreadable with another master key, or when the row was changed."""
    nonce, sealed = wrapped[:_NONCE_BYTES], wrapped[_NONCE_BYTES:]
    try:
        secret = crypto_aead_xchacha20poly1305_ietf_decrypt(sealed, _bound(customer_id, key_id), nonce, master)
    except (CryptoError, ValueError, TypeError) as error:
        raise Unreadable("a customer's key does not open with this master key") from error
    return CustomerKey(key_id, secret)


def lookup_hash(secret: bytes, kind: str, value: str) -> str:
    """Return the HMAC-SHA256, in hex, under which a value of a kind is looked up; the caller normalises the value."""
    return hmac.new(secret, f"{kind}\n{value}".encode(), hashlib.sha256).hexdigest()


def _nonce(key: CustomerKey, command_id: str, text: bytes) -> bytes:
    digest = hashlib.blake2b(key=_subkey(key, b"nonce"), digest_size=_NONCE_BYTES)
    command = command_id.encode()
    digest.update(len(command).to_bytes(4, "big") + command + text)
    return digest.digest()


def _subkey(key: CustomerKey, purpose: bytes) -> bytes:
    """Derive a key for one purpose, so that none serves two."""
    return hashlib.blake2b(key=key.secret, person=purpose, digest_size=KEY_BYTES).digest()


def _bound(customer_id: str, key_id: str) -> bytes:
    return f"{key_id}\n{customer_id}".encode()
