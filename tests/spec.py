"""What does a test declare? Per topic, the public events that a customer's story leaves, and nothing beside them."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rehearsal.play.broker import Record
from rehearsal.play.buyers import Buyer
from rehearsal.play.patience import NotInTime, eventually
from rehearsal.play.stage import Stage
from schemas.topics import (
    BILLING_EVENTS,
    CREDENTIALS_HANDOVER,
    NOTIFICATIONS_EVENTS,
    ORDERS_EVENTS,
    PROVISIONING_EVENTS,
    STOREFRONT_INTAKE,
    TYPES,
)


@dataclass(frozen=True)
class Happened:
    """The records that were declared, to be asked for what they carry."""

    records: tuple[Record, ...]

    def all(self, name: str) -> list[dict[str, Any]]:
        """Return the data of every event of a name, in order."""
        return [record.data for record in self.records if record.name == name]

    def one(self, name: str, **facts: Any) -> dict[str, Any]:
        """Return the data of the only event of a name that says so."""
        (found,) = [data for data in self.all(name) if facts.items() <= data.items()]
        return found


async def happened(
    stage: Stage,
    buyer: Buyer,
    *,
    orders: str = "",
    billing: str = "",
    provisioning: str = "",
    mails: str = "",
    intake: str = "",
    handovers: int = 0,
) -> Happened:
    """Wait until exactly the declared events stand on the topics, and return them.

    `orders`, `billing` and `provisioning` name public events in their order, `mails` the templates of the mails that
    were requested and sent. Raises NotInTime, at once, when something else stands there; else when something is still
    missing at the deadline.
    """
    declared = {
        STOREFRONT_INTAKE: intake.split(),
        ORDERS_EVENTS: orders.split(),
        BILLING_EVENTS: billing.split(),
        PROVISIONING_EVENTS: provisioning.split(),
        NOTIFICATIONS_EVENTS: sorted(
            f"{name}:{mail}" for mail in mails.split() for name in ("EmailRequested", "EmailSent")
        ),
        CREDENTIALS_HANDOVER: ["CredentialsHandedOver"] * handovers,
    }

    async def look() -> bool:
        seen = _seen(stage, buyer)
        if any(Counter(seen[topic]) - Counter(names) for topic, names in declared.items()):
            raise NotInTime(_difference(declared, seen))
        return seen == declared

    await eventually(look, "the declared events", seen=lambda: _difference(declared, _seen(stage, buyer)))
    return Happened(tuple(record for topic in declared for record in stage.log.of(buyer.customer_id, topic)))


def _seen(stage: Stage, buyer: Buyer) -> dict[str, list[str]]:
    topics = (STOREFRONT_INTAKE, ORDERS_EVENTS, BILLING_EVENTS, PROVISIONING_EVENTS, CREDENTIALS_HANDOVER)
    seen = {topic: [record.name for record in _public(stage, buyer, topic)] for topic in topics}
    mails = [f"{record.name}:{record.data['template']}" for record in _public(stage, buyer, NOTIFICATIONS_EVENTS)]
    return {**seen, NOTIFICATIONS_EVENTS: sorted(mails)}


def _public(stage: Stage, buyer: Buyer, topic: str) -> list[Record]:
    return [record for record in stage.log.of(buyer.customer_id, topic) if not _is_internal(record)]


def _is_internal(record: Record) -> bool:
    return record.type in TYPES and TYPES[record.type].VISIBILITY == "internal"


def _difference(declared: Mapping[str, list[str]], seen: Mapping[str, list[str]]) -> str:
    lines = []
    for topic, names in declared.items():
        sign = " " if names == seen[topic] else "≠"
        lines.append(f"{sign} {topic:<22} declared {' '.join(names) or '–'}")
        if sign == "≠":
            lines.append(f"  {'':<22}     seen {' '.join(seen[topic]) or '–'}")
    return "\n".join(lines)
