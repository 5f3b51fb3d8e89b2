"""What does a settled order make active, and to which dates? Or why must it wait for an operator?"""

from datetime import date
from typing import assert_never

from schemas.cart import ProductTerms
from schemas.orders import SettledFacts
from schemas.provisioning import ActivationHeld, MovedService, OrderActivated
from schemas.vocabulary import ActivationOrigin, Branch, Family, HoldReason, ProductKind
from services.provisioning.domain import credentials as sign_ins
from services.provisioning.domain.add_ons import add_to_owned
from services.provisioning.domain.alignment import Term
from services.provisioning.domain.credentials import NewCredentials
from services.provisioning.domain.lifecycle import overdue
from services.provisioning.domain.model import Account, ProvisioningEvent, after
from services.provisioning.domain.order_events import Activated, activated, activated_aligned, held
from services.provisioning.domain.owned import ExpiryConflict
from services.provisioning.domain.renewal import renew


def activate(
    account: Account,
    order: SettledFacts,
    *,
    credentials: NewCredentials | None,
    today: date,
    grace_days: int,
    released: bool = False,
) -> list[ProvisioningEvent]:
    """Activate what a settled order asks for, or hold it (R14-R20, R35).

    `today` is the day to judge the bases by: that of the settling payment, or of an operator's release, which accepts a
    base that became shorter.
    """
    lapsed = overdue(account, today, grace_days)
    current = after(account, lapsed)
    decision = _decide(current, order, credentials, today, grace_days, released=released)
    if isinstance(decision, ActivationHeld):
        return [*lapsed, decision]
    try:
        active = after(current, decision.events)
    except ExpiryConflict as conflict:
        return [*lapsed, held(order, HoldReason.EXPIRY_CONFLICT, str(conflict))]
    # An add-on in grace that was not renewed with its base has no grace of its own (R10).
    ended = overdue(active, today, grace_days)
    return [*lapsed, *decision.events, *ended, _order_activated(after(active, ended), order, decision.extended)]


def _decide(
    account: Account,
    order: SettledFacts,
    credentials: NewCredentials | None,
    today: date,
    grace_days: int,
    *,
    released: bool,
) -> Activated | ActivationHeld:
    match order.branch:
        case Branch.BUNDLE:
            return _first_purchase(account, order, credentials)
        case Branch.RENEWED:
            return renew(account, order, grace_days, released=released)
        case Branch.EXTENDED | Branch.ALIGNED_SHORT | Branch.ALIGNED_LONG:
            return add_to_owned(account, order, today, released=released)
        case _:
            assert_never(order.branch)


def _first_purchase(
    account: Account, order: SettledFacts, credentials: NewCredentials | None
) -> Activated | ActivationHeld:
    terms = [order.terms.of(line.product) for line in order.lines]
    bases = [product for product in terms if product.kind is ProductKind.BASE]
    obstacle = _obstacle(account, order, bases, [product for product in terms if product not in bases])
    if obstacle is not None:
        return obstacle
    # Who can sign in already gets no credentials, whose mail would tell of it: it was added later, and is confirmed so.
    origin = ActivationOrigin.BUNDLED if account.sign_in is None else ActivationOrigin.ADD_ON
    events: list[ProvisioningEvent] = []
    for base in bases:
        term = Term(order.settled_on, base.term_months)
        events.append(activated(order, base.product, term, origin))
        for add_on in terms:
            if add_on.requires == base.product:
                events += activated_aligned(order, add_on.product, term, origin)
    if account.sign_in is not None:
        return Activated(events)
    if credentials is None:
        detail = "no credentials can be made: the customer's personal data is erased"
        return held(order, HoldReason.OPERATOR_REQUEST, detail)
    return Activated(events + sign_ins.issued(order.customer_id, order.order_id, credentials))


def _obstacle(
    account: Account, order: SettledFacts, bases: list[ProductTerms], add_ons: list[ProductTerms]
) -> ActivationHeld | None:
    """Say what stands in the way: a living base of the same family (R9), or an add-on without its base (R8)."""
    families: set[Family] = set()
    for base in bases:
        owned = account.base_of(base.family)
        if owned is not None:
            return held(order, HoldReason.BASE_ALREADY_ACTIVE, f"{owned.product} is active already")
        if base.family in families:
            return held(order, HoldReason.BASE_ALREADY_ACTIVE, f"{base.product} is a second base of {base.family}")
        families.add(base.family)
    bought = {base.product for base in bases}
    for add_on in add_ons:
        if add_on.requires not in bought:
            return held(order, HoldReason.BASE_TERMINATED, f"{add_on.product} needs {add_on.requires} (R8)")
    if not bases:
        return held(order, HoldReason.BASE_TERMINATED, "a first purchase needs a base (R8)")
    return None


def _order_activated(account: Account, order: SettledFacts, extended: list[MovedService]) -> OrderActivated:
    return OrderActivated(
        customer_id=order.customer_id,
        order_id=order.order_id,
        storefront=order.storefront,
        purchase_case=order.purchase_case,
        branch=order.branch,
        activated_on=order.settled_on,
        expiries={owned.product: owned.expires_on for owned in account.services if owned.is_alive},
        extended=extended,
    )
