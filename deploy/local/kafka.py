"""How does a real Apache Kafka broker come to run from its jars?"""

import asyncio
import hashlib
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

from aiokafka.errors import KafkaError

from deploy.local import prerequisites
from deploy.local.layout import Layout
from deploy.local.process import Process
from deploy.local.progress import StackFailure, step, tell
from deploy.local.secrets import Secrets
from runtime.kafka.brokers import Brokers
from runtime.kafka.log import log_reader
from runtime.kafka.topics import apply_topics, declared_topics

_HERE = Path(__file__).parent
_SECONDS = 90.0
_BENCHMARK = "COTERM_KAFKA_FULL_JIT"


async def start(layout: Layout, secrets: Secrets) -> None:
    """Start the broker if it is not there, with its topics; ready means that the controller answered for each."""
    broker = Process(layout, "kafka")
    if broker.pid() is None:
        jars = await fetch_jars(layout)
        async with step("kafka", "starting Apache Kafka"):
            _launch(layout, secrets, broker, jars)
            await broker.wait_until(lambda: has_topics(layout.address("kafka")), _SECONDS)
    else:
        await broker.wait_until(lambda: has_topics(layout.address("kafka")), _SECONDS)
        tell("kafka", "already running")


async def stop(layout: Layout) -> bool:
    """Stop the broker and keep the class archive it leaves behind, so that the next start is quicker."""
    stopped = await Process(layout, "kafka").stop(signal.SIGTERM, 20.0)
    fresh = layout.run / "kafka" / "fresh.jsa"
    if stopped and fresh.exists():
        fresh.replace(_class_archive(layout))
    return stopped


async def fetch_jars(layout: Layout) -> list[Path]:
    """Return the broker's jars in a fixed order, downloaded by Maven when missing, always proven by jars.sha256.

    Raises StackFailure when a jar is missing, unknown or not the one that was committed.
    """
    libs = layout.downloads / "libs"
    if not libs.is_dir() or len(list(libs.glob("*.jar"))) < len(_expected()):
        async with step("kafka", "downloading Apache Kafka's jars with Maven (44 MB, once)"):
            command = [
                prerequisites.maven(), "-B", "-ntp", "-q", "-f", str(_HERE / "pom.xml"), "dependency:copy-dependencies",
                "-DincludeScope=runtime", f"-DoutputDirectory={libs}",
            ]  # fmt: skip
            done = await _run(command)
            if done:
                raise StackFailure("Maven could not fetch Kafka's jars", done)
    found = {jar.name: hashlib.sha256(jar.read_bytes()).hexdigest() for jar in libs.glob("*.jar")}
    wrong = sorted({name for name, _ in found.items() ^ _expected().items()})
    if wrong:
        raise StackFailure(f"Kafka's jars differ from deploy/local/jars.sha256: {', '.join(wrong)}", f"  remove {libs}")
    return sorted(libs / name for name in found)


def _expected() -> dict[str, str]:
    lines = (_HERE / "jars.sha256").read_text().splitlines()
    return {name: digest for digest, name in (line.split(maxsplit=1) for line in lines)}


async def _run(command: list[str]) -> str:
    """Run a command to its end; return nothing when it went well, else the end of what it said."""
    child = await asyncio.create_subprocess_exec(
        *command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    output, _ = await child.communicate()
    return output.decode(errors="replace")[-3000:] if child.returncode else ""


def _launch(layout: Layout, secrets: Secrets, broker: Process, jars: list[Path]) -> None:
    """Format the storage once, then start the broker."""
    home = layout.run / "kafka"
    home.mkdir(exist_ok=True)
    java = prerequisites.java()
    properties = home / "server.properties"
    properties.write_text("\n".join(_server_properties(layout)) + "\n")
    common = [str(java), *_jvm_flags(home), "-cp", ":".join(map(str, jars))]
    environment = {"PATH": os.environ.get("PATH", ""), "HOME": os.environ.get("HOME", "/"), "LC_ALL": "C.UTF-8"}
    if not (home / "data" / "meta.properties").exists():
        command = [*common, "kafka.tools.StorageTool", "format", "--standalone", "-t", secrets["kafka-cluster-id"]]
        done = subprocess.run(  # noqa: S603
            [*command, "-c", str(properties)], env=environment, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise StackFailure("Kafka's storage could not be formatted", (done.stdout + done.stderr)[-3000:])
    archive = list(_archive_flags(layout, java))
    broker.start([common[0], *archive, *common[1:], "kafka.Kafka", str(properties)], environment)


def _server_properties(layout: Layout) -> Iterator[str]:
    """Configure one node that is broker and controller, small, on loopback, never creating a topic by itself."""
    broker, controller = layout.address("kafka"), layout.address("controller")
    yield from (
        "process.roles=broker,controller",
        "node.id=1",
        f"controller.quorum.bootstrap.servers={controller}",
        f"listeners=PLAINTEXT://{broker},CONTROLLER://{controller}",
        f"advertised.listeners=PLAINTEXT://{broker}",
        "controller.listener.names=CONTROLLER",
        "listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
        f"log.dirs={layout.run.resolve() / 'kafka' / 'data'}",
        "auto.create.topics.enable=false",
        "num.partitions=1",
        "default.replication.factor=1",
        "offsets.topic.replication.factor=1",
        "offsets.topic.num.partitions=4",
        "transaction.state.log.replication.factor=1",
        "transaction.state.log.min.isr=1",
        "transaction.state.log.num.partitions=4",
        # A storefront that dies within a transaction holds a partition back for no longer than this.
        "transaction.max.timeout.ms=60000",
        "share.coordinator.state.topic.replication.factor=1",
        "share.coordinator.state.topic.min.isr=1",
        "share.coordinator.state.topic.num.partitions=1",
        "group.initial.rebalance.delay.ms=0",
        "log.retention.ms=-1",
        # A killed broker may register again only when its old session is over (9 s by default).
        "broker.session.timeout.ms=4000",
        "broker.heartbeat.interval.ms=1000",
        # The default of 128 MiB is one array made at start, too much for this heap.
        "log.cleaner.dedupe.buffer.size=8388608",
        "num.network.threads=2",
        "num.io.threads=4",
        "background.threads=2",
    )


def _jvm_flags(home: Path) -> Iterator[str]:
    yield from ("-Xms128m", "-Xmx384m", "-XX:+UseSerialGC", "-Xshare:auto", "-XX:-UsePerfData")
    yield from ("-Djava.awt.headless=true", "-Djava.net.preferIPv4Stack=true", f"-Dkafka.logs.dir={home}")
    yield f"-Dlog4j2.configurationFile=file:{_HERE / 'log4j2.properties'}"
    if not os.environ.get(_BENCHMARK):
        yield "-XX:TieredStopAtLevel=1"


def _class_archive(layout: Layout) -> Path:
    """Name the archive of loaded classes; it fits one Java, one set of jars and one place only."""
    java = prerequisites.java()
    fits = f"{java.resolve()}{prerequisites.java_version(java)}{(_HERE / 'jars.sha256').read_text()}"
    return layout.downloads / f"classes-{hashlib.sha256(fits.encode()).hexdigest()[:12]}.jsa"


def _archive_flags(layout: Layout, java: Path) -> Iterator[str]:
    archive = _class_archive(layout)
    if archive.exists():
        yield f"-XX:SharedArchiveFile={archive}"
    elif prerequisites.java_version(java) >= prerequisites.OLDEST_JAVA:
        yield f"-XX:ArchiveClassesAtExit={layout.run / 'kafka' / 'fresh.jsa'}"


async def has_topics(brokers: Brokers) -> bool:
    """Create the topics that are missing and tell whether every partition serves.

    An open port is no readiness, nor is a leader on paper: the end of a partition comes from the log that its leader
    has opened.
    """
    namespace = os.environ.get("COTERM_NAMESPACE", "")
    try:
        await apply_topics(brokers, namespace)
        async with log_reader(brokers) as log:
            await log.ends((topic.name, n) for topic in declared_topics(namespace) for n in range(topic.partitions))
    except (KafkaError, OSError):
        return False
    return True
