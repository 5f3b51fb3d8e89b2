"""Do renewal rate, churn, active base, MRR, credit owed and refunds say of a small business what happened in it?"""

import asyncio
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from operations.report.query import ask, opened, query
from rehearsal.play.carts import DOCUMENTS, E_INVOICING
from tests.unit.operations.report.two_years import AS_OF, two_years

YEAR = [date(2026, month, 1) for month in range(1, 13)]
JANUARY, FEBRUARY, MARCH, APRIL, MAY = (date(2027, month, 1) for month in range(1, 6))


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return asyncio.run(two_years(tmp_path_factory.mktemp("two-years") / "export"))


@pytest.fixture(scope="module")
def database(lived: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with opened(lived, AS_OF) as connection:
        yield connection


def answers(database: duckdb.DuckDBPyConnection, name: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in ask(database, query(name)).rows]


def of(product: str, rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    return [(month, *rest) for month, name, *rest in rows if name == product]


def test_the_renewal_rate_counts_each_expiry_in_its_month(database: duckdb.DuckDBPyConnection) -> None:
    assert answers(database, "renewal_rate") == [
        (JANUARY, DOCUMENTS, 1, 1, 0, 0, 1.0),
        (JANUARY, E_INVOICING, 3, 2, 1, 0, 2 / 3),
        (FEBRUARY, E_INVOICING, 1, 0, 1, 0, 0.0),
    ]


def test_churn_is_what_ended_of_what_lived(database: duckdb.DuckDBPyConnection) -> None:
    rows = of(E_INVOICING, answers(database, "churn"))
    assert {month: (living, ended) for month, living, ended, _ in rows} == {
        YEAR[1]: (3, 0),
        **dict.fromkeys(YEAR[2:6], (4, 0)),
        **dict.fromkeys(YEAR[6:9], (5, 0)),
        YEAR[9]: (5, 1),
        **dict.fromkeys((*YEAR[10:], JANUARY, FEBRUARY, MARCH), (4, 0)),
        APRIL: (4, 1),
        MAY: (3, 1),
    }
    assert [share for month, *_, share in rows if month in (YEAR[9], MARCH, APRIL)] == [0.2, 0.0, 0.25]


def test_the_active_base_leaves_out_grace_suspension_and_ends(database: duckdb.DuckDBPyConnection) -> None:
    rows = answers(database, "active_base")
    assert dict(of(E_INVOICING, [row[:3] for row in rows])) == {
        YEAR[0]: 3,
        YEAR[1]: 4,
        **dict.fromkeys(YEAR[2:5], 3),
        **dict.fromkeys(YEAR[5:9], 4),
        **dict.fromkeys(YEAR[9:], 3),
        JANUARY: 2,
        FEBRUARY: 1,
        **dict.fromkeys((MARCH, APRIL, MAY), 2),
    }
    assert dict(of(DOCUMENTS, [row[:3] for row in rows])) == {
        **dict.fromkeys((*YEAR, JANUARY, FEBRUARY), 1),
        **dict.fromkeys((MARCH, APRIL, MAY), 2),
    }
    assert all(services == customers for *_, services, customers in rows)


def test_monthly_recurring_revenue_leaves_out_what_was_free(database: duckdb.DuckDBPyConnection) -> None:
    rows = answers(database, "mrr")
    assert [row for row in of(DOCUMENTS, rows) if row[0] in (YEAR[0], YEAR[11], JANUARY, MARCH)] == [
        (YEAR[0], 0, 0), (YEAR[11], 0, 0), (JANUARY, 1, 167), (MARCH, 2, 333),
    ]  # fmt: skip
    assert [row for row in of(E_INVOICING, rows) if row[0] in (YEAR[0], YEAR[1], JANUARY, FEBRUARY, MAY)] == [
        (YEAR[0], 3, 750), (YEAR[1], 4, 1000), (JANUARY, 2, 500), (FEBRUARY, 1, 250), (MAY, 2, 500),
    ]  # fmt: skip


def test_credit_owed_is_what_stands_at_each_months_end(database: duckdb.DuckDBPyConnection) -> None:
    rows = {row[0]: row[1:] for row in answers(database, "credit_owed")}
    assert {month: row for month, row in rows.items() if any(row[:5])} == {
        YEAR[0]: (1440, 0, 0, 0, 0, 1440),
        YEAR[1]: (340, 0, 0, 0, 0, 1780),
        YEAR[2]: (0, 0, 0, 0, 340, 1440),
        YEAR[11]: (0, 100, 0, 0, 0, 1340),
        JANUARY: (0, 0, 1340, 0, 0, 0),
    }
    assert rows[YEAR[7]] == (0, 0, 0, 0, 0, 1440)
    assert rows[MAY][-1] == 0


def test_refunds_are_told_by_the_month_they_fell_due_in(database: duckdb.DuckDBPyConnection) -> None:
    assert answers(database, "refunds") == [(YEAR[9], "SERVICE_ENDED", 1, 1, 2135, 2135)]


def test_an_earlier_day_tells_what_was_known_then(lived: Path) -> None:
    with opened(lived, date(2027, 1, 20)) as database:
        assert answers(database, "renewal_rate")[-1][:3] == (JANUARY, E_INVOICING, 2)
        assert of(E_INVOICING, answers(database, "active_base"))[-1] == (JANUARY, 2, 2)
