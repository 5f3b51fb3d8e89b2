"""Does notifications answer over HTTP as the interface says?"""

from typing import Any

import httpx
import pytest

from schemas.notifications import ContactAddressCorrected, EmailFailed, EmailRequested
from schemas.vocabulary import EmailFailure, EmailStatus
from services.notifications.domain.commands import EmailOutcome
from tests.unit.memory_edge import OPERATOR, OTHER_STOREFRONT, STOREFRONT
from tests.unit.notifications.builders import placed, priced
from tests.unit.notifications.memory_edge import MemoryEdge

PERSON = {"name": "Rossi Srl", "email": "a@rossi.example", "vat_number": "12345670017", "tax_code": None}
CONTACT = "/v1/operator/customers/c-1/contact"


@pytest.fixture
async def edge() -> MemoryEdge:
    edge = MemoryEdge()
    sealed = await edge.keyring.seal("c-1", "o-1", PERSON)
    await edge.receives(placed(personal=sealed), priced())
    return edge


async def ask(edge: MemoryEdge, method: str, path: str, **more: Any) -> httpx.Response:
    async with edge.client() as client:
        return await client.request(method, path, headers=more.pop("headers", OPERATOR), **more)


def requested(edge: MemoryEdge) -> EmailRequested:
    return next(event for event in edge.journal() if isinstance(event, EmailRequested))


async def in_doubt(edge: MemoryEdge) -> str:
    email_id = requested(edge).email_id
    await edge.submit(EmailOutcome("c-1", email_id, EmailStatus.IN_DOUBT))
    return email_id


class TestTheMailsOfACustomer:
    async def test_they_are_listed_without_bodies(self, edge: MemoryEdge) -> None:
        answer = await ask(edge, "GET", "/v1/customers/c-1/emails")
        mail = requested(edge)
        assert answer.status_code == 200
        assert answer.json() == {
            "emails": [
                {
                    "email_id": mail.email_id,
                    "template": "order-received",
                    "status": "REQUESTED",
                    "requested_at": "2026-01-15T09:00:00Z",
                    "sent_at": None,
                    "message_id": f"<{mail.email_id}@mail.example>",
                    "order_id": "o-1",
                }
            ],
            "next": None,
        }

    async def test_rehearsed_it_shows_the_event_and_keeps_the_address(self, edge: MemoryEdge) -> None:
        before = len(edge.journal())
        answer = await ask(edge, "PUT", f"{CONTACT}?dry_run=true", json={"email": "b@rossi.example"})
        (event,) = answer.json()["events"]
        assert (event["type"], "b@rossi.example" in answer.text) == (
            "notifications.ContactAddressCorrected.v1",
            False,
        )
        assert len(edge.journal()) == before

    async def test_an_unknown_customer_has_none(self, edge: MemoryEdge) -> None:
        assert (await ask(edge, "GET", "/v1/customers/c-9/emails")).json() == {"emails": [], "next": None}

    async def test_a_storefront_reads_those_of_its_own_customers(self, edge: MemoryEdge) -> None:
        mails = "/v1/customers/c-1/emails"
        assert (await ask(edge, "GET", mails, headers={})).status_code == 401
        assert len((await ask(edge, "GET", mails, headers=STOREFRONT)).json()["emails"]) == 1
        other = await ask(edge, "GET", mails, headers=OTHER_STOREFRONT)
        assert (other.status_code, other.json()["code"]) == (403, "STOREFRONT_DIFFERS")
        changing = await ask(edge, "PUT", CONTACT, headers=STOREFRONT, json={})
        assert (changing.status_code, changing.json()["code"]) == (403, "FORBIDDEN")


class TestCorrectingAnAddress:
    async def test_the_new_one_is_sealed_and_the_rest_of_the_person_stays(self, edge: MemoryEdge) -> None:
        answer = await ask(edge, "PUT", CONTACT, json={"email": "b@rossi.example"})
        assert (answer.status_code, answer.json()) == (200, {"customer_id": "c-1", "warnings": []})
        corrected = edge.journal()[-1]
        assert isinstance(corrected, ContactAddressCorrected)
        assert "rossi" not in corrected.model_dump_json()
        assert await edge.keyring.open("c-1", corrected.personal) == {**PERSON, "email": "b@rossi.example"}

    @pytest.mark.parametrize("address", ["rossi@pec.it", "rossi@PEC.it", "rossi@studio.legalmail.it"])
    async def test_a_certified_address_is_accepted_and_flagged(self, edge: MemoryEdge, address: str) -> None:
        answer = await ask(edge, "PUT", CONTACT, json={"email": address})
        assert answer.json()["warnings"] == ["PEC_ADDRESS"]
        corrected = edge.journal()[-1]
        assert isinstance(corrected, ContactAddressCorrected)
        assert corrected.warnings == ["PEC_ADDRESS"]

    async def test_the_same_address_again_changes_nothing(self, edge: MemoryEdge) -> None:
        await ask(edge, "PUT", CONTACT, json={"email": "b@rossi.example"})
        events = len(edge.journal())
        assert (await ask(edge, "PUT", CONTACT, json={"email": "b@rossi.example"})).status_code == 200
        assert len(edge.journal()) == events

    async def test_there_and_back_are_two_corrections(self, edge: MemoryEdge) -> None:
        for address in ("b@rossi.example", "a@rossi.example", "b@rossi.example"):
            await ask(edge, "PUT", CONTACT, json={"email": address})
        corrections = [event for event in edge.journal() if isinstance(event, ContactAddressCorrected)]
        assert len({event.personal.nonce for event in corrections}) == 3

    @pytest.mark.parametrize(
        "bad",
        [
            "rossi",
            "a@rossi",
            "a b@rossi.example",
            "a@rossi.example\r\nBcc: x@evil.example",
            "a@rossi.example\n",
            "a@rossi.example,x@evil.example",
            "Rossi <a@rossi.example>",
        ],
    )
    async def test_anything_but_one_mailbox_is_refused(self, edge: MemoryEdge, bad: str) -> None:
        answer = await ask(edge, "PUT", CONTACT, json={"email": bad})
        assert (answer.status_code, answer.json()["code"]) == (422, "INVALID_REQUEST")

    async def test_an_unknown_customer_has_none(self, edge: MemoryEdge) -> None:
        answer = await ask(edge, "PUT", "/v1/operator/customers/c-9/contact", json={"email": "b@rossi.example"})
        assert (answer.status_code, answer.json()["code"]) == (404, "CUSTOMER_UNKNOWN")

    async def test_an_erased_customer_has_nothing_to_correct(self, edge: MemoryEdge) -> None:
        await edge.keyring.erase("c-1")
        answer = await ask(edge, "PUT", CONTACT, json={"email": "b@rossi.example"})
        assert (answer.status_code, answer.json()["code"]) == (409, "PERSONAL_DATA_ERASED")


class TestADoubtfulMail:
    async def test_an_operator_confirms_that_it_left(self, edge: MemoryEdge) -> None:
        email_id = await in_doubt(edge)
        path = f"/v1/operator/customers/c-1/emails/{email_id}/confirmation"
        before = len(edge.journal())
        rehearsed = (await ask(edge, "POST", f"{path}?dry_run=true")).json()
        assert [event["type"] for event in rehearsed["events"]] == ["notifications.EmailSent.v1"]
        assert len(edge.journal()) == before
        answer = await ask(edge, "POST", path)
        assert (answer.status_code, answer.json()["status"]) == (200, "SENT")
        assert (await ask(edge, "POST", path)).json()["status"] == "SENT"

    async def test_what_is_not_in_doubt_can_t_be_confirmed(self, edge: MemoryEdge) -> None:
        path = f"/v1/operator/customers/c-1/emails/{requested(edge).email_id}/confirmation"
        answer = await ask(edge, "POST", path)
        assert (answer.status_code, answer.json()["code"]) == (409, "EMAIL_NOT_IN_DOUBT")

    async def test_asked_for_once_more_the_doubtful_one_counts_as_lost(self, edge: MemoryEdge) -> None:
        email_id = await in_doubt(edge)
        path = f"/v1/operator/customers/c-1/emails/{email_id}/reissue"
        answers = [(await ask(edge, "POST", path)).json() for _ in range(2)]
        lost, again = edge.journal()[-2:]
        assert isinstance(lost, EmailFailed)
        assert isinstance(again, EmailRequested)
        assert (lost.email_id, lost.failure) == (email_id, EmailFailure.DISCARDED_BY_OPERATOR)
        assert (again.template, again.facts) == (requested(edge).template, requested(edge).facts)
        assert again.email_key == f"order-received:o-1:{email_id}"
        assert answers[0] == answers[1]
        assert (answers[0]["email_id"], answers[0]["status"]) == (again.email_id, "REQUESTED")

    async def test_one_that_was_never_requested_can_not_be_asked_for_again(self, edge: MemoryEdge) -> None:
        answer = await ask(edge, "POST", "/v1/operator/customers/c-1/emails/nothing/reissue")
        assert (answer.status_code, answer.json()["code"]) == (404, "EMAIL_UNKNOWN")

    async def test_one_that_is_on_its_way_can_not_be_asked_for_again(self, edge: MemoryEdge) -> None:
        path = f"/v1/operator/customers/c-1/emails/{requested(edge).email_id}/reissue"
        answer = await ask(edge, "POST", path)
        assert (answer.status_code, answer.json()["code"]) == (409, "EMAIL_NOT_REISSUABLE")

    async def test_a_bounce_is_recorded(self, edge: MemoryEdge) -> None:
        email_id = await in_doubt(edge)
        answer = await ask(edge, "POST", f"/v1/operator/customers/c-1/emails/{email_id}/bounce")
        assert answer.json()["status"] == "BOUNCED"

    async def test_an_unknown_mail_is_unknown(self, edge: MemoryEdge) -> None:
        answer = await ask(edge, "POST", "/v1/operator/customers/c-1/emails/nothing/confirmation")
        assert (answer.status_code, answer.json()["code"]) == (404, "EMAIL_UNKNOWN")
