"""How is a handed-over password opened? With notifications' private key, in the moment of the mail alone."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, SealedBox


class Unopenable(Exception):
    """The box is none of ours, damaged, or about another credential."""


@dataclass(frozen=True, slots=True)
class Secret:
    """What the credentials mail shows. Its repr says nothing."""

    username: str = field(repr=False)
    password: str = field(repr=False)
    expires_at: datetime


class Vault:
    """Open sealed boxes with any of our private keys: the newest first, the one before it while keys are rotated."""

    def __init__(self, private_keys: Sequence[str]) -> None:
        self._boxes = [SealedBox(PrivateKey(bytes.fromhex(key))) for key in private_keys]

    def open(self, box: bytes, credential_id: str) -> Secret:
        """Return the secret of a credential. Raises Unopenable, saying nothing of the content."""
        try:
            content = json.loads(self._plain(box))
            expires_at = datetime.fromisoformat(content["expires_at"])
            secret = Secret(str(content["username"]), str(content["password"]), expires_at)
        except (ValueError, KeyError, TypeError):
            raise Unopenable("no sealed credentials") from None
        if content["credential_id"] != credential_id or expires_at.tzinfo is None:
            raise Unopenable("sealed credentials of another event")
        return secret

    def _plain(self, box: bytes) -> bytes:
        for candidate in self._boxes:
            try:
                return candidate.decrypt(box)
            except CryptoError:
                continue
        raise Unopenable("sealed for another key")
