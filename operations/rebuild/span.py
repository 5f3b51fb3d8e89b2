"""From where to where does a topic reach now, partition by partition?"""

from operations.surroundings import kafka
from runtime.kafka.brokers import Brokers
from runtime.kafka.log import log_reader
from schemas.topics import PARTITIONS


async def starts_of(brokers: Brokers, topic: str) -> dict[int, int]:
    """Return the first offset that each partition still holds. Raises OperationFailed."""
    async with kafka(brokers), log_reader(brokers) as log:
        return {number: at for (_, number), at in (await log.starts(_places(topic))).items()}


async def ends_of(brokers: Brokers, topic: str) -> dict[int, int]:
    """Return the offset that each partition's next record will get. Raises OperationFailed."""
    async with kafka(brokers), log_reader(brokers) as log:
        return {number: at for (_, number), at in (await log.ends(_places(topic))).items()}


def _places(topic: str) -> list[tuple[str, int]]:
    return [(topic, number) for number in range(PARTITIONS)]
