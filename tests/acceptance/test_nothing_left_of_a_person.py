"""R45: what is left of a person who owned a service, configured it, and was erased? Nothing that says who they were."""

import json
from collections.abc import AsyncIterator, Collection
from pathlib import Path
from typing import Any

import pytest

from operations.reading import bounds_of, records_of
from operations.surroundings import Surroundings, find
from operations.verify.evidence import TOPICS
from operations.verify.secrets import elsewhere
from rehearsal.play.buyers import Buyer
from rehearsal.play.carts import E_INVOICING, cart
from rehearsal.play.patience import eventually
from rehearsal.play.stage import Stage
from schemas.topics import CREDENTIALS_HANDOVER, PARTITIONS, STOREFRONT_INTAKE
from tests.builders import ORDER_DAY
from tests.coterm import Coterm

WHY = "Requested by the customer."
ADDRESS = "Via delle Ortensie Blu"


@pytest.fixture
def coterm(running: Path) -> Coterm:
    return Coterm(running / "endpoints.json")


class TestWhenSomebodyWhoOwnedAServiceIsErased:
    async def test_no_table_and_no_topic_tells_who_they_were_and_what_comes_later_gets_one_clear_answer(
        self, stage: Stage, coterm: Coterm, running: Path, tmp_path: Path
    ) -> None:
        await stage.at(ORDER_DAY)
        buyer = _living_at(stage.names.buyer())
        await stage.owner(ORDER_DAY, E_INVOICING, buyer=buyer)
        session = await stage.signed_in(buyer)
        username = (await stage.mail(buyer, "activation-credentials")).credentials["Username"]
        words = {buyer.body["name"], buyer.email, buyer.body["vat_number"], username, ADDRESS}
        customer, where = buyer.customer_id, find(running / "endpoints.json")

        answer = await coterm("subject", customer, "--json")
        assert (answer.code, {word for word in words if word not in answer.out}) == (0, set())
        assert "password_hash" not in answer.out
        refused = await coterm("erase", customer, "--why", WHY, "--yes")
        assert f"`coterm services end {customer} {E_INVOICING}` ends it" in refused.sentence
        path = f"/v1/operator/customers/{customer}"
        ended = await stage.front.provisioning_operator.ask("POST", f"{path}/services/{E_INVOICING}/cancellation")
        assert ended.status == 200
        await eventually(lambda: _is_erased(coterm, customer), "the erasure")

        await eventually(lambda: _reads_erased(coterm, customer), "[erased] in each service that keeps a person")
        page = tmp_path / "subject.html"
        answer = await coterm("subject", customer, "--html", str(page), "--json")
        for text in (answer.out, page.read_text()):
            assert not [word for word in words if word in text]
        assert page.stat().st_mode & 0o077 == 0

        await _nothing_tells(where, words)
        found = (await elsewhere(where, [customer])).violations
        assert {violation.place.service for violation in found} >= {"orders", "billing", "provisioning"}, "it can look"

        assert (await stage.front.in_panel(session, "GET", "service-status")).status == 401
        assert (await stage.front.reissue(customer)).code == "SERVICE_UNKNOWN"
        assert (await stage.front.correct_contact(customer, "b@rossi.example")).code == "PERSONAL_DATA_ERASED"
        alone = {**cart(stage.names.order(), buyer, E_INVOICING), "customer": {"customer_id": customer}}
        assert (await stage.front.submit(alone)).code == "INVALID_REQUEST"
        (order,) = (await stage.front.orders_of(customer)).body["orders"]
        await stage.pay(order, 700)
        await eventually(lambda: _has_credit(stage, buyer, 700), "what was paid later as credit")
        await _nothing_tells(where, words)

    async def test_of_a_stranger_nothing_is_held(self, coterm: Coterm) -> None:
        answer = await coterm("subject", "c-nobody-knows")
        assert (answer.code, answer.sentence) == (1, "nothing is held about c-nobody-knows")


def _living_at(buyer: Buyer) -> Buyer:
    address = {"street": ADDRESS, "number": "7", "postal_code": "20121", "city": "Milano", "province": "MI"}
    return buyer.but(address={**address, "country": "IT"})


async def _is_erased(coterm: Coterm, customer: str) -> bool | None:
    """Ask until orders has heard that the service ended."""
    return (await coterm("erase", customer, "--why", WHY, "--yes")).code == 0 or None


async def _reads_erased(coterm: Coterm, customer: str) -> bool | None:
    """Ask until each process has looked for the key again."""
    services = (await coterm("subject", customer, "--json")).json["services"]
    keepers = [services[name] for name in ("orders", "provisioning", "notifications")]
    return all([part["content"] for part in subject["personal"]] == ["[erased]"] for subject in keepers) or None


async def _has_credit(stage: Stage, buyer: Buyer, cents: int) -> bool | None:
    return await stage.credit(buyer) == cents or None


async def _nothing_tells(where: Surroundings, words: Collection[str]) -> None:
    assert (await elsewhere(where, words)).violations == []
    seen = [text async for text in _texts(where)]
    assert seen
    assert not [word for word in words if any(word in text for text in seen)]


async def _texts(where: Surroundings) -> AsyncIterator[str]:
    """Read every record of every topic but the one on which storefronts write in the clear."""
    topics = {*TOPICS, CREDENTIALS_HANDOVER} - {STOREFRONT_INTAKE}
    async for found in records_of(where, await bounds_of(where, topics), range(PARTITIONS)):
        record: Any = found
        yield json.dumps([(part or b"").decode("utf-8", "replace") for part in (record.key, record.value)])
