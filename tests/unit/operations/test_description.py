"""Can an operator point the commands at a system, and is a file that describes none refused in one sentence?"""

import json
from pathlib import Path

import pytest

from operations.surroundings import Misused, OperationFailed, find
from runtime.kafka.brokers import Secured
from tests.coterm import Coterm

PRODUCTION = {"kafka": "kafka-1:9093", "env": "production", "postgres": {"orders": {"owner": "postgresql://o"}}}


def _file(folder: Path, content: object) -> Path:
    file = folder / "endpoints.json"
    file.write_text(content if isinstance(content, str) else json.dumps(content))
    return file


class TestWhereTheSystemIs:
    def test_a_variable_names_the_file(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("COTERM_ENDPOINTS", str(_file(tmp_path, PRODUCTION)))
        where = find()
        assert (where.brokers, where.dsn("orders")) == ("kafka-1:9093", "postgresql://o")

    def test_an_option_is_stronger_than_the_variable(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("COTERM_ENDPOINTS", str(tmp_path / "elsewhere.json"))
        assert find(_file(tmp_path, {"kafka": "127.0.0.1:1"})).brokers == "127.0.0.1:1"

    def test_brokers_of_the_file_are_spoken_to_as_the_settings_say(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("COTERM_KAFKA_SECURITY", "SASL_SSL")
        monkeypatch.setenv("COTERM_KAFKA_USERNAME", "operator")
        monkeypatch.setenv("COTERM_KAFKA_PASSWORD", "secret-word")
        brokers = find(_file(tmp_path, PRODUCTION)).brokers
        assert brokers == Secured("kafka-1:9093", None, "operator", "secret-word")

    @pytest.mark.parametrize("where", ["file", "variable"])
    def test_it_is_production_as_soon_as_either_says_so(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
    ) -> None:
        file = _file(tmp_path, {**PRODUCTION, "env": "production" if where == "file" else "test"})
        assert find(file).is_production is (where == "file")
        monkeypatch.setenv("COTERM_ENV", "production" if where == "variable" else "test")
        assert find(file).is_production

    def test_every_command_that_reads_it_takes_the_option(self, tmp_path: Path) -> None:
        nothing_names = "nothing names the brokers: set COTERM_KAFKA or COTERM_ENDPOINTS"
        coterm = Coterm(_file(tmp_path, {}))
        for words in (("verify",), ("status",), ("rebuild", "orders"), ("recover", "log", "orders.events")):
            result = coterm.say(*words)
            assert (result.code, result.sentence.startswith(nothing_names)) == (1, True), words


class TestAFileThatDescribesNone:
    @pytest.mark.parametrize(
        ("content", "sentence"),
        [
            ('{"kafka": 3', "describes no system: the file: Invalid JSON"),
            ("[]", "describes no system: the file: Input should be an object"),
            ('{"kafka": 3}', "describes no system: kafka: Input should be a valid string"),
            ('{"postgres": []}', "describes no system: postgres: Input should be an object"),
            ('{"env": "prod"}', "describes no system: env: Input should be 'development', 'test' or 'production'"),
        ],
    )
    def test_it_says_what_is_wrong_and_ends_with_2(self, tmp_path: Path, content: str, sentence: str) -> None:
        answer = Coterm(_file(tmp_path, content)).say("status")
        assert (answer.code, answer.out) == (2, "")
        assert sentence in answer.sentence

    def test_one_that_is_not_there_is_named(self, tmp_path: Path) -> None:
        answer = Coterm(tmp_path / "none.json").say("verify")
        assert (answer.code, answer.sentence) == (2, f"{tmp_path}/none.json can't be read: No such file or directory")

    def test_one_that_names_no_brokers_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(OperationFailed, match=r"endpoints.json does not either"):
            find(_file(tmp_path, {}))

    def test_its_values_are_not_told(self, tmp_path: Path) -> None:
        with pytest.raises(Misused) as refused:
            find(_file(tmp_path, {"keys": {"operator": ["op_secret-word"]}}))
        assert "secret-word" not in str(refused.value)
