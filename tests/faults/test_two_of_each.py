"""Do two instances of each service live beside one another, share the work, and take over from one another?"""

import asyncio
import functools
import sys

import httpx

from deploy.local import settings
from deploy.local.layout import HOST, ROOT
from operations.surroundings import SERVICES
from rehearsal.play.carts import DOCUMENTS, E_INVOICING
from rehearsal.play.patience import eventually
from tests.arena import PATIENCE, Arena
from tests.builders import ORDER_DAY

LONG = 75.0
"""Seconds: more than three looks of the watch at the log, whose reader an instance without partitions once died of."""
BESIDE = 50
"""How far from the first instance's port the second one listens."""


async def _second(arena: Arena, service: str) -> asyncio.subprocess.Process:
    port = arena.layout.ports[service] + BESIDE
    environment = settings.of_service(arena.layout, arena.secrets, service) | {
        "COTERM_HTTP_PORT": str(port),
        "COTERM_INSTANCE": f"second-{service}",
        "COTERM_DATA_DIR": str(arena.layout.run / "data" / f"second-{service}"),
    }
    with arena.layout.log(f"second-{service}").open("ab") as log:
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-m", f"services.{service}", cwd=ROOT, env=environment,
            stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log,
        )  # fmt: skip

    async def is_ready() -> bool:
        assert child.returncode is None, f"the second {service} ended: see {arena.layout.log(f'second-{service}')}"
        async with httpx.AsyncClient() as http:
            try:
                return (await http.get(f"http://{HOST}:{port}/readyz")).status_code == 200
            except httpx.TransportError:
                return False

    await eventually(is_ready, f"a second {service}", seconds=PATIENCE, pause=functools.partial(asyncio.sleep, 0.3))
    return child


class TestWhenThereAreTwoOfEachService:
    async def test_all_of_them_stay_while_orders_flow_and_one_of_each_is_enough(self, arena: Arena) -> None:
        stage, clock = arena.stage, asyncio.get_running_loop()
        seconds = await asyncio.gather(*(_second(arena, service) for service in SERVICES))
        bought = 0
        try:
            until = clock.time() + LONG
            while clock.time() < until:
                await stage.at(ORDER_DAY)
                assert (await stage.buy(stage.names.buyer(), E_INVOICING, DOCUMENTS))["status"] == "ACTIVATED"
                bought += 1
            assert [child.returncode for child in (*arena.children.values(), *seconds)] == [None] * (2 * len(SERVICES))
            assert bought > 5
        finally:
            for child in seconds:
                if child.returncode is None:
                    child.terminate()
            await asyncio.gather(*(child.wait() for child in seconds))
        await stage.at(ORDER_DAY)
        assert (await stage.buy(stage.names.buyer(), E_INVOICING))["status"] == "ACTIVATED"
