"""What does a batch touch? Named before the locks, each list in the order in which it is locked."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from runtime.ids import command_id, event_id
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
    keys: dict[str, set[Key]] = {}
    for incoming in _decided(batch):
        for table, key in service.by_type[incoming.type].rows(incoming.data):
            keys.setdefault(table, set()).add(key)
    return {
        projection: sorted(keys[projection.table]) for projection in service.projections if projection.table in keys
    }


def discard_id(incoming: Incoming) -> UUID:
    """Name an operator's discarding of one record: of this record, where it stands, not of what else has its id.

    Raises ValueError for an input that is no record.
    """
    if incoming.origin is None:
        raise ValueError("only a record can be discarded")
    place = f"{incoming.origin.topic}\n{incoming.origin.partition}\n{incoming.origin.offset}"
    return command_id("discard", f"{place}\n{incoming.origin.digest.hex()}")


def _decided(batch: Iterable[Incoming]) -> Iterable[Incoming]:
    return (incoming for incoming in batch if incoming.fault is None and not incoming.ignored)


def first_events_of(service: Service, batch: Iterable[Incoming]) -> Sequence[UUID]:
    """Name the own events by which an input without a version is known again.

    The first one that it would have: if it is there, the input was applied. The first one of its discarding: if it is
    there, an operator has decided that it is not to be.
    """
    unnumbered = [incoming for incoming in batch if incoming.source is None]
    causes = [incoming.id for incoming in _decided(unnumbered)]
    causes += [discard_id(incoming) for incoming in unnumbered if incoming.origin is not None]
    return [event_id(cause, service.name, 0) for cause in causes]
