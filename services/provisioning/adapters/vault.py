"""Where are secrets made and checked? Here, at the edge: drawn, hashed off the event loop, sealed, and forgotten."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid5

from nacl.public import PublicKey, SealedBox

from runtime.edge import Edge
from runtime.errors import KeyErased
from runtime.service import Incoming
from schemas.catalogue import catalogue_on
from schemas.envelope import micros
from schemas.orders import SettledFacts
from schemas.terms import business_date
from schemas.vocabulary import PurchaseCase
from services.provisioning.adapters.passwords import draw_password, hashed, is_the_same
from services.provisioning.domain.commands import ReissueCredentials, Settlement
from services.provisioning.domain.credentials import NewCredentials
from services.provisioning.domain.model import Account, SignIn
from services.provisioning.domain.passwords import normalised


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
        """Tell whether a password is the present one.

        A temporary one that is right is known by its keyed hash, at once. What is wrong takes as long whatever the
        reason is, since a hash of nobody's is compared then.
        """
        known: dict[str, Any] = {}
        if sign_in is not None:
            try:
                known = await self._opened(sign_in)
            except KeyErased:
                known = {}
        stored = known.get("password_hash", "")
        if sign_in is not None and sign_in.temporary:
            right = self._temporary_hash(sign_in.customer_id, normalised(password))
            if known and hmac.compare_digest(right, stored):
                return True
            stored = ""
        is_right = await is_the_same(normalised(password), stored)
        return is_right and bool(stored)

    async def username(self, sign_in: SignIn) -> str:
        """Open the username, to compare a new password with it. Raises KeyErased."""
        return str((await self._opened(sign_in))["username"])

    async def sealed_password(self, command: UUID, customer_id: str, username: str, password: str) -> Any:
        """Hash a chosen password and seal the hash beside the username."""
        return await self._sealed(command, customer_id, username, await hashed(normalised(password)))

    async def _sealed(self, command: UUID, customer_id: str, username: str, password_hash: str) -> Any:
        plain = {"username": username, "password_hash": password_hash}
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
            sealed=await self._sealed(cause, customer_id, username, self._temporary_hash(customer_id, password)),
            expires_at=expires_at,
            box=base64.b64encode(box).decode(),
        )

    def _temporary_hash(self, customer_id: str, password: str) -> str:
        """Hash a temporary password with our key: at least 112 bits that we drew need no slow hash (R36)."""
        return self._edge.keyring.lookup("temporary-password", f"{customer_id}\n{password}")

    async def _opened(self, sign_in: SignIn) -> dict[str, Any]:
        return await self._edge.keyring.open(sign_in.customer_id, sign_in.sealed.block)


def credential_id_of(cause: UUID) -> str:
    """Name the credentials that a cause issues: the same cause, the same credentials."""
    return str(uuid5(cause, "credentials"))


def key_id_of(public_key: bytes) -> str:
    """Name a public key of notifications by its hash."""
    return hashlib.sha256(public_key).hexdigest()[:16]


def _compact(identifier: str | None) -> str:
    return "".join(letter for letter in (identifier or "") if letter.isalnum()).upper()
