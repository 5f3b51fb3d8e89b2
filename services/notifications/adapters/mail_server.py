"""How is one message offered to the mail server? Over a connection that is kept for the next one, for a while."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

import aiosmtplib

from runtime.effect import PointOfNoReturn, Retry, Taken, Verdict
from runtime.service import Fate
from schemas.vocabulary import EmailFailure
from services.notifications.adapters.message import Mail
from services.notifications.settings import MailSettings

KEPT_SECONDS = 5.0
"""How long a connection waits for another mail: far below what servers allow (300 s, RFC 5321, 4.5.3.2.7)."""

MOST_MAILS = 50
"""How many mails go over one connection: servers count, and refuse who never says goodbye."""


class MailServer:
    """The connections to one mail server; as many as mails are offered at once."""

    def __init__(self, settings: MailSettings) -> None:
        self._settings = settings
        self._idle: list[Connection] = []

    async def deliver(
        self, mail: Mail, no_return: PointOfNoReturn, is_in_time: Callable[[], bool]
    ) -> Verdict | Retry | Taken:
        """Offer one message to the mail server.

        Whatever fails before DATA did not happen; an answer to DATA is an answer; silence after DATA is a doubt.
        """
        connection = await self._addressed(mail)
        if not isinstance(connection, Connection):
            return connection
        result: Verdict | Retry | Taken | None = None
        try:
            if not is_in_time():
                return Verdict(Fate.FAILED, str(EmailFailure.CREDENTIALS_EXPIRED))
            if not await no_return():
                return Taken()
            result = await _handed_in(connection.client, mail)
            return result
        finally:
            if result == Verdict(Fate.SENT):
                await self._keep(connection)
            else:
                connection.client.close()

    async def close(self) -> None:
        """Say goodbye on every connection that waits for a mail."""
        for connection in self._idle:
            connection.end_of_wait.cancel()
        idle, self._idle = self._idle, []
        await asyncio.gather(*(_farewell(connection.client) for connection in idle))

    async def _addressed(self, mail: Mail) -> "Connection | Verdict | Retry":
        """Return a connection on which the server awaits the content of a mail."""
        while self._idle:
            kept = self._idle.pop()
            kept.end_of_wait.cancel()
            answer = await _offer(kept.client, mail)
            if answer is None:
                return kept
            # A connection that the server gave up says nothing about the mail: another one will.
            if isinstance(answer, Verdict):
                return answer
        client = self._client()
        answer = await _offer(client, mail)
        return Connection(client) if answer is None else answer

    async def _keep(self, connection: "Connection") -> None:
        connection.mails += 1
        if connection.mails >= MOST_MAILS:
            await _farewell(connection.client)
            return
        connection.end_of_wait = asyncio.create_task(self._end_of_wait(connection))
        self._idle.append(connection)

    async def _end_of_wait(self, connection: "Connection") -> None:
        await asyncio.sleep(KEPT_SECONDS)
        self._idle.remove(connection)
        await _farewell(connection.client)

    def _client(self) -> aiosmtplib.SMTP:
        settings = self._settings
        return aiosmtplib.SMTP(
            hostname=settings.host,
            port=settings.port,
            timeout=settings.seconds,
            local_hostname=settings.local_hostname,
            use_tls=settings.security == "tls",
            start_tls=settings.security == "starttls",
            username=settings.username,
            password=settings.password,
        )


class Connection:
    """One connection, and how many mails it took."""

    end_of_wait: asyncio.Task[None]

    def __init__(self, client: aiosmtplib.SMTP) -> None:
        self.client = client
        self.mails = 0


async def _offer(client: aiosmtplib.SMTP, mail: Mail) -> Verdict | Retry | None:
    """Connect unless that is done, and say who writes to whom; None: the server awaits the content."""
    awaits_content = False
    try:
        answer = (None if client.is_connected else await _greeted(client)) or await _address(client, mail)
        awaits_content = answer is None
        return answer
    finally:
        if not awaits_content:
            client.close()


async def _greeted(client: aiosmtplib.SMTP) -> Retry | None:
    # A server that can't be reached, or wants no business with us, is no verdict on this mail.
    try:
        await client.connect()
    except aiosmtplib.SMTPResponseException as error:
        return Retry("NOT_WELCOME", error.code, everywhere=True)
    except (aiosmtplib.SMTPException, OSError, ValueError) as error:
        return Retry(type(error).__name__, everywhere=True)
    return None


async def _address(client: aiosmtplib.SMTP, mail: Mail) -> Verdict | Retry | None:
    try:
        await client.mail(mail.sender)
        await client.rcpt(mail.recipient)
    except aiosmtplib.SMTPResponseException as error:
        return _answered(error.code)
    except (aiosmtplib.SMTPException, OSError) as error:
        return Retry(type(error).__name__)
    return None


async def _handed_in(client: aiosmtplib.SMTP, mail: Mail) -> Verdict | Retry:
    try:
        await client.data(mail.content)
    except aiosmtplib.SMTPDataError as error:
        return _answered(error.code)
    except (aiosmtplib.SMTPException, OSError) as error:
        return Verdict(Fate.IN_DOUBT, type(error).__name__)
    return Verdict(Fate.SENT)


async def _farewell(client: aiosmtplib.SMTP) -> None:
    # The mail is accepted; how the server says goodbye changes nothing.
    with suppress(aiosmtplib.SMTPException, OSError):
        await client.quit(timeout=2)
    client.close()


def _answered(code: int) -> Verdict | Retry:
    if 500 <= code < 600:
        return Verdict(Fate.FAILED, str(EmailFailure.REFUSED_BY_SERVER), code)
    return Retry("REFUSED_FOR_NOW", code)
