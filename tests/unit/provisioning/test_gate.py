import asyncio
import time
from contextlib import AsyncExitStack
from ipaddress import ip_network

import httpx
import pytest
from structlog.testing import capture_logs

from runtime.web import Problem, Source
from runtime.web.addresses import ip_of
from services.provisioning.adapters.gate import (
    DEVICE_SECONDS,
    MOST_AT_ONCE,
    MOST_PER_ADDRESS,
    Devices,
    Gate,
    network_of,
)
from tests.unit.provisioning.builders import E_INVOICING
from tests.unit.provisioning.customers import Customer
from tests.unit.provisioning.memory_edge import MemoryEdge

MINE = Source("198.51.100.1", is_shared=False)


async def tries(customer: Customer, address: str, username: str, password: str, cookie: str = "") -> httpx.Response:
    """Sign in from an address of the internet, through a trusted proxy."""
    headers = {"X-Forwarded-For": address, **({"Cookie": cookie} if cookie else {})}
    body = {"username": username, "password": password}
    return await customer.client.post("/v1/panel/sign-in", json=body, headers=headers)


@pytest.fixture(autouse=True)
def behind_a_proxy(customer: Customer) -> None:
    customer.edge.settings.trusted_proxies = [ip_network("127.0.0.0/8")]


class TestWhenOthersGuess:
    """The user name is public: twelve wrong tries once locked the right person out."""

    async def test_the_right_password_opens_at_once_from_another_address(self, customer: Customer) -> None:
        mailed = await customer.edge.buys(E_INVOICING)
        wrong = [await tries(customer, f"192.0.2.{n}", mailed["username"], "guess") for n in (1, 2) for _ in range(6)]
        assert {answer.status_code for answer in wrong} == {401}
        assert (await tries(customer, "198.51.100.1", mailed["username"], mailed["password"])).status_code == 200

    async def test_who_guesses_is_told_to_wait(self, customer: Customer) -> None:
        answers = [await tries(customer, "192.0.2.1", "U1", "guess") for _ in range(11)]
        assert [answer.status_code for answer in answers] == [401] * 10 + [429]
        assert int(answers[-1].headers["Retry-After"]) >= 1
        assert (await tries(customer, "192.0.2.1", "U2", "guess")).status_code == 401

    async def test_a_network_of_ipv6_counts_as_one_address(self, customer: Customer) -> None:
        answers = [await tries(customer, f"2001:db8::{n:x}", "U1", "guess") for n in range(11)]
        assert answers[-1].status_code == 429

    async def test_a_known_device_is_let_through(self, customer: Customer) -> None:
        mailed = await customer.edge.buys(E_INVOICING)
        first = await tries(customer, "192.0.2.1", mailed["username"], mailed["password"])
        set_cookie = first.headers["set-cookie"]
        assert all(word in set_cookie for word in ("HttpOnly", "Secure", "SameSite=strict", "Path=/v1/panel"))
        customer.client.cookies.clear()
        for _ in range(10):
            await tries(customer, "192.0.2.1", mailed["username"], "guess")
        assert (await tries(customer, "192.0.2.1", mailed["username"], mailed["password"])).status_code == 429
        cookie = set_cookie.partition(";")[0]
        known = await tries(customer, "192.0.2.1", mailed["username"], mailed["password"], cookie)
        assert known.status_code == 200

    async def test_a_flood_is_answered_quickly_and_takes_few_places(self) -> None:
        gate, inside, over = Gate(), asyncio.Semaphore(0), asyncio.Event()

        async def one(address: str, number: int, device: str | None = None) -> str:
            try:
                async with gate.admitted(Source(address, is_shared=False), f"u-{number}", device):
                    inside.release()
                    await over.wait()
                    return "in"
            except Exception as error:
                return str(error)

        started = time.monotonic()
        flood = [asyncio.create_task(one("192.0.2.1", number)) for number in range(1800)]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        others = [asyncio.create_task(one("198.51.100.1", 0)), asyncio.create_task(one("192.0.2.1", 0, "known"))]
        for _ in range(MOST_PER_ADDRESS + 2):
            await inside.acquire()
        assert time.monotonic() - started < 2.0
        over.set()
        answers = await asyncio.gather(*flood)
        assert (answers.count("in"), answers.count("503 SIGN_IN_BUSY")) == (MOST_PER_ADDRESS, 1800 - MOST_PER_ADDRESS)
        assert await asyncio.gather(*others) == ["in", "in"]

    async def test_being_told_to_come_back_costs_no_try_so_that_a_flood_never_refuses_the_right_person(self) -> None:
        gate = Gate()
        async with AsyncExitStack() as flood:
            for number in range(MOST_AT_ONCE):
                source = Source(f"192.0.2.{number}", is_shared=False)
                await flood.enter_async_context(gate.admitted(source, f"u-{number}", None))
            for _ in range(20):
                with pytest.raises(Problem, match="SIGN_IN_BUSY"):
                    await flood.enter_async_context(gate.admitted(MINE, "mine", None))
        async with gate.admitted(MINE, "mine", None):
            pass  # let in

    def test_failures_delay_an_account_for_everybody_but_not_long(self) -> None:
        now = [0.0]
        gate = Gate(lambda: now[0])
        delays = []
        for number in range(60):
            delays.append(gate._accounts.delay("a"))
            gate.failed(Source(f"192.0.2.{number}", is_shared=False), "a")
        assert (delays[9], delays[10] > 0, delays[-1]) == (0.0, True, 3.0)
        now[0] += 3600
        assert gate._accounts.delay("a") == 0.0


class TestWhenADeviceIsKnown:
    def test_by_its_account_alone_for_half_a_year(self) -> None:
        now = [1_000_000.0]
        devices = Devices(bytes(32), lambda: now[0])
        cookie = devices.make("a")
        assert devices.read("a", cookie) is not None
        forged = [None, "", "x", ".", "a.b.c", cookie[:-1], cookie.replace(".", ".9", 1)]
        assert [devices.read("a", each) for each in forged] == [None] * len(forged)
        assert devices.read("b", cookie) is None
        now[0] += DEVICE_SECONDS
        assert devices.read("a", cookie) is None


class TestWhichAddressCounts:
    @pytest.mark.parametrize(
        ("address", "network"),
        [("192.0.2.1", "192.0.2.1"), ("2001:db8::1", "2001:db8::"), ("::ffff:192.0.2.1", "192.0.2.1"),
         ("192.0.2.1:4711", "192.0.2.1"), ("[2001:db8::1]:443", "2001:db8::"), ("fe80::1%eth0", "fe80::"), ("", "")],
    )  # fmt: skip
    def test_an_ipv6_one_by_its_64_bits(self, address: str, network: str) -> None:
        assert network_of(address) == network

    async def test_behind_a_proxy_that_is_not_trusted_many_are_slowed_down_and_nobody_is_refused(
        self, customer: Customer
    ) -> None:
        mailed = await customer.edge.buys("E_INVOICING")
        customer.edge.settings.trusted_proxies = []
        with capture_logs() as log:
            wrong = [await tries(customer, f"192.0.2.{n}", mailed["username"], "guess") for n in range(12)]
            assert {answer.status_code for answer in wrong} == {401}
            right = await tries(customer, "198.51.100.1", mailed["username"], mailed["password"])
        assert right.status_code == 200
        warnings = [line for line in log if line.get("action") == "http.proxy_not_trusted"]
        assert [(line["peer"], "COTERM_TRUSTED_PROXIES" in line["event"]) for line in warnings] == [("127.0.0.1", True)]

    @pytest.mark.parametrize("trusted", ["127.0.0.0/8", "10.0.0.0/8"])
    @pytest.mark.parametrize("header", [{"Forwarded": "for=192.0.2.1"}, {"X-Forwarded-For": "unknown"}])
    async def test_a_proxy_that_does_not_name_an_address_refuses_nobody(
        self, customer: Customer, trusted: str, header: dict[str, str]
    ) -> None:
        customer.edge.settings.trusted_proxies = [ip_network(trusted)]
        async with customer.edge.client() as client:
            wrong = [
                await client.post("/v1/panel/sign-in", json={"username": "U1", "password": "guess"}, headers=header)
                for _ in range(12)
            ]
        assert {answer.status_code for answer in wrong} == {401}

    async def test_a_proxy_that_speaks_ipv4_within_ipv6_is_known_by_its_network(self) -> None:
        assert ip_of("::ffff:127.0.0.1") in ip_network("127.0.0.0/8")


class TestWhenManyBuyAtOnce:
    async def test_an_activation_waits_for_no_password_hash(self, monkeypatch: pytest.MonkeyPatch) -> None:
        from services.provisioning.adapters import passwords

        async def never(*_: object) -> None:
            raise AssertionError("an activation hashed a password slowly")

        monkeypatch.setattr(passwords, "_off_the_loop", never)
        assert (await MemoryEdge().buys(E_INVOICING))["password"]
