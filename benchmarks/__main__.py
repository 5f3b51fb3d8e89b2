"""Measure the chain on a stack of its own: `python -m benchmarks` or `make bench`."""

import argparse
import asyncio
import os
import platform
import shutil
from pathlib import Path

from benchmarks.chain import latency, throughput
from deploy.local import stack
from deploy.local.layout import ROOT, SERVICES, Layout
from deploy.local.process import Process

_MIB = 1024


def main() -> None:
    """Start an empty stack, measure, print one table, stop it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=1000, help="first purchases for the throughput figure")
    parser.add_argument("--keep", action="store_true", help="leave the stack running")
    asyncio.run(_measure(**vars(parser.parse_args())))


async def _measure(orders: int, keep: bool) -> None:
    layout = Layout(ROOT / ".run" / "benchmark", port_offset=7000)
    await stack.down(layout)
    shutil.rmtree(layout.run, ignore_errors=True)
    await stack.up(layout)
    try:
        idle = {service: _resident(layout, service) for service in SERVICES}
        await throughput(layout.address("kafka"), min(100, orders))  # warms caches, not counted
        carried = await throughput(layout.address("kafka"), orders)
        loaded = {service: _resident(layout, service) for service in SERVICES}
        third = carried.per_second / 3
        waited = await latency(layout.address("kafka"), max(50, int(third * 20)), third)
    finally:
        if not keep:
            await stack.down(layout)
    print(f"machine: {os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}")
    print(f"{carried.orders} first purchases, placed, paid and activated: {carried.per_second:.1f} orders/s")
    print(
        f"payment registered to order active, {waited.orders} orders at {third:.1f} a second: "
        f"p50 {waited.p50:.0f} ms, p99 {waited.p99:.0f} ms"
    )
    for service in SERVICES:
        print(f"{service}: resident {idle[service]:.0f} MiB idle, {loaded[service]:.0f} MiB under load")


def _resident(layout: Layout, service: str) -> float:
    status = Path(f"/proc/{Process(layout, service).pid()}/status").read_text()
    (line,) = [line for line in status.splitlines() if line.startswith("VmRSS:")]
    return int(line.split()[1]) / _MIB


if __name__ == "__main__":
    main()
