"""Would the services survive the loss of a topic? It is deleted or cut, found, written again, and compared."""

from collections.abc import Sequence
from enum import StrEnum

from operations.drill.stack_control import StackControl
from operations.drill.steps import Drill, after, before, saying_how_to_go_on
from operations.drill.stopwatch import Stopwatch
from operations.recover.log import republisher, restore_topic
from operations.surroundings import Misused, Surroundings, may_use, services_reading
from runtime.kafka.log import log_reader
from runtime.kafka.topics import apply_topics, cut_topic, delete_topic
from runtime.postgres.recover.restoring import bookkeeping
from runtime.repair.lost_topic import Row, in_order
from schemas.topics import PARTITIONS, WRITTEN_BY


class How(StrEnum):
    """How a topic is lost."""

    DELETED = "deleted"
    HEAD = "head"
    TAIL = "tail"


def plan(topic: str, how: How) -> list[str]:
    """Say what the drill would do. Raises Misused for no own topic."""
    writer, users = writer_of(topic), ", ".join(_users(topic))
    return [
        f"stop {users} and look at everything",
        f"lose {topic} ({how}) and find what is lost",
        f"publish it again from the journal of {writer}, start {users}, compare everything and check every invariant",
    ]


async def lose_log(where: Surroundings, topic: str, how: How, control: StackControl, watch: Stopwatch) -> Drill:
    """Lose a topic and bring it back. Raises OperationFailed when a step can't be done, Misused for no own topic."""
    users = _users(topic)
    drill = Drill("lose-log", topic, watch)
    first = await before(where, drill, control, users)
    with saying_how_to_go_on(f"`coterm recover log {topic} --yes`, start {', '.join(users)}, `coterm verify`"):
        await _lose_and_restore(where, drill, how)
        await after(where, drill, control, users, first)
    return drill


def _users(topic: str) -> list[str]:
    """Name the services that write or read a topic."""
    return list(dict.fromkeys((writer_of(topic), *services_reading(topic))))


async def _lose_and_restore(where: Surroundings, drill: Drill, how: How) -> None:
    topic = drill.about
    drill.watch.lost()
    with drill.watch.step(_DONE[how].format(topic=topic)):
        await _lose(where, topic, how)
    with drill.watch.step("found what is lost") as step:
        found = await restore_topic(where, topic, write=False, silent=True)
        step.result = f"{topic} is {found.state}, {sum(found.lost.values()):,} events are lost"
    with drill.watch.step("published it again from the journal") as step:
        done = await restore_topic(where, topic, write=True, silent=True)
        reset = [
            f"{reader} takes {len(numbers)} partitions anew" for reader, numbers in done.readers.items() if numbers
        ]
        readers = "; ".join(reset) or (
            "no reader was looked at" if done.unseen else "every reader goes on where it was"
        )
        step.result = f"{done.republished:,} events; {readers}"


def writer_of(topic: str) -> str:
    """Name the service whose journal holds a topic. Raises Misused when none does."""
    writer = WRITTEN_BY.get(topic)
    if writer is None or topic != f"{writer}.events":
        known = ", ".join(name for name, service in WRITTEN_BY.items() if name == f"{service}.events")
        raise Misused(f"no journal holds {topic}: a drill is for {known}")
    return writer


_DONE = {
    How.DELETED: "deleted {topic}",
    How.HEAD: "deleted the first half of each partition of {topic}",
    How.TAIL: "cut {topic} to the first half of each partition",
}


async def _lose(where: Surroundings, topic: str, how: How) -> None:
    name = where.namespace + topic
    if how is How.HEAD:
        places = [(name, number) for number in range(PARTITIONS)]
        async with log_reader(where.brokers) as log:
            starts, ends = await log.starts(places), await log.ends(places)
        await cut_topic(where.brokers, {place: (starts[place] + ends[place] + 1) // 2 for place in places})
        return
    await delete_topic(where.brokers, name)
    if how is How.TAIL:
        await _first_halves(where, topic)


async def _first_halves(where: Surroundings, topic: str) -> None:
    """Stand in for a broker that lost its last records: since none does on request, we publish what is left."""
    await apply_topics(where.brokers, where.namespace)
    writer = writer_of(topic)
    async with may_use(writer), bookkeeping(where.dsn(writer)) as books, republisher(where, topic, books) as ours:
        for number in range(PARTITIONS):
            rows = in_order(row for row in await books.rows(number) if row.marked is not None)
            async for _ in ours.publish(number, _first_half(rows), mark=False):
                pass


def _first_half(rows: Sequence[Row]) -> Sequence[Row]:
    """Cut after a whole input, as every batch of the relay ends."""
    kept = list(rows[: len(rows) // 2])
    while kept and not kept[-1].last_of_input:
        kept.pop()
    return kept
