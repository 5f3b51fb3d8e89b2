"""Does each operators' command say in one sentence what is wrong, and end with the code that its help promises?"""

import io
import json
from pathlib import Path

import pytest

from tests.coterm import Coterm

NOWHERE = "postgresql://x:secret-word@127.0.0.1:1/x"
SERVICES = ("orders", "billing", "provisioning", "notifications")


@pytest.fixture
def away(tmp_path: Path) -> Coterm:
    """The command in surroundings where nothing answers."""
    described = {
        "kafka": "127.0.0.1:1",
        "postgres": {service: {"owner": NOWHERE, "app": NOWHERE} for service in SERVICES},
        "keys": {"operator": "op_secret-word"},
        **dict.fromkeys(SERVICES, "http://127.0.0.1:1"),
    }
    endpoints = tmp_path / "endpoints.json"
    endpoints.write_text(json.dumps(described))
    return Coterm(endpoints)


MISUSED = {
    "unknown service shipping": ("parked", "show", "shipping", "c-1"),
    "unknown service warehouse": ("quarantine", "list", "--service", "warehouse"),
    "not both": ("parked", "redrive", "billing", "c-1", "--yes", "--dry-run"),
    "name one CUSTOMER, or say --all": ("parked", "redrive", "billing"),
    "'a/b' is no customer's id": ("parked", "redrive", "billing", "a/b"),
    "'2026-01-15T09:00:00' has no zone": ("as-of", "2026-01-15T09:00:00", "c-1"),
    "'yesterday' is no instant": ("as-of", "yesterday", "c-1"),
    "lies before or behind all time": ("as-of", "0001-01-01T00:00:00+10:00", "c-1"),
    "'a/b' names no payment": ("payments", "dismiss", "a/b", "p-1", "--why", "told twice"),
    "'..' is no customer's id": ("erase", "..", "--why", "as they asked"),
    "orders does not read orders.event; it reads ": ("positions", "reset", "orders", "--topic", "orders.event"),
    "there is no partition 12: they are 0 to 11": ("positions", "reset", "orders", "--partition", "12"),
}
NO_DATABASE = [
    ("parked", "list", "billing"), ("parked", "show", "billing", "c-1"), ("quarantine", "list"),
    ("quarantine", "show", "7"), ("mails", "list"), ("mails", "reissue", "m-1"), ("where-is", "o-1"),
    ("as-of", "2026-01-15T09:00:00Z", "c-1"), ("orders", "list"), ("orders", "show", "o-1"),
    ("orders", "release", "o-1", "--why", "it is a test"), ("payments", "list"), ("refunds", "list"),
    ("orders", "close", "o-1", "--money", "to-credit", "--why", "it is a test", "--yes"), ("refunds", "paid", "r-1"),
    ("payments", "refund", "bank", "p-1", "--why", "it is a test"),
]  # fmt: skip
NO_SERVICE = [
    ("parked", "redrive", "billing", "c-1"), ("parked", "discard", "billing", "c-1", "--why", "it is a test"),
    ("quarantine", "redrive", "7", "--yes"), ("quarantine", "discard", "7", "--why", "it is a test"),
    ("refunds", "credit", "c-1", "k-1", "--why", "it is a test"),
]  # fmt: skip


class TestWhenTheWordsAreWrong:
    @pytest.mark.parametrize("sentence", MISUSED)
    def test_it_ends_with_2_and_says_which(self, away: Coterm, sentence: str) -> None:
        result = away.say(*MISUSED[sentence])
        assert result.code == 2
        assert sentence in result.sentence

    @pytest.mark.parametrize(
        "words",
        [("quarantine", "show", "seven"), ("quarantine", "show", str(2**63)), ("parked", "discard", "billing", "c-1")],
    )
    def test_so_does_what_the_command_line_itself_refuses(self, away: Coterm, words: tuple[str, ...]) -> None:
        assert away.say(*words).code == 2


class TestWhenSomethingIsAway:
    @pytest.mark.parametrize("words", NO_DATABASE, ids=" ".join)
    def test_a_database_is_named_in_one_sentence_without_its_password(
        self, away: Coterm, words: tuple[str, ...]
    ) -> None:
        result = away.say(*words)
        assert (result.code, result.out) == (1, "")
        assert result.sentence.startswith("the database of ")
        assert "secret-word" not in result.err

    @pytest.mark.parametrize("words", NO_SERVICE, ids=" ".join)
    def test_a_service_is_named_in_one_sentence_without_the_key(self, away: Coterm, words: tuple[str, ...]) -> None:
        result = away.say(*words)
        assert (result.code, result.out) == (1, "")
        assert " at http://127.0.0.1:1 does not answer: ConnectError" in result.sentence
        assert "secret-word" not in result.err

    def test_a_status_shows_what_it_can_and_names_the_rest(self, away: Coterm) -> None:
        result = away.say("status")
        assert result.code == 1
        assert "BROKEN  kafka: Kafka at 127.0.0.1:1 can't be used" in result.out
        assert "BROKEN  billing: the database of billing can't be used" in result.out
        assert "BROKEN  orders: does not answer at http://127.0.0.1:1" in result.out

    def test_what_nothing_names_is_said(self, tmp_path: Path) -> None:
        (tmp_path / "endpoints.json").write_text(json.dumps({"kafka": "127.0.0.1:1"}))
        result = Coterm(tmp_path / "endpoints.json").say("parked", "redrive", "billing", "c-1")
        assert result.code == 1
        assert result.sentence.startswith("nothing names the address of billing or the operator's key")


class TestInProduction:
    def test_nobody_is_erased_until_their_name_is_typed(self, away: Coterm, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("COTERM_ENV", "production")
        monkeypatch.setattr("sys.stdin", io.StringIO("c-2\nc-1\n"))
        refused = away.say("erase", "c-1", "--why", "as they asked", "--yes")
        assert (refused.code, refused.sentence) == (1, "c-1 was not typed: nothing was done")
        assert "the database of orders can't be used" in away.say("erase", "c-1", "--why", "as asked", "--yes").err
