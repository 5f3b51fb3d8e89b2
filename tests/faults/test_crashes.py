"""What if a service dies? At every step of commit, relay and effect, four services in each round, all in the middle of
an order: nothing is lost, nothing happens twice, and a mail whose fate is open is in doubt."""

import asyncio
import signal
from typing import Any, cast

import pytest

from deploy.local.layout import SERVICES
from operations.verify import verify_stack
from rehearsal.play.carts import E_INVOICING, cart
from rehearsal.play.stage import Stage
from runtime import failpoints
from tests.arena import Arena, patiently

ROUNDS = [
    # Each service dies at its steps one after another, started again in between.
    pytest.param(
        {
            "orders": "commit.locked",
            "billing": "commit.written",
            "provisioning": "commit.committed",
            "notifications": "effect.sending relay.read",
        },
        ("IN_DOUBT", 0),
        id="before-the-mail-is-offered",
    ),
    pytest.param(
        {
            "orders": "commit.written:2",
            "billing": "relay.sent",
            "provisioning": "relay.handed_over",
            "notifications": "effect.answered relay.sent",
        },
        ("IN_DOUBT", 1),
        id="after-the-server-took-the-mail",
    ),
    pytest.param(
        {
            "orders": "relay.sent",
            "billing": "commit.committed",
            "provisioning": "relay.read relay.marked",
            "notifications": "effect.settled relay.marked",
        },
        ("SENT", 1),
        id="after-the-answer-was-kept",
    ),
    pytest.param(
        {
            "orders": "commit.committed:2",
            "billing": "relay.marked",
            "provisioning": "commit.written commit.locked",
            "notifications": "effect.recorded commit.written",
        },
        ("SENT", 1),
        id="after-the-outcome-was-told",
    ),
    pytest.param(
        {
            "orders": "relay.marked:2 relay.read",
            "billing": "relay.read commit.locked",
            "provisioning": "relay.sent",
            "notifications": "commit.locked:2 commit.committed",
        },
        ("SENT", 1),
        id="away-from-the-mails",
    ),
]


def _points() -> list[dict[str, str]]:
    """At which steps each service ends, round by round."""
    return [cast(dict[str, str], round_.values[0]) for round_ in ROUNDS]


class TestTheRounds:
    @pytest.mark.parametrize("service", SERVICES)
    def test_every_service_dies_at_each_step_of_commit_and_relay(self, service: str) -> None:
        died = {step.partition(":")[0] for points in _points() for step in points[service].split()}
        steps = {name for name in failpoints.NAMES if name.startswith(("commit.", "relay."))} - {"relay.handed_over"}
        assert died >= (steps | {"relay.handed_over"} if service == "provisioning" else steps)


class TestWhenServicesAreKilledInTheMiddleOfAnOrder:
    @pytest.mark.parametrize(("killed", "first_mail"), ROUNDS)
    async def test_it_is_activated_once_and_everything_holds(
        self, arena: Arena, killed: dict[str, str], first_mail: tuple[str, int]
    ) -> None:
        stage = arena.stage
        await stage.at("2026-01-15T09:00:00+00:00")
        await arena.rearm({service: steps.split()[0] for service, steps in killed.items()})
        buyer = stage.names.buyer()
        order = cart(stage.names.order(), buyer, E_INVOICING)
        deaths = [asyncio.create_task(arena.revived(name, *steps.split()[1:])) for name, steps in killed.items()]

        await patiently(lambda: stage.front.submit(order))
        priced = await _order(stage, order, "AWAITING_PAYMENT")
        await stage.pay({**priced, "customer_id": buyer.customer_id}, priced["total_cents"], "structured")
        await _order(stage, order, "ACTIVATED")

        died = dict(zip(killed, await asyncio.gather(*deaths), strict=True))
        assert died == {service: [-signal.SIGKILL] * len(steps.split()) for service, steps in killed.items()}
        assert await arena.fate(buyer, "order-received") == first_mail
        assert await arena.fate(buyer, "activation-credentials") == ("SENT", 1)
        assert await stage.expiries(buyer) == {"E_INVOICING": "2027-01-15"}
        await _extend(stage, buyer)
        await verify_stack(arena.layout.run)


async def _order(stage: Stage, order: dict[str, Any], status: str) -> dict[str, Any]:
    async def look() -> dict[str, Any]:
        answer = await stage.front.order(order["order_id"])
        return {status: answer.body}[answer.body["status"]]

    return await patiently(look)


async def _extend(stage: Stage, buyer: Any) -> None:
    """What was restarted goes on: Documents is added, and e-invoicing extended to the same day."""
    await stage.at("2026-03-15T09:00:00+00:00")
    await stage.settle(await stage.add_documents(buyer))
    assert await stage.expiries(buyer) == {"E_INVOICING": "2027-03-15", "DOCUMENTS": "2027-03-15"}
