"""How does a requested mail leave? Opened, composed and sent, in the one moment when its secret is in the clear."""

from typing import Protocol

from runtime.edge import Edge
from runtime.effect import Actor, Effect, PointOfNoReturn, Retry, Taken, Verdict
from runtime.errors import KeyErased
from runtime.service import Fate
from schemas.notifications import EmailRequested
from schemas.terms import business_date
from schemas.text import tidied
from schemas.vocabulary import EmailFailure, EmailStatus
from services.notifications.adapters.letters import Links, render
from services.notifications.adapters.mail_server import MailServer
from services.notifications.adapters.message import Mail, Unsendable, compose
from services.notifications.adapters.vault import Secret, Unopenable, Vault
from services.notifications.declaration import EMAIL
from services.notifications.domain.commands import EmailOutcome
from services.notifications.domain.texts import ACTIVATION_CREDENTIALS, CREDENTIALS_REISSUED
from services.notifications.settings import MailSettings

CREDENTIALS = (ACTIVATION_CREDENTIALS, CREDENTIALS_REISSUED)
FATES = {Fate.SENT: EmailStatus.SENT, Fate.FAILED: EmailStatus.FAILED, Fate.IN_DOUBT: EmailStatus.IN_DOUBT}


class SecretsInHand(Protocol):
    """Hold the sealed boxes that wait for their mail."""

    async def secret(self, credential_id: str) -> bytes | None:
        """Return a credential's box, or None once it was forgotten."""
        ...


class Postman:
    """Carry out the effect `email`."""

    kind = EMAIL

    def __init__(self, edge: Edge, secrets: SecretsInHand, vault: Vault, settings: MailSettings) -> None:
        self._edge = edge
        self._secrets = secrets
        self._vault = vault
        self._settings = settings
        self._server = MailServer(settings)

    async def act(self, effect: Effect, no_return: PointOfNoReturn) -> Verdict | Retry | Taken:
        """Compose the mail, then offer it to the server; what can't be composed fails without having been offered."""
        request = EmailRequested.model_validate(effect.payload)
        mail = await self._mail(request)
        if isinstance(mail, EmailFailure):
            return Verdict(Fate.FAILED, str(mail))
        return await self._server.deliver(mail, no_return, lambda: self._is_in_time(request))

    def outcome(self, effect: Effect, verdict: Verdict) -> EmailOutcome:
        """Record the mail's fate; the same fate of the same mail is the same command."""
        return EmailOutcome(
            effect.customer_id,
            email_id=str(effect.payload["email_id"]),
            fate=FATES[verdict.fate],
            failure=EmailFailure(verdict.reason) if verdict.fate is Fate.FAILED and verdict.reason else None,
            smtp_code=verdict.code,
            order_id=effect.payload.get("order_id"),
        )

    def exhausted(self, effect: Effect, last: Retry) -> Verdict:
        """Give up after the last attempt, with the server's last answer."""
        return Verdict(Fate.FAILED, str(EmailFailure.RETRIES_EXHAUSTED), last.code)

    async def close(self) -> None:
        """Take leave of the mail server."""
        await self._server.close()

    async def _mail(self, request: EmailRequested) -> Mail | EmailFailure:
        secret = await self._secret(request)
        if isinstance(secret, EmailFailure):
            return secret
        try:
            person = await self._edge.keyring.open(request.customer_id, request.recipient)
        except KeyErased:
            return EmailFailure.ADDRESS_ERASED
        name = _name(str(person.get("name") or ""))
        shown = {**request.facts.model_dump(), "name": name}
        if secret is not None:
            shown |= {"username": secret.username, "password": secret.password}
        now, provider = self._edge.clock.now(), self._settings.provider
        links = Links.of(provider.customer_area_url, self._settings.web_secret, request.customer_id, business_date(now))
        letter = render(request.template, request.locale, provider, shown, links)
        try:
            return compose(letter, self._settings.sender, str(person.get("email") or ""), request.message_id, now)
        except Unsendable as unsendable:
            return unsendable.failure

    async def _secret(self, mail: EmailRequested) -> Secret | EmailFailure | None:
        if mail.template not in CREDENTIALS or mail.credential_id is None:
            return None
        if not self._is_in_time(mail):
            return EmailFailure.CREDENTIALS_EXPIRED
        box = await self._secrets.secret(mail.credential_id)
        if box is None:
            return EmailFailure.HANDOVER_LOST
        try:
            secret = self._vault.open(box, mail.credential_id)
        except Unopenable:
            return EmailFailure.HANDOVER_LOST
        return secret if self._edge.clock.now() < secret.expires_at else EmailFailure.CREDENTIALS_EXPIRED

    def _is_in_time(self, mail: EmailRequested) -> bool:
        until = mail.facts.valid_until if mail.credential_id is not None else None
        return until is None or self._edge.clock.now() < until


def _name(name: str) -> str:
    """Return a name as one line, or none: what is no line of text (an order taken long ago) greets nobody."""
    try:
        return tidied(name)
    except ValueError:
        return ""


def actors(edge: Edge, secrets: SecretsInHand) -> list[Actor]:
    """Make the actors of notifications from the process's settings."""
    vault = Vault([edge.settings.handover_private_key.get_secret_value()])
    return [Postman(edge, secrets, vault, MailSettings.of(edge.settings))]
