"""What is there to judge once the four services rest? The same evidence that the operators' checker gathers."""

from datetime import timedelta
from typing import Any

from operations.reading import Survey
from operations.verify import business, log_and_journal, mails, money, positions_and_projections
from operations.verify.evidence import Committed, Evidence, Held, read
from operations.verify.findings import Finding
from runtime.commit.changes import JournalRow
from runtime.service import Fault, Incoming
from schemas.topics import CREDENTIALS_HANDOVER, STOREFRONT_INTAKE
from tests.lives.four_services import FourServices
from tests.lives.member import Member

FAMILIES = (log_and_journal, positions_and_projections, business, money, mails)


def findings(services: FourServices) -> list[Finding]:
    """Ask each family of invariants."""
    found = evidence(services)
    return [finding for family in FAMILIES for finding in family.check(found)]


def evidence(services: FourServices) -> Evidence:
    """Gather what the tables, the topics and the mailbox hold."""
    log = services.log
    held = {name: _held(member, services) for name, member in services.members.items()}
    records = services["orders"].records
    return Evidence(
        log=Survey(dict.fromkeys(log.records, 0), log.ends(), log.records),
        ends=log.ends(),
        services=held,
        intake=records(STOREFRONT_INTAKE),
        handovers=[read(record) for record in records(CREDENTIALS_HANDOVER)],
        mails=services.post.arrived,
        earlier=frozenset(mail.message_id for mail in services.post.arrived),
        accounts=sorted({account for each in held.values() for account in each.events}),
    )


def _held(member: Member, services: FourServices) -> Held:
    contents, service = member.edge.store.contents, member.edge.service
    return Held(
        service=service,
        log=[read(record) for record in member.records(service.topic)],
        journal=[_committed(row, member) for row in contents.journal],
        accounts=dict(contents.states),
        rows={each.table: contents.rows.get(each.table, {}) for each in service.projections},
        positions={place: _position(place, at) for place, at in contents.positions.items()},
        inbox=dict(contents.seen),
        parked=[_aside(*each) for each in contents.parked.values()],
        quarantine=[_aside(*each) for each in contents.quarantine.values()],
        effects=[letter.row for letter in services.post.letters.values()] if member.name == "notifications" else [],
        lived=timedelta(0),
    )


def _committed(row: JournalRow, member: Member) -> Committed:
    recorded, origin = row.recorded, row.cause.origin
    return Committed(
        recorded.customer_id,
        recorded.version,
        str(recorded.event_id),
        row.type,
        row.bucket,
        recorded.value,
        row.last_of_input,
        str(row.cause.id),
        (origin.topic, origin.partition, origin.offset) if origin else None,
        member.marks.get(recorded.event_id),
    )


def _position(place: tuple[str, int], at: Any) -> dict[str, Any]:
    topic, number = place
    return {
        "topic": topic,
        "partition": number,
        "next_offset": at.next_offset,
        "last_offset": at.last_offset,
        "digest": at.digest,
    }


def _aside(incoming: Incoming, fault: Fault) -> dict[str, Any]:
    origin = incoming.origin
    place = (origin.topic, origin.partition, origin.offset) if origin else (None, None, None)
    return {
        "topic": place[0],
        "partition": place[1],
        "offset": place[2],
        "customer_id": incoming.customer_id,
        "type": incoming.type,
        "reason": fault.reason,
        "detail": fault.detail,
    }
