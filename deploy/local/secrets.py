"""Which secrets does a local stack hold, and where?

Each is made on the first start and kept as one file, readable by this user alone; nothing of it is ever printed.
"""

import base64
import hashlib
import json
import secrets
from collections.abc import Callable, Mapping

from nacl.public import PrivateKey

from deploy.databases import role_names
from deploy.local.layout import Layout


def _word() -> str:
    return secrets.token_urlsafe(24)


def _hex_key() -> str:
    return secrets.token_hex(32)


def _webhook_secret() -> str:
    """Make a secret in the form of Standard Webhooks."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def _cluster_id() -> str:
    """Make an id as Kafka writes them: 16 bytes in URL-safe base64, not starting with a dash."""
    return base64.urlsafe_b64encode(b"\x01" + secrets.token_bytes(15)).decode().rstrip("=")


_MAKERS: Mapping[str, Callable[[], str]] = {
    "kafka-cluster-id": _cluster_id,
    "postgres-admin": _word,
    **{f"postgres-{role}": _word for role in role_names()},
    "storefront-key": lambda: f"sf_{secrets.token_urlsafe(32)}",
    "operator-key": lambda: f"op_{secrets.token_urlsafe(32)}",
    "webhook-secret": _webhook_secret,
    "lookup-key": _hex_key,
    "web-secret": _hex_key,
    "desk-secret": _hex_key,
    "keyring-master-key": _hex_key,
    "handover-private-key": lambda: bytes(PrivateKey.generate()).hex(),
}


class Secrets:
    """The secrets of one stack, by name."""

    def __init__(self, layout: Layout) -> None:
        self._folder = layout.run / "secrets"

    def __getitem__(self, name: str) -> str:
        """Return a secret, made now if this is the first time it is asked for."""
        path = self._folder / name
        if not path.exists():
            path.touch(mode=0o600)
            path.write_text(_MAKERS[name]())
        return path.read_text()

    def path(self, name: str) -> str:
        """Return the file that holds a secret."""
        _ = self[name]
        return str(self._folder / name)

    def role_passwords(self) -> dict[str, str]:
        """Map each database role to its password."""
        return {role: self[f"postgres-{role}"] for role in role_names()}

    def handover_public_key(self) -> str:
        """Derive the public half that provisioning seals with."""
        return bytes(PrivateKey(bytes.fromhex(self["handover-private-key"])).public_key).hex()

    def hashed(self, holder: str, name: str) -> str:
        """Write one API key as the services know it: {"holder": "sha256 hex"}."""
        return json.dumps({holder: hashlib.sha256(self[name].encode()).hexdigest()})
