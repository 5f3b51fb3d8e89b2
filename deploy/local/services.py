"""How do the four services and the screens come to run beside one another?

None is restarted by itself: a dead service shows in `status` and comes back with the next `up`.
"""

import asyncio
import importlib.util
import sys

from deploy.local import settings
from deploy.local.layout import HOST, SCREENS, Layout
from deploy.local.process import Process
from deploy.local.progress import StackFailure, step, tell
from deploy.local.secrets import Secrets

_SECONDS = 60.0


async def start(layout: Layout, secrets: Secrets, service: str) -> None:
    """Start one service or screen if it is not there; ready means that /readyz answers 200."""
    process = Process(layout, service)
    if process.pid() is not None:
        await process.wait_until(lambda: is_ready(layout, service), _SECONDS)
        tell(service, "already running")
        return
    module = f"{'web' if service in SCREENS else 'services'}.{service}"
    if importlib.util.find_spec(f"{module}.__main__") is None:
        raise StackFailure(f"{module}.__main__ is missing")
    async with step(service, "starting"):
        (layout.run / "data" / service).mkdir(parents=True, exist_ok=True)
        environment = settings.of_screen(layout, secrets, service) if service in SCREENS else None
        environment = environment or settings.of_service(layout, secrets, service)
        process.start([sys.executable, "-m", module], environment)
        await process.wait_until(lambda: is_ready(layout, service), _SECONDS)


async def stop(layout: Layout, service: str) -> bool:
    """Ask one service to end: it finishes its batch first."""
    return await Process(layout, service).stop(seconds=15.0)


async def is_ready(layout: Layout, service: str) -> bool:
    """Ask one service whether it would take work now; a bare request, since it is asked many times a second."""
    try:
        async with asyncio.timeout(5.0):
            reader, writer = await asyncio.open_connection(HOST, layout.ports[service])
            writer.write(f"GET /readyz HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n".encode())
            status = await reader.readline()
            writer.close()
    except OSError:
        await asyncio.sleep(0.1)
        return False
    return status.startswith(b"HTTP/1.1 200")
