"""Run a relay alone in a process, to be stopped and killed: arguments brokers, dsn, topic."""

import asyncio
import sys

from runtime.kafka.producer import Publisher
from runtime.postgres import outbox
from runtime.process.relay import Relay

if __name__ == "__main__":
    brokers, dsn, topic = sys.argv[1:]
    outbox.IDLE_SECONDS = 3
    asyncio.run(Relay(dsn, Publisher(brokers, "test", timeout_seconds=2.0), topic).run())
