"""Which mails left? What the catcher keeps, in the order of its arrival."""

from collections import defaultdict
from pathlib import Path

from operations.mails.mail import Mail, read_mail


class Mailbox:
    """The catcher's Maildir; a file once read is not read again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: set[str] = set()
        self._by_recipient: dict[str, list[Mail]] = defaultdict(list)
        self._look(keep=False)

    def of(self, address: str) -> list[Mail]:
        """Return the mails to an address since the play began, in the order of their arrival."""
        self._look()
        return list(self._by_recipient[address])

    def _look(self, *, keep: bool = True) -> None:
        folder = self._folder / "new"
        if not folder.exists():
            return
        fresh = [path for path in folder.iterdir() if path.name not in self._read]
        for path in sorted(fresh, key=lambda path: path.stat().st_mtime_ns):
            self._read.add(path.name)
            if keep:
                mail = read_mail(path.read_bytes())
                self._by_recipient[mail.recipients].append(mail)
