"""How does a customer get into the panel? With the mailed credentials, as a person would."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from operations.mails.mail import Maildir
from rehearsal.play.buyers import Buyer
from rehearsal.play.carts import configuration
from rehearsal.play.stage import CHOSEN_PASSWORD
from rehearsal.play.storefront import Answer, Storefront
from rehearsal.year.newest import Newest
from schemas.topics import NOTIFICATIONS_EVENTS


class KeptOut(AssertionError):
    """The panel's answer is not one that lets a customer go on."""


class Panel:
    """The panel, and the mailbox in which the credentials arrive."""

    def __init__(self, front: Storefront, mailbox: Maildir, newest: Newest) -> None:
        self._front = front
        self._mailbox = mailbox
        self._newest = newest

    async def begin(self, buyer: Buyer, *, preserves: bool) -> None:
        """Sign in for the first time, choose a password, configure; switch preservation on where it is wished."""
        whose = buyer.customer_id
        mailed = self._newest.until(partial(self._credentials, buyer), "the credentials", whose, NOTIFICATIONS_EVENTS)
        name, password = await mailed
        first = _taken(await self._front.sign_in(name, password))
        await self._do(first, "POST", "password", {"new_password": CHOSEN_PASSWORD})
        session = _taken(await self._front.sign_in(name, CHOSEN_PASSWORD))
        await self._do(session, "POST", "configuration", configuration())
        if preserves:
            await self._do(session, "PUT", "settings/ddt-preservation", {"enabled": True})

    async def _credentials(self, buyer: Buyer) -> tuple[str, str] | None:
        found = [mail.credentials for mail in self._mailbox.of(buyer.email) if mail.credentials]
        return (found[0]["Username"], found[0]["Password"]) if found else None

    async def _do(self, session: Mapping[str, Any], method: str, path: str, body: dict[str, Any]) -> None:
        _taken(await self._front.in_panel(str(session["session_token"]), method, path, body))


def _taken(answer: Answer) -> Mapping[str, Any]:
    if answer.status >= 300:
        raise KeptOut(f"the panel answered {answer.status} {answer.body}")
    return answer.body
