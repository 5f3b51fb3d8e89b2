"""What do a service's own events leave behind, read once from start to end? A share of its accounts, folded in memory.

The log holds each account's versions in ascending order, some of them twice; a version that comes too early (a log that
was written anew in another order) waits for those before it. Nothing here decides, acts, or knows a database.
"""

from collections.abc import Iterable
from zlib import crc32

from runtime.errors import Unreadable
from runtime.fold.account import Account, Folded, no_rows, take_all
from runtime.service import Service
from runtime.wire.lens import NO_WORDS, Headers, Words, read_own


class Slice:
    """Fold the accounts whose key falls to one of so many slices; `feed` takes whatever the log holds."""

    def __init__(self, service: Service, number: int = 0, of: int = 1, words: Words = NO_WORDS) -> None:
        self._service = service
        self._words = words
        self._number, self._of = number, of
        self._accounts: dict[bytes, Account] = {}
        self.folded = Folded(rows=no_rows(service))
        self._fold_row = self.folded.fold_row

    def holds(self, key: bytes) -> bool:
        """Tell whether an account falls to this slice."""
        return self._of == 1 or crc32(key) % self._of == self._number

    def feed(self, key: bytes, value: bytes, headers: Headers = ()) -> None:
        """Fold one record of the own topic. Raises Unreadable for what is no event of its key's account."""
        if not self.holds(key):
            return
        account = self._accounts.get(key)
        if account is None:
            account = Account(key.decode("utf-8", "replace"), self._service.initial())
        read = read_own(value, headers, account.customer_id, self._words)
        if read.subject != account.customer_id:
            raise Unreadable(f"{read.event.EVENT_TYPE} of {read.subject} is not one of its key's account")
        if not account.version:
            self._accounts[key] = account
        self.folded.events += take_all(self._service, account, read, self._fold_row)

    def finish(self) -> Folded:
        """Return what was folded, each account compared with what its last event says."""
        for _, account in sorted(self._accounts.items()):
            self.folded.compare(self._service, account, self.folded.close(account))
        return self.folded


def fold_all(service: Service, records: Iterable[tuple[bytes, bytes, Headers]]) -> Folded:
    """Fold records (key, value, headers) at once."""
    whole = Slice(service)
    for record in records:
        whole.feed(*record)
    return whole.finish()
