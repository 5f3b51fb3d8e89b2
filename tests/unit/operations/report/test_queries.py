"""Does each question get the answer that the small export's story gives?"""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from operations.export.batch import Batch
from operations.export.folder import Folder
from operations.report.query import ORDER, ask, opened, queries, query
from operations.surroundings import Misused, OperationFailed
from tests.unit.operations.export.folders import NOON
from tests.unit.operations.report.story import export

TODAY = date(2026, 1, 15)


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    with opened(export(tmp_path_factory.mktemp("story")), TODAY) as connection:
        yield connection


def answers(database: duckdb.DuckDBPyConnection, name: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in ask(database, query(name)).rows]


class TestTheStory:
    def test_of_orders_and_revenue(self, database: duckdb.DuckDBPyConnection) -> None:
        assert answers(database, "orders_per_day") == [
            (date(2026, 1, 15), "CUSTOMER_AREA", 2, 2, 5629),
            (date(2026, 1, 15), "PANEL", 2, 1, 3629),
            (date(2026, 1, 15), "SITE", 3, 0, 0),
            (date(2026, 1, 16), "SITE", 0, 1, 3000),
        ]

    def test_of_the_extension(self, database: duckdb.DuckDBPyConnection) -> None:
        assert answers(database, "extension_kept") == [
            ("CUSTOMER_AREA", 2, 1, 0.5, 1, 1629, 0),
            ("PANEL", 2, 2, 1.0, 1, 1629, 915),
            ("SITE", 1, 1, 1.0, 0, 0, 0),
            ("all", 5, 4, 0.8, 2, 3258, 915),
        ]

    def test_of_orders_that_were_paid_at_once_in_parts_or_not(self, database: duckdb.DuckDBPyConnection) -> None:
        assert answers(database, "conversion") == [
            ("ADD_ON_TO_OWNED", 5, 4, 0.8, 0, 3, 1, 0, 0),
            ("FIRST_PURCHASE", 2, 1, 0.5, 1, 1, 0, 1, 1),
            ("all", 7, 5, 5 / 7, 1, 4, 1, 1, 1),
        ]

    def test_of_the_time_from_the_last_part_to_the_activation(self, database: duckdb.DuckDBPyConnection) -> None:
        assert answers(database, "payment_to_activation") == [
            ("ADD_ON_TO_OWNED", 2, 400, 1200, 1200, 1200),
            ("FIRST_PURCHASE", 1, 800, 800, 800, 800),
            ("all", 3, 800, 1200, 1200, 1200),
        ]

    def test_of_the_expiries_ahead(self, database: duckdb.DuckDBPyConnection) -> None:
        assert answers(database, "expiries_ahead") == [
            (date(2026, 6, 1), "DOCUMENTS", 1, 1),
            (date(2026, 6, 1), "E_INVOICING", 1, 1),
            (date(2027, 1, 1), "DOCUMENTS", 2, 3),
            (date(2027, 1, 1), "E_INVOICING", 2, 3),
        ]

    def test_of_the_refusals(self, database: duckdb.DuckDBPyConnection) -> None:
        assert answers(database, "refusals") == [("BASE_REQUIRED", 2, 1), ("CHANNEL_NOT_ALLOWED", 1, 1)]

    def test_of_the_mails(self, database: duckdb.DuckDBPyConnection) -> None:
        assert answers(database, "mails") == [("order-received", 5, 4, 2, 2, 1)]


class TestTheDayExpiriesLieAheadOf:
    def test_counts_itself(self, tmp_path: Path) -> None:
        with opened(export(tmp_path), date(2026, 6, 30)) as database:
            assert len(answers(database, "expiries_ahead")) == 4
        with opened(tmp_path, date(2026, 7, 1)) as database:
            assert [row[0] for row in answers(database, "expiries_ahead")] == [date(2027, 1, 1)] * 2

    def test_is_today_when_nobody_says(self, database: duckdb.DuckDBPyConnection) -> None:
        database.execute("RESET VARIABLE as_of")
        assert all(row[0] >= date(2026, 1, 1) for row in answers(database, "expiries_ahead"))
        database.execute("SET VARIABLE as_of = DATE '2026-01-15'")


class TestAnExportInWhichNothingHappened:
    def test_answers_every_question(self, tmp_path: Path) -> None:
        with Folder(tmp_path).held() as folder:
            Batch(folder).commit(NOON)
        with opened(tmp_path, TODAY) as database:
            found = {each.name: [tuple(row) for row in ask(database, each).rows] for each in queries()}
        counts = {
            name: rows for name, rows in found.items() if rows and any(value for row in rows for value in row[1:])
        }
        assert counts == {}


class TestAQuery:
    def test_has_a_title_and_says_what_it_means(self) -> None:
        files = {path.stem for path in Path("operations/report/queries").glob("*.sql")}
        assert files == set(ORDER)
        assert all(each.title and len(each.about) > 20 for each in queries())

    def test_that_nobody_wrote_is_wrong_usage(self) -> None:
        with pytest.raises(Misused, match="no query is named revenue; known: orders_per_day"):
            query("revenue")

    def test_of_no_export_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(OperationFailed, match="is no export"), opened(tmp_path, TODAY):
            pass

    def test_of_a_damaged_export_is_told_in_one_sentence(self, tmp_path: Path) -> None:
        export(tmp_path)
        for path in tmp_path.rglob("*.parquet"):
            path.write_bytes(b"PAR1 no more")
        with pytest.raises(OperationFailed, match="can't be read: ") as raised, opened(tmp_path, TODAY) as database:
            ask(database, query("mails"))
        assert "\n" not in str(raised.value)
