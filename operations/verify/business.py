"""Is the business as it must be? Invariants 14 to 17, 19, 22 and 23: activations, dates, sign-in, preservation."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from operations.verify.evidence import Evidence, Held, Seen
from operations.verify.findings import Finding, Place
from schemas.envelope import Event
from schemas.orders import OrderCancelled, OrderHeld, OrderReleased, OrderSettled, SettledFacts
from schemas.provisioning import (
    ActivationHeld,
    ConfigurationCompleted,
    DocumentsActivated,
    EInvoicingActivated,
    ExpiryAligned,
    FirstSignInCompleted,
    OrderActivated,
)
from schemas.terms import add_months
from schemas.vocabulary import ExpiryReason, Product, ServiceStatus

_ALIVE = (ServiceStatus.ACTIVE, ServiceStatus.GRACE, ServiceStatus.SUSPENDED)


@dataclass(frozen=True, slots=True)
class Step:
    """One own event of provisioning with the account before and after it."""

    seen: Seen
    event: Event
    before: Any
    after: Any

    @property
    def is_last_of_input(self) -> bool:
        """Tell whether the account stands after it: within an input, moves may still be due."""
        return self.seen.attributes is not None and self.seen.attributes.statefp is not None


def check(evidence: Evidence) -> Iterator[Finding]:
    """Walk every account's history in provisioning, beside what orders said."""
    yield activations(evidence)
    stories = {account: list(_story(evidence.held("provisioning"), account)) for account in evidence.accounts}
    found = {number: Finding(number) for number in (15, 16, 17, 19, 22, 23)}
    for account, story in stories.items():
        settled = _settled(evidence, account)
        _bases(found[15], story)
        _together(found[16], story)
        _extensions(found[17], story, settled)
        _named(found[19], story, settled)
        _configured(found[22], story)
        _preserved(found[23], story)
    yield from found.values()


def activations(evidence: Evidence) -> Finding:
    """14: what is activated was settled; what was settled is activated, or one can see why not."""
    finding = Finding(14)
    provisioning, orders = evidence.held("provisioning"), evidence.held("orders")
    for account in evidence.accounts:
        settled = _settled(evidence, account)
        for event in provisioning.facts(account, EInvoicingActivated, DocumentsActivated, OrderActivated):
            what = f"{type(event).__name__} of {event.order_id}, which was never settled"
            finding.look(event.order_id in settled, Place("provisioning", account), what)
        answered = {event.order_id for event in provisioning.facts(account, OrderActivated, ActivationHeld)}
        answered |= {event.order_id for event in orders.facts(account, OrderHeld, OrderCancelled)}
        is_parked = any(row["customer_id"] == account for row in provisioning.parked)
        for order_id in settled:
            is_seen = order_id in answered or is_parked or bool(evidence.undrained)
            finding.look(is_seen, Place("provisioning", account), f"{order_id} is settled, neither activated nor held")
    return finding


def _bases(finding: Finding, story: list[Step]) -> None:
    """15: after each input, living Documents stand on living plain e-invoicing."""
    for step in _ends(story):
        documents, base = step.after.documents, step.after.base
        if documents is None or documents.status not in _ALIVE:
            continue
        is_based = base is not None and base.variant is Product.E_INVOICING and base.status in _ALIVE
        finding.look(is_based, _place(step), "Documents stands without plain e-invoicing")


def _together(finding: Finding, story: list[Step]) -> None:
    """16: never longer than the base; equal after what bought both, but for R18's cap."""
    joined: Event | None = None
    for step in story:
        joined = step.event if _joins(step.event) else joined
        if not step.is_last_of_input:
            continue
        base, documents, joining, joined = step.after.base, step.after.documents, joined, None
        if base is None or documents is None or documents.status not in _ALIVE:
            continue
        dates = f"Documents expires on {documents.expires_on}, e-invoicing on {base.expires_on}"
        finding.look(documents.expires_on <= base.expires_on, _place(step), dates)
        if joining is not None and not _is_capped(joining):
            finding.look(documents.expires_on == base.expires_on, _place(step), f"after a purchase of both {dates}")


def _extensions(finding: Finding, story: list[Step], settled: dict[str, SettledFacts]) -> None:
    """17: exactly D(P), once an order; and no move but a reversal makes an expiry earlier."""
    extended: set[str] = set()
    for step in story:
        event = step.event
        if not isinstance(event, ExpiryAligned):
            continue
        for before, after in _moves(step):
            shortens = after < before and event.reason is not ExpiryReason.REVERSAL
            finding.look(not shortens, _place(step), f"{event.product} moved back from {before} to {after}")
        if event.reason is not ExpiryReason.EXTENSION:
            continue
        order = settled.get(event.order_id)
        due = add_months(order.settled_on, order.terms.documents_months) if order is not None else None
        finding.look(event.new_expiry == due, _place(step), f"extended to {event.new_expiry}; D(P) is {due}")
        finding.look(event.order_id not in extended, _place(step), f"{event.order_id} extends a second time")
        extended.add(event.order_id)


def _named(finding: Finding, story: list[Step], settled: dict[str, SettledFacts]) -> None:
    """19: whatever moves an expiry names an order that was settled."""
    for step in story:
        for before, after in _moves(step):
            order_id = getattr(step.event, "order_id", None)
            what = f"{step.event.EVENT_TYPE} moves {before} to {after} and names {order_id or 'no order'}"
            finding.look(order_id in settled, _place(step), what)


def _configured(finding: Finding, story: list[Step]) -> None:
    """22: somebody has signed in before they configure."""
    signed_in = False
    for step in story:
        signed_in = signed_in or isinstance(step.event, FirstSignInCompleted)
        if isinstance(step.event, ConfigurationCompleted):
            finding.look(signed_in, _place(step), "configured before the first sign-in")


def _preserved(finding: Finding, story: list[Step]) -> None:
    """23: preservation is on only while Documents is active."""
    for step in _ends(story):
        for owned in (step.after.base, step.after.documents):
            if owned is not None and owned.ddt_preservation:
                is_active = owned.product is Product.DOCUMENTS and owned.status is ServiceStatus.ACTIVE
                finding.look(is_active, _place(step), f"preservation is on, {owned.product} is {owned.status}")


def _story(held: Held, account: str) -> Iterator[Step]:
    state = held.service.initial()
    for seen in held.events.get(account, []):
        if seen.event is None:
            return
        try:
            after = held.service.evolve(state, seen.event)
        except Exception:  # what can't be folded is told by invariant 10
            return
        yield Step(seen, seen.event, state, after)
        state = after


def _settled(evidence: Evidence, account: str) -> dict[str, SettledFacts]:
    return {event.order_id: event for event in evidence.held("orders").facts(account, OrderSettled, OrderReleased)}


def _moves(step: Step) -> Iterator[tuple[date, date]]:
    if isinstance(step.event, EInvoicingActivated | DocumentsActivated):
        return
    for before, after in ((step.before.base, step.after.base), (step.before.documents, step.after.documents)):
        if before is not None and after is not None and before.expires_on != after.expires_on:
            yield before.expires_on, after.expires_on


def _ends(story: list[Step]) -> Iterator[Step]:
    return (step for step in story if step.is_last_of_input)


def _joins(event: Event) -> bool:
    if isinstance(event, ExpiryAligned):
        return event.product is Product.DOCUMENTS and event.reason is ExpiryReason.RENEWAL
    return isinstance(event, DocumentsActivated)


def _is_capped(event: Event) -> bool:
    """R18: ten renewed years don't come for one price."""
    if not isinstance(event, DocumentsActivated):
        return False
    shown, present = event.base_shown_expiry, event.base_previous_expiry
    return shown is not None and present is not None and present > shown


def _place(step: Step) -> Place:
    record = step.seen.record
    return Place("provisioning", step.seen.account, step.seen.version, record.topic, record.partition, record.offset)
