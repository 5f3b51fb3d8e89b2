import pytest

from services.provisioning.domain.passwords import Objection, objections

USERNAME = "U12345670017"


def reasons(password: str, *, is_present_one: bool = False) -> list[Objection]:
    return objections(password, username=USERNAME, is_present_one=is_present_one)


class TestWhatMayBeChosen:
    @pytest.mark.parametrize(
        "password", ["correct horse battery", "quindici lettere", "perché no, gattò!", "vk7-nebbia-sul-Po"]
    )
    def test_a_long_phrase_needs_no_digits_or_signs(self, password: str) -> None:
        assert reasons(password) == []

    def test_fifteen_characters_are_enough_and_fourteen_are_not(self) -> None:
        assert reasons("quindici letter") == []
        assert reasons("quindici lette") == [Objection.TOO_SHORT]

    def test_it_has_an_end(self) -> None:
        assert Objection.TOO_LONG in reasons("una frase lunga " * 17)


class TestWhatIsRefused:
    @pytest.mark.parametrize(
        "password",
        [
            "passwordpassword",
            "Password12345678",
            "123456789012345",
            "aaaaaaaaaaaaaaaa",
            "abcabcabcabcabcabc",
            "qwertyuiopasdfgh",
            "FatturaElettronica2026",
            "abcdefghijklmnop",
        ],
    )
    def test_known_and_monotonous_ones(self, password: str) -> None:
        assert reasons(password) == [Objection.TOO_COMMON]

    def test_the_username_and_what_contains_it(self) -> None:
        assert reasons("xx u12345670017 xx") == [Objection.CONTAINS_USERNAME]

    def test_the_temporary_one(self) -> None:
        assert reasons("K7pwM3xQhT9vRz2bNc5d", is_present_one=True) == [Objection.SAME_AS_TEMPORARY]

    def test_every_reason_is_named(self) -> None:
        assert reasons("passwort", is_present_one=True) == [
            Objection.TOO_SHORT,
            Objection.TOO_COMMON,
            Objection.SAME_AS_TEMPORARY,
        ]
