"""What follows from a command? The cart is placed or refused; an order is cancelled or released."""

from datetime import date, datetime, timedelta

from schemas.cart import OrderLine, OwnedService, ProductTerms, Terms, Violation
from schemas.catalogue import Catalogue
from schemas.money import euros
from schemas.orders import OrderPlaced, OrderRefused, OrderReleased
from schemas.refusal import Refusal
from schemas.vocabulary import Branch, CloseReason, HoldReason, OrderStatus, OrderWarning
from services.orders.domain.cases import branch, natural_expiry, purchase_case, warnings
from services.orders.domain.closing import cancelled
from services.orders.domain.commands import BaseElsewhere, CancelOrder, ReleaseOrder, SubmitOrder, Today
from services.orders.domain.eligibility import violations
from services.orders.domain.holdings import Cart, Holdings
from services.orders.domain.model import OrdersEvent, State
from services.orders.domain.order import Owned, owned_line
from services.orders.domain.payments import given_back
from services.orders.domain.renewals import payable_until
from services.orders.domain.settlement import settled

AHEAD = timedelta(minutes=5)
"""How far a storefront's clock may run before ours (R1)."""
_WITH_A_TOGGLE = (Branch.EXTENDED, Branch.ALIGNED_SHORT)
"""Where the customer chooses; elsewhere nothing can be extended (R15, R19)."""


def is_ahead(claimed: datetime | None, today: Today) -> bool:
    """Tell whether an instant that came from outside lies too far in the future (R1)."""
    return claimed is not None and claimed > today.instant + AHEAD


def submitted(
    state: State, command: SubmitOrder, elsewhere: tuple[BaseElsewhere, ...], today: Today, catalogue: Catalogue
) -> list[OrdersEvent]:
    """Place an order, or refuse it with every violation; either is stored (R8)."""
    holdings = Holdings(state, elsewhere, today.date, catalogue)
    cart = Cart(command.lines, command.channel, command.buyer, command.tax_identifier_hash)
    found = violations(cart, holdings)
    if found:
        refused = _refused(command, found, today, catalogue)
        return [refused, *given_back(state, command.customer_id, command.order_id, today)]
    return [_placed(command, payable_until(cart, holdings), holdings, today, catalogue)]


def cancellation(
    state: State, command: CancelOrder, closed_as: tuple[OrderStatus, str | None] | None, today: Today
) -> list[OrdersEvent] | Refusal:
    """Close an order that its customer gives up before it is settled (R21).

    `closed_as` is status and reason of an order that is not open any more. An empty list: it was cancelled already.
    """
    order = state.order(command.order_id)
    if order is None and closed_as is None:
        return Refusal("ORDER_UNKNOWN", f"no order {command.order_id}", 404)
    if order is None:
        if closed_as == (OrderStatus.CANCELLED, CloseReason.CUSTOMER_REQUEST):
            return []
        return Refusal("ORDER_NOT_CANCELLABLE", f"the order is {closed_as[0] if closed_as else 'closed'}")
    if order.is_paid:
        return Refusal("ORDER_NOT_CANCELLABLE", f"the order is {order.status}")
    return cancelled(state, command.customer_id, order, CloseReason.CUSTOMER_REQUEST, today)


def release(state: State, command: ReleaseOrder, held_for: HoldReason | None) -> list[OrdersEvent] | Refusal:
    """Let provisioning try an order again that is held, or settled and not yet active, on an operator's word (R29)."""
    order = state.order(command.order_id)
    if order is None or not order.is_paid or order.settled_on is None:
        return Refusal("ORDER_NOT_HELD", f"the order {command.order_id} is neither held nor waiting to be activated")
    if order.closing is not None:
        return Refusal("ORDER_NOT_HELD", f"the order {command.order_id} is about to be closed")
    if order.outstanding_cents:
        detail = f"the order {command.order_id} lacks {euros(order.outstanding_cents)}, which were charged back"
        return Refusal("ORDER_NOT_PAID", detail)
    release_facts = {"why": command.why, "reason": held_for}
    return [settled(OrderReleased, command.customer_id, order, order.settled_on, **release_facts)]


def _placed(command: SubmitOrder, payable: date, holdings: Holdings, today: Today, catalogue: Catalogue) -> OrderPlaced:
    case = purchase_case(command.lines, catalogue)
    base = holdings.extended_base(command.lines)
    assert case is not None, "an empty cart is refused"  # noqa: S101
    assert command.tax_identifier_hash is not None, "an eligible buyer has an identifier"  # noqa: S101
    natural = natural_expiry(command.lines, today.date, catalogue)
    chosen = branch(case, command.extend_active_services, _expiry(base), natural)
    return OrderPlaced(
        customer_id=command.customer_id,
        order_id=command.order_id,
        ordered_on=today.date,
        storefront=command.storefront,
        channel=command.channel,
        lines=_lines(command),
        extend_active_services=command.extend_active_services if chosen in _WITH_A_TOGGLE else None,
        purchase_case=case,
        branch=chosen,
        owned=[OwnedService.model_validate(owned_line(service)) for service in holdings.owned()],
        buyer_kind=command.buyer.kind,
        locale=command.locale,
        warnings=_warnings(command, chosen, base, today, catalogue),
        personal=command.personal.block,
        customer_on_record=command.is_on_record,
        tax_identifier_hash=command.tax_identifier_hash,
        expected_total_cents=command.expected_total_cents,
        use_credit=command.use_credit,
        payable_until=payable,
        catalogue_version=catalogue.version,
        terms=_terms(command, catalogue),
        body_hash=command.body_hash,
        idempotency_key=command.idempotency_key,
        taken_at=today.instant,
    )


def _refused(command: SubmitOrder, found: list[Violation], today: Today, catalogue: Catalogue) -> OrderRefused:
    return OrderRefused(
        customer_id=command.customer_id,
        order_id=command.order_id,
        ordered_on=today.date,
        storefront=command.storefront,
        channel=command.channel,
        lines=_lines(command),
        extend_active_services=command.extend_active_services,
        buyer_kind=command.buyer.kind,
        locale=command.locale,
        violations=found,
        warnings=_warnings(command, None, None, today, catalogue),
        personal=command.personal.block,
        catalogue_version=catalogue.version,
        body_hash=command.body_hash,
        idempotency_key=command.idempotency_key,
        taken_at=today.instant,
    )


def _terms(command: SubmitOrder, catalogue: Catalogue) -> Terms:
    """Freeze what the catalogue says of each product of the order."""
    sold = {line.product: catalogue.products[line.product] for line in command.lines}
    frozen = [
        ProductTerms(
            product=product,
            kind=terms.kind,
            family=terms.family,
            term_months=terms.term_months,
            requires=terms.requires,
            features=list(terms.features),
        )
        for product, terms in sold.items()
    ]
    return Terms(payable_days=catalogue.payable_days, products=frozen)


def _lines(command: SubmitOrder) -> list[OrderLine]:
    return [OrderLine(product=line.product, action=line.action, years=line.years) for line in command.lines]


def _warnings(
    command: SubmitOrder, chosen: Branch | None, base: Owned | None, today: Today, catalogue: Catalogue
) -> list[OrderWarning]:
    return warnings(chosen, _expiry(base), today.date, command.has_certified_mail, catalogue)


def _expiry(base: Owned | None) -> date | None:
    return base.expires_on if base else None
