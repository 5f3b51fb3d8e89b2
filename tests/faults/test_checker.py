"""Does the checker see what it is there for? Each fact is bent behind everybody's back, and it must name the invariant
and the account."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest
import pytest_asyncio

from operations.reading import survey
from operations.surroundings import find
from operations.verify import business, log_and_journal, mails, money, verify
from operations.verify.evidence import Evidence, Seen, read
from operations.verify.findings import Finding, Report
from operations.verify.gathering import gather
from rehearsal.play.buyers import Buyer
from rehearsal.play.carts import E_INVOICING
from rehearsal.play.stage import CHOSEN_PASSWORD
from runtime.kafka.log import LogRecord
from schemas.envelope import Event
from schemas.notifications import EmailRequested
from schemas.orders import OrderSettled
from schemas.payments import PaymentRegistered
from schemas.provisioning import (
    DdtPreservationActivated,
    ExpiryAligned,
    FirstSignInCompleted,
    ServiceActivated,
    ServiceEnteredGrace,
)
from tests.arena import Arena
from tests.faults.bending import Bent, bend

FIRST_ORDER = "order_id = (SELECT min(order_id) FROM orders WHERE customer_id = $1)"
FIRST_EVENT = "customer_id = $1 AND version = 1"
SECOND_EVENT = "customer_id = $1 AND version = 2"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def owner(arena: Arena) -> Buyer:
    """Return somebody who bought, signed in, configured, and extended with a surplus."""
    stage = arena.stage
    await stage.at("2026-01-15T09:00:00+00:00")
    buyer = stage.names.buyer()
    await stage.buy(buyer, E_INVOICING, way="structured")
    await stage.signed_in(buyer)
    await stage.at("2026-03-15T09:00:00+00:00")
    order = await stage.add_documents(buyer)
    await stage.pay(order, order["total_cents"] + 500)
    await stage.order_is(order["order_id"], "ACTIVATED")
    await stage.mail(buyer, "documents-activated")
    return buyer


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def _facts(arena: Arena, owner: Buyer) -> Evidence:
    return await gather(find(arena.layout.endpoints), 60)


@pytest.fixture
def facts(_facts: Evidence) -> Evidence:
    """Return what stands on the stack, free to be bent."""
    services = {name: replace(held) for name, held in _facts.services.items()}
    for name, held in services.items():
        held.log = list(held.log)
        held.events.update({account: list(events) for account, events in _facts.held(name).events.items()})
    return replace(_facts, services=services, mails=list(_facts.mails or []))


class TestWhenNothingIsBent:
    async def test_everything_holds(self, arena: Arena, owner: Buyer) -> None:
        report = await _verify(arena, CHOSEN_PASSWORD)
        assert (report.broken(), report.undrained) == ([], "")
        empty = {finding.number for finding in report.findings if not finding.checked}
        assert empty <= {12, 13, 23}

    async def test_nothing_personal_or_secret_stands_in_the_clear(self, arena: Arena, owner: Buyer) -> None:
        credentials = (await arena.stage.mail(owner, "activation-credentials")).credentials
        known = [owner.body["name"], owner.email, owner.body["vat_number"], credentials["Password"], CHOSEN_PASSWORD]
        report = await _verify(arena, *known)
        assert report.of(24).violations == []
        assert report.of(24).checked > 100


class TestWhenADatabaseIsBent:
    @pytest.mark.parametrize(
        ("invariant", "bent"),
        [
            (10, Bent("orders", "orders", "surplus_cents", "surplus_cents + 1", FIRST_ORDER)),
            (10, Bent("billing", "accounts", "state", "'{}'::json")),
            (1, Bent("provisioning", "journal", "value", r"value || '\x20'::bytea", SECOND_EVENT)),
            (4, Bent("orders", "journal", "published_offset", "published_offset + 1", FIRST_EVENT)),
            (9, Bent("billing", "inbox", "version", "version - 1", "customer_id = $1 AND source = 'orders.events'")),
        ],
        ids=["row", "state", "journal", "mark", "inbox"],
    )  # fmt: skip
    async def test_it_names_the_invariant_and_the_account(
        self, arena: Arena, owner: Buyer, invariant: int, bent: Bent
    ) -> None:
        async with bend(arena, bent, owner.customer_id):
            report = await _verify(arena)
        assert report.broken() == [invariant]
        assert report.accounts(invariant) == {owner.customer_id}

    async def test_it_names_a_partition_that_was_never_read_so_far(self, arena: Arena, owner: Buyer) -> None:
        bent = Bent("notifications", "positions", "next_offset", "next_offset + 5", "topic = $1 AND partition = 3")
        async with bend(arena, bent, "orders.events"):
            report = await _verify(arena)
        (violation,) = report.of(8).violations
        assert (violation.place.service, violation.place.topic, violation.place.partition) == (
            "notifications", "orders.events", 3,
        )  # fmt: skip

    async def test_it_sees_an_address_in_the_clear(self, arena: Arena, owner: Buyer) -> None:
        bent = Bent("orders", "orders", "storefront", f"'{owner.email}'", FIRST_ORDER)
        async with bend(arena, bent, owner.customer_id):
            report = await _verify(arena)
        assert report.broken() == [10, 24]
        assert [each.place.table for each in report.of(24).violations] == ["generation_0001.orders"]
        assert owner.email not in repr(report)

    async def test_it_misses_a_mail_that_never_arrived(self, arena: Arena, owner: Buyer) -> None:
        mail = await arena.stage.mail(owner, "documents-activated")
        folder = arena.layout.maildir / "new"
        (file,) = [path for path in folder.iterdir() if mail.message_id.encode() in path.read_bytes()]
        aside = file.rename(folder.parent / "tmp" / file.name)
        try:
            report = await _verify(arena)
        finally:
            aside.rename(file)
        assert report.broken() == [20]
        assert report.accounts(20) == {owner.customer_id}


class TestWhenTheLogIsBent:
    def test_it_finds_a_record_that_nobody_committed(self, facts: Evidence, owner: Buyer) -> None:
        held = facts.held("orders")
        first = held.events[owner.customer_id][0]
        identity = str(first.attributes.id) if first.attributes else ""
        value = (first.value or b"").replace(identity.encode(), b"0" * 8 + identity.encode()[8:])
        held.log.append(_record(first, value, offset=10_000))
        assert _accounts(log_and_journal.log_equals_journal(facts)) == {owner.customer_id}

    def test_it_finds_an_event_that_is_missing(self, facts: Evidence, owner: Buyer) -> None:
        held = facts.held("billing")
        second = held.events[owner.customer_id][1]
        held.log = [seen for seen in held.log if seen is not second]
        assert _accounts(log_and_journal.gapless_versions(facts)) == {owner.customer_id}
        assert _accounts(log_and_journal.log_equals_journal(facts)) == {owner.customer_id}

    def test_it_finds_a_record_in_another_partition(self, facts: Evidence, owner: Buyer) -> None:
        held = facts.held("billing")
        first = held.events[owner.customer_id][0]
        held.log.append(_record(first, first.value or b"", partition=(first.record.partition + 1) % 12))
        assert _accounts(log_and_journal.partitions(facts)) == {owner.customer_id}

    def test_it_finds_what_fits_no_schema(self, facts: Evidence, owner: Buyer) -> None:
        held = facts.held("orders")
        first = held.events[owner.customer_id][0]
        held.log.append(_record(first, (first.value or b"").replace(b'"ordered_on"', b'"ordered_in"')))
        assert _accounts(log_and_journal.schemas(facts)) == {owner.customer_id}


class TestWhenTheBusinessIsBent:
    def test_an_activation_needs_a_settled_order(self, facts: Evidence, owner: Buyer) -> None:
        _without(facts, "orders", owner, OrderSettled)
        assert _accounts(business.activations(facts)) == {owner.customer_id}

    def test_an_extension_goes_to_the_day_of_documents(self, facts: Evidence, owner: Buyer) -> None:
        _change(
            facts, owner, ExpiryAligned, lambda event: event.model_copy(update={"new_expiry": event.previous_expiry})
        )
        assert _broken(business.check(facts)) >= {17}

    def test_documents_expires_with_its_base(self, facts: Evidence, owner: Buyer) -> None:
        _without(facts, "provisioning", owner, ExpiryAligned)
        assert _broken(business.check(facts)) == {16}

    def test_documents_needs_its_base(self, facts: Evidence, owner: Buyer) -> None:
        events = facts.held("provisioning").events
        events[owner.customer_id] = [
            seen for seen in events[owner.customer_id] if getattr(seen.event, "product", None) == "DOCUMENTS"
        ]
        events[owner.customer_id] = [_last_of_input(seen) for seen in events[owner.customer_id]]
        assert 15 in _broken(business.check(facts))

    def test_whatever_moves_an_expiry_names_a_settled_order(self, facts: Evidence, owner: Buyer) -> None:
        _change(facts, owner, ExpiryAligned, lambda event: event.model_copy(update={"order_id": "o-nobodys"}))
        found = {finding.number: _accounts(finding) for finding in business.check(facts) if finding.violations}
        assert found == {17: {owner.customer_id}, 19: {owner.customer_id}}

    def test_preservation_ends_when_documents_does(self, facts: Evidence, owner: Buyer) -> None:
        events = facts.held("provisioning").events[owner.customer_id]
        on: Any = {"customer_id": owner.customer_id, "product": "DOCUMENTS", "activated_on": date(2026, 3, 15)}
        events.append(_last_of_input(replace(events[-1], event=DdtPreservationActivated(**on))))
        (preservation,) = [finding for finding in business.check(facts) if finding.number == 23]
        assert (preservation.checked, preservation.violations) == (1, [])
        ends: Any = {"product": "DOCUMENTS", "expires_on": date(2027, 3, 15), "grace_until": date(2027, 6, 13)}
        lapsed = ServiceEnteredGrace(customer_id=owner.customer_id, **ends)
        events.append(_last_of_input(replace(events[-1], event=lapsed)))
        found = {finding.number: _accounts(finding) for finding in business.check(facts) if finding.violations}
        assert found == {23: {owner.customer_id}}

    def test_configuration_needs_a_sign_in(self, facts: Evidence, owner: Buyer) -> None:
        _without(facts, "provisioning", owner, FirstSignInCompleted)
        assert _broken(business.check(facts)) == {22}

    def test_every_cent_is_somewhere(self, facts: Evidence, owner: Buyer) -> None:
        events = facts.held("orders").events[owner.customer_id]
        place = next(n for n, seen in enumerate(events) if isinstance(seen.event, PaymentRegistered))
        event = events[place].event
        assert isinstance(event, PaymentRegistered)
        events[place] = replace(events[place], event=event.model_copy(update={"amount_cents": event.amount_cents - 1}))
        (finding,) = money.check(facts)
        assert _accounts(finding) == {owner.customer_id}

    def test_no_mail_leaves_twice(self, facts: Evidence, owner: Buyer) -> None:
        assert facts.mails is not None
        facts.mails.append(next(mail for mail in facts.mails if mail.recipients == owner.email))
        assert _accounts(mails.at_most_once(facts)) == {owner.customer_id}

    @pytest.mark.parametrize("count", [0, 2])
    def test_an_activation_asks_for_its_credentials_mail_once(self, facts: Evidence, owner: Buyer, count: int) -> None:
        assert mails.credentials(facts).violations == []
        events = facts.held("notifications").events[owner.customer_id]
        (place,) = [n for n, seen in enumerate(events) if _asks_for_credentials(seen.event)]
        again = replace(events[place], event=_readdressed(events[place].event))
        events[place : place + 1] = [events[place], again] if count else []
        assert _accounts(mails.credentials(facts)) == {owner.customer_id}

    def test_nobody_else_is_mailed_credentials(self, facts: Evidence, owner: Buyer) -> None:
        _without(facts, "provisioning", owner, ServiceActivated)
        (violation,) = mails.credentials(facts).violations
        assert violation.place.account == owner.customer_id
        assert "activated nothing" in violation.what


class TestWhenTheTopicIsReadWhole:
    async def test_it_ends_where_the_log_ended(self, arena: Arena, owner: Buyer) -> None:
        log = await survey(find(arena.layout.endpoints).brokers, ["orders.events"])
        assert all(log.records[at][-1].offset == end - 1 for at, end in log.ends.items() if end > log.starts[at])


async def _verify(arena: Arena, *canaries: str) -> Report:
    return await verify(Path(arena.layout.run), seconds=60, canaries=canaries)


def _record(seen: Seen, value: bytes, *, partition: int | None = None, offset: int | None = None) -> Seen:
    record = seen.record
    at = record.partition if partition is None else partition
    place = record.offset if offset is None else offset
    return read(LogRecord(record.topic, at, place, record.key, value, record.headers))


def _without(facts: Evidence, service: str, buyer: Buyer, kind: type[Any]) -> None:
    events = facts.held(service).events
    events[buyer.customer_id] = [seen for seen in events[buyer.customer_id] if not isinstance(seen.event, kind)]


def _change(facts: Evidence, buyer: Buyer, kind: type[Any], change: Callable[[Any], Any]) -> None:
    events = facts.held("provisioning").events[buyer.customer_id]
    for place, seen in enumerate(events):
        if isinstance(seen.event, kind):
            events[place] = replace(seen, event=change(seen.event))


def _last_of_input(seen: Seen) -> Seen:
    assert seen.attributes is not None
    return replace(seen, attributes=msgspec.structs.replace(seen.attributes, statefp="1:0"))


def _asks_for_credentials(event: Event | None) -> bool:
    return isinstance(event, EmailRequested) and event.template == "activation-credentials"


def _readdressed(event: Event | None) -> Event:
    assert isinstance(event, EmailRequested)
    return event.model_copy(update={"email_id": f"{event.email_id}-again"})


def _accounts(finding: Finding) -> set[str | None]:
    return {violation.place.account for violation in finding.violations}


def _broken(findings: Any) -> set[int]:
    return {finding.number for finding in findings if finding.violations}
