"""What do operators ask notifications over HTTP? Which mails there are, and to correct an address or a fate."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Response
from pydantic import BaseModel, ConfigDict
from pydantic.config import JsonDict

from runtime.edge import Edge
from runtime.errors import KeyErased
from runtime.ids import Command, command_id
from runtime.web import (
    DryRun,
    Next,
    Paged,
    Problem,
    Reader,
    WrittenAnswer,
    example,
    operator_key,
    rehearsed,
    written,
)
from schemas.catalogue import catalogue_on
from schemas.notifications import EmailRequested
from schemas.storefront import Id
from schemas.terms import business_date
from schemas.text import EmailAddress
from schemas.vocabulary import EmailFailure, EmailStatus, OrderWarning, TemplateName
from services.notifications.adapters.webhook_routes import add_webhooks
from services.notifications.domain.commands import CorrectContact, EmailOutcome, ReissueEmail
from services.notifications.domain.decisions import reissued_id
from services.notifications.domain.model import Correspondence
from services.notifications.domain.rows import Email
from services.notifications.projections.emails import EMAILS
from services.notifications.projections.order_notes import ORDER_NOTES

EXAMPLE: JsonDict = {
    "email_id": "7d0c1f5e-3a51-5a0f-9a53-0d9f6f1f2b11",
    "template": "order-received",
    "status": "SENT",
    "requested_at": "2026-01-15T09:00:01Z",
    "sent_at": "2026-01-15T09:00:02Z",
    "message_id": "<7d0c1f5e-3a51-5a0f-9a53-0d9f6f1f2b11@coterm.example>",
    "order_id": "o-1",
}
CustomerId = Annotated[Id, Path(examples=["c-1"])]
EmailId = Annotated[Id, Path()]
_MAIL = "/operator/customers/{customer_id}/emails/{email_id}"

_Responses = dict[int | str, dict[str, Any]]
_ON_ITS_WAY: _Responses = {202: {"description": "The same, on its way into the log."}}
_CONTACT: _Responses = {
    **_ON_ITS_WAY,
    404: {"description": "CUSTOMER_UNKNOWN."},
    409: {"description": "PERSONAL_DATA_ERASED or CONTACT_CHANGED."},
}
_FATE: _Responses = {
    **_ON_ITS_WAY,
    404: {"description": "EMAIL_UNKNOWN."},
    409: {"description": "EMAIL_NOT_IN_DOUBT."},
}
_REISSUE: _Responses = {
    **_ON_ITS_WAY,
    404: {"description": "EMAIL_UNKNOWN or CUSTOMER_UNKNOWN."},
    409: {"description": "CREDENTIALS_MAIL or EMAIL_NOT_REISSUABLE."},
}


class EmailAnswer(BaseModel):
    """One mail and its fate; never its body."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    email_id: str
    template: TemplateName
    status: EmailStatus
    requested_at: datetime
    sent_at: datetime | None
    message_id: str
    order_id: str | None


class EmailsAnswer(BaseModel):
    """A customer's mails, the oldest first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"emails": [EXAMPLE], "next": example(None)}]})

    emails: list[EmailAnswer]
    next: Next = None


class ContactBody(BaseModel):
    """The address to write to from now on."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"email": "a@rossi.example"}]})

    email: EmailAddress


class ContactAnswer(BaseModel):
    """What was noted of the new address: whether it looks like certified mail, never the address itself."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"customer_id": "c-1", "warnings": []}]})

    customer_id: str
    warnings: list[OrderWarning]


def router(edge: Edge) -> APIRouter:
    """Make the routes of notifications."""
    routes = APIRouter(prefix="/v1")
    routes.include_router(_operators(edge))

    @routes.get("/customers/{customer_id}/emails", tags=["mails"])
    async def list_emails(customer_id: CustomerId, caller: Reader, page: Paged) -> EmailsAnswer:
        """List the mails of a customer, oldest first; never their bodies."""
        if caller.only is not None:
            known = await edge.rows(ORDER_NOTES, {"customer_id": customer_id})
            caller.must_serve({note.storefront for note in known if note.storefront is not None})
        rows, on = await page.of(edge, EMAILS, {"customer_id": customer_id}, ("requested_at", "email_id"))
        return EmailsAnswer(emails=[_out(row) for row in rows], next=on)

    return routes


def _operators(edge: Edge) -> APIRouter:
    routes = APIRouter(tags=["operators"], dependencies=[Depends(operator_key)])

    @routes.put("/operator/customers/{customer_id}/contact", responses=_CONTACT)
    async def correct_contact(
        customer_id: CustomerId, body: ContactBody, response: Response, dry_run: DryRun = False
    ) -> ContactAnswer | WrittenAnswer:
        """Correct the address that a customer's mails go to."""
        warnings = _warnings_for(edge, body.email)
        command = await _correcting(edge, customer_id, body.email, warnings)
        if dry_run:
            return await rehearsed(edge, response, *([] if command is None else [command]))
        if command is not None:
            await written(edge, command, response, dry_run=False)
        return ContactAnswer(customer_id=customer_id, warnings=list(warnings))

    _add_mails(routes, edge)
    add_webhooks(routes, edge)
    return routes


def _add_mails(routes: APIRouter, edge: Edge) -> None:
    """Add what operators say of a mail, and ask for."""

    @routes.post(f"{_MAIL}/confirmation", responses=_FATE)
    async def confirm_email(
        customer_id: CustomerId, email_id: EmailId, response: Response, dry_run: DryRun = False
    ) -> EmailAnswer | WrittenAnswer:
        """Record that a mail in doubt arrived."""
        command = _fate(customer_id, email_id, EmailStatus.SENT)
        return await _answer(edge, command, email_id, response, dry_run=dry_run)

    @routes.post(f"{_MAIL}/bounce", responses=_FATE)
    async def record_bounce(
        customer_id: CustomerId, email_id: EmailId, response: Response, dry_run: DryRun = False
    ) -> EmailAnswer | WrittenAnswer:
        """Record that a mail came back."""
        command = _fate(customer_id, email_id, EmailStatus.BOUNCED)
        return await _answer(edge, command, email_id, response, dry_run=dry_run)

    @routes.post(f"{_MAIL}/loss", responses=_FATE)
    async def record_loss(
        customer_id: CustomerId, email_id: EmailId, response: Response, dry_run: DryRun = False
    ) -> EmailAnswer | WrittenAnswer:
        """Record that a mail in doubt never left."""
        command = _fate(customer_id, email_id, EmailStatus.FAILED)
        return await _answer(edge, command, email_id, response, dry_run=dry_run)

    @routes.post(f"{_MAIL}/reissue", responses=_REISSUE)
    async def reissue_email(
        customer_id: CustomerId, email_id: EmailId, response: Response, dry_run: DryRun = False
    ) -> EmailAnswer | WrittenAnswer:
        """Ask for a mail once more, under an id of its own."""
        original = await _requested(edge, customer_id, email_id)
        command = ReissueEmail(customer_id, email_id, original)
        return await _answer(edge, command, reissued_id(original), response, dry_run=dry_run)


async def _correcting(
    edge: Edge, customer_id: str, address: str, warnings: tuple[OrderWarning, ...]
) -> CorrectContact | None:
    """Seal the new address in place of the old one; None for the same address again, which changes nothing."""
    state: Correspondence | None = await edge.state(customer_id)
    if state is None or state.contact is None:
        raise Problem(404, "CUSTOMER_UNKNOWN", "no order of this customer is known")
    try:
        person = await edge.keyring.open(customer_id, state.contact.sealed)
    except KeyErased:
        raise Problem(409, "PERSONAL_DATA_ERASED", "this customer's personal data were erased") from None
    if person.get("email") == address:
        return None
    hashed = edge.keyring.lookup("email", address)
    key = f"{customer_id}\n{state.contact.nonce}\n{hashed}"
    identity = command_id(CorrectContact.TYPE, key)
    personal = await edge.keyring.seal(customer_id, str(identity), {**person, "email": address})
    return CorrectContact(customer_id, key, personal, state.contact.nonce, warnings)


def _warnings_for(edge: Edge, address: str) -> tuple[OrderWarning, ...]:
    """Flag an address on a known certified-mail domain: such boxes refuse ordinary mail (R39)."""
    catalogue = catalogue_on(business_date(edge.clock.now()))
    return (OrderWarning.PEC_ADDRESS,) if catalogue.is_certified_mail(address) else ()


def _fate(customer_id: str, email_id: str, fate: EmailStatus) -> EmailOutcome:
    failure = EmailFailure.DISCARDED_BY_OPERATOR if fate is EmailStatus.FAILED else None
    return EmailOutcome(customer_id, email_id, fate, failure, by_operator=True)


async def _requested(edge: Edge, customer_id: str, email_id: str) -> EmailRequested:
    """Find the request of a mail: what is asked for anew has its facts, and the address of today."""
    requests = await edge.own_events(customer_id, EmailRequested.EVENT_TYPE)
    original = next((each for each in requests if isinstance(each, EmailRequested) and each.email_id == email_id), None)
    if original is None:
        raise Problem(404, "EMAIL_UNKNOWN", f"no mail {email_id} was ever requested for this customer")
    return original


async def _answer(
    edge: Edge, command: Command, email_id: str, response: Response, *, dry_run: bool
) -> EmailAnswer | WrittenAnswer:
    """Carry a command out and show its mail; 202 when Kafka has not acknowledged it in time."""
    done = await written(edge, command, response, dry_run=dry_run)
    if dry_run:
        return done
    row: Email | None = await edge.row(EMAILS, (email_id,))
    if row is None:
        raise Problem(404, "EMAIL_UNKNOWN", f"no mail {email_id}")
    return _out(row)


def _out(row: Email) -> EmailAnswer:
    return EmailAnswer(
        email_id=row.email_id,
        template=row.template,
        status=row.status,
        requested_at=row.requested_at,
        sent_at=row.sent_at,
        message_id=row.message_id,
        order_id=row.order_id,
    )
