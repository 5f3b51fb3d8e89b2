"""Would a rebuild say the same again? Invariants 12 and 13."""

from collections.abc import Iterator
from typing import Any

from operations.surroundings import SERVICES, OperationFailed, Surroundings
from operations.verify.evidence import Evidence, Held, Seen
from operations.verify.findings import Finding, Place
from operations.verify.gathering import snapshot
from runtime.fold.account import Folded
from runtime.fold.bulk import fold_all
from runtime.fold.replay import fold_values
from runtime.postgres.migrate import role_of
from runtime.wire.codec import encode_state
from runtime.wire.lens import Headers

SHOWN_BY_RIGHTS = "the rights of the role that folds; what is there before and after, tests and drills compare"


def check(evidence: Evidence) -> Iterator[Finding]:
    """Fold the topics in two ways."""
    yield twice(evidence)


async def untouched(where: Surroundings) -> Finding:
    """13: the role under which a rebuild folds has a right on its own generation's tables alone."""
    finding = Finding(13, note=SHOWN_BY_RIGHTS)
    for name in SERVICES:
        try:
            role = role_of(where.rebuilder_dsn(name))
        except OperationFailed as error:
            return Finding(13, unchecked=str(error))
        async with snapshot(where, name) as database:
            rights = await database.fetch("rights", role)
            others = await database.fetch("other_roles", role)
        finding.look(bool(rights), Place(name), f"the role {role}, under which it is rebuilt, is not there")
        for row in rights:
            place = Place(name, table=f"{row['schema']}.{row['table']}")
            finding.look(not row["may"], place, f"{role}, under which it is rebuilt, has the right to {row['right']}")
        for row in others:
            finding.look(False, Place(name), f"{role}, under which it is rebuilt, could become {row['role']}")
    return finding


def twice(evidence: Evidence) -> Finding:
    """12: all records as they stand in the log, as a rebuild reads them, then account by account: the same bytes."""
    finding = Finding(12)
    for held in evidence.services.values():
        readable = [seen for seen in held.log if _is_readable(seen)]
        try:
            bulk = fold_all(held.service, map(_record, readable))
            single = fold_values(held.service, (seen.value for seen in readable))
        except Exception as error:  # invariant 10 reports which event can't be folded
            finding.look(False, Place(held.name), f"its topic can't be folded: {type(error).__name__}: {error}"[:300])
            continue
        _same(finding, held, bulk, single)
    return finding


def _same(finding: Finding, held: Held, bulk: Folded, single: Folded) -> None:
    gaps = {gap.customer_id for gap in single.gaps}
    for account, (version, state) in bulk.states.items():
        if account not in gaps:
            same = single.states.get(account) == (version, state)
            finding.look(same, Place(held.name, account, version, table="accounts"), "two folds leave two states")
    for table, rows in bulk.rows.items():
        others = single.rows.get(table, {})
        for key in {*rows, *others}:
            place = Place(held.name, getattr(rows.get(key) or others.get(key), "customer_id", None), table=table)
            same = _bytes(rows.get(key)) == _bytes(others.get(key))
            finding.look(same, place, f"row {'/'.join(map(str, key))}: two folds leave two rows")


def _record(seen: Seen) -> tuple[bytes, bytes, Headers]:
    return seen.record.key or b"", seen.value or b"", seen.record.headers


def _bytes(row: Any) -> bytes | None:
    return None if row is None else encode_state(row)


def _is_readable(seen: Seen) -> bool:
    return seen.event is not None and seen.attributes is not None and seen.attributes.subject == seen.account
