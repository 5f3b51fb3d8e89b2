"""Where are secrets made and checked? Here, at the edge: drawn, hashed off the event loop, sealed, and forgotten."""

import asyncio
import base64
import ctypes
import hashlib
import json
import secrets
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import Any
from uuid import UUID, uuid5

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError
from nacl.public import PublicKey, SealedBox

from runtime.edge import Edge
from runtime.errors import KeyErased
from runtime.service import Incoming
from schemas.catalogue import catalogue_on
from schemas.envelope import micros
from schemas.orders import SettledFacts
from schemas.terms import business_date
from schemas.vocabulary import PurchaseCase
from services.provisioning.commands import ReissueCredentials, Settlement
from services.provisioning.domain.credentials import NewCredentials
from services.provisioning.domain.model import Account, SignIn, block_of
from services.provisioning.domain.passwords import normalised

ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789"
"""Without 0 O o 1 l I: a temporary password is typed from a mail."""
TEMPORARY_LENGTH = 20

_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1, type=Type.ID)
_M_MMAP_THRESHOLD = -3  # of glibc's mallopt(3)


def _return_memory() -> None:
    """Let the C library give back the 19 MiB of each hash: by default it keeps what was freed once, for the next."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, 1024 * 1024)


# One thread for the whole process: each that ever made a hash would keep memory of its own.
_HASHING = ThreadPoolExecutor(max_workers=1, thread_name_prefix="argon2", initializer=_return_memory)


def draw_password() -> str:
    """Draw a temporary password of some 116 random bits."""
    return "".join(secrets.choice(ALPHABET) for _ in range(TEMPORARY_LENGTH))


def username_of(prefix: str, personal: Mapping[str, Any]) -> str:
    """Return the panel's username: the prefix and the VAT number, else the tax code (R35)."""
    vat_number = _compact(personal.get("vat_number")).removeprefix("IT")
    return prefix + (vat_number or _compact(personal.get("tax_code")))


class Vault:
    """Make and check credentials with the edge's keys; no secret leaves it in the clear."""

    def __init__(self, edge: Edge) -> None:
        self._edge = edge

    async def prepare_settlement(self, incoming: Incoming) -> Incoming:
        """Make credentials ready for a first purchase; the decision discards what it does not need."""
        order: SettledFacts = incoming.data
        if order.purchase_case is not PurchaseCase.FIRST_PURCHASE:
            return replace(incoming, data=Settlement(order))
        try:
            personal = await self._edge.keyring.open(order.customer_id, order.personal)
        except KeyErased:
            return replace(incoming, data=Settlement(order))
        username = username_of(self._edge.settings.username_prefix, personal)
        made = await self._credentials(incoming.id, order.customer_id, username)
        return replace(incoming, data=Settlement(order, made))

    async def prepare_reissue(self, incoming: Incoming) -> Incoming:
        """Make new credentials for the username that the customer has."""
        command: ReissueCredentials = incoming.data
        account: Account | None = await self._edge.state(command.customer_id)
        if account is None or account.sign_in is None:
            return incoming
        try:
            known = await self._opened(account.sign_in)
        except KeyErased:
            return incoming
        made = await self._credentials(incoming.id, command.customer_id, known["username"])
        return replace(incoming, data=replace(command, credentials=made))

    def username_hash(self, username: str) -> str:
        """Return the keyed hash under which a username is found, however it was typed."""
        return self._edge.keyring.lookup("username", username.strip().casefold())

    async def matches(self, sign_in: SignIn | None, password: str) -> bool:
        """Tell whether a password is the present one; takes as long where there is nobody."""
        known: dict[str, Any] = {}
        if sign_in is not None:
            try:
                known = await self._opened(sign_in)
            except KeyErased:
                known = {}
        is_right = await _off_the_loop(_verify, known.get("password_hash", ""), normalised(password))
        return is_right and bool(known)

    async def username(self, sign_in: SignIn) -> str:
        """Open the username, to compare a new password with it. Raises KeyErased."""
        return str((await self._opened(sign_in))["username"])

    async def sealed_password(self, command: UUID, customer_id: str, username: str, password: str) -> Any:
        """Hash a chosen password and seal the hash beside the username."""
        hashed = await _off_the_loop(_HASHER.hash, normalised(password))
        plain = {"username": username, "password_hash": hashed}
        return await self._edge.keyring.seal(customer_id, f"sign-in:{command}", plain)

    async def _credentials(self, cause: UUID, customer_id: str, username: str) -> NewCredentials:
        credential_id = credential_id_of(cause)
        password = draw_password()
        now = self._edge.clock.now()
        hours = catalogue_on(business_date(now)).temporary_password_hours
        expires_at = now + timedelta(hours=hours)
        public_key = bytes.fromhex(self._edge.settings.handover_public_key)
        secret = {
            "credential_id": credential_id,
            "username": username,
            "password": password,
            "expires_at": micros(expires_at),
        }
        box = SealedBox(PublicKey(public_key)).encrypt(json.dumps(secret).encode())
        return NewCredentials(
            credential_id=credential_id,
            key_id=key_id_of(public_key),
            username_hash=self.username_hash(username),
            sealed=await self.sealed_password(cause, customer_id, username, password),
            expires_at=expires_at,
            box=base64.b64encode(box).decode(),
        )

    async def _opened(self, sign_in: SignIn) -> dict[str, Any]:
        return await self._edge.keyring.open(sign_in.customer_id, block_of(sign_in.sealed))


def credential_id_of(cause: UUID) -> str:
    """Name the credentials that a cause issues: the same cause, the same credentials."""
    return str(uuid5(cause, "credentials"))


def key_id_of(public_key: bytes) -> str:
    """Name a public key of notifications by its hash."""
    return hashlib.sha256(public_key).hexdigest()[:16]


async def _off_the_loop(work: Callable[..., Any], *arguments: str) -> Any:
    """Hash or check in the one thread for it; the others wait, so that a flood of sign-ins can't exhaust memory."""
    return await asyncio.get_running_loop().run_in_executor(_HASHING, work, *arguments)


@cache
def _nobodys() -> str:
    return _HASHER.hash(secrets.token_urlsafe())


def _verify(password_hash: str, password: str) -> bool:
    try:
        return _HASHER.verify(password_hash or _nobodys(), password)
    except (VerificationError, InvalidHashError):
        return False


def _compact(identifier: str | None) -> str:
    return "".join(letter for letter in (identifier or "") if letter.isalnum()).upper()
