"""How does one query an export by the tables' names? `tables.sql`, for DuckDB: one view per event type, and summaries.

A type that has never happened has a view too, without rows, so that a query over it runs. The summaries are views over
those: what the events leave of each order, service and customer. They hold no rows of their own, so they are never
behind the events.
"""

from collections.abc import Iterator
from importlib.resources import files

import pyarrow as pa

from operations.export.manifest import Manifest
from operations.export.tables import TABLES, Table

SUMMARIES = ("orders", "services", "running_terms", "customers", "months")
"""Each a .sql file in `summaries`; one may read those before it."""
_PARTITIONS = {"day": "DATE", "topic": "VARCHAR", "type": "VARCHAR"}
_HEAD = """\
-- Written by `coterm export`: one view per event type, then the summaries over them. Paths are the export folder's own:
-- run this from inside it, or say SET file_search_path = '<the folder>' before.
"""


def views(manifest: Manifest) -> str:
    """Write the views of an export."""
    folders = {path.rsplit("/", 2)[0] for path in manifest.stored()}
    events = (_view(table, table.folder in folders) for table in TABLES)
    return "\n".join([_HEAD, *events, *(f"\n{summary(name)}" for name in SUMMARIES)])


def summary(name: str) -> str:
    """Read the view of a summary."""
    return (files("operations.export") / "summaries" / f"{name}.sql").read_text(encoding="utf-8")


def sql_type(kind: pa.DataType) -> str:
    """Say an Arrow type as DuckDB does."""
    if pa.types.is_struct(kind):
        return f"STRUCT({', '.join(f'{field.name} {sql_type(field.type)}' for field in kind)})"
    if pa.types.is_list(kind):
        return f"{sql_type(kind.value_type)}[]"
    if pa.types.is_map(kind):
        return f"MAP({sql_type(kind.key_type)}, {sql_type(kind.item_type)})"
    if pa.types.is_timestamp(kind):
        return "TIMESTAMP WITH TIME ZONE"
    return {"string": "VARCHAR", "int64": "BIGINT", "int32": "INTEGER", "bool": "BOOLEAN", "date32[day]": "DATE"}[
        str(kind)
    ]


def _view(table: Table, has_files: bool) -> str:
    if has_files:
        what = f"* FROM read_parquet('{table.folder}/day=*/*.parquet', hive_partitioning = true)"
    else:
        what = f"{', '.join(_empty(table))} WHERE false"
    return f"CREATE OR REPLACE VIEW {table.view} AS SELECT {what};"


def _empty(table: Table) -> Iterator[str]:
    for field in table.schema:
        yield f"CAST(NULL AS {sql_type(field.type)}) AS {field.name}"
    for name, kind in _PARTITIONS.items():
        yield f"CAST(NULL AS {kind}) AS {name}"
