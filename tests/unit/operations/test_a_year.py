"""Is a year the same for a seed, told by its months, and refused where it can't be played?"""

import json
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from coterm_client import PaymentMethod
from operations.surroundings import Misused, OperationFailed
from rehearsal.cli import app
from rehearsal.play.broker import Record
from rehearsal.year.calendar import Calendar
from rehearsal.year.plan import DAYS_BETWEEN, Leaving, Paying, Payment, Renewing, plan


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Call it in a folder without a local stack."""
    monkeypatch.chdir(tmp_path)


def run(*arguments: str) -> tuple[int, str, BaseException | None]:
    done = CliRunner().invoke(app, ["simulate", *arguments])
    return done.exit_code, done.output, done.exception


class TestWhenAYearIsPlannedTwice:
    def test_the_same_seed_is_the_same_lives(self) -> None:
        assert plan(7, 300, 400) == plan(7, 300, 400)

    def test_another_seed_is_other_lives(self) -> None:
        assert plan(7, 300, 400) != plan(8, 300, 400)


class TestWhenManyLive:
    lives = plan(1, 300, 400)

    def test_everything_that_a_customer_can_do_is_done_by_somebody(self) -> None:
        payments = [life.payment.how for life in self.lives]
        payments += [life.adds.payment.how for life in self.lives if life.adds is not None]
        payments += [renewal.payment.how for life in self.lives for renewal in life.renewals]
        assert set(payments) == set(Paying)
        assert {renewal.how for life in self.lives for renewal in life.renewals} == set(Renewing)
        assert {life.leaves for life in self.lives} == {*Leaving, None}
        assert {life.charged_back.is_won for life in self.lives if life.charged_back is not None} == {True, False}

    def test_half_have_bought_before_and_paid_so_that_nobody_need_see_to_it(self) -> None:
        before = [life for life in self.lives if life.starts_on < 0]
        assert len(before) == 150
        assert {life.payment.how for life in before} == {Paying.AT_ONCE}
        assert all(life.starts_on % DAYS_BETWEEN == 0 for life in before)
        assert all(life.starts_on + life.leaves_after_days >= 0 for life in before)
        added = [life.adds.payment.how for life in before if life.adds and life.starts_on + life.adds.after_days < 0]
        assert set(added) == {Paying.AT_ONCE}

    def test_nobody_buys_after_the_last_day(self) -> None:
        assert max(life.starts_on for life in self.lives) < 400


class TestHowADueAmountComes:
    @pytest.mark.parametrize(
        ("how", "due", "comes"),
        [
            (Paying.AT_ONCE, 3660, (3660,)),
            (Paying.NEVER, 3660, ()),
            (Paying.CANCELLED, 3660, ()),
            (Paying.IN_TWO_PARTS, 3660, (1220, 2440)),
            (Paying.IN_TWO_PARTS, 1, (1,)),
            (Paying.TOO_LITTLE, 3660, (1220,)),
            (Paying.TOO_MUCH, 3660, (4160,)),
        ],
    )
    def test_by_the_way_it_is_paid(self, how: Paying, due: int, comes: tuple[int, ...]) -> None:
        assert Payment(how, PaymentMethod.CARD, days=3, surplus_cents=500).amounts(due) == comes


class TestACalendar:
    def test_counts_each_event_in_the_month_of_its_day_in_rome(self) -> None:
        calendar = Calendar()
        for record in (
            event("orders.OrderPlaced.v1", "2026-01-31T22:59:00Z"),
            event("orders.OrderPlaced.v1", "2026-01-31T23:00:00Z"),
            event("orders.OrderPriceNoted.v1", "2026-02-01T10:00:00Z"),
            event("billing.CreditGranted.v1", "2026-02-01T10:00:00Z", amount_cents=987),
            event("notifications.EmailSent.v1", "2026-02-01T10:00:00Z", template="expiry-notice"),
            event("notifications.EmailSent.v1", "2026-02-01T10:00:00Z", template="order-received"),
            event("provisioning.ExpiryAligned.v1", "2026-02-02T10:00:00Z", reason="RENEWAL", order_id="o-1"),
            event("provisioning.ExpiryAligned.v1", "2026-02-02T10:00:00Z", reason="RENEWAL", order_id="o-1"),
            event("provisioning.ExpiryAligned.v1", "2026-02-02T10:00:00Z", reason="EXTENSION", order_id="o-2"),
        ):
            calendar.take(record)
        february = {"orders": 1, "credits": 1, "credit_cents": 987, "mails": 2, "notices": 1, "renewed": 1}
        assert calendar.months == {"2026-01": {"orders": 1}, "2026-02": february}
        assert calendar.events == 9
        assert calendar.by_month(date(2026, 2, 1)) == {"before": Counter(orders=1), "2026-02": Counter(february)}


def event(kind: str, at: str, **data: Any) -> Record:
    value = json.dumps({"time": at, "data": data}).encode()
    return Record(kind.partition(".")[0] + ".events", 0, 0, b"c-1", value, {"type": kind.encode()})


class TestWhenOnlyThePlanIsAskedFor:
    def test_it_is_shown_and_nothing_is_needed(self) -> None:
        code, output, _ = run("--days", "400", "--customers", "30", "--seed", "3", "--dry-run")
        assert code == 0
        assert "30 customers over 400 days of seed 3; nothing was done" in output

    def test_as_json_too(self) -> None:
        code, output, _ = run("--days", "5", "--customers", "30", "--dry-run", "--json")
        planned = json.loads(output)["planned"]
        assert (code, planned["bought before the year"] + planned["bought in the year"]) == (0, 30)


class TestWhenItIsAskedWrongly:
    @pytest.mark.parametrize("arguments", [("--days", "0"), ("--days", "400", "--customers", "0")])
    def test_no_day_and_no_customer_are_wrong_usage(self, arguments: tuple[str, ...]) -> None:
        assert run(*arguments)[0] == 2

    def test_what_only_a_day_of_orders_takes_is_named(self) -> None:
        refusal = run("--days", "4", "--orders", "9", "--in-production")[2]
        assert isinstance(refusal, Misused)
        assert str(refusal) == "--orders, --in-production can't be said with --days or --customers"


class TestWhereItCanNotBePlayed:
    @pytest.mark.parametrize(
        ("described", "why"),
        [
            ({"kafka": "127.0.0.1:9", "env": "production", "clock": "clock"}, "its clock can't be set"),
            ({"kafka": "127.0.0.1:9"}, "nothing names the stack's clock file"),
            ({"kafka": "127.0.0.1:9", "clock": "clock"}, "the description lacks billing, "),
        ],
    )
    def test_one_sentence_says_why(self, tmp_path: Path, described: dict[str, str], why: str) -> None:
        (tmp_path / "endpoints.json").write_text(json.dumps(described))
        refusal = run("--days", "4", "--endpoints", "endpoints.json")[2]
        assert isinstance(refusal, OperationFailed)
        assert why in str(refusal)
        assert not (tmp_path / "clock").exists()
