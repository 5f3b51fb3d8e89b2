"""Is what an account shows what its events say? Fold it again and name each place in which the live rows differ."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from runtime.fold.difference import json_differences
from runtime.fold.replay import fold_values
from runtime.projection import Key
from runtime.service import Service
from runtime.wire.codec import encode_state

MOST = 20
"""So many differences of one account are kept."""


@dataclass(frozen=True, slots=True)
class Account:
    """One account as the database held it at one moment."""

    customer_id: str
    events: Sequence[bytes]
    """As the journal keeps them."""
    version: int
    state: bytes | None
    rows: Mapping[str, Mapping[Key, Any]]
    """Its rows by table and key."""


@dataclass(frozen=True, slots=True)
class Deviation:
    """A place in which an account is not what its events say: in which table and row, where in it, and both values."""

    table: str
    key: str
    path: str
    live: Any
    folded: Any


def scrub(service: Service, account: Account) -> list[Deviation]:
    """Fold an account's events and compare version, state, rows and fingerprints; empty when all are the same."""
    try:
        folded = fold_values(service, account.events)
    except Exception as error:  # whatever its fold raises is what an operator has to hear of
        return [Deviation("journal", "", "fold", None, f"{type(error).__name__}: {error}"[:300])]
    version, state = folded.states.get(account.customer_id, (0, None))
    found = [Deviation("journal", "", "version", None, str(gap)) for gap in folded.gaps]
    found += [
        Deviation("journal", str(each.version), "statefp", each.recorded, each.folded) for each in folded.mismatches
    ]
    if version != account.version:
        found.append(Deviation("accounts", "", "version", account.version, version))
    if state != account.state:
        found += _parts("accounts", "", account.state, state)
    for table, rows in folded.rows.items():
        found += _rows(table, account.rows.get(table, {}), rows)
    return found[:MOST]


def _rows(table: str, live: Mapping[Key, Any], folded: Mapping[Key, Any]) -> list[Deviation]:
    found = []
    for key in sorted({*live, *folded}, key=str):
        kept, due = live.get(key), folded.get(key)
        one, other = None if kept is None else encode_state(kept), None if due is None else encode_state(due)
        if one != other:
            found += _parts(table, "/".join(map(str, key)), one, other)
    return found


def _parts(table: str, key: str, live: bytes | None, folded: bytes | None) -> list[Deviation]:
    parts = json_differences(live, folded)
    # Equal as values but not as bytes: the canonical form itself was broken.
    return [Deviation(table, key, part.path, part.before, part.after) for part in parts] or [
        Deviation(table, key, "bytes", len(live or b""), len(folded or b""))
    ]
