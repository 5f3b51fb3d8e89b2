import io
import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import structlog
from pydantic import BaseModel

from runtime import log
from runtime.errors import Unreadable
from runtime.privacy.masking import HIDDEN, mask, mask_text


class Person(BaseModel):
    name: str
    age: int


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before = (list(root.handlers), root.level)
    stream = io.StringIO()
    log.configure("INFO", "orders", stream)
    yield stream
    root.handlers, root.level = before
    logging.captureWarnings(False)
    structlog.reset_defaults()


def _lines(logged: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in logged.getvalue().splitlines()]


class TestWhenAFieldHoldsASecret:
    @pytest.mark.parametrize(
        "name", ["password", "new_password", "session_token", "Authorization", "keyring_master_key", "postgres_dsn"]
    )
    def test_it_is_hidden_by_its_name(self, name: str) -> None:
        assert mask(name, "hunter2hunter2") == HIDDEN

    @pytest.mark.parametrize("name", ["email", "name", "vat_number", "tax_code", "username", "address", "customer"])
    def test_a_personal_one_too(self, name: str) -> None:
        assert mask(name, {"anything": "Mario Rossi"}) == HIDDEN

    @pytest.mark.parametrize(
        "name", ["customer_id", "order_id", "credential_id", "key_id", "action", "topic", "offset"]
    )
    def test_ids_stay(self, name: str) -> None:
        assert mask(name, "c-1") == "c-1"

    def test_however_deep_it_stands(self) -> None:
        masked = mask("details", [{"order_id": "o-1", "buyer": {"email": "a@rossi.example"}}])
        assert masked == [{"order_id": "o-1", "buyer": {"email": HIDDEN}}]

    def test_a_model_shows_as_its_type_alone(self) -> None:
        assert mask("thing", Person(name="Mario Rossi", age=3)) == "<Person>"

    def test_plain_values_stay_what_they_are(self) -> None:
        masked = mask("details", {"count": 3, "share": 0.5, "done": True, "none": None})
        assert masked == {"count": 3, "share": 0.5, "done": True, "none": None}
        assert mask("due_at", datetime(2026, 1, 15, tzinfo=UTC)) == "2026-01-15 00:00:00+00:00"


class TestWhenATextHoldsASecret:
    @pytest.mark.parametrize(
        ("text", "shown"),
        [
            ("mail to mario.rossi+pec@studio-rossi.example failed", "mail to [e-mail] failed"),
            ("postgresql://app:s3cret@127.0.0.1/orders", "postgresql://[hidden]@127.0.0.1/orders"),
            ("Authorization: Bearer sf_abcdefgh", "Authorization: Bearer [hidden]"),
            ("BASIC YWJjOmRlZg==", "BASIC [hidden]"),
            ("key op_Zm9vYmFyYmF6", "key [hidden]"),
            ("whsec_c2VjcmV0c2VjcmV0 was used", "[hidden] was used"),
            ("$argon2id$v=19$m=19456,t=2,p=1$abc$def", "[hidden]"),
            ("RSSMRA85T10A562S is taken", "[tax code] is taken"),
            ("rssmrauRtmLarSsS is taken", "[tax code] is taken"),
            ("12345670017 is taken, IT12345670017 too", "[VAT number] is taken, [VAT number] too"),
        ],
    )
    def test_it_is_hidden_by_its_looks(self, text: str, shown: str) -> None:
        assert mask_text(text) == shown

    @pytest.mark.parametrize(
        "text",
        [
            "partition 3 of orders.events stopped at 123456789012",
            "5f0c2f0e-8d0c-5e0b-9c0a-6d1f3a7b2c4d",
            "2026-01-15T10:00:00.000000Z",
            "o-12345670017-x",
        ],
    )
    def test_ids_and_instants_stay(self, text: str) -> None:
        assert mask_text(text) == text


class TestWhenALineIsLogged:
    def test_it_is_one_json_object_with_an_instant_in_utc(self, logged: io.StringIO) -> None:
        with structlog.contextvars.bound_contextvars(request_id="r-1"):
            structlog.get_logger().info("batch applied", action="commit.applied", inputs=3, email="a@b.example")
        (line,) = _lines(logged)
        assert datetime.fromisoformat(line.pop("at")).utcoffset() is not None
        assert line == {
            "event": "batch applied",
            "action": "commit.applied",
            "inputs": 3,
            "email": HIDDEN,
            "level": "info",
            "logger": __name__,
            "service": "orders",
            "request_id": "r-1",
        }

    def test_libraries_are_heard_from_warning_on(self, logged: io.StringIO) -> None:
        logging.getLogger("aiokafka.consumer").info("quiet")
        logging.getLogger("aiokafka.consumer").warning("lost %s", "a@b.example", extra={"record": "Mario Rossi"})
        (line,) = _lines(logged)
        assert line["event"] == "lost [e-mail]"
        assert "record" not in line

    def test_an_error_shows_its_type_and_place_but_never_the_value(self, logged: io.StringIO) -> None:
        try:
            int("Mario Rossi")
        except ValueError:
            structlog.get_logger().exception("failed")
        try:
            Person.model_validate({"name": "Mario Rossi", "age": "Via Roma"})
        except ValueError:
            logging.getLogger("faust").exception("failed")
        value, model = _lines(logged)
        assert value["error"][0]["type"] == "builtins.ValueError"
        assert "message" not in value["error"][0]
        assert value["error"][0]["at"][0].startswith("runtime/test_masking.py:")
        assert model["error"][0]["fields"] == ["age: int_parsing"]
        assert "Mario" not in str([value, model])
        assert "Via Roma" not in str([value, model])

    def test_an_error_of_ours_keeps_its_words(self, logged: io.StringIO) -> None:
        try:
            raise Unreadable("no envelope\nDETAIL: Mario Rossi") from KeyError("Mario Rossi")
        except Unreadable as error:
            structlog.get_logger().error("failed", exc_info=error)
        (line,) = _lines(logged)
        assert [link.get("message") for link in line["error"]] == ["no envelope", None]


class TestWhenAnErrorIsKeptWithTheInputThatMetIt:
    """Before its personal data is sealed, an input may be quoted by whatever breaks on it."""

    def test_it_is_told_by_its_type_and_place(self) -> None:
        with pytest.raises(ValueError, match="Mario") as raised:
            int("Mario Rossi")
        line = log.described(raised.value)
        assert line.startswith("ValueError (at runtime/test_masking.py:")
        assert "Mario" not in line

    def test_a_model_names_itself_and_no_value(self) -> None:
        with pytest.raises(ValueError, match="Mario") as raised:
            Person.model_validate({"name": 1, "age": "Mario Rossi"})
        line = log.described(raised.value)
        assert line.startswith("ValidationError: Person does not fit (at ")
        assert "Mario" not in line

    def test_an_error_of_ours_keeps_its_words(self) -> None:
        assert log.described(Unreadable("no envelope")) == "Unreadable: no envelope"
