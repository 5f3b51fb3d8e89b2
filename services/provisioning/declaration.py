"""What is provisioning made of? Its inputs, how each is decided, and what is folded."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from runtime.edge import Edge
from runtime.overdue import overdue_first
from runtime.service import (
    Deadline,
    Decided,
    Duplicate,
    Handle,
    HandoverBox,
    Input,
    Known,
    Outcome,
    Prepare,
    RowKey,
    Service,
)
from schemas import notifications
from schemas.catalogue import Catalogue, catalogue_on
from schemas.envelope import Event
from schemas.handover import CredentialsHandedOver
from schemas.orders import OrderClosureRequested, OrderReleased, OrderSettled, SettledFacts
from schemas.payments import ChargebackWon, PaymentChargedBack
from schemas.provisioning import ActivationHeld, InputNoted
from schemas.refusal import Refusal
from schemas.terms import business_date
from schemas.topics import CREDENTIALS_HANDOVER, NOTIFICATIONS_EVENTS, ORDERS_EVENTS, PROVISIONING_EVENTS
from schemas.vocabulary import CloseReason
from services.provisioning.adapters.vault import Vault
from services.provisioning.domain import activation, chargebacks, credentials, lifecycle, panel
from services.provisioning.domain.commands import (
    CancelService,
    ChangePassword,
    CompleteConfiguration,
    EndService,
    ReissueCredentials,
    Settlement,
    SwitchDdtPreservation,
)
from services.provisioning.domain.credentials import MailFate, NewCredentials
from services.provisioning.domain.model import Account, ProvisioningEvent, evolve
from services.provisioning.projections.activations import ACTIVATIONS, ActivationStatus
from services.provisioning.projections.configurations import CONFIGURATIONS
from services.provisioning.projections.credentials import CREDENTIALS
from services.provisioning.projections.deadlines import DEADLINES, GRACE, TERMINATION
from services.provisioning.projections.services import SERVICES
from services.provisioning.projections.sign_ins import SIGN_INS

NAME = "provisioning"

MAIL_FATES = (
    notifications.EmailSent,
    notifications.EmailFailed,
    notifications.EmailInDoubt,
    notifications.EmailBounced,
)


@dataclass(frozen=True, slots=True)
class Preparations:
    """What is done at the edge before a decision; absent where nothing is decided."""

    settlement: Prepare | None = None
    reissue: Prepare | None = None


def declare(edge: Edge | None = None) -> Service:
    """Declare the service; without an edge for replays and tests, which prepare nothing."""
    if edge is None:
        return service(Preparations())
    vault = Vault(edge)
    return service(Preparations(vault.prepare_settlement, vault.prepare_reissue))


def service(prepare: Preparations) -> Service:
    """Build the declaration around what is prepared at the edge."""
    return Service(
        name=NAME,
        topic=PROVISIONING_EVENTS,
        fold_version=1,
        state=Account,
        initial=Account,
        evolve=cast(Callable[[Account, Event], Account], evolve),
        inputs=(
            Input(OrderSettled.EVENT_TYPE, on_settlement, rows=_activation_row, prepare=prepare.settlement),
            Input(OrderReleased.EVENT_TYPE, on_settlement, rows=_activation_row, prepare=prepare.settlement),
            Input(OrderClosureRequested.EVENT_TYPE, on_closure_requested, rows=_activation_row),
            *(Input(fate.EVENT_TYPE, on_mail_fate) for fate in MAIL_FATES),
            Input(ReissueCredentials.TYPE, _dated(reissue_credentials), prepare=prepare.reissue),
            Input(CancelService.TYPE, _dated(cancel_service)),
            Input(EndService.TYPE, _dated(end_service)),
            Input(PaymentChargedBack.EVENT_TYPE, on_charged_back),
            Input(ChargebackWon.EVENT_TYPE, on_chargeback_won),
            Input(ChangePassword.TYPE, _dated(change_password)),
            Input(CompleteConfiguration.TYPE, _dated(complete_configuration)),
            Input(SwitchDdtPreservation.TYPE, _dated(switch_ddt_preservation)),
            Input(f"{NAME}.{GRACE}", on_calendar),
            Input(f"{NAME}.{TERMINATION}", on_calendar),
        ),
        projections=(SERVICES, SIGN_INS, CREDENTIALS, CONFIGURATIONS, ACTIVATIONS, DEADLINES),
        neighbours=(ORDERS_EVENTS, NOTIFICATIONS_EVENTS),
        handovers_to=CREDENTIALS_HANDOVER,
    )


def on_settlement(data: Settlement | SettledFacts, account: Account, known: Known) -> Outcome:
    """Activate a settled order, once."""
    settlement = data if isinstance(data, Settlement) else Settlement(data)
    order, made = settlement.order, settlement.credentials
    released = isinstance(order, OrderReleased)
    dealt_with = known.rows.get(("activations", (order.order_id,)))
    if dealt_with is not None and not (released and dealt_with.status is ActivationStatus.HELD):
        note = f"order is {dealt_with.status} already"
        noted = InputNoted(
            customer_id=order.customer_id, order_id=order.order_id, input_type=_event_type(order), note=note
        )
        return Decided([noted])
    events = activation.activate(
        account,
        order,
        credentials=made,
        today=business_date(known.now) if released else order.settled_on,
        grace_days=_catalogue(known).grace_days,
        released=released,
    )
    return Decided(events, _handovers(order.customer_id, made, events))


def on_closure_requested(asked: OrderClosureRequested, _: Account, known: Known) -> Outcome:
    """Let a settled order be closed, unless it is active: whoever comes first here wins (R29)."""
    dealt_with = known.rows.get(("activations", (asked.order_id,)))
    if dealt_with is not None and dealt_with.status is not ActivationStatus.HELD:
        note = f"order is {dealt_with.status} already"
        noted = InputNoted(
            customer_id=asked.customer_id, order_id=asked.order_id, input_type=asked.EVENT_TYPE, note=note
        )
        return Decided([noted])
    closes = ActivationHeld(
        customer_id=asked.customer_id, order_id=asked.order_id, closes=CloseReason.OPERATOR_REQUEST, detail=asked.why
    )
    return Decided([closes])


def on_mail_fate(fate: MailFate, account: Account, _: Known) -> Outcome:
    """Note what became of the mail with the credentials."""
    return Decided(credentials.on_mail_fate(account, fate))


def on_calendar(deadline: Deadline, account: Account, known: Known) -> Outcome:
    """Let services enter grace or end, if that still stands."""
    return _outcome(_lapsed(account, deadline.customer_id, known))


def reissue_credentials(command: ReissueCredentials, account: Account, _: Known) -> Outcome:
    """Issue a new temporary password."""
    decided = _outcome(credentials.reissue(account, command.customer_id, command.credentials))
    if not isinstance(decided, Decided):
        return decided
    return replace(decided, handovers=_handovers(command.customer_id, command.credentials, decided.events))


def cancel_service(command: CancelService, account: Account, known: Known) -> Outcome:
    """Cancel a service, on the customer's behalf."""
    if account.cancellations != command.cancellations:
        return Duplicate()
    return _outcome(lifecycle.cancel(account, command, business_date(known.now)))


def end_service(command: EndService, account: Account, known: Known) -> Outcome:
    """End a service on a day, on an operator's word."""
    if account.cancellations != command.cancellations:
        return Duplicate()
    return _outcome(lifecycle.end(account, command, business_date(known.now)))


def on_charged_back(event: PaymentChargedBack, account: Account, known: Known) -> Outcome:
    """Suspend what is not paid any more."""
    return Decided(chargebacks.on_charged_back(account, event, _catalogue(known).grace_days))


def on_chargeback_won(event: ChargebackWon, account: Account, known: Known) -> Outcome:
    """Let what is paid again go on."""
    return Decided(chargebacks.on_won(account, event, _catalogue(known).grace_days))


def change_password(command: ChangePassword, account: Account, _: Known) -> Outcome:
    """Spend the temporary password, or change one's own."""
    return _outcome(panel.change_password(account, command))


def complete_configuration(command: CompleteConfiguration, account: Account, known: Known) -> Outcome:
    """Store a complete configuration."""
    return _outcome(panel.configure(account, command, business_date(known.now)))


def switch_ddt_preservation(command: SwitchDdtPreservation, account: Account, known: Known) -> Outcome:
    """Switch the preservation of transport documents on or off."""
    switched = panel.switch_ddt_preservation(
        account, command.customer_id, _catalogue(known), enabled=command.enabled, today=business_date(known.now)
    )
    return _outcome(switched)


def _lapsed(account: Account, _: str, known: Known) -> Sequence[ProvisioningEvent]:
    return lifecycle.overdue(account, business_date(known.now), _catalogue(known).grace_days)


def _dated(step: Handle) -> Handle:
    """Apply overdue deadlines first, then decide on what is left."""
    return overdue_first(_lapsed, evolve, lambda data, account, known, _: step(data, account, known))


def _outcome(decided: Sequence[ProvisioningEvent] | Refusal) -> Outcome:
    if isinstance(decided, Refusal):
        return decided
    return Decided(decided) if decided else Duplicate()


def _handovers(customer_id: str, made: NewCredentials | None, events: Sequence[Event]) -> list[HandoverBox]:
    """Hand the sealed secret over, if it was needed."""
    if made is None or not any(getattr(event, "credential_id", None) == made.credential_id for event in events):
        return []
    event = CredentialsHandedOver(
        customer_id=customer_id,
        credential_id=made.credential_id,
        key_id=made.key_id,
        expires_at=made.expires_at,
        box=made.box,
    )
    return [HandoverBox(made.credential_id, event)]


def _catalogue(known: Known) -> Catalogue:
    return catalogue_on(business_date(known.now))


def _activation_row(data: Any) -> Iterable[RowKey]:
    order = data.order if isinstance(data, Settlement) else data
    return [("activations", (order.order_id,))]


def _event_type(order: SettledFacts) -> str:
    return order.EVENT_TYPE


SERVICE = declare()
