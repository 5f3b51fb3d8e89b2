"""Does any request break a service, or its own description? Schemathesis asks, from each service's OpenAPI document.

What it asks is the same each time. FUZZ_EXAMPLES asks for more, drawn anew each time.
"""

import asyncio
import os
import re
import shutil
import sys
from pathlib import Path

import pytest
import pytest_asyncio
from hypothesis import given

from deploy.local.layout import ROOT
from rehearsal.play.carts import DOCUMENTS, E_INVOICING, cart
from rehearsal.play.stage import Stage
from tests.builders import ORDER_DAY
from tests.fuzzing.damage import Damage
from tests.fuzzing.drawing import LONG, WANTED, fuzzing, one_of_each
from tests.fuzzing.judge import example

CONFIGURATION = ROOT / "tests/fuzzing/schemathesis.toml"
SERVICES = ("orders", "billing", "provisioning", "notifications")
JSON = {"content-type": "application/json"}
CASES = re.compile(r"(\d+) generated")
USUAL = 3
"""Examples of each operation, besides those that its document shows."""
USUAL_PHASES = "examples,fuzzing,stateful"
"""Coverage walks through every bound of every field: that is for the long run."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def described(stage: Stage, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """Let there be customers, orders and mails to ask about, and say their names and the keys."""
    await stage.at(ORDER_DAY)
    guest = await stage.owner(ORDER_DAY, E_INVOICING, DOCUMENTS)
    session = await stage.signed_in(guest)
    owner = await stage.owner(ORDER_DAY, E_INVOICING, DOCUMENTS)
    open_order = await stage.place(cart(stage.names.order(), stage.names.buyer(), E_INVOICING))
    bought = [order["order_id"] for order in (await stage.front.orders_of(owner.customer_id)).body["orders"]]
    names = {
        "customers": [owner.customer_id, open_order["customer_id"]],
        "orders": [*bought, open_order["order_id"]],
        "emails": [mail["email_id"] for mail in await stage.front.emails(owner.customer_id)],
    }
    folder = tmp_path_factory.mktemp("schemathesis")
    shutil.copy(CONFIGURATION, folder)
    for what, found in names.items():
        (folder / f"{what}.dict").write_text("".join(f'"{name}"\n' for name in found))
    keys = stage.endpoints.keys
    return folder, {
        "COTERM_FUZZ_STOREFRONT": keys.storefront,
        "COTERM_FUZZ_OPERATOR": keys.operator,
        "COTERM_FUZZ_SESSION": session,
        "COTERM_FUZZ_WEBHOOK_SECRET": stage.endpoints.webhook_secret,
        "COTERM_FUZZ_CLOCK": str(stage.endpoints.clock),
    }


def _asking() -> list[str]:
    if WANTED:
        return ["--max-examples", WANTED]
    return ["--max-examples", str(USUAL), "--phases", USUAL_PHASES, "--generation-deterministic"]


class TestWhenAnythingIsAsked:
    @LONG
    async def test_every_answer_is_one_that_the_document_describes(
        self, stage: Stage, described: tuple[Path, dict[str, str]]
    ) -> None:
        folder, environment = described
        # Two at a time: they wait for the services, which have the processors to themselves otherwise.
        turns = asyncio.Semaphore(2)

        async def asked(service: str) -> tuple[int, str]:
            async with turns:
                return await _asked(f"{getattr(stage.endpoints, service)}/openapi.json", folder, environment)

        ended = dict(zip(SERVICES, await asyncio.gather(*map(asked, SERVICES)), strict=True))

        for service, (_, output) in ended.items():
            print(service, *CASES.findall(output), "cases")
        failed = [output for code, output in ended.values() if code]
        assert not failed, "\n".join(failed)
        assert all(int(cases) for _, output in ended.values() for cases in CASES.findall(output))


async def _asked(url: str, folder: Path, environment: dict[str, str]) -> tuple[int, str]:
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(folder / CONFIGURATION.name), "run", url]
    asking = await asyncio.create_subprocess_exec(
        *command, *_asking(), cwd=ROOT, env={**os.environ, **environment, "PYTHONPATH": str(ROOT)},
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    output, _ = await asking.communicate()
    return asking.returncode or 0, output.decode()


class TestWhenABodyIsAnyBytes:
    """What Schemathesis can't write: no JSON, no UTF-8, halves of characters, numbers without end."""

    @given(damages=one_of_each())
    @fuzzing(2, shrinks=False)
    @LONG
    async def test_it_is_taken_or_refused_with_a_code(self, stage: Stage, damages: list[Damage]) -> None:
        await stage.at(ORDER_DAY)
        for damage in damages:
            body = damage.done_to(example(damage.kind)).value or b""
            for path in ("/v1/orders", "/v1/orders/o-none/payments", "/v1/orders/o-none/cancellation"):
                answer = await stage.front.orders.ask("POST", path, content=body, headers=JSON)
                assert answer.status in {404, 409, 413, 422}, (damage, answer)
                assert answer.code, (damage, answer)
