"""Does a drill destroy nothing unless it is meant, and in production only what was typed?"""

import asyncio
import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiokafka.errors import KafkaConnectionError
from typer.testing import CliRunner, Result

from operations.cli import app
from operations.drill.steps import saying_how_to_go_on
from operations.drill.system_state import SystemState, Thing, compare
from operations.surroundings import Misused, OperationFailed

DEAD = {"kafka": "127.0.0.1:1", "postgres": {"billing": {"owner": "postgresql://b:x@127.0.0.1:1/b", "app": ""}}}


@pytest.fixture
def endpoints(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Describe brokers and a database that are away: what gets past a refusal ends in a sentence about them."""
    monkeypatch.setenv("COTERM_KAFKA", "127.0.0.1:1")
    file = tmp_path / "endpoints.json"
    file.write_text(json.dumps(DEAD))
    return file


def _run(endpoints: Path, *arguments: str, typed: str = "") -> Result:
    return CliRunner().invoke(app, [*arguments, "--endpoints", str(endpoints)], input=typed)


class TestWithoutYes:
    @pytest.mark.parametrize("drill", [("lose-postgres", "billing"), ("lose-log", "billing.events")])
    def test_it_says_what_it_would_do_and_does_nothing(self, endpoints: Path, drill: tuple[str, str]) -> None:
        result = _run(endpoints, "drill", *drill)
        assert result.exit_code == 0
        assert "would stop billing" in result.output
        assert "nothing was done: say --yes to do it" in result.output

    def test_json_says_so_too(self, endpoints: Path) -> None:
        answer = json.loads(_run(endpoints, "drill", "lose-postgres", "--json").output)
        assert (answer["done"], len(answer["would"])) == (False, 3)


class TestInProduction:
    @pytest.fixture(autouse=True)
    def _production(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("COTERM_ENV", "production")

    @pytest.mark.parametrize("drill", [("lose-postgres", "billing"), ("lose-log", "billing.events")])
    @pytest.mark.parametrize("typed", ["", "\n", "yes\n", "orders\n"])
    def test_it_refuses_until_the_name_is_typed(self, endpoints: Path, drill: tuple[str, str], typed: str) -> None:
        refused = _run(endpoints, "drill", *drill, "--yes", typed=typed)
        assert isinstance(refused.exception, OperationFailed)
        assert str(refused.exception) == f"{drill[1]} was not typed: nothing was done"
        assert f"Type {drill[1]} to go on" in refused.output

    def test_once_it_is_typed_it_goes_on(self, endpoints: Path) -> None:
        went_on = _run(endpoints, "drill", "lose-postgres", "billing", "--yes", typed="billing\n")
        assert isinstance(went_on.exception, OperationFailed)
        assert "the database of billing can't be used" in str(went_on.exception)


class TestWhereOneDatabaseIsNamed:
    def test_a_topic_is_lost_only_once_somebody_says_that_its_unseen_readers_are_stopped(
        self, endpoints: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("COTERM_POSTGRES_OWNER_DSN", DEAD["postgres"]["billing"]["owner"])  # type: ignore[index]
        refused = _run(endpoints, "drill", "lose-log", "billing.events", "--yes").exception
        assert isinstance(refused, OperationFailed)
        assert str(refused) == "orders, notifications can't be seen from here: stop them and say so with --stopped"
        went_on = _run(endpoints, "drill", "lose-log", "billing.events", "--yes", "--stopped").exception
        assert "the database of billing can't be used" in str(went_on)


class TestWhenItBreaksOff:
    @pytest.fixture
    def heeding(self) -> Iterator[None]:
        """Heed Ctrl-C as on a terminal: a job in a shell's background is born deaf to it."""
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        yield
        signal.signal(signal.SIGINT, before)

    @pytest.mark.usefixtures("heeding")
    def test_ctrl_c_says_how_to_go_on_once_something_is_lost(self) -> None:
        async def drill() -> None:
            with saying_how_to_go_on("`coterm recover database billing --yes`"):
                os.kill(os.getpid(), signal.SIGINT)
                await asyncio.sleep(60)

        with pytest.raises(OperationFailed, match="was interrupted; go on by hand: `coterm recover database billing"):
            asyncio.run(drill())

    @pytest.mark.parametrize(
        "error", [OperationFailed("it is so"), KafkaConnectionError("it is so"), OSError("it is so")]
    )
    def test_so_does_whatever_else_stops_it(self, error: Exception) -> None:
        with (
            pytest.raises(OperationFailed, match=r"broke off \(.*it is so\); go on by hand: start it"),
            saying_how_to_go_on("start it"),
        ):
            raise error


class TestWhatDoesNotExist:
    def test_an_unknown_service_or_topic_is_named_beside_the_known_ones(self, endpoints: Path) -> None:
        service = _run(endpoints, "drill", "lose-postgres", "shipping").exception
        assert isinstance(service, Misused)
        assert "unknown service shipping; known: orders, billing" in str(service)
        topic = _run(endpoints, "drill", "lose-log", "storefront.intake").exception
        assert isinstance(topic, Misused)
        assert str(topic).startswith("no journal holds storefront.intake: a drill is for orders.events")
        unknown = _run(endpoints, "recover", "log", "shipping.events").exception
        assert isinstance(unknown, Misused)


class TestWhenTwoPicturesAreCompared:
    BEFORE = SystemState(
        {
            "orders journal": {1: Thing(b"one", "c-1"), 2: Thing(b"two", "c-2")},
            "orders accounts": {"c-1": Thing(b"s1", "c-1"), "c-2": Thing(b"s2", "c-2")},
            "notifications journal": {},
            "notifications effects": {7: Thing("sending"), 8: Thing("sent")},
            "mailbox": {"m-1": Thing(1)},
        },
        {("orders.events", 0): [1, 2]},  # type: ignore[list-item]
    )

    def _changed(self, part: str, **things: Thing) -> SystemState:
        parts = {name: dict(each) for name, each in self.BEFORE.parts.items()}
        parts[part] |= things
        return SystemState(parts, dict(self.BEFORE.order))

    def test_the_same_is_the_same(self) -> None:
        found = compare(self.BEFORE, self.BEFORE)
        assert (found.is_same, found.new, sum(found.things.values())) == (True, {}, 7)

    def test_what_is_gone_or_changed_is_wrong(self) -> None:
        changed = self._changed("orders accounts", **{"c-1": Thing(b"other", "c-1")})
        del changed.parts["orders journal"][2]
        assert compare(self.BEFORE, changed).wrong == ["orders journal: 2 is gone", "orders accounts: c-1 is changed"]

    def test_an_account_that_has_new_events_may_have_changed(self) -> None:
        changed = self._changed("orders accounts", **{"c-1": Thing(b"other", "c-1")})
        changed.parts["orders journal"][3] = Thing(b"three", "c-1")
        found = compare(self.BEFORE, changed)
        assert (found.wrong, found.new) == ([], {"orders journal": 1})

    def test_an_act_may_only_become_a_doubt(self) -> None:
        doubted = self._changed("notifications effects")
        doubted.parts["notifications effects"][7] = Thing("in_doubt")
        assert (compare(self.BEFORE, doubted).wrong, compare(self.BEFORE, doubted).doubts) == ([], 1)
        doubted.parts["notifications effects"][8] = Thing("in_doubt")
        assert compare(self.BEFORE, doubted).wrong == ["notifications effects: 8 is changed"]

    def test_a_mail_that_left_twice_or_was_not_asked_for_is_wrong(self) -> None:
        twice = self._changed("mailbox", **{"m-1": Thing(2)})
        assert compare(self.BEFORE, twice).wrong == ["mailbox: m-1 is changed"]
        more = self._changed("mailbox", **{"m-2": Thing(1)})
        assert compare(self.BEFORE, more).wrong == ["mailbox: 1 mails left that nobody asked for"]

    def test_another_order_of_the_log_is_wrong_a_longer_one_is_not(self) -> None:
        longer = SystemState(self.BEFORE.parts, {("orders.events", 0): [1, 2, 3]})  # type: ignore[list-item]
        assert compare(self.BEFORE, longer).is_same
        other = SystemState(self.BEFORE.parts, {("orders.events", 0): [2, 1]})  # type: ignore[list-item]
        assert compare(self.BEFORE, other).wrong == ["orders.events[0] holds its events in another order"]
