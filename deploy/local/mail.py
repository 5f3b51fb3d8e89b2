"""How does the mail catcher come to run?"""

import asyncio
import os
import sys

from deploy.local.layout import HOST, Layout
from deploy.local.process import Process
from deploy.local.progress import step, tell

_SECONDS = 15.0


async def start(layout: Layout) -> None:
    """Start the catcher if it is not there; ready means that SMTP greets."""
    catcher = Process(layout, "mail")
    if catcher.pid() is not None:
        tell("mail", "already running")
        return
    async with step("mail", "starting the mail catcher"):
        ports = layout.ports
        command = [sys.executable, "-m", "deploy.local.mailcatcher", str(layout.maildir), str(ports["smtp"])]
        catcher.start([*command, str(ports["mail"])], os.environ)
        await catcher.wait_until(lambda: _greets(ports["smtp"]), _SECONDS)


async def stop(layout: Layout) -> bool:
    """Stop the catcher; what it caught stays."""
    return await Process(layout, "mail").stop(seconds=5.0)


async def _greets(port: int) -> bool:
    try:
        reader, writer = await asyncio.open_connection(HOST, port)
    except OSError:
        return False
    greeting = await reader.readline()
    writer.write(b"QUIT\r\n")
    writer.close()
    return greeting.startswith(b"220")
