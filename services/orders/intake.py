"""How does a body become a command, and what of it may enter the transaction?

The same way, with the same id, over HTTP and over Kafka: identifiers checked, tidied and hashed, the person sealed.
"""

from dataclasses import replace
from typing import Any

from runtime.clock import Clock
from runtime.command import Command, input_id
from runtime.edge import Keyring
from runtime.errors import Unreadable
from runtime.service import Incoming, Prepare
from schemas.catalogue import Catalogue, catalogue_on
from schemas.personal import Sealed
from schemas.storefront import Body, OrderCancellationRequested, OrderPayment, OrderSubmitted, PaymentReceived
from schemas.terms import business_date
from schemas.vocabulary import Family
from services.orders.domain.commands import (
    Buyer,
    CancelOrder,
    ErasePersonalData,
    ReceivePayment,
    Submission,
    SubmitOrder,
)
from services.orders.domain.identifiers import Identifiers, tidy
from services.orders.domain.order import Line

_UNSEALED = Sealed("", "", "")


def from_intake(body: Body) -> Command:
    """Turn a body of the intake topic into a command. Raises Unreadable for a body that orders does not take."""
    match body:
        case OrderSubmitted():
            return Submission(body)
        case PaymentReceived():
            return payment_received(body, body.customer_id)
        case OrderCancellationRequested():
            return CancelOrder(body.customer_id, body.order_id)
        case _:
            raise Unreadable(f"orders takes no {type(body).__name__}")


def payment_received(body: OrderPayment, customer_id: str) -> ReceivePayment:
    """Turn a payment into a command of the account of who paid."""
    return ReceivePayment(
        customer_id=customer_id,
        order_id=body.order_id,
        payment_source=body.payment_source,
        payment_id=body.payment_id,
        amount_cents=body.amount_cents,
        currency=body.currency,
        method=body.method,
        received_at=body.received_at,
    )


def preparing(keyring: Keyring, clock: Clock) -> Prepare:
    """Make the step that turns a submission into the command that the decision takes."""

    async def prepare(incoming: Incoming) -> Incoming:
        submission = incoming.data
        if not isinstance(submission, Submission):
            return incoming
        catalogue = catalogue_on(business_date(incoming.reached_at or clock.now()))
        command = unsealed_command(submission, keyring, catalogue, is_from_intake=incoming.origin is not None)
        plain = _personal(submission.body, _identifiers(submission.body))
        block = await keyring.seal(incoming.customer_id, str(incoming.id), plain)
        return replace(incoming, data=replace(command, personal=Sealed.of(block)))

    return prepare


def erasing(keyring: Keyring) -> Prepare:
    """Make the step that deletes a customer's key before the event that tells of it, once nothing stands in the way.

    In this order a crash in between leaves data that nobody can read and an operator without an answer; asked again,
    the keyring names the same key, and the event happens once.
    """

    async def prepare(incoming: Incoming) -> Incoming:
        command: ErasePersonalData = incoming.data
        erased = replace(command, key_id=await keyring.erase(command.customer_id))
        return replace(incoming, id=input_id(erased), data=erased)

    return prepare


def unsealed_command(
    submission: Submission, keyring: Keyring, catalogue: Catalogue, *, is_from_intake: bool = False
) -> SubmitOrder:
    """Make the command without its sealed block: enough to judge it, not to store it."""
    body = submission.body
    identifiers = _identifiers(body)
    identifier = identifiers.tax_identifier
    return SubmitOrder(
        customer_id=body.customer.customer_id,
        order_id=body.order_id,
        storefront=body.storefront,
        channel=body.channel,
        lines=tuple(Line(line.product, line.action, line.years) for line in body.lines),
        extend_active_services=body.extend_active_services,
        buyer=Buyer(
            body.customer.kind,
            body.customer.citizenship,
            identifiers.vat_number_verdict,
            identifiers.tax_code_verdict(body.customer.kind),
        ),
        locale=body.customer.locale,
        has_certified_mail=catalogue.is_certified_mail(body.customer.email),
        personal=_UNSEALED,
        tax_identifier_hash=keyring.lookup("tax_identifier", identifier) if identifier else None,
        base_families=_base_families(body, catalogue),
        use_credit=body.use_credit,
        expected_total_cents=body.expected_total_cents,
        submitted_at=body.submitted_at,
        body_hash=keyring.lookup("order_body", body.model_dump_json()),
        idempotency_key=keyring.lookup("idempotency_key", submission.idempotency_key or body.order_id),
        is_from_intake=is_from_intake,
    )


def _identifiers(body: OrderSubmitted) -> Identifiers:
    return tidy(body.customer.vat_number, body.customer.tax_code)


def _base_families(body: OrderSubmitted, catalogue: Catalogue) -> tuple[Family, ...]:
    sold = (catalogue.products[line.product] for line in body.lines if line.product in catalogue.products)
    return tuple(dict.fromkeys(product.family for product in sold if product.is_base))


def _personal(body: OrderSubmitted, identifiers: Identifiers) -> dict[str, Any]:
    """Say what is sealed: who buys, and what a fiscal document states of them (R44)."""
    fiscal = body.customer.model_dump(mode="json", include={"address", "recipient_code", "certified_email"})
    return {
        **{name: value for name, value in fiscal.items() if value is not None},
        "name": body.customer.name,
        "email": body.customer.email,
        "citizenship": body.customer.citizenship,
        "vat_number": identifiers.vat_number,
        "tax_code": identifiers.tax_code,
    }
