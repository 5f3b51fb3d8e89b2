"""Does everything hold, whatever happens? Random lives in memory, ending with every invariant checked."""

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from rehearsal.play.carts import DOCUMENTS, E_INVOICING, cart, transfer
from runtime.service import Input, Outcome
from schemas.billing import OrderPriced
from schemas.catalogue import SHIPPED, versions_stand_in
from tests.catalogues import with_new_products
from tests.lives import weather
from tests.lives.evidence import findings
from tests.lives.life import Life
from tests.lives.plan import BEGINNINGS, Plan, Step, plan
from tests.lives.playing import play, shortest

LIVES = range(int(os.environ.get("LIVES_FROM", "0")), int(os.environ.get("LIVES", "200")))
ORDERS = "/v1/orders"


@pytest.fixture
def sold(seed: int, tmp_path: Path) -> Iterator[None]:
    """In every second life more is sold than what ships: an add-on and a family that no code knows."""
    if seed % 2:
        versions_stand_in(with_new_products(tmp_path))
    yield
    versions_stand_in(SHIPPED)


@pytest.mark.usefixtures("sold")
@pytest.mark.parametrize("seed", LIVES)
async def test_a_life_ends_with_everything_as_it_must_be(seed: int) -> None:
    life = await play(plan(seed))
    if life.faults:
        short, life = await shortest(plan(seed))
        pytest.fail("\n".join([f"life {seed}, cut down to {len(short.steps)} steps:", *life.history]), pytrace=False)


class TestOneLifeByHand:
    """The same services and the same checks, without chance."""

    @pytest.fixture
    async def owner(self) -> Life:
        life = Life("by-hand", BEGINNINGS[0])
        await _order(life, "o-1", E_INVOICING, DOCUMENTS)
        await _pay(life, "o-1", 3660)
        return life

    async def test_both_bought_together_run_to_the_same_day(self, owner: Life) -> None:
        shown = await owner.operate("provisioning", "GET", "/v1/customers/c-1/services")
        assert shown is not None
        assert [each["expires_on"] for each in shown.json()["services"]] == ["2027-01-15", "2027-01-15"]
        assert [finding for finding in findings(owner.services) if not finding.holds] == []

    async def test_replaced_before_its_mail_left_a_password_needs_no_mail(self) -> None:
        life = Life("by-hand", BEGINNINGS[0])
        await _order(life, "o-1", E_INVOICING)
        life.services["notifications"].is_away = True
        await _pay(life, "o-1", 3660)
        assert await life.operate("provisioning", "POST", "/v1/operator/customers/c-1/credentials") is not None
        await life.services.drain()
        life.services["notifications"].is_away = False
        # The events first, the sealed passwords behind them: the first one is void when its own arrives.
        notifications = life.services["notifications"]
        for place in notifications.behind():
            if place[0] != "credentials.handover":
                await notifications.take(place)
        await life.services.drain()
        templates = sorted(str(row.template) for row in life.rows("notifications", "emails"))
        assert templates == ["credentials-reissued", "order-received"]
        assert [finding for finding in findings(life.services) if not finding.holds] == []


class TestWhetherItSees:
    """What is broken on purpose must be found, and cut down to what broke it."""

    async def test_money_that_nobody_got_back_is_missed(self) -> None:
        life = Life("broken", BEGINNINGS[0])
        await _order(life, "o-1", E_INVOICING)
        await _pay(life, "o-1", 9999)
        journal = life.services["billing"].edge.store.contents.journal
        journal[:] = [row for row in journal if row.type != "billing.CreditGranted.v1"]
        broken = {finding.number for finding in findings(life.services) if not finding.holds}
        assert {2, 3, 10} <= broken

    async def test_a_record_that_a_service_never_applied_is_missed(self) -> None:
        life = Life("broken", BEGINNINGS[0])
        await _order(life, "o-1", E_INVOICING)
        billing = life.services["billing"]
        life.services["orders"].is_away = True
        await _pay_over_kafka(life, "o-1", 3660)
        contents = life.services["orders"].edge.store.contents
        place = next(iter(life.services["orders"].behind()))
        contents.positions[place] = type(contents.positions[place])(len(life.services.log.records[place]))
        assert billing.behind() == []
        assert 9 in {finding.number for finding in findings(life.services) if not finding.holds}

    async def test_what_waits_with_its_account_is_accounted_for(self) -> None:
        life = Life("parked", BEGINNINGS[0])
        edge = life.services["orders"].edge
        edge.service = replace(edge.service, inputs=tuple(map(_unable_to_price, edge.service.inputs)))
        await _order(life, "o-1", E_INVOICING)
        await _pay_over_kafka(life, "o-1", 3660)
        await life.services.drain()
        (first, *behind) = [fault.reason for _, fault in edge.store.contents.parked.values()]
        assert (first, set(behind)) == ("HANDLER_FAILED", {"QUEUED"})
        assert 9 not in {finding.number for finding in findings(life.services) if not finding.holds}

    async def test_a_failing_life_is_cut_down_to_the_step_that_fails(self) -> None:
        async def breaks(life: Life, _: Random) -> str:
            life.fault("broken on purpose")
            return "something breaks"

        steps = [Step(weather.wait, number) for number in range(9)]
        steps.insert(6, Step(breaks, 0))
        short, life = await shortest(Plan("failing", BEGINNINGS[0], tuple(steps)))
        assert [step.act for step in short.steps] == [breaks]
        assert len(life.history) == 2

    def test_the_same_seed_is_the_same_life(self) -> None:
        assert plan(7) == plan(7)
        assert plan(7) != plan(8)


def _unable_to_price(entry: Input) -> Input:
    def fails(*_: Any) -> Outcome:
        raise ValueError("claim tax_identifier was taken without having been locked")

    return replace(entry, handle=fails) if entry.type == OrderPriced.EVENT_TYPE else entry


async def _order(life: Life, order_id: str, *products: str) -> None:
    answer = await life.ask("orders", "POST", ORDERS, cart(order_id, life.people[0], *products))
    assert answer is not None
    assert answer.status_code == 201, answer.text
    await life.services.drain()


async def _pay(life: Life, order_id: str, cents: int) -> None:
    answer = await life.ask("orders", "POST", f"{ORDERS}/{order_id}/payments", transfer("p-1", cents))
    assert answer is not None
    assert answer.status_code == 201, answer.text
    life.services.clock.instant += timedelta(seconds=1)
    await life.services.drain()


async def _pay_over_kafka(life: Life, order_id: str, cents: int) -> None:
    paid = {**transfer("p-1", cents), "order_id": order_id, "customer_id": "c-1"}
    life.write("storefront.PaymentReceived.v1", "c-1", paid)
