"""How does a body become a command, and what of it may enter the transaction?

The same way, with the same id, over HTTP and over Kafka: identifiers checked, tidied and hashed, the person sealed.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from runtime.clock import Clock
from runtime.edge import Edge, Keyring
from runtime.errors import Unreadable
from runtime.ids import Command, input_id
from runtime.service import Incoming, Prepare
from schemas.catalogue import Catalogue, catalogue_on
from schemas.personal import Sealed
from schemas.storefront import (
    Body,
    Customer,
    OrderCancellationRequested,
    OrderPayment,
    OrderSubmitted,
    PaymentChargedBack,
    PaymentReceived,
)
from schemas.terms import business_date
from schemas.vocabulary import BuyerKind, Family, LineAction, Locale
from services.orders.domain.commands import (
    Buyer,
    CancelOrder,
    ChargeBack,
    ErasePersonalData,
    ReceivePayment,
    Submission,
    SubmitOrder,
    content_hash,
)
from services.orders.domain.identifiers import Identifiers, Verdict, tidy
from services.orders.domain.model import State
from services.orders.domain.order import Line
from services.orders.projections.payments import PAYMENTS, PaymentRow

_UNSEALED = Sealed("", "", "")
_NOT_SAID = Buyer(BuyerKind.PRIVATE_PERSON, "", Verdict.MISSING, Verdict.MISSING)
"""Who buys, until the account has said it (customers.py): nobody whom anything is sold to."""

StateOf = Callable[[str], Awaitable[State | None]]
"""Read an account's state."""


def from_intake(body: Body) -> Command:
    """Turn a body of the intake topic into a command. Raises Unreadable for a body that orders does not take."""
    match body:
        case OrderSubmitted():
            return Submission(body)
        case PaymentReceived():
            return payment_received(body, body.customer_id)
        case OrderCancellationRequested():
            return CancelOrder(body.customer_id, body.order_id)
        case PaymentChargedBack():
            return _charged_back(body)
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


def _charged_back(body: PaymentChargedBack) -> ChargeBack:
    return ChargeBack(
        customer_id=body.customer_id,
        order_id=body.order_id,
        payment_source=body.payment_source,
        payment_id=body.payment_id,
        content_hash=content_hash(body.customer_id, body.order_id, body.amount_cents),
        amount_cents=body.amount_cents,
        why=body.why,
        which=body.chargeback_id or "",
    )


def preparing(keyring: Keyring, clock: Clock, state_of: StateOf) -> Prepare:
    """Make the step that turns a submission into the command that the decision takes."""

    async def prepare(incoming: Incoming) -> Incoming:
        submission = incoming.data
        if not isinstance(submission, Submission):
            return incoming
        customer, is_from_intake = submission.body.customer, incoming.origin is not None
        catalogue = catalogue_on(business_date(incoming.reached_at or clock.now()))
        if not isinstance(customer, Customer):
            state = await state_of(submission.customer_id) or State()
            command = command_on_record(submission, keyring, state, catalogue, is_from_intake=is_from_intake)
            return replace(incoming, data=command)
        command = unsealed_command(submission, customer, keyring, catalogue, is_from_intake=is_from_intake)
        block = await keyring.seal(incoming.customer_id, str(incoming.id), _personal(customer, _identifiers(customer)))
        return replace(incoming, data=replace(command, personal=Sealed.of(block)))

    return prepare


def finding_the_order(edge: Edge) -> Prepare:
    """Make the step that finds the order which a payment pays: moved, another than the storefront knows it by."""

    async def prepare(incoming: Incoming) -> Incoming:
        command: ChargeBack = incoming.data
        key = (command.payment_source, command.payment_id, command.content_hash)
        paid: PaymentRow | None = await edge.row(PAYMENTS, key)
        if paid is None or paid.customer_id != command.customer_id:
            return incoming
        return replace(incoming, data=replace(command, order_id=paid.order_id))

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


def rehearsing_erasure(keyring: Keyring) -> Prepare:
    """Make the same step for a rehearsal: the key is named, and stays."""

    async def prepare(incoming: Incoming) -> Incoming:
        command: ErasePersonalData = incoming.data
        named = replace(command, key_id=await keyring.name(command.customer_id))
        return replace(incoming, id=input_id(named), data=named)

    return prepare


def unsealed_command(
    submission: Submission, customer: Customer, keyring: Keyring, catalogue: Catalogue, *, is_from_intake: bool = False
) -> SubmitOrder:
    """Make the command without its sealed block: enough to judge it, not to store it."""
    identifiers = _identifiers(customer)
    identifier = identifiers.tax_identifier
    verdicts = identifiers.vat_number_verdict, identifiers.tax_code_verdict(customer.kind)
    return replace(
        _command(submission, keyring, catalogue, is_from_intake=is_from_intake),
        buyer=Buyer(customer.kind, customer.citizenship, *verdicts),
        locale=customer.locale,
        has_certified_mail=catalogue.is_certified_mail(customer.email),
        tax_identifier_hash=keyring.lookup("tax_identifier", identifier) if identifier else None,
    )


def command_on_record(
    submission: Submission, keyring: Keyring, state: State, catalogue: Catalogue, *, is_from_intake: bool = False
) -> SubmitOrder:
    """Make the command of a customer who gave their id alone; its decision asks the account who that is.

    What is read of the account here names the claims to lock, and nothing else.
    """
    record = state.on_record
    return replace(
        _command(submission, keyring, catalogue, is_from_intake=is_from_intake),
        tax_identifier_hash=record.tax_identifier_hash if record is not None else None,
        is_on_record=True,
    )


def _command(submission: Submission, keyring: Keyring, catalogue: Catalogue, *, is_from_intake: bool) -> SubmitOrder:
    body = submission.body
    return SubmitOrder(
        customer_id=body.customer.customer_id,
        order_id=body.order_id,
        storefront=body.storefront,
        channel=body.channel,
        lines=tuple(Line(line.product, line.action, line.years) for line in body.lines),
        extend_active_services=body.extend_active_services,
        buyer=_NOT_SAID,
        locale=Locale.IT,
        has_certified_mail=False,
        personal=_UNSEALED,
        tax_identifier_hash=None,
        base_families=_new_base_families(body, catalogue),
        use_credit=body.use_credit,
        expected_total_cents=body.expected_total_cents,
        submitted_at=body.submitted_at,
        body_hash=keyring.lookup("order_body", body.model_dump_json()),
        idempotency_key=keyring.lookup("idempotency_key", submission.idempotency_key or body.order_id),
        is_from_intake=is_from_intake,
    )


def _identifiers(customer: Customer) -> Identifiers:
    return tidy(customer.vat_number, customer.tax_code)


def _new_base_families(body: OrderSubmitted, catalogue: Catalogue) -> tuple[Family, ...]:
    activated = (line.product for line in body.lines if line.action is LineAction.ACTIVATE)
    sold = (catalogue.products[product] for product in activated if product in catalogue.products)
    return tuple(dict.fromkeys(product.family for product in sold if product.is_base))


def _personal(customer: Customer, identifiers: Identifiers) -> dict[str, Any]:
    """Say what is sealed: who buys, and what a fiscal document states of them (R44)."""
    fiscal = customer.model_dump(mode="json", include={"address", "recipient_code", "certified_email"})
    return {
        **{name: value for name, value in fiscal.items() if value is not None},
        "name": customer.name,
        "email": customer.email,
        "citizenship": customer.citizenship,
        "vat_number": identifiers.vat_number,
        "tax_code": identifiers.tax_code,
    }
