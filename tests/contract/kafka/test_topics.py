"""Is a missing topic, or one with other settings, an error that names it?"""

import pytest

from runtime.errors import TopicMisconfigured
from runtime.kafka.topics import apply_topics, check_topics, declared_topics, topic_differences
from tests.contract.kafka.stack import Stack


class TestWhenTopicsAreAsDeclared:
    async def test_applying_makes_all_of_them_once_and_the_check_passes(self, stack: Stack, namespace: str) -> None:
        declared = [topic.name for topic in declared_topics(namespace)]
        assert await apply_topics(stack.kafka, namespace) == declared
        assert await apply_topics(stack.kafka, namespace) == []
        assert await topic_differences(stack.kafka, namespace) == []
        await check_topics(stack.kafka, namespace, set(declared))


class TestWhenTheyAreNot:
    async def test_each_difference_is_named(self, stack: Stack, namespace: str) -> None:
        await stack.make_topic(f"{namespace}orders.events", 3, {"message.timestamp.type": "LogAppendTime"})
        await stack.make_topic(f"{namespace}billing.events", 12, {"cleanup.policy": "compact", "retention.ms": "1000"})
        only = {f"{namespace}{name}" for name in ("orders.events", "billing.events", "provisioning.events")}
        with pytest.raises(TopicMisconfigured) as refused:
            await check_topics(stack.kafka, namespace, only)
        text = str(refused.value)
        assert f"topic {namespace}provisioning.events is missing" in text
        assert f"topic {namespace}orders.events has 3 partitions, not 12" in text
        assert f"topic {namespace}billing.events has cleanup.policy=compact, not delete" in text
        assert f"topic {namespace}billing.events has retention.ms=1000, not -1" in text
        assert f"topic {namespace}billing.events has message.timestamp.type=CreateTime, not LogAppendTime" in text
        assert "coterm topics apply" in text
