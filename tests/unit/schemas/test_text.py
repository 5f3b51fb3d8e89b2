"""Which texts and addresses of a person are taken, and in which form? The same over HTTP, Kafka and in the client."""

import re
from typing import Any

import pytest
from pydantic import ValidationError

from coterm_client.bodies import Customer as ClientsCustomer
from schemas.storefront import Customer
from schemas.text import MAILBOX, ONE_LINE, tidied, tidied_form

BROKEN = [
    "Rossi\u2028Password: presa-in-giro", "Rossi\u2029x", "Rossi\x85x", "Rossi\r", "Rossi\nx", "Rossi\tx", "Rossi\0",
    "\u202eRossi", "Rossi\u200f", "\u2066Rossi\u2069", "\u061cRossi", "Rossi\x7f", "Rossi\x9b31m",
]  # fmt: skip
BLANK = ["", "   ", "\xa0", "\u200b", "\u3164", "\u2800", "\ufeff", "\u3000\u2009", "\u200d", "\ufe0f", "\xad"]
TAKEN = [
    "Rossi Srl", "山田太郎", "محمد علي", "רחל כהן", "Αλέξανδρος", "രാജന്\u200d",
    "葛\U000e0100城", "O\u2019Brien", "Nguyễn",
    "x" * 200,
]  # fmt: skip
UNREACHABLE = [
    ".anna@rossi.example", "anna.@rossi.example", "anna..rossi@rossi.example", "anna@-rossi.example",
    "anna@rossi-.example",
    "anna@rossi", "anna@rossi.123", "anna@rossi..example", f"{'a' * 65}@rossi.example",
    "a@rossi.local", "a@rossi.invalid",
    "=?utf-8?q?a?=@rossi.example", "a@rossi.example\n", "a@ab--c.example",
]  # fmt: skip
NOT_IDS = [".", "..", "-a", "_a", ":a", "", "a" * 65, "a/b", "a\n"]


def buyer(**changes: Any) -> dict[str, Any]:
    return {"customer_id": "c-1", "kind": "LEGAL_PERSON", "name": "Rossi", "email": "a@rossi.example", **changes}


class TestAText:
    @pytest.mark.parametrize("name", BROKEN + BLANK + ["x" * 201])
    def test_that_breaks_its_line_or_shows_nothing_is_refused(self, name: str) -> None:
        for model in (Customer, ClientsCustomer):
            with pytest.raises(ValidationError):
                model(**buyer(name=name))
        assert len(name) > 200 or not re.fullmatch(ONE_LINE, name)

    @pytest.mark.parametrize("name", TAKEN)
    def test_in_any_script_is_taken_as_it_is(self, name: str) -> None:
        assert Customer(**buyer(name=name)).name == name
        assert ClientsCustomer(**buyer(name=name)).name == name
        assert re.fullmatch(ONE_LINE, name)

    @pytest.mark.parametrize("written", ["Caffe\u0300", "  Caffè\u200b ", "\xa0Caffè\u3000", "Caffè"])
    def test_has_one_form(self, written: str) -> None:
        assert Customer(**buyer(name=written)).name == "Caffè"
        assert tidied(tidied(written)) == "Caffè"

    def test_too_long_to_be_composed_in_time_is_refused(self) -> None:
        with pytest.raises(ValueError, match="at most"):
            tidied("a" + "\u0301\u0323" * 16_000)

    def test_in_a_form_is_tidied_at_every_depth(self) -> None:
        assert tidied_form({" a ": [" b ", {"c": " "}, 1, None]}) == {"a": ["b", {"c": ""}, 1, None]}
        with pytest.raises(ValueError, match="one line"):
            tidied_form({"a": [{"b": "c\u2028d"}]})


class TestAnAddress:
    @pytest.mark.parametrize("address", UNREACHABLE)
    def test_that_no_mail_can_reach_is_refused(self, address: str) -> None:
        with pytest.raises(ValidationError):
            Customer(**buyer(email=address))

    @pytest.mark.parametrize("address", ["a@rossi.example", "anna.rossi+x@Studio.Rossi.it", "o'b@pec.xn--p1ai"])
    def test_of_one_mailbox_is_taken_as_it_is(self, address: str) -> None:
        assert Customer(**buyer(email=address)).email == address
        assert ClientsCustomer(**buyer(email=address)).email == address
        assert re.fullmatch(MAILBOX, address)


class TestAnId:
    @pytest.mark.parametrize("wrong", NOT_IDS)
    def test_that_a_path_or_a_command_cannot_name_is_refused(self, wrong: str) -> None:
        for model in (Customer, ClientsCustomer):
            with pytest.raises(ValidationError):
                model(**buyer(customer_id=wrong))
