"""Are the topics there, with the settings that the guarantees need? Applied by operators, checked by every service."""

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic, RecordsToDelete
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import NoError, TopicAlreadyExistsError, for_code

from runtime.errors import TopicMisconfigured
from runtime.kafka.brokers import Brokers, admin_client
from schemas.topics import PARTITIONS, RETENTION_HOURS, retention_ms

_LED_SECONDS = 60.0
_OF_EVERY_TOPIC = {"cleanup.policy": "delete", "message.timestamp.type": "LogAppendTime"}
"""Never compacted, and every record has the broker's own time."""


@dataclass(frozen=True, slots=True)
class DeclaredTopic:
    """A topic as it has to be."""

    name: str
    partitions: int
    config: dict[str, str]


def declared_topics(namespace: str = "") -> list[DeclaredTopic]:
    """Say what each topic has to be; a namespace stands before each name.

    Replication is the cluster's own default: 1 locally, 3 in production.
    """
    return [
        DeclaredTopic(namespace + topic, PARTITIONS, {**_OF_EVERY_TOPIC, "retention.ms": str(retention_ms(topic))})
        for topic in RETENTION_HOURS
    ]


async def apply_topics(brokers: Brokers, namespace: str = "", replication: int = -1) -> list[str]:
    """Create the declared topics that are missing and name them; differing ones are left to `check_topics`.

    Returns when every new partition has a leader: a busy broker answers before it shows what it made.
    """
    async with admin_client(brokers) as admin:
        there = set(await admin.list_topics())
        made = []
        for topic in declared_topics(namespace):
            if topic.name in there:
                continue
            # The client takes -1, the cluster's own default, only beside an (empty) assignment.
            assignment: dict[int, list[int]] | None = {} if replication == -1 else None
            new = NewTopic(topic.name, topic.partitions, replication, assignment, topic_configs=topic.config)
            made += _made(await admin.create_topics([new]))
        async with asyncio.timeout(_LED_SECONDS):
            while not await _are_led(admin, made):  # noqa: ASYNC110 - the broker tells nobody
                await asyncio.sleep(0.2)
        return made


async def delete_topic(brokers: Brokers, name: str) -> None:
    """Delete a topic with all it holds; return when it is gone. Raises TopicMisconfigured when the brokers refuse."""
    async with admin_client(brokers) as admin:
        answer = await admin.delete_topics([name])
        for _, code in answer.topic_error_codes:
            error = for_code(code)
            if error is not NoError:
                raise TopicMisconfigured(f"topic {name} can't be deleted: {error.__name__}")
        async with asyncio.timeout(_LED_SECONDS):
            while name in await admin.list_topics():  # noqa: ASYNC110 - the broker tells nobody
                await asyncio.sleep(0.2)


async def cut_topic(brokers: Brokers, before: Mapping[tuple[str, int], int]) -> None:
    """Delete what stands below an offset of each partition, as retention does."""
    async with admin_client(brokers) as admin:
        await admin.delete_records(
            {TopicPartition(*place): RecordsToDelete(before_offset=offset) for place, offset in before.items()}
        )


async def _are_led(admin: AIOKafkaAdminClient, names: list[str]) -> bool:
    if not set(names) <= set(await admin.list_topics()):
        return False
    described = await admin.describe_topics(names) if names else []
    return all(partition["leader"] >= 0 for topic in described for partition in topic["partitions"])


def _made(answer: Any) -> list[str]:
    """Name what was made; that another made it meanwhile is fine. Raises TopicMisconfigured for any other error."""
    made = []
    for name, code, *why in answer.topic_errors:
        error = for_code(code)
        if error is NoError:
            made.append(name)
        elif error is not TopicAlreadyExistsError:
            raise TopicMisconfigured(f"topic {name} can't be made: {error.__name__} {why[0] if why else ''}".rstrip())
    return made


async def topic_differences(brokers: Brokers, namespace: str = "", only: set[str] | None = None) -> list[str]:
    """Say in one sentence each which declared topic is missing or differs; empty when all are right."""
    async with admin_client(brokers) as admin:
        declared = [topic for topic in declared_topics(namespace) if only is None or topic.name in only]
        there = set(await admin.list_topics())
        present = [topic for topic in declared if topic.name in there]
        differences = [f"topic {topic.name} is missing" for topic in declared if topic.name not in there]
        if present:
            partitions = await _partitions(admin, [topic.name for topic in present])
            config = await _config(admin, [topic.name for topic in present])
            differences += [text for topic in present for text in _compare(topic, partitions, config)]
        return differences


async def missing_topics(brokers: Brokers, names: Collection[str]) -> set[str]:
    """Return which topics are not there."""
    async with admin_client(brokers) as admin:
        return set(names) - set(await admin.list_topics())


async def check_topics(brokers: Brokers, namespace: str, only: set[str]) -> None:
    """Refuse to go on without the right topics. Raises TopicMisconfigured, saying which and how."""
    differences = await topic_differences(brokers, namespace, only)
    if differences:
        raise TopicMisconfigured("; ".join(differences) + ": run `coterm topics apply`, or mend the topic")


def _compare(topic: DeclaredTopic, partitions: dict[str, int], config: dict[str, dict[str, str]]) -> list[str]:
    found = []
    if partitions[topic.name] != topic.partitions:
        found.append(f"topic {topic.name} has {partitions[topic.name]} partitions, not {topic.partitions}")
    for key, value in topic.config.items():
        actual = config[topic.name].get(key)
        if actual != value:
            found.append(f"topic {topic.name} has {key}={actual}, not {value}")
    return found


async def _partitions(admin: AIOKafkaAdminClient, names: list[str]) -> dict[str, int]:
    return {entry["topic"]: len(entry["partitions"]) for entry in await admin.describe_topics(names)}


async def _config(admin: AIOKafkaAdminClient, names: list[str]) -> dict[str, dict[str, str]]:
    resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
    found: dict[str, dict[str, str]] = {}
    answers: list[Any] = await admin.describe_configs(resources)
    for answer in answers:
        for _, _, _, name, entries in (entry[:5] for entry in answer.resources):
            found[name] = {entry[0]: entry[1] for entry in entries}
    return found
