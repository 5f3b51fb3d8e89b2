"""Do the examples of docs/for-storefronts.md still run, and print what the page shows?"""

import asyncio
import os
import re
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from deploy.local.layout import ROOT
from rehearsal.play.stage import Stage
from tests.builders import ORDER_DAY

EXAMPLES = ROOT / "docs" / "examples"
JARS = ROOT / ".run" / "kafka-dist" / "libs"
SECONDS = 100.0
# Where the example has not paid its first order, that one still waits.
REFUSAL = re.compile("BASE_ALREADY_OWNED|BASE_ORDER_PENDING")


@dataclass(frozen=True)
class Example:
    """A file, the program that runs it, and what it prints (a regular expression for a line)."""

    file: str
    program: str
    command: tuple[str, ...]
    prints: tuple[str, ...]


ORDER = r'\{"order_id":"o-\d+",.*"status":"(%s)".*"total_cents":3660,"credit_cents":0,"outstanding_cents":%s,.*\}'
KEPT = r"kept at storefront\.intake-\d+@\d+"
SHOWN = (
    Example(
        "order_curl.sh",
        "curl",
        ("bash", "{file}"),
        (
            "--- order",
            ORDER % ("AWAITING_PAYMENT", 3660),
            "--- payment",
            ORDER % ("SETTLED|ACTIVATED", 0),
            "--- a moment later",
            ORDER % ("ACTIVATED", 0),
        ),
    ),
    Example(
        "order_kcat.sh",
        "kcat",
        ("bash", "{file}"),
        (
            "--- orders.events",
            # Held, where the payment was there before the price.
            r"orders\.OrderPlaced\.v\d+(\norders\.PaymentHeld\.v\d+)?",
            r"orders\.PaymentRegistered\.v\d+",
            r"orders\.OrderSettled\.v\d+",
            "--- billing.events",
            r"billing\.OrderPriced\.v\d+",
            "--- provisioning.events",
            r"provisioning\.ServiceActivated\.v\d+",
            r"provisioning\.CredentialsIssued\.v\d+",
            r"(provisioning\.\w+\.v\d+\n)*provisioning\.OrderActivated\.v\d+",
        ),
    ),
    Example(
        "order_aiokafka.py",
        sys.executable,
        (sys.executable, "{file}"),
        (r"orders\.OrderPlaced\.v\d+", r"billing\.OrderPriced\.v\d+ 3660"),
    ),
    Example(
        "order_client.py",
        sys.executable,
        (sys.executable, "{file}"),
        (
            "would cost 3660 and run to 2027-01-15",
            "AWAITING_PAYMENT 3660 payable until 2026-02-14",
            "the same again: True",
            r"ACTIVATED \[\('p-\d+', 3660\)\]",
            "a second time:",
            "  ADDON_ALREADY_ACTIVE: .*",
            "  BASE_ALREADY_OWNED: .*",
        ),
    ),
    Example(
        "java/Order.java",
        "javac",
        ("java", "-XX:TieredStopAtLevel=1", "-cp", f"{JARS}/*", "{file}"),
        (KEPT, r"orders\.OrderPlaced\.v\d+", r"billing\.OrderPriced\.v\d+ 3660 cents"),
    ),
    Example(
        "node/order.mjs",
        "npm",
        ("bash", "-c", "at=$(dirname {file}); test -d $at/node_modules || npm ci --silent --prefix $at; node {file}"),
        (KEPT, "AWAITING_PAYMENT 3660", "payment 201 (SETTLED|ACTIVATED)", "ACTIVATED"),
    ),
    Example(
        "typescript/order.ts",
        "npm",
        (
            "bash",
            "-c",
            "cd $(dirname {file}); test -d node_modules || npm ci --silent --ignore-scripts; npm start --silent",
        ),
        ("would cost 3660", "AWAITING_PAYMENT 3660", "ACTIVATED 2 services"),
    ),
)
TRAVELLER = Example(
    "extension_curl.sh",
    "curl",
    ("bash", "{file}"),
    (
        "--- e-invoicing",
        '"total_cents":3660',
        "--- Documents, quoted: with the extension, without",
        '"total_cents":4427',
        '"expiries":{"E_INVOICING":"2027-01-15","DOCUMENTS":"2027-01-15"}',
        '"total_cents":2440',
        '"expiries":{"E_INVOICING":"2026-06-30","DOCUMENTS":"2026-06-30"}',
        "--- Documents, ordered",
        r'"extensions":\[\{.*"missing_term":\{"months":6,"days":16,"days_in_month":31\},"net_cents":1629\}\]',
        '"total_cents":4427',
    ),
)
Printed = tuple[int, str, str]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def printed(stage: Stage, running: Path) -> Mapping[str, tuple[Printed, ...]]:
    """Run every example whose program is here, all at once and three times over; what sets the clock, last.

    It first buys for a firm of its own, then for the same again, which is refused, then for one that it draws itself.
    """
    await stage.at(ORDER_DAY)
    here = [example for example in SHOWN if shutil.which(example.program)]
    several = await asyncio.gather(*(_thrice(example, stage.names.vat_number(), running) for example in here))
    return dict([*several, await _thrice(TRAVELLER, stage.names.vat_number(), running)])


async def _thrice(example: Example, vat_number: str, running: Path) -> tuple[str, tuple[Printed, ...]]:
    given = {"VAT_NUMBER": vat_number}
    return example.file, tuple([await _run(example, firm, running) for firm in (given, given, {})])


async def _run(example: Example, firm: Mapping[str, str], running: Path) -> Printed:
    command = [part.replace("{file}", str(EXAMPLES / example.file)) for part in example.command]
    settings = {"ENDPOINTS": str(running / "endpoints.json"), **firm}
    inherited = {name: value for name, value in os.environ.items() if name != "VAT_NUMBER"}
    child = await asyncio.create_subprocess_exec(
        *command,
        cwd=ROOT,
        env={**inherited, **settings, "PYTHONPATH": str(ROOT / "clients" / "python")},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(SECONDS):
            out, wrong = await child.communicate()
    except TimeoutError:
        child.kill()
        out, wrong = await child.communicate()
    return child.returncode or 0, out.decode(), wrong.decode()


@pytest.fixture(params=[*SHOWN, TRAVELLER], ids=lambda example: example.file)
def example(request: pytest.FixtureRequest, printed: Mapping[str, tuple[Printed, ...]]) -> Example:
    """Give each example that could be run."""
    each: Example = request.param
    if each.file not in printed:
        missing = f"{each.program} is missing: see docs/for-storefronts.md"
        # kcat alone can't be made there without root and Debian's archive.
        must_be_here = os.environ.get("CI") and each.program != "kcat"
        (pytest.fail if must_be_here else pytest.skip)(missing)
    return each


@pytest.mark.timeout(3 * 2 * SECONDS + 60)
class TestWhenAnExampleIsRun:
    @pytest.mark.parametrize("run", [0, 2], ids=["for-a-firm-given", "for-a-firm-drawn"])
    async def test_it_prints_what_the_page_shows(
        self, printed: Mapping[str, tuple[Printed, ...]], example: Example, run: int
    ) -> None:
        code, out, wrong = printed[example.file][run]

        assert code == 0, wrong or out
        assert re.fullmatch("\n".join(example.prints) + "\n", out), out

    async def test_it_stops_where_the_order_is_refused_and_says_why(
        self, printed: Mapping[str, tuple[Printed, ...]], example: Example
    ) -> None:
        code, out, wrong = printed[example.file][1]

        assert code != 0, out
        assert REFUSAL.search(wrong), wrong or out
        assert "--- payment" not in out
        assert "ACTIVATED" not in out
