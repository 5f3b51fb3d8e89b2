"""What does a batch touch? Named before the locks, each list in the order in which it is locked."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from runtime.ids import event_id
from runtime.projection import Key, Projection
from runtime.service import ClaimKey, Incoming, Service


def customers_of(batch: Iterable[Incoming]) -> list[str]:
    """Name the accounts that a batch touches, in lock order."""
    return sorted({incoming.customer_id for incoming in batch if not (incoming.fault and incoming.fault.quarantine)})


def claims_of(service: Service, batch: Iterable[Incoming]) -> list[ClaimKey]:
    """Name the claims that the decisions of a batch look at, in lock order."""
    return sorted({key for incoming in _decided(batch) for key in service.by_type[incoming.type].claims(incoming.data)})


def rows_of(service: Service, batch: Iterable[Incoming]) -> dict[Projection, list[Key]]:
    """Name the rows that the decisions of a batch look at."""
    wanted: dict[str, set[Key]] = {}
    for incoming in _decided(batch):
        for table, key in service.by_type[incoming.type].rows(incoming.data):
            wanted.setdefault(table, set()).add(key)
    return {
        projection: sorted(wanted[projection.table]) for projection in service.projections if projection.table in wanted
    }


def _decided(batch: Iterable[Incoming]) -> Iterable[Incoming]:
    return (incoming for incoming in batch if incoming.fault is None and not incoming.ignored)


def first_events_of(service: Service, batch: Iterable[Incoming]) -> Sequence[UUID]:
    """Name the first own event that each input without a version would have: if it is there, the input was applied."""
    return [event_id(incoming.id, service.name, 0) for incoming in _decided(batch) if incoming.source is None]
