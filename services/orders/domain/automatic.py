"""When does a base renew by itself? Days before its expiry, where its customer chose so; never twice for one (R43)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import ClassVar
from uuid import NAMESPACE_URL, uuid5

from msgspec.structs import replace

from schemas.automatic_renewals import (
    AutomaticRenewalFailed,
    AutomaticRenewalScheduled,
    AutomaticRenewalSet,
    AutomaticRenewalSkipped,
    PaymentRequested,
)
from schemas.catalogue import Catalogue
from schemas.ends import ServiceResumed
from schemas.envelope import Event
from schemas.orders import OrderPlaced, OrderPriceNoted
from schemas.provisioning import ServiceCancelled
from schemas.refusal import Refusal
from schemas.terms import ROME, business_date, start_of
from schemas.vocabulary import Channel, LineAction, Product, ProductKind, ServiceStatus
from services.orders.domain.cases import status_on
from services.orders.domain.commands import Buyer, SubmitOrder, Today
from services.orders.domain.customers import OnRecord
from services.orders.domain.decisions import submitted
from services.orders.domain.holdings import Holdings
from services.orders.domain.identifiers import Verdict
from services.orders.domain.model import OrdersEvent, State
from services.orders.domain.order import Automatic, Line, Owned
from services.orders.domain.payments import after

_AT = time(9)


@dataclass(frozen=True, slots=True)
class SetAutomaticRenewal:
    """Choose whether a base renews by itself; `base` may be left out where only one is owned."""

    TYPE: ClassVar[str] = "orders.SetAutomaticRenewal"

    customer_id: str
    base: Product | None
    enabled: bool
    years: int
    add_ons: tuple[Product, ...]
    storefront: str
    changes: int

    @property
    def key(self) -> str:
        """What changed since tells one choice from the same chosen again later."""
        chosen = f"{self.base}\n{self.enabled}\n{self.years}\n{','.join(self.add_ons)}"
        return f"{self.customer_id}\n{self.changes}\n{chosen}"


def places_at(expires_on: date, catalogue: Catalogue) -> datetime:
    """Return the instant at which the order for an expiry is placed: 09:00 in Rome, some days before."""
    day = expires_on - timedelta(days=catalogue.automatic_renewal_days)
    return datetime.combine(day, _AT, ROME).astimezone(UTC)


def order_id_of(customer_id: str, product: Product, due_at: datetime) -> str:
    """Name the order that is placed at a moment: the same however often it is asked for."""
    named = "\n".join((customer_id, product, business_date(due_at).isoformat()))
    return f"renewal-{uuid5(NAMESPACE_URL, named)}"


def choice(
    state: State, command: SetAutomaticRenewal, today: Today, catalogue: Catalogue
) -> list[OrdersEvent] | Refusal:
    """Note what a customer chose for a base. An empty list: it is so already."""
    holdings = Holdings(state, (), today.date, catalogue)
    base = _base(command, holdings)
    if isinstance(base, Refusal):
        return base
    chosen = state.automatic_of(base.product)
    if not command.enabled:
        return [] if chosen is None else [_set(chosen, command.customer_id, enabled=False)]
    if holdings.status(base) is ServiceStatus.SUSPENDED:
        return _not_possible(f"{holdings.name(base.product)} is suspended")
    for product in command.add_ons:
        owned = holdings.living(product)
        if owned is None or owned.kind is ProductKind.BASE or owned.family != base.family:
            detail = f"add_ons: the customer owns no add-on {product} of {base.product}"
            return Refusal("INVALID_REQUEST", detail, 422)
    renewal = Automatic(
        product=base.product,
        years=command.years,
        add_ons=tuple(sorted(set(command.add_ons))),
        storefront=command.storefront,
    )
    if chosen is not None and replace(chosen, expires_on=None, order_id=None) == renewal:
        return []
    events: list[OrdersEvent] = [_set(renewal, command.customer_id, enabled=True)]
    if chosen is not None and chosen.order_id is not None:
        return events  # this expiry's order is placed already
    return [*events, _scheduled(state, command.customer_id, base, places_at(base.expires_on, catalogue))]


def due(
    state: State,
    customer_id: str,
    product: Product,
    due_at: datetime,
    today: Today,
    catalogue: Catalogue,
    *,
    was_placed: bool,
) -> list[OrdersEvent]:
    """Place the order of a renewal that is due; once its expiry is over, say that it was not paid.

    `was_placed`: for this expiry it was placed before, and closed since, or its base moved back. An empty list: the
    clock was set back since it was due.
    """
    chosen, base = state.automatic_of(product), state.service(product)
    if chosen is None or base is None:
        return [_skipped(customer_id, product, "it is not wanted any more")]
    if today.instant < due_at:
        return []
    if chosen.order_id is not None:
        return [_unpaid(state, customer_id, chosen, chosen.order_id)]
    reason = "its order was placed before" if was_placed else _why_not(state, base, today, catalogue)
    if reason is not None or state.on_record is None:
        return [_skipped(customer_id, product, reason or "nobody knows who the customer is")]
    holdings, order_id = Holdings(state, (), today.date, catalogue), order_id_of(customer_id, product, due_at)
    order = _order(chosen, state.on_record, order_id, holdings, customer_id)
    (happened, *_) = submitted(state, order, (), today, catalogue)
    if not isinstance(happened, OrderPlaced):
        codes = ", ".join(violation.code for violation in getattr(happened, "violations", []))
        return [_skipped(customer_id, product, f"it can't be ordered: {codes}")]
    paid_by = max(base.expires_on, today.date + timedelta(days=catalogue.automatic_renewal_days))
    checked_at = start_of(paid_by + timedelta(days=1))
    return [happened, _scheduled(after(state, [happened]), customer_id, base, checked_at)]


def with_what_follows(
    state: State, event: Event, happened: list[OrdersEvent], catalogue: Catalogue
) -> list[OrdersEvent]:
    """Add what a neighbour's event, and what happened of it, mean for the renewals that place themselves."""
    state = after(state, happened)
    followed = list(_requested(state, event.customer_id, happened))
    if isinstance(event, ServiceCancelled):
        followed += _without_add_on(state, event.customer_id, event.product)
    if isinstance(event, ServiceResumed):
        followed += _resumed(state, event.customer_id, event.product, catalogue)
    return [*happened, *followed, *_rescheduled(after(state, followed), event.customer_id, catalogue)]


def _requested(state: State, customer_id: str, happened: list[OrdersEvent]) -> Iterator[OrdersEvent]:
    """Ask the storefront to collect what an order costs that placed itself, once it has its price."""
    for order_id in [event.order_id for event in happened if isinstance(event, OrderPriceNoted)]:
        order = state.order(order_id)
        if order is not None and order.channel is Channel.AUTOMATIC and not order.is_paid:
            yield PaymentRequested(
                customer_id=customer_id,
                order_id=order_id,
                amount_cents=order.outstanding_cents,
                payable_until=order.payable_until,
            )


def _rescheduled(state: State, customer_id: str, catalogue: Catalogue) -> Iterator[OrdersEvent]:
    """Look again at each renewal whose base has moved: by a renewal by hand, or by its own."""
    for chosen in state.automatic:
        base = state.service(chosen.product)
        if base is not None and base.expires_on != chosen.expires_on:
            yield _scheduled(state, customer_id, base, places_at(base.expires_on, catalogue))


def _resumed(state: State, customer_id: str, product: Product, catalogue: Catalogue) -> Iterator[OrdersEvent]:
    """Look again at a renewal that was passed over while its base was suspended."""
    chosen, base = state.automatic_of(product), state.service(product)
    if chosen is not None and chosen.order_id is None and base is not None and base.expires_on == chosen.expires_on:
        yield _scheduled(state, customer_id, base, places_at(base.expires_on, catalogue))


def _without_add_on(state: State, customer_id: str, product: Product) -> Iterator[OrdersEvent]:
    """Let an add-on that was cancelled lapse: it is not renewed with its base (R30)."""
    for chosen in state.automatic:
        if product in chosen.add_ons:
            kept = tuple(add_on for add_on in chosen.add_ons if add_on != product)
            yield _set(replace(chosen, add_ons=kept), customer_id, enabled=True)


def _base(command: SetAutomaticRenewal, holdings: Holdings) -> Owned | Refusal:
    bases = [service for service in holdings.owned() if service.kind is ProductKind.BASE]
    if command.base is not None:
        named = next((base for base in bases if base.product == command.base), None)
        return named or _not_possible(f"no base {command.base} is owned")
    if len(bases) > 1:
        named_all = ", ".join(sorted(base.product for base in bases))
        return Refusal("INVALID_REQUEST", f"base: several are owned, name one: {named_all}", 422)
    return bases[0] if bases else _not_possible("no base is owned")


def _why_not(state: State, base: Owned, today: Today, catalogue: Catalogue) -> str | None:
    status = status_on(base, today.date, catalogue)
    if status not in (ServiceStatus.ACTIVE, ServiceStatus.GRACE):
        return f"the base is {status}"
    pending = next((order for order in state.orders if order.has(base.product, LineAction.RENEW)), None)
    return None if pending is None else f"the order {pending.order_id} renews it already"


def _order(chosen: Automatic, record: OnRecord, due_order: str, holdings: Holdings, customer_id: str) -> SubmitOrder:
    """Write the cart: the base, and of the add-ons chosen those that are still owned."""
    products = [chosen.product, *(add_on for add_on in chosen.add_ons if holdings.living(add_on) is not None)]
    return SubmitOrder(
        customer_id=customer_id,
        order_id=due_order,
        storefront=chosen.storefront,
        channel=Channel.AUTOMATIC,
        lines=tuple(Line(product, LineAction.RENEW, chosen.years) for product in products),
        extend_active_services=True,
        buyer=Buyer(record.kind, "IT", Verdict.VALID, Verdict.VALID),
        locale=record.locale,
        has_certified_mail=record.has_certified_mail,
        personal=record.personal,
        tax_identifier_hash=record.tax_identifier_hash,
        base_families=(),
        use_credit=False,
        expected_total_cents=None,
        submitted_at=None,
        body_hash=due_order,
        idempotency_key=due_order,
        is_on_record=True,
    )


def _unpaid(state: State, customer_id: str, chosen: Automatic, order_id: str) -> OrdersEvent:
    order = state.order(order_id)
    if order is None or order.is_paid:
        status = "closed" if order is None else "paid"
        return _skipped(customer_id, chosen.product, f"the order {order_id} is {status}")
    return AutomaticRenewalFailed(customer_id=customer_id, order_id=order_id, product=chosen.product)


def _set(chosen: Automatic, customer_id: str, *, enabled: bool) -> AutomaticRenewalSet:
    return AutomaticRenewalSet(
        customer_id=customer_id,
        product=chosen.product,
        enabled=enabled,
        years=chosen.years,
        add_ons=list(chosen.add_ons),
        storefront=chosen.storefront,
    )


def _scheduled(state: State, customer_id: str, base: Owned, due_at: datetime) -> AutomaticRenewalScheduled:
    # Each moment is applied once: one that is looked at again must be another moment.
    again = timedelta(microseconds=state.automatic_changes)
    return AutomaticRenewalScheduled(
        customer_id=customer_id, product=base.product, expires_on=base.expires_on, due_at=due_at + again
    )


def _skipped(customer_id: str, product: Product, why: str) -> AutomaticRenewalSkipped:
    return AutomaticRenewalSkipped(customer_id=customer_id, product=product, why=why)


def _not_possible(detail: str) -> Refusal:
    return Refusal("RENEWAL_NOT_POSSIBLE", detail, 422)
