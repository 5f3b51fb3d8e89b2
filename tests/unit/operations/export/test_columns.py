"""Does every value of every public event stand in its column, and nothing of a person in any?"""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import polars
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pydantic import BaseModel, Field

from operations.export.columns import WITHHELD, NoColumn, columns_of, is_withheld
from operations.export.rows import arrow_table, row_of
from operations.export.tables import ENVELOPE, TABLES, Table, tables
from operations.export.views import sql_type
from schemas.envelope import Event
from schemas.personal import SealedBlock
from schemas.topics import ANALYSED, EVENTS, TYPES
from schemas.vocabulary import Product
from tests.unit.operations.export.literals import APPENDED_MS, golden, record

BY_TYPE = {table.event_type: table for table in TABLES}


@pytest.fixture(params=sorted(BY_TYPE))
def table(request: pytest.FixtureRequest) -> Table:
    return BY_TYPE[request.param]


def _exported(table: Table) -> pa.Table:
    row = row_of(record(table.topic, table.event_type, offset=41, partition=3))
    assert row is not None
    return arrow_table(table, [row])


def _expected(table: Table) -> dict[str, Any]:
    """What the golden example says, as plain JSON, of the fields that have a column."""
    event = TYPES[table.event_type].model_validate(golden(table.event_type)["data"])
    kept: dict[str, Any] = _kept(event)
    return kept


def _kept(value: Any) -> Any:
    if isinstance(value, BaseModel):
        kept = {
            name: getattr(value, name)
            for name, field in type(value).model_fields.items()
            if not is_withheld(name, field.annotation)
        }
        return {name: _kept(each) for name, each in kept.items()}
    if isinstance(value, list):
        return [_kept(each) for each in value]
    if isinstance(value, dict):
        return {_kept(key): _kept(each) for key, each in value.items()}
    return str(value) if isinstance(value, str) else value


def _plain(value: Any, kind: pa.DataType) -> Any:
    """Bring what a reader gives to what Python would say: maps as dicts, instants in UTC, at any depth."""
    if pa.types.is_struct(kind) and value is not None:
        return {field.name: _plain(value[field.name], field.type) for field in kind}
    if pa.types.is_list(kind) and value is not None:
        return [_plain(each, kind.value_type) for each in value]
    if pa.types.is_map(kind) and value is not None:
        pairs = value.items() if isinstance(value, dict) else [_pair(each) for each in value]
        return dict(pairs)
    return value.astimezone(UTC) if isinstance(value, datetime) else value


def _pair(each: Any) -> tuple[Any, Any]:
    return (each["key"], each["value"]) if isinstance(each, dict) else each


def _agree(table: Table, row: dict[str, Any]) -> None:
    expected = _expected(table)
    assert set(row) == {column.name for column in ENVELOPE} | set(expected)
    for column in table.columns:
        assert _plain(row[column.name], column.kind) == expected[column.name], column.name


class TestAGoldenExample:
    def test_comes_through_parquet_with_the_same_values(self, table: Table, tmp_path: Path) -> None:
        pq.write_table(_exported(table), tmp_path / "one.parquet", compression="zstd")
        (row,) = pq.read_table(tmp_path / "one.parquet").to_pylist()
        _agree(table, row)
        example = golden(table.event_type)
        assert row["event_type"] == example["type"]
        assert row["event_time"] == datetime.fromisoformat(example["time"])
        assert (row["sequence"], row["correlation_id"]) == (int(example["sequence"]), example.get("correlationid"))
        assert (row["kafka_partition"], row["kafka_offset"]) == (3, 41)
        assert row["appended_at"].timestamp() * 1000 == APPENDED_MS

    def test_is_read_alike_by_duckdb_and_polars(self, table: Table, tmp_path: Path) -> None:
        path = tmp_path / "one.parquet"
        pq.write_table(_exported(table), path, compression="zstd")
        found = duckdb.sql(f"FROM read_parquet('{path}')")
        assert found is not None
        (values,) = found.fetchall()
        _agree(table, dict(zip(found.columns, values, strict=True)))
        kinds = [str(duckdb.sqltype(sql_type(field.type))) for field in table.schema]
        assert [str(kind) for kind in found.types] == kinds
        (row,) = polars.read_parquet(path).to_dicts()
        _agree(table, row)


class TestAnEventInAnOlderVersion:
    def test_stands_in_the_newest_versions_columns_and_says_what_it_was(self) -> None:
        row = row_of(record("billing.events", "billing.PricingRefused.v1"))
        assert row is not None
        (written,) = arrow_table(row.table, [row]).to_pylist()
        assert row.table is BY_TYPE["billing.PricingRefused.v2"]
        assert (written["event_type"], written["reason"]) == ("billing.PricingRefused.v1", "BASE_MISSING")


class TestTheTables:
    def test_are_the_public_types_of_the_topics_that_analysts_read(self) -> None:
        public = {model.EVENT_TYPE for topic in ANALYSED for model in EVENTS[topic] if model.VISIBILITY == "public"}
        newest = {
            max(kind for kind in public if kind.rpartition(".v")[0] == name.rpartition(".v")[0]) for name in public
        }
        assert set(BY_TYPE) == newest
        assert set(ANALYSED) == {"orders.events", "billing.events", "provisioning.events", "notifications.events"}

    def test_have_names_and_columns_that_are_never_taken_twice(self) -> None:
        assert len({table.view for table in TABLES}) == len({table.folder for table in TABLES}) == len(TABLES)
        for each in TABLES:
            assert len(set(each.schema.names)) == len(each.schema.names), each.name
            assert not {"day", "topic", "type"} & set(each.schema.names), each.name

    def test_are_called_as_people_write(self) -> None:
        views = {table.name: table.view for table in TABLES}
        assert views["OrderPlaced"] == "order_placed"
        assert views["ServiceActivated"] == "service_activated"

    def test_take_the_newest_version_of_a_type(self) -> None:
        class Placed(Event):
            EVENT_TYPE = "orders.Placed.v2"

        class PlacedLater(Event):
            EVENT_TYPE = "orders.Placed.v10"

        (table,) = tables({"orders.events": (PlacedLater, Placed)})
        assert (table.model, table.folder) == (PlacedLater, "topic=orders.events/type=Placed")


class TestWhatTellsOfAPerson:
    def test_has_no_column(self) -> None:
        for table in TABLES:
            for name, field in table.model.model_fields.items():
                if field.annotation is SealedBlock or name.endswith("_hash") or name in WITHHELD:
                    assert name not in table.schema.names

    def test_is_known_by_names_that_exist(self) -> None:
        names = {name for table in TABLES for name in table.model.model_fields}
        assert names >= WITHHELD

    def test_has_none_within_a_part_either(self) -> None:
        class Part(BaseModel):
            shown: int
            sealed: SealedBlock | None = None
            body_hash: str = ""

        class Whole(BaseModel):
            parts: list[Part]

        (column,) = columns_of(Whole)
        assert [field.name for field in column.kind.value_type] == ["shown"]


class TestTheTypeOfAField:
    def test_becomes_the_type_of_its_column(self) -> None:
        class Everything(BaseModel):
            cents: int = Field(ge=0)
            day: date | None = None
            product: Product | None = None
            bought: list[Product] = []
            until: dict[Product, date] = {}

        assert [(each.name, str(each.kind), each.optional) for each in columns_of(Everything)] == [
            ("cents", "int64", False),
            ("day", "date32[day]", True),
            ("product", "string", True),
            ("bought", "list<item: string not null>", False),
            ("until", "map<string, date32[day]>", False),
        ]

    def test_that_no_column_is_known_for_is_told_by_its_name(self) -> None:
        class Strange(BaseModel):
            share: float

        with pytest.raises(NoColumn, match=r"Strange\.share"):
            columns_of(Strange)
