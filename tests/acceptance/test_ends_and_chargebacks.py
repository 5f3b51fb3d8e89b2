"""R29: how does a service end on a day, and what does a chargeback do? By `coterm` and over Kafka, on a whole stack."""

from pathlib import Path

import pytest

from rehearsal.play.buyers import Buyer
from rehearsal.play.carts import DOCUMENTS, E_INVOICING, cart
from rehearsal.play.patience import eventually
from rehearsal.play.stage import Stage
from tests.builders import ordered, owner_until_june
from tests.coterm import Coterm

WHY = ("--why", "seen to")


@pytest.fixture
def coterm(running: Path) -> Coterm:
    return Coterm(running / "endpoints.json")


async def stands(coterm: Coterm, buyer: Buyer, **expected: tuple[str, str]) -> None:
    """Wait until a customer's services stand so: status and expiry, by product."""

    async def so() -> bool:
        listed = (await coterm("services", "list", buyer.customer_id, "--json")).json
        return {each["product"]: (each["status"], each["expires_on"]) for each in listed} == expected

    await eventually(so, f"the services of {buyer.customer_id} stand as {expected}")


class TestAServiceThatEndsOnADay:
    async def test_is_rehearsed_then_ends_and_its_unused_months_are_credit(self, stage: Stage, coterm: Coterm) -> None:
        buyer = await owner_until_june(stage)
        words = ("services", "end", buyer.customer_id, E_INVOICING, "--on", "2026-01-15", "--money", "to-credit", *WHY)
        rehearsed = await coterm(*words)
        assert rehearsed.code == 0, rehearsed.err
        assert "provisioning.ServiceEnded.v1  version" in rehearsed.out
        assert rehearsed.out.endswith("nothing was changed: say --yes to do it\n")
        await stands(coterm, buyer, E_INVOICING=("ACTIVE", "2026-06-30"))

        assert (await coterm(*words, "--yes")).code == 0
        await stands(coterm, buyer, E_INVOICING=("TERMINATED", "2026-06-30"))

        async def credited() -> bool:
            return await stage.credit(buyer) == 1525

        await eventually(credited, "5 months of e-invoicing, 12.50 + 2.75, are credit")
        again = await coterm(*words, "--yes")
        assert (again.code, "SERVICE_ENDED" in again.err) == (1, True)


class TestAChargeback:
    async def test_suspends_and_undoes_until_it_is_won_back(self, stage: Stage, coterm: Coterm) -> None:
        buyer = await owner_until_june(stage)
        order = await stage.place(cart(stage.names.order(), buyer, DOCUMENTS, channel="CUSTOMER_AREA"))
        payment = await stage.pay(order, order["total_cents"])
        await stage.order_is(order["order_id"], "ACTIVATED")
        both = ("ACTIVE", "2027-01-15")
        await stands(coterm, buyer, E_INVOICING=both, DOCUMENTS=both)

        words = ("payments", "chargeback", "bank", payment["payment_id"], *WHY)
        rehearsed = await coterm(*words)
        assert (rehearsed.code, "orders.PaymentChargedBack.v1" in rehearsed.out) == (0, True)
        assert (await coterm(*words, "--yes")).code == 0
        await stands(coterm, buyer, E_INVOICING=("ACTIVE", "2026-06-30"), DOCUMENTS=("SUSPENDED", "2026-06-30"))
        again = await coterm(*words, "--yes", "--json")
        assert (again.code, again.json["events"]) == (0, [])

        assert (await coterm("payments", "won", "bank", payment["payment_id"], *WHY, "--yes")).code == 0
        await stands(coterm, buyer, E_INVOICING=both, DOCUMENTS=both)

    async def test_told_over_kafka_suspends_a_first_purchase(self, stage: Stage, coterm: Coterm) -> None:
        buyer, order = await ordered(stage)
        payment = await stage.pay(order, order["total_cents"])
        await stage.order_is(order["order_id"], "ACTIVATED")
        chargeback = {
            "payment_source": payment["payment_source"],
            "payment_id": payment["payment_id"],
            "order_id": order["order_id"],
            "customer_id": buyer.customer_id,
            "amount_cents": payment["amount_cents"],
        }
        await stage.publish("storefront.PaymentChargedBack.v1", buyer.customer_id, chargeback)

        async def suspended() -> bool:
            listed = (await coterm("services", "list", buyer.customer_id, "--json")).json
            return bool(listed) and {each["status"] for each in listed} == {"SUSPENDED"}

        await eventually(suspended, f"the services of {buyer.customer_id} are suspended")

    async def test_of_an_unknown_payment_is_refused(self, coterm: Coterm) -> None:
        refused = await coterm("payments", "chargeback", "bank", "p-never-came", *WHY, "--yes")
        assert (refused.code, "no payment bank/p-never-came is known" in refused.err) == (1, True)
