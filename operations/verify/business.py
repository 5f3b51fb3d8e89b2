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
    ExpiryAligned,
    FirstSignInCompleted,
    OrderActivated,
    ServiceActivated,
)
from schemas.terms import add_months
from schemas.vocabulary import ExpiryReason, LineAction, Product, ProductKind, ServiceStatus
from services.provisioning.domain.owned import DDT_PRESERVATION


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
        _together(found[16], story, settled)
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
        for event in provisioning.facts(account, ServiceActivated, OrderActivated):
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
    """15: after each input, a living add-on stands on the living base that it requires."""
    for step in _ends(story):
        for add_on in _living_add_ons(step.after):
            is_based = _base_of(add_on, step.after) is not None
            finding.look(is_based, _place(step), f"{add_on.product} stands without {add_on.requires}")


def _together(finding: Finding, story: list[Step], settled: dict[str, SettledFacts]) -> None:
    """16: never longer than the base; equal after what bought the add-on, but for R18's cap."""
    before: Any = None
    bought: dict[Product, str] = {}
    for step in story:
        before = step.before if before is None else before
        bought |= _buys(step)
        if not step.is_last_of_input:
            continue
        for add_on in _living_add_ons(step.after):
            if (base := _base_of(add_on, step.after)) is None:
                continue
            dates = f"{add_on.product} expires on {add_on.expires_on}, {base.product} on {base.expires_on}"
            finding.look(add_on.expires_on <= base.expires_on, _place(step), dates)
            order_id = bought.get(add_on.product)
            if order_id is not None and not _has_moved(base.product, before, settled.get(order_id)):
                finding.look(add_on.expires_on == base.expires_on, _place(step), f"after a purchase {dates}")
        before, bought = None, {}


def _extensions(finding: Finding, story: list[Step], settled: dict[str, SettledFacts]) -> None:
    """17: exactly D(P), once an order; and no move but a reversal makes an expiry earlier."""
    extended: set[tuple[str, Product]] = set()
    for step in story:
        event = step.event
        if not isinstance(event, ExpiryAligned):
            continue
        for before, after in _moves(step):
            shortens = after < before and event.reason is not ExpiryReason.REVERSAL
            finding.look(not shortens, _place(step), f"{event.product} moved back from {before} to {after}")
        if event.reason is ExpiryReason.REVERSAL:
            extended.discard((event.order_id, event.product))
        if event.reason is not ExpiryReason.EXTENSION:
            continue
        order, extends = settled.get(event.order_id), (event.order_id, event.product)
        due = _natural_expiry(order) if order is not None else None
        finding.look(event.new_expiry == due, _place(step), f"extended to {event.new_expiry}; D(P) is {due}")
        what = f"{event.order_id} extends {event.product} a second time"
        finding.look(extends not in extended, _place(step), what)
        extended.add(extends)


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
    """23: preservation is on only while a service that opens it is active."""
    for step in _ends(story):
        for owned in step.after.services:
            if owned.ddt_preservation:
                is_open = DDT_PRESERVATION in owned.features and owned.status is ServiceStatus.ACTIVE
                finding.look(is_open, _place(step), f"preservation is on, {owned.product} is {owned.status}")


def _story(held: Held, account: str) -> Iterator[Step]:
    state = held.service.initial()
    for seen in held.events.get(account, []):
        if seen.event is None:
            return
        try:
            after = held.service.evolve(state, seen.event)
        except Exception:  # invariant 10 reports what can't be folded
            return
        yield Step(seen, seen.event, state, after)
        state = after


def _settled(evidence: Evidence, account: str) -> dict[str, SettledFacts]:
    return {event.order_id: event for event in evidence.held("orders").facts(account, OrderSettled, OrderReleased)}


def _moves(step: Step) -> Iterator[tuple[date, date]]:
    if isinstance(step.event, ServiceActivated):
        return
    for after in step.after.services:
        before = step.before.service(after.product)
        if before is not None and before.expires_on != after.expires_on:
            yield before.expires_on, after.expires_on


def _ends(story: list[Step]) -> Iterator[Step]:
    return (step for step in story if step.is_last_of_input)


def _living_add_ons(account: Any) -> list[Any]:
    return [each for each in account.services if each.requires is not None and each.is_alive]


def _base_of(add_on: Any, account: Any) -> Any:
    return account.living(add_on.requires)


def _buys(step: Step) -> dict[Product, str]:
    """Name the add-on that an event starts or renews, with its order."""
    event = step.event
    if isinstance(event, ServiceActivated):
        return {event.product: event.order_id} if event.kind is ProductKind.ADD_ON else {}
    if isinstance(event, ExpiryAligned) and event.reason is ExpiryReason.RENEWAL:
        return {event.product: event.order_id}
    return {}


def _has_moved(base: Product, before: Any, order: SettledFacts | None) -> bool:
    """R18: ten renewed years don't come for one price; what was paid for ends where it would have ended."""
    owned = before.service(base)
    shown = {each.product: each.expires_on for each in order.expiries_shown} if order is not None else {}
    return owned is not None and base in shown and bool(owned.expires_on > shown[base])


def _natural_expiry(order: SettledFacts) -> date:
    """D(P): the day on which what the order activates ends by itself."""
    months = [order.terms.of(line.product).term_months for line in order.lines if line.action is LineAction.ACTIVATE]
    return add_months(order.settled_on, max(months))


def _place(step: Step) -> Place:
    record = step.seen.record
    return Place("provisioning", step.seen.account, step.seen.version, record.topic, record.partition, record.offset)
