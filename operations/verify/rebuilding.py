"""Would a rebuild say the same again? Invariants 12 and 13."""

from collections.abc import Iterator
from typing import Any

from operations.verify.evidence import Evidence, Held, Seen
from operations.verify.findings import Finding, Place
from runtime.codec import encode_state
from runtime.rebuild.folding import Finished, fold_all
from runtime.replay import Folded, fold_records

BESIDE = "needs a look before and after one: `coterm rebuild` has no rights there, and tests/replay looks"


def check(evidence: Evidence) -> Iterator[Finding]:
    """Fold the topics in two ways; what only a rebuild can show is named."""
    yield twice(evidence)
    yield Finding(13, unchecked=BESIDE)


def twice(evidence: Evidence) -> Finding:
    """12: all records as they stand in the log, as a rebuild reads them, then account by account: the same bytes."""
    finding = Finding(12)
    for held in evidence.services.values():
        readable = [seen for seen in held.log if _is_readable(seen)]
        try:
            bulk = fold_all(held.service, ((seen.record.key or b"", seen.value or b"") for seen in readable))
            single = fold_records(held.service, readable)
        except Exception as error:  # which event can't be folded is told by invariant 10
            finding.look(False, Place(held.name), f"its topic can't be folded: {type(error).__name__}: {error}"[:300])
            continue
        _same(finding, held, bulk, single)
    return finding


def _same(finding: Finding, held: Held, bulk: Finished, single: Folded) -> None:
    gaps = {gap.customer_id for gap in single.gaps}
    for account, version, state in bulk.accounts:
        if account not in gaps:
            same = single.states.get(account) == (version, state)
            finding.look(same, Place(held.name, account, version, table="accounts"), "two folds leave two states")
    for table, rows in bulk.rows.items():
        others = single.rows.get(table, {})
        for key in {*rows, *others}:
            place = Place(held.name, getattr(rows.get(key) or others.get(key), "customer_id", None), table=table)
            same = _bytes(rows.get(key)) == _bytes(others.get(key))
            finding.look(same, place, f"row {'/'.join(map(str, key))}: two folds leave two rows")


def _bytes(row: Any) -> bytes | None:
    return None if row is None else encode_state(row)


def _is_readable(seen: Seen) -> bool:
    return seen.event is not None and seen.attributes is not None and seen.attributes.subject == seen.account
