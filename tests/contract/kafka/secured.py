"""How does a test get a broker as production has it? TLS, SCRAM users, and rights that are checked."""

import asyncio
import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from deploy.local import kafka, prerequisites
from deploy.local.layout import Layout
from runtime.kafka.brokers import Secured, client_options
from tests.contract.kafka.stack import ROOT, RUN

USERS = ("admin", "orders", "billing", "storefront")
# Beside the stack of these tests, and below the ports that the system gives out.
_OUTER, _INNER, _CONTROLLER = 24192, 24193, 24194
_STORE = "changeit"
_SCRAM = "org.apache.kafka.common.security.scram.ScramLoginModule required;"


@dataclass(frozen=True)
class SecuredBroker:
    """A broker that lets nobody in who has no password, and nobody do what was not granted."""

    address: str
    ca_file: Path

    def as_user(self, name: str, password: str | None = None) -> Secured:
        return Secured(self.address, self.ca_file, name, password or password_of(name))

    def settings(self, user: str) -> dict[str, str]:
        """Write what a service, or the command, is told."""
        return {
            "COTERM_KAFKA": self.address,
            "COTERM_KAFKA_SECURITY": "SASL_SSL",
            "COTERM_KAFKA_USERNAME": user,
            "COTERM_KAFKA_PASSWORD": password_of(user),
            "COTERM_KAFKA_CA_FILE": str(self.ca_file),
        }


def password_of(user: str) -> str:
    return f"{user}-has-a-password"


@contextlib.contextmanager
def secured_broker(folder: Path) -> Iterator[SecuredBroker]:
    """Start one with empty data; it is killed at the end."""
    jars = asyncio.run(kafka.fetch_jars(Layout(RUN)))
    broker = SecuredBroker(f"127.0.0.1:{_OUTER}", _make_certificate(folder))
    properties = folder / "server.properties"
    properties.write_text("\n".join(_properties(folder)))
    java = [str(prerequisites.java()), *_FLAGS, f"-Dkafka.logs.dir={folder}", "-cp", ":".join(map(str, jars))]
    users = [f"--add-scram=SCRAM-SHA-512=[name={user},password={password_of(user)}]" for user in USERS]
    formatting = ["kafka.tools.StorageTool", "format", "--standalone", "-t", "c2VjdXJlZC1icm9rZXIhIQ", *users]
    subprocess.run([*java, *formatting, "-c", str(properties)], check=True, capture_output=True)
    with (folder / "log").open("wb") as log:
        run = [*java, "kafka.Kafka", str(properties)]
        process = subprocess.Popen(run, stdout=log, stderr=log, env={"PATH": os.environ["PATH"]})
    try:
        coterm(broker, "topics", "apply", tries=60)
        yield broker
    finally:
        process.kill()
        process.wait()


def coterm(broker: SecuredBroker, *arguments: str, tries: int = 1) -> str:
    """Ask the command as an administrator does, a starting broker again and again. Raises CalledProcessError."""
    environment = {"PATH": os.environ["PATH"], **broker.settings("admin")}
    command = [sys.executable, "-m", "rehearsal.cli", *arguments]
    for left in reversed(range(tries)):
        result = subprocess.run(command, check=False, cwd=ROOT, env=environment, text=True, capture_output=True)
        if result.returncode == 0:
            return result.stdout
        time.sleep(0.5 if left else 0)
    raise subprocess.CalledProcessError(result.returncode, command, result.stdout, result.stderr)


_FLAGS = ("-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto")


def _make_certificate(folder: Path) -> Path:
    """Make the broker's key and certificate, as its own authority; return the certificate."""
    keytool = prerequisites.java().resolve().with_name("keytool")
    store = ["-alias", "broker", "-keystore", str(folder / "broker.p12"), "-storepass", _STORE]
    named = ["-dname", "CN=broker", "-ext", "bc:c=ca:true", "-ext", "san=ip:127.0.0.1", "-validity", "2"]
    made = ["-genkeypair", "-keyalg", "EC", "-groupname", "secp256r1", "-storetype", "PKCS12", *named]
    subprocess.run([keytool, *made, *store], check=True, capture_output=True)
    shown = subprocess.run([keytool, "-exportcert", "-rfc", *store], check=True, capture_output=True)
    certificate = folder / "ca.pem"
    certificate.write_bytes(shown.stdout)
    return certificate


def _properties(folder: Path) -> list[str]:
    return [
        "process.roles=broker,controller",
        "node.id=1",
        f"controller.quorum.bootstrap.servers=127.0.0.1:{_CONTROLLER}",
        f"listeners=OUTER://127.0.0.1:{_OUTER},INNER://127.0.0.1:{_INNER},CONTROLLER://127.0.0.1:{_CONTROLLER}",
        f"advertised.listeners=OUTER://127.0.0.1:{_OUTER},INNER://127.0.0.1:{_INNER}",
        "controller.listener.names=CONTROLLER",
        "inter.broker.listener.name=INNER",
        "listener.security.protocol.map=OUTER:SASL_SSL,INNER:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "sasl.enabled.mechanisms=SCRAM-SHA-512",
        f"listener.name.outer.scram-sha-512.sasl.jaas.config={_SCRAM}",
        f"ssl.keystore.location={folder / 'broker.p12'}",
        f"ssl.keystore.password={_STORE}",
        "ssl.keystore.type=PKCS12",
        "authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "super.users=User:admin;User:ANONYMOUS",
        f"log.dirs={folder / 'data'}",
        "auto.create.topics.enable=false",
        "offsets.topic.replication.factor=1",
        "offsets.topic.num.partitions=1",
        "transaction.state.log.replication.factor=1",
        "transaction.state.log.min.isr=1",
        "group.initial.rebalance.delay.ms=0",
        "log.cleaner.dedupe.buffer.size=8388608",
    ]


async def lets_in(brokers: Secured) -> bool:
    """Tell whether one can sign in."""
    admin = AIOKafkaAdminClient(**client_options(brokers))
    try:
        await admin.start()
    except (KafkaError, OSError):
        return False
    finally:
        await admin.close()
    return True
