"""How are requests sent fast enough to measure a server? Bare HTTP/1.1 on kept connections, only the status read."""

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Posted:
    """What came back."""

    seconds: float
    taken_ms: Sequence[float]
    statuses: Counter[int]


async def posted(address: str, path: str, key: str, bodies: Sequence[bytes], connections: int) -> Posted:
    """Post each body once, on so many connections, each of which waits for its answer."""
    host, _, port = address.partition(":")
    waiting = list(reversed(bodies))
    taken: list[float] = []
    statuses: Counter[int] = Counter()

    async def work() -> None:
        reader, writer = await asyncio.open_connection(host, int(port))
        while waiting:
            body = waiting.pop()
            request = (
                f"POST {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {key}\r\n"
                f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
            )
            began = time.perf_counter()
            writer.write(request.encode() + body)
            head = await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(_length(head))
            taken.append((time.perf_counter() - began) * 1000)
            statuses[int(head[9:12])] += 1
        writer.close()

    began = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(connections)))
    return Posted(time.perf_counter() - began, taken, statuses)


def _length(head: bytes) -> int:
    (line,) = (line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
    return int(line.partition(b":")[2])
