"""Can an operator see how everything stands, where an order is, what was believed, and which mails are in doubt?"""

from pathlib import Path
from typing import Any

import pytest

from rehearsal.play.carts import DOCUMENTS, E_INVOICING, cart
from rehearsal.play.patience import eventually
from rehearsal.play.stage import Stage
from runtime.clock import SystemClock
from runtime.kafka.log import log_reader
from schemas.topics import STOREFRONT_INTAKE
from tests.builders import ORDER_DAY
from tests.coterm import Coterm


@pytest.fixture
def coterm(running: Path) -> Coterm:
    return Coterm(running / "endpoints.json")


class TestWhenAnOrderIsActivated:
    async def test_its_timeline_crosses_the_four_services_with_every_cause(self, stage: Stage, coterm: Coterm) -> None:
        buyer = await stage.owner(ORDER_DAY, E_INVOICING)
        orders = (await stage.front.orders_of(buyer.customer_id)).body["orders"]
        order_id = orders[0]["order_id"]

        async def at_rest() -> dict[str, Any] | None:
            found = (await coterm("where-is", order_id, "--json")).json
            return found if not found["waits"] else None

        found = await eventually(at_rest, "an order that waits for nothing")
        assert (found["status"], found["customers"]) == ("ACTIVATED", [buyer.customer_id])
        events = [f"{event['service']} {event['type'].split('.')[1]}" for event in found["events"]]
        for earlier, later in [
            ("orders OrderPlaced", "billing OrderPriced"),
            ("billing OrderPriced", "orders OrderPriceNoted"),
            ("orders OrderSettled", "provisioning ServiceActivated"),
            ("provisioning CredentialsIssued", "notifications EmailSent"),
        ]:
            assert events.index(earlier) < len(events) - 1 - events[::-1].index(later)
        causes = {
            f"{event['service']} {event['type'].split('.')[1]}": event["cause"]["what"] for event in found["events"]
        }
        assert causes["billing OrderPriced"].startswith("orders OrderPlaced")
        assert causes["orders OrderPlaced"] == "storefront OrderSubmitted"
        assert "[sealed]" in str(found)
        assert buyer.email not in str(found)

    async def test_as_of_an_instant_shows_what_was_known_then_and_opens_it_when_asked(
        self, stage: Stage, coterm: Coterm
    ) -> None:
        buyer = await stage.owner("2026-02-10T10:00:00+01:00", E_INVOICING)
        await stage.mail(buyer, "order-received")  # the clock goes on for it too
        await stage.at("2026-02-12T10:00:00+01:00")
        await stage.add_documents(buyer)
        before = await coterm("as-of", "2026-02-11T00:00:00+01:00", buyer.customer_id, "--json")
        after = await coterm("as-of", "2026-02-12T12:00:00+01:00", buyer.customer_id, "--json", "--open")
        assert [len(shown.json["services"]["orders"]["rows"]["orders"]) for shown in (before, after)] == [1, 2]
        assert len(before.json["mails"]) == 2
        assert all("  SENT  left at 2026-02-10T09:00:00" in mail for mail in before.json["mails"])
        assert (buyer.email in before.out, buyer.email in after.out) == (False, True)
        early = await coterm("as-of", "2026-02-10T08:59:59Z", buyer.customer_id)
        assert (early.code, early.sentence.startswith("nobody knew")) == (1, True)

    async def test_an_unknown_order_or_customer_is_one_sentence(self, stage: Stage, coterm: Coterm) -> None:
        order = await coterm("where-is", "o-nobody-knows")
        assert order.code == 1
        assert order.sentence.startswith("no order o-nobody-knows is known")
        customer = await coterm("as-of", "2026-02-12T12:00:00Z", "c-nobody-knows")
        assert (customer.code, customer.sentence) == (1, "no service has an event of customer c-nobody-knows")


class TestWhenADatabaseIsTakenForAnothers:
    async def test_no_command_touches_it(self, stage: Stage, coterm: Coterm, monkeypatch: pytest.MonkeyPatch) -> None:
        await stage.owner(ORDER_DAY, E_INVOICING)
        roles = stage.endpoints.postgres["orders"]
        for variable, role in (("OWNER_DSN", "owner"), ("DSN", "app"), ("REBUILDER_DSN", "rebuilder")):
            monkeypatch.setenv(f"COTERM_POSTGRES_{variable}", roles[role])
        for words in (
            "rebuild billing", "rebuild show billing", "rebuild cancel billing", "recover database billing",
            "recover log billing.events", "parked list billing", "verify",
            "drill lose-log billing.events --stopped --yes",
        ):  # fmt: skip
            result = await coterm(*words.split())
            assert result.code == 1, words
            assert "this is not the database of billing: its journal holds events of orders" in result.sentence, words


class TestWhenARecordWaits:
    async def test_how_long_is_told_by_when_the_brokers_appended_it(self, stage: Stage) -> None:
        partition, offset = await stage.publisher.send(b"c-1", b"{nothing")
        sent = SystemClock().now()
        async with log_reader(stage.endpoints.kafka) as log:
            written = await log.written_from({(STOREFRONT_INTAKE, partition): offset})
        (appended,) = written.values()
        assert abs((sent - appended).total_seconds()) < 30


class TestWhenAMailIsInDoubt:
    async def test_it_is_confirmed_or_asked_for_once_more_and_a_password_is_never_mailed_twice(
        self, stage: Stage, coterm: Coterm
    ) -> None:
        await stage.at(ORDER_DAY)
        buyer = stage.names.buyer()
        silent = buyer.but(email=f"silent@{buyer.customer_id}.example")
        await stage.buy(silent, E_INVOICING)
        await stage.place(cart(stage.names.order(), silent, DOCUMENTS, channel="CUSTOMER_AREA"))

        async def in_doubt() -> list[dict[str, Any]] | None:
            mails = (await coterm("mails", "list", "--json")).json
            ours = [mail for mail in mails if mail["customer_id"] == buyer.customer_id]
            return ours if len(ours) == 3 else None

        first, credentials, second = _by_kind(await eventually(in_doubt, "three mails in doubt"))
        assert (await coterm("mails", "confirm-sent", first["email_id"])).out.endswith("say --yes to do it\n")
        confirmed = await coterm("mails", "confirm-sent", first["email_id"], "--yes", "--json")
        assert confirmed.json["mail"]["status"] == "SENT"
        again = await coterm("mails", "confirm-sent", first["email_id"], "--yes")
        assert (again.code, "is SENT, not IN_DOUBT" in again.sentence) == (1, True)

        assert (await stage.front.correct_contact(buyer.customer_id, buyer.email)).status == 200
        assert (await coterm("mails", "reissue", second["email_id"], "--yes")).code == 0
        assert (await stage.mail(buyer, "order-received")).message_id != second["message_id"]
        assert (await coterm("mails", "reissue", credentials["email_id"], "--yes")).code == 0
        lines = (await stage.mail(buyer, "credentials-reissued")).credentials
        assert (await stage.front.sign_in(lines["Username"], lines["Password"])).status == 200
        assert await in_doubt() is None
        fates = {mail["email_id"]: mail["status"] for mail in await stage.front.emails(buyer.customer_id)}
        assert (fates[second["email_id"]], fates[credentials["email_id"]]) == ("FAILED", "FAILED")


def _by_kind(mails: list[dict[str, Any]]) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Return the first order's mail, the credentials' and the second order's."""
    (credentials,) = [mail for mail in mails if mail["template"] == "activation-credentials"]
    first, second = [mail for mail in mails if mail["template"] == "order-received"]
    if credentials["order_id"] != first["order_id"]:
        first, second = second, first
    return first, credentials, second
