"""What if a storefront dies within a transaction, so that nobody can read what stands behind its first record?"""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.errors import InvalidTransactionTimeout

from rehearsal.play.patience import eventually
from rehearsal.play.stage import Stage
from schemas.topics import STOREFRONT_INTAKE
from tests.coterm import Coterm


@pytest.fixture
def coterm(running: Path) -> Coterm:
    return Coterm(running / "endpoints.json")


class TestWhenATransactionStaysOpen:
    async def test_status_says_so_with_its_instant_and_exit_code_until_it_ends(
        self, stage: Stage, coterm: Coterm
    ) -> None:
        producer = AIOKafkaProducer(
            bootstrap_servers=stage.endpoints.kafka, transactional_id=f"dead-{stage.names.order()}"
        )

        async def notices() -> tuple[int, list[str]]:
            result = await coterm("status", "--json")
            return result.code, [notice["what"] for notice in result.json["notices"] if "transaction" in notice["what"]]

        async def seen() -> tuple[int, list[str]] | None:
            found = await notices()
            return found if found[1] else None

        async def gone() -> bool:
            return not (await notices())[1]

        await producer.start()
        try:
            await producer.begin_transaction()
            await producer.send_and_wait(STOREFRONT_INTAKE, b"{}", key=b"c-dead", partition=3)
            await stage.publisher.send(b"c-behind", b"{behind")
            code, (what,) = await eventually(seen, "status to tell of the open transaction")
            assert code == 1
            assert what.startswith("storefront.intake is held back by an open transaction since 2")
            orders = next(
                each for each in (await coterm("status", "--json")).json["services"] if each["service"] == "orders"
            )
            assert orders["records_behind"] >= 1
            await producer.abort_transaction()
        finally:
            await producer.stop()
        await eventually(gone, "status to forget it")

    async def test_the_brokers_end_it_after_a_minute_whatever_the_storefront_asked_for(self, stage: Stage) -> None:
        greedy: dict[str, Any] = {"transactional_id": "greedy", "transaction_timeout_ms": 61_000}
        producer = AIOKafkaProducer(bootstrap_servers=stage.endpoints.kafka, **greedy)
        with pytest.raises(InvalidTransactionTimeout):
            async with asyncio.timeout(20):
                await producer.start()
        await producer.stop()
