"""What does each of a service's own events say? Fold them again, account by account, and compare every fingerprint."""

from collections.abc import Iterable, Sequence

from runtime.fold.account import Account, Folded, no_rows, take
from runtime.service import Service
from runtime.wire.codec import decode_attributes
from runtime.wire.lens import OwnEvent, own_event
from schemas.upcasts import UPCASTS, Upcast


def fold_values(service: Service, values: Iterable[bytes | None], upcasts: Sequence[Upcast] = UPCASTS) -> Folded:
    """Fold a service's own events, each account in the order of its versions, each version once.

    Each is structured CloudEvents JSON, as the topic and the journal keep it, and is read through its contract. Every
    fingerprint of this fold version is compared; an account is folded up to its first gap. Raises Unreadable for what
    is no event of this deployment.
    """
    folded = Folded(rows=no_rows(service))
    for customer_id, events in sorted(_by_account(values, upcasts).items()):
        account = Account(customer_id, service.initial())
        for _, own in sorted(events.items()):
            if take(service, account, own, folded.fold_row):
                folded.events += 1
                folded.compare(service, account)
        folded.close(account)
    return folded


def _by_account(values: Iterable[bytes | None], upcasts: Sequence[Upcast]) -> dict[str, dict[int, OwnEvent]]:
    accounts: dict[str, dict[int, OwnEvent]] = {}
    for value in values:
        own = own_event(decode_attributes(value or b"", upcasts))
        accounts.setdefault(own.subject, {}).setdefault(own.version, own)
    return accounts
