import json

import pytest
from msgspec.structs import replace

from runtime.ids import command_id
from runtime.service import Incoming
from runtime.wire.codec import encode_state
from schemas.notifications import EmailBounced, EmailFailed, EmailSent
from schemas.provisioning import CredentialsIssued, CredentialsVoided
from schemas.refusal import Refusal
from schemas.vocabulary import Branch, CredentialsVoidReason, EmailFailure
from services.provisioning.adapters.passwords import ALPHABET, draw_password
from services.provisioning.adapters.vault import Vault
from services.provisioning.domain.commands import ReissueCredentials, Settlement
from tests.unit.provisioning.builders import DOCUMENTS, E_INVOICING, credentials, first_purchase, instant, settled
from tests.unit.provisioning.memory_edge import INPUTS, MemoryEdge
from tests.unit.provisioning.spec import Provisioning, names

MAIL = {
    "customer_id": "c-1",
    "order_id": "o-1",
    "email_id": "m-1",
    "template": "activation-credentials",
    "message_id": "<m-1@coterm.example>",
}


def sent(**changes: object) -> EmailSent:
    return EmailSent.model_validate({**MAIL, "sent_at": "2026-01-15T09:00:05Z", "credential_id": "cr-1", **changes})


def failed(failure: EmailFailure) -> EmailFailed:
    body = {**MAIL, "failed_at": "2026-01-18T10:00:00Z", "credential_id": "cr-1", "failure": failure}
    return EmailFailed.model_validate(body)


def newcomer() -> Provisioning:
    story = Provisioning()
    order = first_purchase("2026-01-15", E_INVOICING)
    story.when(Settlement(order, credentials()), "orders.OrderSettled.v1")
    return story


class TestWhenTheFirstPurchaseIsSettled:
    async def test_the_secret_is_readable_by_notifications_alone(self) -> None:
        edge = MemoryEdge()

        mailed = await edge.buys(E_INVOICING)

        issued = next(event for event in edge.journal() if isinstance(event, CredentialsIssued))
        assert mailed["username"] == "U12345670017"
        assert len(mailed["password"]) >= 16
        assert mailed["credential_id"] == issued.credential_id
        assert issued.expires_at == instant("2026-01-18T09:00:00Z")
        assert mailed["expires_at"] == "2026-01-18T09:00:00.000000Z"

    async def test_password_and_personal_data_stand_nowhere_in_the_clear(self) -> None:
        edge = MemoryEdge()
        mailed = await edge.buys(E_INVOICING, DOCUMENTS)

        contents = edge.store.contents
        kept = b"".join(row.recorded.value for row in contents.journal)
        kept += b"".join(encode_state(row) for rows in contents.rows.values() for row in rows.values())
        kept += b"".join(state for _, state in contents.states.values())
        kept += b"".join(box.event.model_dump_json().encode() for box in contents.handovers)

        for canary in (mailed["password"], mailed["username"], "12345670017", "rossi", "argon2"):
            assert canary.encode() not in kept

    async def test_case_2_draws_none(self) -> None:
        edge = MemoryEdge()
        await edge.buys(E_INVOICING)
        await edge.receives(settled(Branch.ALIGNED_LONG, "2026-01-15", "2027-01-15", order_id="o-2"))
        assert len(edge.store.contents.handovers) == 1

    async def test_what_a_held_order_does_not_need_is_discarded(self) -> None:
        edge = MemoryEdge()
        await edge.buys(E_INVOICING)
        sealed = await edge.keyring.seal("c-1", "o-9", {"vat_number": "12345670017"})
        await edge.receives(first_purchase("2026-01-15", E_INVOICING, order_id="o-9", personal=sealed))
        assert len(edge.store.contents.handovers) == 1

    async def test_the_same_cause_names_the_same_credentials(self) -> None:
        edge = MemoryEdge()
        sealed = await edge.keyring.seal("c-1", "o-1", {"vat_number": "IT 12345670017"})
        order = first_purchase("2026-01-15", E_INVOICING, personal=sealed)
        incoming = Incoming(order.EVENT_TYPE, INPUTS, "c-1", order)
        vault = Vault(edge)

        first = (await vault.prepare_settlement(incoming)).data.credentials
        again = (await vault.prepare_settlement(incoming)).data.credentials

        assert first.credential_id == again.credential_id
        assert first.box != again.box

    async def test_an_erased_customers_order_is_held(self) -> None:
        edge = MemoryEdge()
        sealed = await edge.keyring.seal("c-1", "o-1", {"vat_number": "12345670017"})
        await edge.keyring.erase("c-1")
        await edge.receives(first_purchase("2026-01-15", E_INVOICING, personal=sealed))
        assert names(edge.journal()) == "ActivationHeld"


class TestTheTemporaryPassword:
    def test_it_is_long_and_unambiguous(self) -> None:
        password = draw_password()
        assert len(password) >= 16
        assert set(password) <= set(ALPHABET)
        assert not set(ALPHABET) & set("0Oo1lI \t")

    async def test_two_are_never_the_same(self) -> None:
        assert len({draw_password() for _ in range(100)}) == 100

    async def test_it_is_kept_as_a_keyed_hash_and_a_chosen_one_with_argon2id(self) -> None:
        edge = MemoryEdge()
        mailed = await edge.buys(E_INVOICING)
        account = await edge.state("c-1")
        assert account is not None
        kept = await edge.keyring.open("c-1", account.sign_in.sealed.block)
        assert kept["password_hash"] == edge.keyring.lookup("temporary-password", f"c-1\n{mailed['password']}")
        assert mailed["password"] not in str(kept)
        sealed = await Vault(edge).sealed_password(
            command_id("test.ChoosePassword", "c-1"), "c-1", "U1", "four words of mine"
        )
        chosen = await edge.keyring.open("c-1", sealed)
        assert chosen["password_hash"].startswith("$argon2id$v=19$m=19456,t=2,p=1$")


class TestWhenTheMailsFateIsKnown:
    def test_sent_is_noted(self) -> None:
        story = newcomer()
        assert names(story.when(sent())) == "CredentialsDeliveryNoted"
        assert story.table("credentials")[0].status == "SENT"

    @pytest.mark.parametrize(
        ("failure", "reason"),
        [
            (EmailFailure.CREDENTIALS_EXPIRED, CredentialsVoidReason.EXPIRED),
            (EmailFailure.HANDOVER_LOST, CredentialsVoidReason.HANDOVER_LOST),
        ],
    )
    def test_a_lost_secret_is_void(self, failure: EmailFailure, reason: CredentialsVoidReason) -> None:
        story = newcomer()
        events = story.when(failed(failure))
        assert names(events) == "CredentialsDeliveryNoted CredentialsVoided"
        row = story.table("credentials")[0]
        assert (row.status, row.failure, row.void_reason) == ("VOID", failure, reason)
        assert story.state.sign_in.is_void

    def test_a_refused_mail_shows_for_reissue(self) -> None:
        story = newcomer()
        assert names(story.when(failed(EmailFailure.REFUSED_BY_SERVER))) == "CredentialsDeliveryNoted"
        assert story.table("credentials")[0].status == "FAILED"

    def test_a_bounce_shows_for_reissue(self) -> None:
        story = newcomer()
        story.when(sent())
        bounced = EmailBounced.model_validate({**MAIL, "credential_id": "cr-1", "bounced_at": "2026-01-15T10:00:00Z"})
        story.when(bounced)
        assert story.table("credentials")[0].status == "BOUNCED"

    def test_another_mail_is_only_noted(self) -> None:
        assert names(newcomer().when(sent(credential_id=None))) == "InputNoted"

    def test_the_fate_of_a_void_password_changes_nothing(self) -> None:
        story = newcomer()
        story.when(ReissueCredentials("c-1", 1, credentials("cr-2")), ReissueCredentials.TYPE)
        story.when(failed(EmailFailure.HANDOVER_LOST))
        assert not story.state.sign_in.is_void


class TestWhenTheyAreIssuedAnew:
    def test_the_old_ones_are_void(self) -> None:
        story = newcomer()

        events = story.when(ReissueCredentials("c-1", 1, credentials("cr-2")), ReissueCredentials.TYPE)

        assert names(events) == "CredentialsVoided CredentialsIssued SignInSealed"
        voided, issued = events[:2]
        assert isinstance(voided, CredentialsVoided)
        assert isinstance(issued, CredentialsIssued)
        assert (voided.credential_id, voided.reason) == ("cr-1", CredentialsVoidReason.REISSUED)
        assert voided.expires_at == credentials("cr-1").expires_at
        assert (issued.credential_id, issued.reissued) == ("cr-2", True)
        assert {row.credential_id: row.status for row in story.table("credentials")} == {
            "cr-1": "VOID",
            "cr-2": "ISSUED",
        }

    def test_who_has_no_e_invoicing_gets_none(self) -> None:
        outcome = Provisioning().outcome(ReissueCredentials("c-1", 0, credentials()), ReissueCredentials.TYPE)
        assert isinstance(outcome, Refusal)
        assert outcome.status == 404

    async def test_without_the_key_nothing_can_be_issued(self) -> None:
        edge = MemoryEdge()
        await edge.buys(E_INVOICING)
        await edge.keyring.erase("c-1")
        submitted = await edge.submit(ReissueCredentials("c-1", 1))
        assert isinstance(submitted.outcome, Refusal)
        assert submitted.outcome.code == "PERSONAL_DATA_ERASED"


class TestWhatStandsInTheState:
    def test_it_is_small_and_comes_back_as_it_was(self) -> None:
        state = newcomer().state
        assert len(encode_state(state)) < 1500
        assert json.loads(encode_state(replace(state)))["sign_in"]["temporary"] is True
