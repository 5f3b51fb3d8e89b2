"""What must billing remember of a customer to decide? The services owned and the credit that still stands."""

from dataclasses import dataclass, field, replace
from datetime import date

from schemas.billing import CreditExpired, CreditGranted, CreditRefunded, ServiceNoted
from schemas.envelope import Event
from schemas.vocabulary import BuyerKind, CreditOrigin, Product, ServiceStatus


@dataclass(frozen=True, slots=True)
class Owned:
    """A service as provisioning last told of it."""

    status: ServiceStatus
    expires_on: date
    anchor_on: date | None
    buyer_kind: BuyerKind | None


@dataclass(frozen=True, slots=True)
class Credit:
    """Credit neither expired nor refunded."""

    amount_cents: int
    expires_on: date
    origin: CreditOrigin
    order_id: str | None


@dataclass(frozen=True, slots=True)
class Account:
    """One customer's state in billing; orders and their charges are rows, not state."""

    services: dict[Product, Owned] = field(default_factory=dict)
    credits: dict[str, Credit] = field(default_factory=dict)


def evolve(account: Account, event: Event) -> Account:
    """Fold one own event into an account."""
    match event:
        case ServiceNoted():
            owned = Owned(event.status, event.expires_on, event.anchor_on, event.buyer_kind)
            return replace(account, services={**account.services, event.product: owned})
        case CreditGranted():
            credit = Credit(event.amount_cents, event.expires_on, event.origin, event.order_id)
            return replace(account, credits={**account.credits, event.credit_id: credit})
        case CreditExpired() | CreditRefunded():
            left = {name: credit for name, credit in account.credits.items() if name != event.credit_id}
            return replace(account, credits=left)
        case _:
            return account
