"""For how long does a connection to the mail server serve the next mail?"""

import asyncio
from collections.abc import AsyncIterator

import pytest

from runtime.effect import Verdict
from runtime.service import Fate
from services.notifications.adapters import mail_server
from services.notifications.adapters.smtp import Postman
from tests.unit.notifications.mail_office import Office, opened, requested


@pytest.fixture
async def office() -> AsyncIterator[Office]:
    async with opened() as office:
        yield office


@pytest.fixture
async def postman(office: Office) -> AsyncIterator[Postman]:
    keeps = office.postman(office.settings)
    yield keeps
    await keeps.close()


class TestAConnectionThatIsKept:
    async def test_takes_the_next_mail_too(self, office: Office, postman: Postman) -> None:
        for _ in range(3):
            assert await postman.act(requested(), office.no_return) == Verdict(Fate.SENT)
        assert (len(office.server.received), len(office.server.connections)) == (3, 1)

    async def test_two_mails_at_once_take_two(self, office: Office, postman: Postman) -> None:
        for _ in range(2):
            await asyncio.gather(*(postman.act(requested(), office.no_return) for _ in range(2)))
        assert (len(office.server.received), len(office.server.connections)) == (4, 2)

    @pytest.mark.parametrize("how", ["close", "abort"])
    async def test_is_made_anew_where_the_server_gave_it_up(self, office: Office, postman: Postman, how: str) -> None:
        assert await postman.act(requested(), office.no_return) == Verdict(Fate.SENT)
        getattr(office.server.connections[0].transport, how)()
        assert await postman.act(requested(), office.no_return) == Verdict(Fate.SENT)
        assert (len(office.server.received), len(office.server.connections), office.begun) == (2, 2, 2)

    async def test_ends_with_a_refusal_and_the_next_mail_goes_over_another(
        self, office: Office, postman: Postman
    ) -> None:
        assert await postman.act(requested(), office.no_return) == Verdict(Fate.SENT)
        office.server.at_rcpt = "550 no such box"
        refused = await postman.act(requested(), office.no_return)
        assert refused == Verdict(Fate.FAILED, "REFUSED_BY_SERVER", 550)
        office.server.at_rcpt = "250 OK"
        assert await postman.act(requested(), office.no_return) == Verdict(Fate.SENT)
        assert (len(office.server.received), len(office.server.connections)) == (2, 2)

    async def test_that_dies_after_data_began_is_a_doubt_as_ever(self, office: Office, postman: Postman) -> None:
        assert await postman.act(requested(), office.no_return) == Verdict(Fate.SENT)
        office.server.drops_at_data = True
        result = await postman.act(requested(), office.no_return)
        assert isinstance(result, Verdict)
        assert result.fate is Fate.IN_DOUBT

    async def test_says_goodbye_after_a_while_without_mails(
        self, office: Office, postman: Postman, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(mail_server, "KEPT_SECONDS", 0.0)
        await postman.act(requested(), office.no_return)
        await asyncio.wait_for(office.server.said_goodbye.wait(), 20)

    async def test_says_goodbye_after_so_many_mails(
        self, office: Office, postman: Postman, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(mail_server, "MOST_MAILS", 2)
        for _ in range(3):
            assert await postman.act(requested(), office.no_return) == Verdict(Fate.SENT)
        assert len(office.server.connections) == 2
