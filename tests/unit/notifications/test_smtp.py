"""What does each answer of a real mail server mean, and what is never offered to it?"""

import asyncio
import base64
from collections.abc import AsyncIterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest

from publishing.mail_examples import PROVIDER
from runtime.effect import Retry, Taken, Verdict
from runtime.ids import command_id, input_id
from runtime.service import Fate
from schemas.vocabulary import EmailFailure, EmailStatus
from services.notifications.adapters.vault import Unopenable, Vault
from services.notifications.settings import MailSettings
from tests.unit.notifications.builders import EXPIRES_AT
from tests.unit.notifications.mail_office import PRIVATE, Office, box, opened, requested


@pytest.fixture
async def office() -> AsyncIterator[Office]:
    async with opened() as office:
        yield office


class TestWhenTheServerAccepts:
    async def test_the_mail_holds_the_secret_for_its_one_reader(self, office: Office) -> None:
        assert await office.send(requested()) == Verdict(Fate.SENT)
        (envelope,) = office.server.received
        assert envelope.rcpt_tos == ["a@rossi.example"]
        assert envelope.mail_from == "a@coterm.example"
        message = message_from_bytes(envelope.content, policy=default)
        assert isinstance(message, EmailMessage)
        body = message.get_body(("plain",))
        assert body is not None
        lines = body.get_content().splitlines()
        assert "Username: U12345670017" in lines
        assert "Password: canary-Password-42" in lines
        assert message["Message-ID"] == "<e-1@coterm.example>"

    async def test_the_outcome_is_the_same_command_each_time(self, office: Office) -> None:
        mail = MailSettings("a@coterm.example", PROVIDER, "127.0.0.1", 1, "none")
        command = office.postman(mail).outcome(requested(), Verdict(Fate.SENT))
        assert input_id(command) == command_id("notifications.email_outcome", "e-1\nSENT")
        assert (command.fate, command.email_id) == (EmailStatus.SENT, "e-1")


class TestWhenTheServerRefuses:
    async def test_at_the_recipient_for_now(self, office: Office) -> None:
        office.server.at_rcpt = "451 try later"
        assert await office.send(requested()) == Retry("REFUSED_FOR_NOW", 451)
        assert office.begun == 0

    async def test_at_the_recipient_for_good(self, office: Office) -> None:
        office.server.at_rcpt = "550 no such box"
        assert await office.send(requested()) == Verdict(Fate.FAILED, "REFUSED_BY_SERVER", 550)

    async def test_at_the_content_for_now_is_an_answer_not_a_doubt(self, office: Office) -> None:
        office.server.at_data = "451 try later"
        assert await office.send(requested()) == Retry("REFUSED_FOR_NOW", 451)

    async def test_at_the_content_for_good(self, office: Office) -> None:
        office.server.at_data = "554 refused"
        assert await office.send(requested()) == Verdict(Fate.FAILED, "REFUSED_BY_SERVER", 554)


class TestWhenTheServerIsSilent:
    async def test_nobody_listens(self, office: Office) -> None:
        result = await office.send(requested(), port=1)
        assert isinstance(result, Retry)
        assert result.everywhere
        assert office.begun == 0

    async def test_it_hangs_before_its_greeting(self, office: Office) -> None:
        gone = asyncio.Event()

        async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read()
            writer.close()
            gone.set()

        hanging = await asyncio.start_server(hang, "127.0.0.1", 0)
        port = hanging.sockets[0].getsockname()[1]
        result = await office.send(requested(), port=port, seconds=0.2)
        await gone.wait()
        hanging.close()
        assert isinstance(result, Retry)
        assert office.begun == 0

    async def test_it_dies_after_data_began(self, office: Office) -> None:
        office.server.drops_at_data = True
        result = await office.send(requested())
        assert isinstance(result, Verdict)
        assert result.fate is Fate.IN_DOUBT
        assert office.begun == 1

    async def test_a_server_without_tls_where_it_is_required_gets_nothing(self, office: Office) -> None:
        result = await office.send(requested(), security="starttls")
        assert isinstance(result, Retry)
        assert office.server.received == []


class TestWhatIsNeverOffered:
    async def test_what_another_instance_has_begun(self, office: Office) -> None:
        office.begins = False
        assert await office.send(requested()) == Taken()
        assert office.server.received == []

    async def test_an_expired_password(self, office: Office) -> None:
        office.outside.clock.instant = EXPIRES_AT
        assert await office.send(requested()) == Verdict(Fate.FAILED, "CREDENTIALS_EXPIRED")

    async def test_a_password_that_is_not_in_hand_any_more(self, office: Office) -> None:
        office.in_hand.boxes.clear()
        assert await office.send(requested()) == Verdict(Fate.FAILED, "HANDOVER_LOST")

    async def test_another_credential_s_password(self, office: Office) -> None:
        office.in_hand.boxes["cr-1"] = box("cr-2")
        assert await office.send(requested()) == Verdict(Fate.FAILED, "HANDOVER_LOST")

    async def test_anything_to_an_erased_person(self, office: Office) -> None:
        office.outside.keyring.erased = True
        assert await office.send(requested()) == Verdict(Fate.FAILED, "ADDRESS_ERASED")

    @pytest.mark.parametrize("address", ["a@rossi.example\r\nBcc: x@evil.example", ".anna@rossi.example", "a@b, c@d"])
    async def test_anything_to_what_is_no_mailbox(self, office: Office, address: str) -> None:
        office.outside.keyring.person["email"] = address
        assert await office.send(requested()) == Verdict(Fate.FAILED, "ADDRESS_INVALID")
        assert (office.begun, office.server.received) == (0, [])

    async def test_bytes_that_say_more_than_was_meant(self, office: Office) -> None:
        broken = requested(message_id="<x@y>\r\nBcc: x@evil.example")
        assert await office.send(broken) == Verdict(Fate.FAILED, "MALFORMED_MAIL")
        assert (office.begun, office.server.received) == (0, [])


class TestANameThatIsNoLineOfText:
    @pytest.mark.parametrize("name", ["R\r\nPassword: presa", "R\u2028Password: presa", "R\x85Password: presa"])
    async def test_greets_nobody(self, office: Office, name: str) -> None:
        office.outside.keyring.person["name"] = name
        assert await office.send(requested()) == Verdict(Fate.SENT)
        (envelope,) = office.server.received
        message = message_from_bytes(envelope.content, policy=default)
        assert isinstance(message, EmailMessage)
        body = message.get_body(("plain",))
        assert body is not None
        lines = body.get_content().splitlines()
        assert lines[0] == "Gentile cliente,"
        assert [line for line in lines if line.startswith("Password:")] == ["Password: canary-Password-42"]


class TestGivingUp:
    async def test_the_last_answer_is_kept(self, office: Office) -> None:
        mail = MailSettings("a@coterm.example", PROVIDER, "127.0.0.1", 1, "none")
        postman = office.postman(mail)
        verdict = postman.exhausted(requested(), Retry("REFUSED_FOR_NOW", 451))
        command = postman.outcome(requested(), verdict)
        assert (command.failure, command.smtp_code) == (EmailFailure.RETRIES_EXHAUSTED, 451)


class TestTheVault:
    def test_a_key_that_was_rotated_out_still_opens(self) -> None:
        older = "33" * 32
        assert Vault([PRIVATE, older]).open(box(private=older), "cr-1").username == "U12345670017"

    @pytest.mark.parametrize("damaged", [b"", b"short", box(private="44" * 32), base64.b64encode(box())])
    def test_what_is_not_ours_is_refused_without_a_word_of_its_content(self, damaged: bytes) -> None:
        with pytest.raises(Unopenable):
            Vault([PRIVATE]).open(damaged, "cr-1")

    def test_its_repr_shows_nothing(self) -> None:
        assert "canary" not in repr(Vault([PRIVATE]).open(box(), "cr-1"))
