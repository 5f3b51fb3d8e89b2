"""What is taken across accounts? Order ids, idempotency keys, payment identities, tax identifiers (R9, R25)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import assert_never

from runtime.projection import Key
from runtime.service import Claim, ClaimKey
from runtime.tables import claims
from schemas import provisioning
from schemas.catalogue import Catalogue
from schemas.envelope import Event
from schemas.orders import OrderCancelled, OrderExpired, OrderPlaced, OrderRefused, ServiceNoted
from schemas.payments import PaymentConflicted, PaymentHeld, PaymentRegistered
from schemas.vocabulary import Family, LineAction, PaymentConflictReason, ProductKind, ServiceStatus
from services.orders.domain.commands import BaseElsewhere, ReceivePayment, SubmitOrder, Today, content_hash

ORDER_ID = "order_id"
IDEMPOTENCY_KEY = "idempotency_key"
TAX_IDENTIFIER = "tax_identifier"
PAYMENT = "payment"
PAYMENT_CONFLICT = "payment_conflict"

ORDERED = "ORDERED"
OWNED = "OWNED until "
"""Contents of a tax identifier's claim: an order asks for a base, or a service has it, which expires on that day."""


def payment_key(payment_source: str, payment_id: str) -> ClaimKey:
    """Name the claim on a payment's identity."""
    return (PAYMENT, f"{payment_source}\n{payment_id}")


def conflict_key(payment_source: str, payment_id: str, content: str) -> ClaimKey:
    """Name the claim on a contradiction: the same one is recorded once."""
    return (PAYMENT_CONFLICT, f"{payment_source}\n{payment_id}\n{content}")


def tax_identifier_key(hashed: str, family: Family) -> ClaimKey:
    """Name the claim on a tax identifier for one family of products (R9, R13)."""
    return (TAX_IDENTIFIER, f"{hashed}\n{family}")


def tax_claims(command: SubmitOrder) -> dict[Family, ClaimKey]:
    """Name the claims that an order makes on its tax identifier, one for each family of which it wants a base (R9)."""
    hashed = command.tax_identifier_hash
    return {} if hashed is None else {family: tax_identifier_key(hashed, family) for family in command.base_families}


def claims_of_order(command: SubmitOrder) -> Iterable[ClaimKey]:
    """Name what an order takes: its id, its key, and its tax identifier for each base that it wants."""
    keys = [(ORDER_ID, command.order_id), (IDEMPOTENCY_KEY, command.idempotency_key)]
    return [*keys, *tax_claims(command).values()]


def claim_of_service(event: provisioning.ServiceActivated) -> Iterable[ClaimKey]:
    """Name the tax identifier that an activated base holds; an add-on holds none."""
    hashed = event.tax_identifier_hash
    return [] if hashed is None else [tax_identifier_key(hashed, event.family)]


def bases_elsewhere(
    command: SubmitOrder, claims: Mapping[ClaimKey, Sequence[Claim]], today: Today, catalogue: Catalogue
) -> tuple[BaseElsewhere, ...]:
    """Read from the claims on its tax identifier which other customers hold it today, by dates (R9)."""
    grace = timedelta(days=catalogue.grace_days)
    found = []
    for family, key in tax_claims(command).items():
        others = [claim for claim in claims.get(key, ()) if claim.customer_id != command.customer_id]
        for claim in others:
            until = owned_until(claim)
            if until is None or today.date <= until + grace:
                found.append(BaseElsewhere(claim.holder, family, is_owned=until is not None))
    return tuple(found)


def claims_of_payment(payment: ReceivePayment) -> Iterable[ClaimKey]:
    """Name what a payment meets: its order, its identity, and the contradiction that it may be."""
    return [
        (ORDER_ID, payment.order_id),
        payment_key(payment.payment_source, payment.payment_id),
        conflict_of(payment),
    ]


def conflict_of(payment: ReceivePayment) -> ClaimKey:
    """Name the contradiction that a payment would be."""
    return conflict_key(payment.payment_source, payment.payment_id, payment.content_hash)


def owned_until(claim: Claim) -> date | None:
    """Return the expiry of the service that holds a tax identifier; None where an order holds it."""
    return date.fromisoformat(claim.content.removeprefix(OWNED)) if claim.content.startswith(OWNED) else None


_Touching = (
    OrderPlaced
    | OrderRefused
    | OrderCancelled
    | OrderExpired
    | ServiceNoted
    | PaymentHeld
    | PaymentRegistered
    | PaymentConflicted
)


def _keys_of(event: _Touching) -> Iterable[Key]:
    return [(kind, key, event.customer_id) for kind, key in _touched(event)]


def _touched(event: _Touching) -> Iterable[ClaimKey]:
    match event:
        case ServiceNoted():
            return _of_tax_identifier(event.tax_identifier_hash, [event.family])
        case OrderPlaced():
            return [*_of_submission(event), *_of_tax_identifier(event.tax_identifier_hash, _families(event))]
        case OrderRefused():
            return _of_submission(event)
        case OrderCancelled() | OrderExpired():
            return _of_tax_identifier(event.released_tax_identifier, event.released_families)
        case PaymentHeld() | PaymentRegistered() | PaymentConflicted():
            return _of_payment(event)
        case _:
            assert_never(event)


def _of_submission(event: OrderPlaced | OrderRefused) -> list[ClaimKey]:
    return [(ORDER_ID, event.order_id), (IDEMPOTENCY_KEY, event.idempotency_key)]


def _of_tax_identifier(hashed: str | None, families: Iterable[Family]) -> list[ClaimKey]:
    return [tax_identifier_key(hashed, family) for family in families] if hashed is not None else []


def _of_payment(event: PaymentHeld | PaymentRegistered | PaymentConflicted) -> list[ClaimKey]:
    identity = payment_key(event.payment_source, event.payment_id)
    if isinstance(event, PaymentConflicted):
        conflict = conflict_key(event.payment_source, event.payment_id, event.content_hash)
        took_it = event.reason is not PaymentConflictReason.CONTENT_DIFFERS
        return [conflict, identity] if took_it else [conflict]
    # One that was held or in conflict took its identity then; a fold may only take what its input named, and locked.
    is_taken_before = isinstance(event, PaymentRegistered) and (event.was_held or event.content_hash is not None)
    return [] if is_taken_before else [identity]


def evolve(claim: Claim | None, event: Event, key: Key) -> Claim | None:
    """Fold one own event into a claim."""
    match event:
        case OrderPlaced() | OrderRefused():
            content = ORDERED if key[0] == TAX_IDENTIFIER else event.body_hash
            return _claim(key, event.order_id, content)
        case OrderCancelled() | OrderExpired():
            return _unless_held_by(claim, event.order_id)
        case ServiceNoted():
            return _of_service(claim, event, key)
        case PaymentHeld() | PaymentRegistered():
            content = content_hash(event.customer_id, event.order_id, event.amount_cents)
            return _claim(key, event.order_id, content)
        case PaymentConflicted():
            return claim or _claim(key, event.order_id, event.content_hash)
        case _:
            return claim


def _of_service(claim: Claim | None, event: ServiceNoted, key: Key) -> Claim | None:
    """Hold it for a living service until its expiry; an order that asked for another base since then is newer (R9)."""
    holder = event.held_by or event.order_id or ""
    if event.status is ServiceStatus.TERMINATED:
        return _unless_held_by(claim, holder)
    if event.held_by is not None and (claim is None or claim.holder != holder):
        return claim
    return _claim(key, holder, f"{OWNED}{event.expires_on.isoformat()}")


def _claim(key: Key, holder: str, content: str) -> Claim:
    kind, name, customer_id = key
    return Claim(kind, name, customer_id, holder, content)


def _unless_held_by(claim: Claim | None, order_id: str | None) -> Claim | None:
    return None if claim is None or claim.holder == order_id else claim


def _families(event: OrderPlaced) -> list[Family]:
    """Name the families of which an order activates a base."""
    activated = {line.product for line in event.lines if line.action is LineAction.ACTIVATE}
    bases = (terms for terms in event.terms.products if terms.kind is ProductKind.BASE and terms.product in activated)
    return list(dict.fromkeys(terms.family for terms in bases))


CLAIMS = claims(_keys_of, evolve, _Touching)
