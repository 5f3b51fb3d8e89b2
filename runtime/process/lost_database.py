"""Was this service's database lost, or an older one put in its place? Then nothing may begin on it.

Whoever began would do again what the topic already tells, under the same ids with other bytes.
"""

from uuid import UUID

from runtime.errors import DatabaseLost, Unreadable
from runtime.ids import PARTITIONS
from runtime.kafka.brokers import Brokers
from runtime.kafka.log import LogRecord, log_reader
from runtime.postgres.recover.recovery import unknown_events
from runtime.service import Service
from runtime.wire.codec import decode_attributes


async def refuse_a_lost_database(dsn: str, brokers: Brokers, namespace: str, service: Service) -> None:
    """Look the last event of each partition up in the journal, before a start.

    Raises DatabaseLost when the topic holds what the journal does not: an event is committed before it is published.
    """
    places = [(namespace + service.topic, number) for number in range(PARTITIONS)]
    async with log_reader(brokers) as log:
        starts, ends = await log.starts(places), await log.ends(places)
        newest = {place: ends[place] - 1 for place in places if ends[place] > starts[place]}
        last = (await log.first_from(newest)).values() if newest else ()
    ids = [identity for record in last if (identity := _identity(record)) is not None]
    unknown = await unknown_events(dsn, ids) if ids else []
    if unknown:
        raise DatabaseLost(
            f"the database of {service.name} lacks events that {service.topic} holds, for instance {unknown[0]}: it is "
            f"empty, or older than the log; drop it, make it anew and run `coterm recover database {service.name}`"
        )


def _identity(record: LogRecord) -> UUID | None:
    try:
        return UUID(decode_attributes(record.value or b"", ()).id)
    except (Unreadable, ValueError):
        return None  # no event of ours: reported by whoever reads the topic
