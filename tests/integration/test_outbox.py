"""Does what waits for Kafka in one bucket leave the others their turn?"""

import asyncpg

from runtime.postgres.outbox import Outbox
from tests.integration.test_commit_page import empty_database


class TestWhenManySecretsWaitInOneBucket:
    async def test_each_bucket_gets_its_own_page_oldest_first(self, databases: dict[str, dict[str, str]]) -> None:
        roles = databases["billing"]
        await empty_database(roles)
        owner = await asyncpg.connect(roles["owner"])
        await owner.executemany(
            "INSERT INTO runtime.handovers (event_id, customer_id, credential_id, bucket, value, recorded_at) "
            "VALUES (gen_random_uuid(), 'c-1', $1, $2, $1::text::bytea, '2026-01-15T09:00:00Z')",
            [("first", 1), ("second", 1), ("third", 1), ("other", 2), ("not ours", 3)],
        )
        await owner.close()
        outbox = await Outbox.open(roles["app"], lambda: None)
        page = await outbox.waiting("waiting_handovers", [1, 2], 2)
        await outbox.close()
        assert [(box.bucket, box.value) for box in page] == [(1, b"first"), (1, b"second"), (2, b"other")]
