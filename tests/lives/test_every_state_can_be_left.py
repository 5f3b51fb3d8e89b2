"""Does a command leave each state of orders, payments, refunds, credit, services? docs/states.md says which (R29)."""

import re
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from operations.cli import app
from schemas.vocabulary import OrderStatus, PaymentStatus, ServiceStatus
from services.billing.projections.credit_entries import EntryKind
from services.orders.projections.refunds import RefundStatus
from tests.lives import leaving
from tests.lives.evidence import findings
from tests.lives.leaving import Reach
from tests.lives.life import Life
from tests.lives.plan import BEGINNINGS

PAGE = Path("docs/states.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| ([a-z]+) \| `(\w+)` \| ([^|]*) \|", PAGE, re.MULTILINE)
STATES: dict[str, type[StrEnum]] = {
    "order": OrderStatus,
    "payment": PaymentStatus,
    "refund": RefundStatus,
    "credit": EntryKind,
    "service": ServiceStatus,
}
REACHED: dict[tuple[str, StrEnum], Reach] = {
    ("order", OrderStatus.AWAITING_PRICE): leaving.awaiting_price,
    ("order", OrderStatus.AWAITING_PAYMENT): leaving.awaiting_payment,
    ("order", OrderStatus.PARTIALLY_PAID): leaving.partially_paid,
    ("order", OrderStatus.SETTLED): leaving.settled,
    ("order", OrderStatus.HELD): leaving.held_order,
    ("payment", PaymentStatus.REGISTERED): leaving.registered,
    ("payment", PaymentStatus.HELD): leaving.held_payment,
    ("payment", PaymentStatus.CONFLICTED): leaving.conflicted,
    ("payment", PaymentStatus.CHARGED_BACK): leaving.charged_back,
    ("refund", RefundStatus.DUE): leaving.refund_due,
    ("credit", EntryKind.GRANTED): leaving.granted,
    ("credit", EntryKind.RETURNED): leaving.returned,
    ("credit", EntryKind.USED): leaving.used,
    ("service", ServiceStatus.ACTIVE): leaving.registered,
    ("service", ServiceStatus.GRACE): leaving.in_grace,
    ("service", ServiceStatus.SUSPENDED): leaving.charged_back,
}
"""How something comes into each state that is no end."""


def ways(told: str) -> list[str]:
    """List what the page names as leaving a state; nothing, where that is an end."""
    return [] if told.startswith("an end") else re.findall(r"`((?:coterm|POST) [^`]+)`", told)


LEAVING = [(kind, state, way) for kind, state, told in ROWS for way in ways(told)]


def states(life: Life, kind: str) -> list[str]:
    """Say in which states everything of a kind is; of credit, what stands of each."""
    if kind == "credit":
        return leaving.credits_standing(life)
    table = {"order": "orders", "payment": "payments", "refund": "refunds", "service": "services"}[kind]
    rows = life.rows("provisioning" if kind == "service" else "orders", table)
    return [str(row.status) for row in rows]


@pytest.mark.parametrize(("kind", "state", "way"), LEAVING)
async def test_a_command_leaves_it(kind: str, state: str, way: str) -> None:
    life = Life("leaving", BEGINNINGS[0])
    await REACHED[kind, STATES[kind](state)](life)
    before = states(life, kind)
    assert state in before
    await leaving.WAYS[way](life)
    await leaving.back(life)
    assert states(life, kind).count(state) < before.count(state)
    assert [finding for finding in findings(life.services) if not finding.holds] == []


class TestThePage:
    @pytest.mark.parametrize("kind", STATES)
    def test_names_every_state_there_is_once(self, kind: str) -> None:
        assert sorted(state for told, state, _ in ROWS if told == kind) == sorted(STATES[kind])

    def test_says_of_each_what_leaves_it_or_that_it_is_an_end(self) -> None:
        assert [(kind, state) for kind, state, told in ROWS if not told.startswith("an end") and not ways(told)] == []

    @pytest.mark.parametrize("command", sorted(set(re.findall(r"`(coterm [a-z -]+)`", PAGE))))
    def test_names_commands_that_there_are(self, command: str) -> None:
        assert CliRunner().invoke(app, [*command.split()[1:], "--help"]).exit_code == 0

    def test_is_walked_whole(self) -> None:
        left: set[Any] = {(kind, STATES[kind](state)) for kind, state, _ in LEAVING}
        assert left == REACHED.keys()
        assert {way for *_, way in LEAVING} == leaving.WAYS.keys()
