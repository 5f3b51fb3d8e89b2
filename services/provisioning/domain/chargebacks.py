"""What does a chargeback do to services? It suspends what its order activated, and undoes its extensions (R29)."""

from collections.abc import Iterable

from schemas.ends import ChargebackNoted, ResumptionReason, ServiceResumed, ServiceSuspended, SuspensionReason
from schemas.payments import ChargebackWon, PaymentChargedBack
from schemas.provisioning import DdtPreservationDeactivated, ExpiryAligned, InputNoted
from schemas.vocabulary import ExpiryReason, ServiceStatus
from services.provisioning.domain.alignment import until
from services.provisioning.domain.lifecycle import overdue
from services.provisioning.domain.model import Account, ProvisioningEvent, after
from services.provisioning.domain.moves import Move, Place
from services.provisioning.domain.owned import OwnedService


def on_charged_back(account: Account, event: PaymentChargedBack, grace_days: int) -> list[ProvisioningEvent]:
    """Suspend what the order activated and undo what it moved, where that still stands; delete nothing."""
    if not event.was_settled or not _is_ours(account, event):
        return [_nothing(event)]
    today = event.charged_back_on
    lapsed = overdue(account, today, grace_days)
    current = after(account, lapsed)
    noted = _noted(event, is_won=False)
    happened: list[ProvisioningEvent] = [noted, *_suspended(current, event)]
    happened += _undone(current, event)
    return [*lapsed, *happened, *overdue(after(current, happened), today, grace_days)]


def on_won(account: Account, event: ChargebackWon, grace_days: int) -> list[ProvisioningEvent]:
    """Let what was suspended go on, once all of its order's money is here, and move again what still stands back."""
    if not event.order_cents or not _is_ours(account, event):
        return [_nothing(event)]
    today = event.won_on
    lapsed = overdue(account, today, grace_days)
    current = after(account, lapsed)
    noted = _noted(event, is_won=True)
    if _is_charged_back(current, event):
        return [*lapsed, noted]
    happened: list[ProvisioningEvent] = [noted, *_done_again(current, event)]
    happened += _resumed(after(current, happened), event)
    return [*lapsed, *happened, *overdue(after(current, happened), today, grace_days)]


def _is_ours(account: Account, event: PaymentChargedBack | ChargebackWon) -> bool:
    """Tell whether the order activated or moved something that lives."""
    activated = any(owned.is_alive and owned.order_id == event.order_id for owned in account.services)
    return activated or any(move.order_id == event.order_id for move in account.moves)


def _is_charged_back(account: Account, event: ChargebackWon) -> bool:
    """Tell whether another payment of the order is charged back: it is not whole yet."""
    return any(each.order_id == event.order_id and not each.is_of(event) for each in account.chargebacks)


def _suspended(account: Account, event: PaymentChargedBack) -> list[ProvisioningEvent]:
    events: list[ProvisioningEvent] = []
    for owned in account.services:
        if not owned.is_alive or owned.status is ServiceStatus.SUSPENDED or owned.order_id != event.order_id:
            continue
        if owned.ddt_preservation:
            events.append(
                DdtPreservationDeactivated(
                    customer_id=event.customer_id,
                    product=owned.product,
                    deactivated_on=event.charged_back_on,
                    reason="SERVICE_SUSPENDED",
                )
            )
        events.append(
            ServiceSuspended(
                customer_id=event.customer_id,
                order_id=event.order_id,
                product=owned.product,
                suspended_on=event.charged_back_on,
                expires_on=owned.expires_on,
                reason=SuspensionReason.CHARGEBACK,
            )
        )
    return events


def _undone(account: Account, event: PaymentChargedBack) -> list[ProvisioningEvent]:
    """Move back what still expires where the order set it, and no add-on past its base."""
    events: list[ProvisioningEvent] = []
    for move in account.moves:
        owned = account.living(move.product)
        if move.order_id != event.order_id or move.is_undone or owned is None:
            continue
        if owned.expires_on == move.after.expires_on:
            events.append(_aligned(event, owned, move.before, ExpiryReason.REVERSAL))
    return [*events, *_cut(after(account, events), event)]


def _cut(account: Account, event: PaymentChargedBack) -> list[ProvisioningEvent]:
    events: list[ProvisioningEvent] = []
    for base in account.living_bases():
        end = until(base.expires_on)
        for add_on in account.add_ons_of(base):
            if add_on.expires_on > end.expires_on:
                place = Place(end.expires_on, end.anchor_on, end.months)
                events.append(_aligned(event, add_on, place, ExpiryReason.REVERSAL))
    return events


def _done_again(account: Account, event: ChargebackWon) -> list[ProvisioningEvent]:
    """Move again what still expires where the reversal set it: bases first, then add-ons as far as their base runs."""
    events: list[ProvisioningEvent] = []
    undone = [move for move in account.moves if move.order_id == event.order_id and move.is_undone]
    for move in sorted(undone, key=lambda move: _needs_base(account, move)):
        current = after(account, events)
        owned = current.living(move.product)
        if owned is None or owned.expires_on != move.before.expires_on:
            continue
        base = current.living(owned.requires)
        if base is None or move.after.expires_on <= base.expires_on:
            events.append(_aligned(event, owned, move.after, move.reason))
        elif owned.expires_on < base.expires_on:
            place = Place(base.expires_on, base.expires_on, 0)
            events.append(_aligned(event, owned, place, ExpiryReason.ALIGNMENT))
    return events


def _needs_base(account: Account, move: Move) -> bool:
    owned = account.service(move.product)
    return owned is not None and not owned.is_base


def _resumed(account: Account, event: ChargebackWon) -> Iterable[ProvisioningEvent]:
    return [
        ServiceResumed(
            customer_id=event.customer_id,
            order_id=event.order_id,
            product=owned.product,
            resumed_on=event.won_on,
            expires_on=owned.expires_on,
            status=ServiceStatus.GRACE if owned.grace_until is not None else ServiceStatus.ACTIVE,
            reason=ResumptionReason.CHARGEBACK_WON,
        )
        for owned in account.services
        if owned.status is ServiceStatus.SUSPENDED and owned.order_id == event.order_id
    ]


def _aligned(
    event: PaymentChargedBack | ChargebackWon, owned: OwnedService, place: Place, reason: ExpiryReason
) -> ExpiryAligned:
    return ExpiryAligned(
        customer_id=event.customer_id,
        order_id=event.order_id,
        product=owned.product,
        previous_expiry=owned.expires_on,
        new_expiry=place.expires_on,
        anchor_on=place.anchor_on,
        months=place.months,
        reason=reason,
    )


def _noted(event: PaymentChargedBack | ChargebackWon, *, is_won: bool) -> ChargebackNoted:
    return ChargebackNoted(
        customer_id=event.customer_id,
        order_id=event.order_id,
        payment_source=event.payment_source,
        payment_id=event.payment_id,
        is_won=is_won,
        content_hash=event.content_hash,
    )


def _nothing(event: PaymentChargedBack | ChargebackWon) -> InputNoted:
    note = "it paid for nothing that lives"
    return InputNoted(customer_id=event.customer_id, order_id=event.order_id, input_type=event.EVENT_TYPE, note=note)
