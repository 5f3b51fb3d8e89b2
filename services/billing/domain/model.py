"""What must billing remember of a customer to decide? The services owned and the credit that still stands."""

from datetime import date
from typing import assert_never

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
from schemas.vocabulary import BuyerKind, CreditOrigin, Family, Product, ProductKind, ServiceStatus

CreditEvent = CreditGranted | CreditUsed | CreditReturned | CreditExpired | CreditRefunded
"""What stands in the ledger of credit."""

BillingEvent = (
    ExtensionComputed
    | OrderPriced
    | PricingRefused
    | CreditEvent
    | RefundDue
    | RefundPaid
    | PaymentNoted
    | ServiceNoted
    | InputNoted
    | InputDiscarded
)
"""Everything that billing says: what its folds take."""


class Owned(Struct, frozen=True):
    """A service as provisioning last told of it."""

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


class Refund(Struct, frozen=True):
    """Money to be paid back."""

    amount_cents: int
    order_id: str | None


class Account(Struct, frozen=True):
    """One customer's state in billing; orders and their charges are rows, not state."""

    services: dict[Product, Owned] = {}
    credits: dict[str, Credit] = {}
    refunds: dict[str, Refund] = {}
    """Those that are still due."""


def evolve(account: Account, event: BillingEvent) -> Account:
    """Fold one own event into an account."""
    match event:
        case ServiceNoted():
            owned = Owned(event.kind, event.family, event.status, event.expires_on, event.anchor_on, event.buyer_kind)
            return replace(account, services={**account.services, event.product: owned})
        case CreditGranted() | CreditReturned():
            credit = Credit(event.amount_cents, event.expires_on, event.origin, event.order_id)
            return replace(account, credits={**account.credits, event.credit_id: credit})
        case CreditUsed() if event.remaining_cents:
            rest = replace(account.credits[event.credit_id], amount_cents=event.remaining_cents)
            return replace(account, credits={**account.credits, event.credit_id: rest})
        case CreditUsed() | CreditExpired() | CreditRefunded():
            left = {name: credit for name, credit in account.credits.items() if name != event.credit_id}
            return replace(account, credits=left)
        case RefundDue() | RefundPaid():
            return replace(account, refunds=_refunds(account.refunds, event))
        case ExtensionComputed() | OrderPriced() | PricingRefused() | PaymentNoted() | InputNoted() | InputDiscarded():
            return account
        case _:
            assert_never(event)


def _refunds(due: dict[str, Refund], event: RefundDue | RefundPaid) -> dict[str, Refund]:
    if isinstance(event, RefundDue):
        return {**due, event.refund_id: Refund(event.amount_cents, event.order_id)}
    return {name: refund for name, refund in due.items() if name != event.refund_id}
