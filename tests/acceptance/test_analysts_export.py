"""Does an analyst get every public event once and nothing of a person, over runs that are repeated and killed?"""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import polars
import pyarrow.parquet as pq
import pytest

from deploy.local.layout import ROOT
from operations.reading import survey
from operations.report.query import opened
from rehearsal.play.carts import E_INVOICING, cart
from rehearsal.play.endpoints import read_endpoints
from rehearsal.play.stage import Stage
from schemas.topics import ANALYSED, TYPES
from tests.builders import ORDER_DAY, owner_of_both
from tests.coterm import Coterm

Place = tuple[str, str, int, int, str]
"""Topic, type, partition, offset and id of one event."""


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("analyst") / "export"


@pytest.fixture(scope="module")
def coterm(running: Path) -> Coterm:
    return Coterm(running / "endpoints.json")


def _exported(root: Path) -> Counter[Place]:
    files = f"{root}/topic=*/type=*/day=*/*.parquet"
    found = duckdb.sql(
        f"SELECT topic, type, kafka_partition, kafka_offset, event_id FROM read_parquet('{files}', "
        "hive_partitioning = true, union_by_name = true)"
    )
    assert found is not None
    return Counter(found.fetchall())


async def _on_the_log(running: Path, root: Path) -> Counter[Place]:
    """List the public events that stand on the log below where the export says it ends."""
    ends = {(at["topic"], at["partition"]): at["next_offset"] for at in _manifest(root)["positions"]}
    log = await survey(read_endpoints(running).kafka, ANALYSED)
    places: Counter[Place] = Counter()
    for (topic, partition), records in log.records.items():
        for record in records:
            envelope = json.loads(record.value or b"")
            if record.offset < ends[topic, partition] and TYPES[envelope["type"]].VISIBILITY == "public":
                places[topic, envelope["type"].split(".")[1], partition, record.offset, envelope["id"]] += 1
    return places


def _manifest(root: Path) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((root / "manifest.json").read_text())
    return read


def _written(root: Path) -> str:
    """Give every text that stands in any column of any file."""
    tables = [pq.ParquetFile(path).read().to_pylist() for path in root.rglob("*.parquet")]
    return "\n".join(_strings(tables))


def _killed(coterm: Coterm, root: Path, failpoint: str) -> int:
    words = ("export", "--to", str(root), "--endpoints", str(coterm.endpoints))
    environment = {**os.environ, "COTERM_FAILPOINT": failpoint}
    return subprocess.run(
        [sys.executable, "-m", "rehearsal.cli", *words], cwd=ROOT, env=environment, check=False
    ).returncode


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        value = [*value.keys(), *value.values()]
    if isinstance(value, list | tuple):
        for each in value:
            yield from _strings(each)
    elif isinstance(value, str):
        yield value


class TestWhenAnAnalystExports:
    async def test_every_public_event_is_there_once_and_no_person(
        self, stage: Stage, running: Path, root: Path, coterm: Coterm
    ) -> None:
        buyer = await owner_of_both(stage)
        credentials = (await stage.mail(buyer, "activation-credentials")).credentials
        result = await coterm("export", "--to", str(root), "--json")

        assert result.code == 0, result.err
        exported = _exported(root)
        assert exported == await _on_the_log(running, root)
        assert result.json["events"] == exported.total() == sum(result.json["new_events"].values())
        assert polars.scan_parquet(root / "topic=orders.events/type=OrderPlaced").filter(
            polars.col("customer_id") == buyer.customer_id
        ).collect()["lines"].to_list() == [
            [{"product": name, "action": "ACTIVATE", "years": 1} for name in ("E_INVOICING", "DOCUMENTS")]
        ]
        personal = [buyer.body["name"], buyer.email, buyer.body["vat_number"], *credentials.values()]
        written = _written(root)
        assert buyer.customer_id in written
        assert [word for word in personal if word in written] == []

    async def test_a_run_that_is_killed_and_one_after_it_take_the_rest_once(
        self, stage: Stage, running: Path, root: Path, coterm: Coterm
    ) -> None:
        await coterm("export", "--to", str(root), "--json")
        before = _exported(root)
        await stage.at(ORDER_DAY)
        await stage.place(cart(stage.names.order(), stage.names.buyer(), E_INVOICING))
        assert await asyncio.to_thread(_killed, coterm, root, "export.placed:2") == -signal.SIGKILL

        result = await coterm("export", "--to", str(root), "--json")
        assert result.code == 0, result.err
        assert _exported(root) == await _on_the_log(running, root)
        assert _exported(root) > before
        checked = await coterm("export", "--to", str(root), "--check", "--json")
        assert (checked.code, checked.json["wrong"]) == (0, [])

    async def test_until_an_instant_takes_only_what_the_log_held_before_it(
        self, tmp_path: Path, coterm: Coterm
    ) -> None:
        result = await coterm("export", "--to", str(tmp_path / "none"), "--until", "2020-01-01", "--json")
        assert (result.code, result.json["events"]) == (0, 0)


class TestTheSummaries:
    async def test_say_of_a_customer_what_the_services_answer(self, stage: Stage, root: Path, coterm: Coterm) -> None:
        buyer = await owner_of_both(stage)
        said = await coterm("export", "--to", str(root), "--json")
        assert said.code == 0, said.err
        (order,) = (await stage.front.orders_of(buyer.customer_id)).body["orders"]
        services = await stage.front.services(buyer.customer_id)
        with opened(root, date.fromisoformat(order["ordered_on"])) as asked:
            of_theirs = f"WHERE customer_id = '{buyer.customer_id}'"
            (found,) = asked.sql(f"FROM orders {of_theirs}").pl().to_dicts()
            owned = asked.sql(f"FROM services {of_theirs}").pl().to_dicts()
            (known,) = asked.sql(f"FROM customers {of_theirs}").pl().to_dicts()
        names = ("order_id", "status", "channel", "net_cents", "vat_cents", "total_cents", "outstanding_cents")
        assert {name: found[name] for name in names} == {name: order[name] for name in names}
        assert {each["product"]: (each["status"], each["expires_on"].isoformat()) for each in owned} == {
            product: (service["status"], service["expires_on"]) for product, service in services.items()
        }
        assert (known["orders_activated"], known["services_living"]) == (1, len(services))


class TestWhenAnUpdateChangedATable:
    async def test_it_is_taken_anew_and_the_others_stay(
        self, stage: Stage, running: Path, root: Path, coterm: Coterm
    ) -> None:
        await stage.at(ORDER_DAY)
        await stage.place(cart(stage.names.order(), stage.names.buyer(), E_INVOICING))
        await coterm("export", "--to", str(root), "--json")
        older = _manifest(root)
        for table in older["tables"]:
            if table["folder"] == "topic=orders.events/type=OrderPlaced":
                del table["columns"]["warnings"]
        (root / "manifest.json").write_text(json.dumps(older))

        result = await coterm("export", "--to", str(root), "--json")
        assert (result.code, result.json["taken_anew"]) == (0, ["topic=orders.events/type=OrderPlaced"])
        assert _exported(root) == await _on_the_log(running, root)
        assert (await coterm("export", "--to", str(root), "--check")).code == 0
        assert (await coterm("export", "--to", str(root), "--json")).json["taken_anew"] == []


class TestWhenAnExportCanNotGoOn:
    async def test_another_log_is_told_and_nothing_is_changed(self, stage: Stage, root: Path, coterm: Coterm) -> None:
        await stage.at(ORDER_DAY)
        await stage.place(cart(stage.names.order(), stage.names.buyer(), E_INVOICING))
        await coterm("export", "--to", str(root), "--json")
        manifest, kept = root / "manifest.json", (root / "manifest.json").read_bytes()
        strange = _manifest(root)
        for position in strange["positions"]:
            position["last_record"] = position["last_record"] and "00" * 16
        manifest.write_text(json.dumps(strange))
        try:
            result = await coterm("export", "--to", str(root))
            assert result.code == 1
            assert "was exported from another log: " in result.sentence
            assert json.loads(manifest.read_text()) == strange
        finally:
            manifest.write_bytes(kept)

    async def test_a_broker_that_is_away_is_told(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, coterm: Coterm
    ) -> None:
        monkeypatch.setenv("COTERM_KAFKA", "127.0.0.1:9")
        result = await coterm("export", "--to", str(tmp_path))
        assert result.code == 1
        assert result.sentence.startswith("Kafka at 127.0.0.1:9 can't be used")

    async def test_an_instant_without_zone_is_wrong_usage(self, tmp_path: Path, coterm: Coterm) -> None:
        result = await coterm("export", "--to", str(tmp_path), "--until", "2026-01-15T10:00:00")
        assert result.code == 2
        assert "with its zone" in result.sentence
