"""What must billing remember of a customer to decide? The services owned and the credit that still stands."""

from datetime import date, timedelta
from typing import assert_never
from uuid import UUID, uuid5

from msgspec import Struct
from msgspec.structs import replace

from schemas.billing import (
    CreditExpired,
    CreditGranted,
    CreditRefunded,
    CreditReturned,
    CreditUsed,
    ExtensionComputed,
    InputDiscarded,
    InputNoted,
    OrderPriced,
    PaymentNoted,
    PricingRefused,
    RefundDue,
    RefundPaid,
    ServiceNoted,
)
from schemas.payments import ChargebackWon
from schemas.reversals import ChargebackNoted, CreditReversed, ServiceChargesNoted
from schemas.vocabulary import BuyerKind, CreditOrigin, Family, Product, ProductKind, ServiceStatus

CreditEvent = CreditGranted | CreditUsed | CreditReturned | CreditExpired | CreditRefunded | CreditReversed
"""What stands in the ledger of credit."""

BillingEvent = (
    ExtensionComputed
    | OrderPriced
    | PricingRefused
    | CreditEvent
    | RefundDue
    | RefundPaid
    | PaymentNoted
    | ServiceChargesNoted
    | ChargebackNoted
    | ServiceNoted
    | InputNoted
    | InputDiscarded
)
"""Everything that billing says: what its folds take."""


CREDITS = UUID("b9f0a1d4-5c0e-5d52-8a5e-3f3f6f1f8c11")
"""The root of every credit's id. Never changed."""
LATE = timedelta(days=31)
"""By so much at most an order is read late that still uses credit which had not expired when it came."""


class Payment(Struct, frozen=True):
    """A payment's identity."""

    payment_source: str
    payment_id: str


class Owned(Struct, frozen=True):
    """A service as provisioning last reported it."""

    kind: ProductKind
    family: Family
    status: ServiceStatus
    expires_on: date
    anchor_on: date | None
    buyer_kind: BuyerKind | None


class Credit(Struct, frozen=True):
    """What still stands of a credit: not used, expired or refunded."""

    amount_cents: int
    expires_on: date
    origin: CreditOrigin
    order_id: str | None
    payment: Payment | None = None
    """What it came from, where that was one payment."""


class PaidService(Struct, frozen=True):
    """What an order charged for a service that it activated or prolonged, and a payment that it came by."""

    order_id: str
    product: Product
    annual_cents: int
    net_cents: int
    gross_cents: int
    vat_percent: int
    payment: Payment | None


class Chargeback(Struct, frozen=True, omit_defaults=True):
    """A payment that is charged back: what it had paid for, and what of its credit could not be taken back."""

    order_id: str
    payment: Payment
    order_cents: int
    lost_cents: int
    of_order_cents: int
    """Taken back of other credit that came of its order."""
    content_hash: str | None = None
    """Tells it from others under the same identity; None where it was noted before that was."""

    def is_of(self, event: ChargebackNoted | ChargebackWon) -> bool:
        """Tell whether an event is about this payment."""
        is_content = self.content_hash is None or self.content_hash == event.content_hash
        return is_content and self.payment == Payment(event.payment_source, event.payment_id)


class Refund(Struct, frozen=True):
    """Money to be paid back."""

    amount_cents: int
    order_id: str | None


class Account(Struct, frozen=True):
    """One customer's state in billing; orders and their charges are rows, not state."""

    services: dict[Product, Owned] = {}
    credits: dict[str, Credit] = {}
    lapsed: dict[str, Credit] = {}
    """What expired lately: an order that came in time, and is read late, still uses it."""
    refunds: dict[str, Refund] = {}
    """Those that are still due."""
    paid: tuple[PaidService, ...] = ()
    """For the services that live, in the order of their activations."""
    payments: dict[str, Payment] = {}
    """The last one of each order that is neither active nor closed, as far as billing knows."""
    chargebacks: tuple[Chargeback, ...] = ()
    used: dict[str, Credit] = {}
    """The credits that pay orders not active yet, by order and credit: given back, each is what it was."""


def credit_id(what: str, *identity: str) -> str:
    """Name a credit by what it is for: the same cause never makes two."""
    return str(uuid5(CREDITS, "\n".join((what, *identity))))


def reinstated_id(order_id: str, expired: str) -> str:
    """Name what of an expired credit an order uses that had come in time."""
    return credit_id("reinstated", order_id, expired)


def evolve(account: Account, event: BillingEvent) -> Account:
    """Fold one own event into an account."""
    match event:
        case ServiceNoted():
            return _noted(account, event)
        case CreditGranted() | CreditReturned():
            return _granted(account, event) if isinstance(event, CreditGranted) else _returned(account, event)
        case CreditUsed() | CreditReversed():
            account = _used(account, event) if isinstance(event, CreditUsed) else account
            return _left(account, event.credit_id, event.remaining_cents)
        case CreditExpired() | CreditRefunded():
            return _ended(account, event)
        case PaymentNoted():
            return _paying(account, event.order_id, Payment(event.payment_source, event.payment_id))
        case ServiceChargesNoted():
            return _charged(account, event)
        case ChargebackNoted():
            return _charged_back(account, event)
        case RefundDue() | RefundPaid():
            return replace(account, refunds=_refunds(account.refunds, event))
        case ExtensionComputed() | OrderPriced() | PricingRefused() | InputNoted() | InputDiscarded():
            return account
        case _:
            assert_never(event)


def _refunds(due: dict[str, Refund], event: RefundDue | RefundPaid) -> dict[str, Refund]:
    if isinstance(event, RefundDue):
        return {**due, event.refund_id: Refund(event.amount_cents, event.order_id)}
    return {name: refund for name, refund in due.items() if name != event.refund_id}


def _noted(account: Account, event: ServiceNoted) -> Account:
    owned = Owned(event.kind, event.family, event.status, event.expires_on, event.anchor_on, event.buyer_kind)
    account = replace(account, services={**account.services, event.product: owned})
    if event.status is not ServiceStatus.TERMINATED:
        return account
    return replace(account, paid=tuple(each for each in account.paid if each.product != event.product))


def _use(order_id: str, credit_id: str) -> str:
    return f"{order_id} {credit_id}"


def _used(account: Account, event: CreditUsed) -> Account:
    used = account.credits[event.credit_id]
    return replace(account, used={**account.used, _use(event.order_id, event.credit_id): used})


def _returned(account: Account, event: CreditReturned) -> Account:
    """Give a credit back as what it was, whatever order it had been used for."""
    use = _use(event.order_id, event.used_credit_id)
    credit = replace(account.used[use], amount_cents=event.amount_cents, expires_on=event.expires_on)
    used = {other: kept for other, kept in account.used.items() if other != use}
    return replace(account, credits={**account.credits, event.credit_id: credit}, used=used)


def _granted(account: Account, event: CreditGranted) -> Account:
    payment = None
    if event.origin is CreditOrigin.REINSTATED:
        account = _reinstated(account, event)
    if event.payment_source is not None and event.payment_id is not None:
        payment = Payment(event.payment_source, event.payment_id)
    credit = Credit(event.amount_cents, event.expires_on, event.origin, event.order_id, payment)
    account = replace(account, credits={**account.credits, event.credit_id: credit})
    if payment is not None and event.origin is CreditOrigin.PAYMENT_SURPLUS and event.order_id is not None:
        return _paying(account, event.order_id, payment)
    if event.origin is CreditOrigin.ORDER_CLOSED:
        return _paying(account, event.order_id, None)
    return account


def _ended(account: Account, event: CreditExpired | CreditRefunded) -> Account:
    """End a credit; remember what has expired now, and forget what has long ago."""
    left = _left(account, event.credit_id, 0)
    if isinstance(event, CreditRefunded):
        return left
    credit = account.credits[event.credit_id]
    recent = {name: each for name, each in account.lapsed.items() if credit.expires_on - each.expires_on < LATE}
    return replace(left, lapsed={**recent, event.credit_id: credit})


def _left(account: Account, name: str, cents: int) -> Account:
    others = {other: credit for other, credit in account.credits.items() if other != name}
    if not cents:
        return replace(account, credits=others)
    return replace(account, credits={**account.credits, name: replace(account.credits[name], amount_cents=cents)})


def _reinstated(account: Account, event: CreditGranted) -> Account:
    """Take what is granted anew out of what had expired."""
    left = {
        name: replace(each, amount_cents=each.amount_cents - event.amount_cents)
        if reinstated_id(event.order_id or "", name) == event.credit_id
        else each
        for name, each in account.lapsed.items()
    }
    return replace(account, lapsed={name: each for name, each in left.items() if each.amount_cents > 0})


def _paying(account: Account, order_id: str | None, payment: Payment | None) -> Account:
    others = {other: known for other, known in account.payments.items() if other != order_id}
    if order_id is None or payment is None:
        return replace(account, payments=others)
    return replace(account, payments={**others, order_id: payment})


def _charged(account: Account, event: ServiceChargesNoted) -> Account:
    payment = account.payments.get(event.order_id)
    charged = (
        PaidService(
            event.order_id,
            each.product,
            each.annual_cents,
            each.net_cents,
            each.gross_cents,
            event.vat_percent,
            payment,
        )
        for each in event.charges
        if each.net_cents
    )
    used = {use: kept for use, kept in account.used.items() if use.partition(" ")[0] != event.order_id}
    return _paying(replace(account, paid=(*account.paid, *charged), used=used), event.order_id, None)


def _charged_back(account: Account, event: ChargebackNoted) -> Account:
    payment = Payment(event.payment_source, event.payment_id)
    others = tuple(each for each in account.chargebacks if not each.is_of(event))
    if event.is_won:
        return replace(account, chargebacks=others)
    lost = event.surplus_cents - event.taken_back_cents
    chargeback = Chargeback(
        event.order_id, payment, event.order_cents, max(0, lost), event.of_order_cents, event.content_hash
    )
    return replace(account, chargebacks=(*others, chargeback))
