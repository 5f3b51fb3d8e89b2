"""In which order does a stack start and stop, and what does it say about itself?"""

import asyncio
import fcntl
import json
import os
import socket
from collections.abc import Awaitable, Collection, Iterator
from contextlib import contextmanager

from deploy import databases
from deploy.local import kafka, mail, postgres, services, settings
from deploy.local.layout import HOST, INFRASTRUCTURE, SCREENS, SERVICES, Layout
from deploy.local.process import Process
from deploy.local.progress import StackFailure, tell
from deploy.local.secrets import Secrets
from runtime.errors import SettingsRefused
from runtime.kafka.brokers import brokers_of
from runtime.settings import load

NAMES = (*INFRASTRUCTURE, *SERVICES, *SCREENS)


@contextmanager
def _alone(layout: Layout) -> Iterator[None]:
    """Let one start or stop at a time work on a stack; the second waits, and then finds the work done."""
    with (layout.run / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


async def up(layout: Layout, names: Collection[str] = NAMES) -> None:
    """Start what is missing of the wanted, what others stand on first.

    Raises StackFailure with the first thing that went wrong.
    """
    layout.prepare()
    with _alone(layout):
        secrets = Secrets(layout)
        _refuse_taken_ports(layout, names)
        await _all(_infrastructure(layout, secrets, names))
        _write_endpoints(layout, secrets)
        await _all(services.start(layout, secrets, name) for name in SERVICES if name in names)
        await _all(services.start(layout, secrets, name) for name in SCREENS if name in names)


async def down(layout: Layout, names: Collection[str] = NAMES) -> None:
    """Stop what we started of the wanted, what the others stand on last."""
    layout.prepare()
    stops = {"mail": mail.stop, "kafka": kafka.stop, "postgres": postgres.stop}
    with _alone(layout):
        await _all(_tell_stopped(name, services.stop(layout, name)) for name in (*SCREENS, *SERVICES) if name in names)
        await _all(_tell_stopped(name, stop(layout)) for name, stop in stops.items() if name in names)


async def status(layout: Layout) -> dict[str, str]:
    """Return for each process whether it runs, and of each service whether it would take work."""
    found = {}
    for name in NAMES:
        pid = Process(layout, name).pid()
        if pid is None:
            found[name] = "not running"
        elif name not in INFRASTRUCTURE and not await services.is_ready(layout, name):
            found[name] = f"running, not ready (pid {pid})"
        else:
            found[name] = f"running (pid {pid})"
    return found


def _infrastructure(layout: Layout, secrets: Secrets, names: Collection[str]) -> Iterator[Awaitable[None]]:
    if "postgres" in names:
        elsewhere = os.environ.get("COTERM_POSTGRES_ADMIN_DSN")
        if elsewhere:
            tell("postgres", "using the one of COTERM_POSTGRES_ADMIN_DSN")
            yield databases.provision(elsewhere, secrets.role_passwords())
        else:
            yield postgres.start(layout, secrets)
    if "kafka" in names:
        elsewhere = os.environ.get("COTERM_KAFKA")
        if elsewhere:
            yield _broker_elsewhere(elsewhere)
        else:
            yield kafka.start(layout, secrets)
    if "mail" in names:
        yield mail.start(layout)


async def _broker_elsewhere(address: str) -> None:
    tell("kafka", f"using the one of COTERM_KAFKA ({address})")
    try:
        brokers = brokers_of(load())
    except SettingsRefused as refused:
        raise StackFailure(str(refused)) from refused
    if not await kafka.has_topics(brokers):
        raise StackFailure(f"Kafka at {address} does not answer or cannot hold the topics")


async def _all(works: Iterator[Awaitable[object]] | Collection[Awaitable[object]]) -> None:
    """Do them side by side, let each come to its end, then raise the first failure."""
    for outcome in await asyncio.gather(*works, return_exceptions=True):
        if isinstance(outcome, BaseException):
            raise outcome


async def _tell_stopped(name: str, stopping: Awaitable[bool]) -> None:
    if await stopping:
        tell(name, "stopped")


def _refuse_taken_ports(layout: Layout, names: Collection[str]) -> None:
    """Name the port that somebody else holds, before a process dies of it."""
    listeners = {"kafka": ("kafka", "controller"), "mail": ("smtp", "mail")}
    for name in names:
        if Process(layout, name).pid() is not None or _runs_elsewhere(name):
            continue
        for listener in listeners.get(name, (name,)):
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind((HOST, layout.ports[listener]))
                except OSError as error:
                    raise StackFailure(
                        f"port {layout.ports[listener]} ({name}) is taken by another program",
                        '  stop it, or take other ports: make up STACK="--port-offset 1000" (demo, status, down too)',
                    ) from error


def _runs_elsewhere(name: str) -> bool:
    variable = {"kafka": "COTERM_KAFKA", "postgres": "COTERM_POSTGRES_ADMIN_DSN"}.get(name)
    return bool(variable and os.environ.get(variable))


def _write_endpoints(layout: Layout, secrets: Secrets) -> None:
    fresh = layout.endpoints.with_suffix(".new")
    fresh.touch(mode=0o600)
    fresh.write_text(json.dumps(settings.endpoints(layout, secrets), indent=2) + "\n")
    fresh.replace(layout.endpoints)
