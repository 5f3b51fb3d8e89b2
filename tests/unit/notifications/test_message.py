"""Can a text, wherever it stands in a mail, become a header, an addressee or a line of its own?"""

from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest

from publishing.mail_examples import EXAMPLES, PROVIDER, SECRET, shown
from schemas.vocabulary import EmailFailure, Locale, TemplateName
from services.notifications.adapters.letters import Letter, render
from services.notifications.adapters.message import HEADERS, LONGEST_LINE, Mail, Unsendable, compose
from services.notifications.domain.texts import CREDENTIALS_REISSUED

AT = datetime(2026, 1, 15, 9, tzinfo=UTC)
SENDER = "Servizio clienti <a@coterm.example>"
TO_US = "a@rossi.example"
ENCODED_LINE_BREAKS = "=?utf-8?q?Rossi=0D=0ABcc=3A_terzi=40altri.example?="
ENCODED_SECOND_MAIL = "=?utf-8?b?Um9zc2kNClN1YmplY3Q6IGFsdHJvDQoNCmFsdHJv?="
ENCODED_ADDRESSEE = "=?utf-8?q?Rossi_=3Cterzi=40altri=2Eexample=3E=2C?="
TEXTS = [
    "Rossi Srl",
    ENCODED_LINE_BREAKS,
    ENCODED_SECOND_MAIL,
    ENCODED_ADDRESSEE,
    f"{ENCODED_LINE_BREAKS} {ENCODED_ADDRESSEE} {ENCODED_SECOND_MAIL}",
    "Panificio Rossi, <ordini@altri.example>, Bianchi e figli, pane e dolci di Roma e provincia",
    f"{'a' * 85} {'b' * 85}",
    "x" * 200,
    "à" * 200,
    "Società Å & Figli … €",
    'Rossi "il vecchio" <b@altri.example>; Bianchi: (uno) \\ due',
    "Subject: altro",
    "Username: altro",
    "x Password: altro",
    "=?",
    "=?utf-8?q?",
    "山田太郎商店",
    "محمد علي",
    "രാജന്\u200d",
    "Αλέξανδρος Παπαδόπουλος",
    "a" + "\u0301" * 100,
    "👩\u200d🌾 Rossi",
]


def composed(subject: str = "s", text: str = "t\n", html: str = "<p>t</p>\n", **changes: str) -> Mail:
    parts = {"sender": SENDER, "address": TO_US, "message_id": "<x@y>", **changes}
    return compose(Letter(subject, text, html), at=AT, **parts)


def arrived(mail: Mail) -> EmailMessage:
    read = message_from_bytes(mail.content, policy=default)
    assert isinstance(read, EmailMessage)
    return read


def names_on_the_wire(mail: Mail) -> list[str]:
    """Read the header as a server does: by its lines, up to the first that is empty."""
    head = mail.content.partition(b"\r\n\r\n")[0].decode("ascii").split("\r\n")
    return [line.partition(":")[0] for line in head if not line.startswith((" ", "\t"))]


class TestWhatABuyerWrote:
    @pytest.mark.parametrize("text", TEXTS)
    def test_in_a_subject_it_stays_text(self, text: str) -> None:
        mail = composed(subject=text)
        assert sorted(names_on_the_wire(mail)) == sorted(HEADERS)
        assert arrived(mail)["Subject"] == text
        assert (mail.recipient, arrived(mail)["To"]) == (TO_US, TO_US)

    @pytest.mark.parametrize(
        ("text", "template"),
        [(text, CREDENTIALS_REISSUED) for text in TEXTS] + [("Password: altro", template) for template in EXAMPLES],
    )
    def test_as_a_name_it_stands_in_the_greeting_alone(self, text: str, template: TemplateName) -> None:
        letter = render(template, Locale.IT, PROVIDER, {**shown(template), "name": text})
        mail = compose(letter, SENDER, TO_US, "<x@y>", AT)
        assert sorted(names_on_the_wire(mail)) == sorted(HEADERS)
        assert mail.content.isascii()
        assert max(map(len, mail.content.split(b"\r\n"))) <= LONGEST_LINE
        body = arrived(mail).get_body(("plain",))
        assert body is not None
        lines = body.get_content().splitlines()
        assert lines[0] == f"Gentile {text},"
        secrets = [f"{name.capitalize()}: {value}" for name, value in SECRET.items() if EXAMPLES[template].valid_until]
        assert [line for line in lines if line.startswith(("Username:", "Password:"))] == secrets

    @pytest.mark.parametrize("broken", ["a\r\nBcc: x@evil.example", "a\nX: y", "a\rX: y", "a\n\nb"])
    def test_a_subject_of_two_lines_never_leaves(self, broken: str) -> None:
        with pytest.raises(Unsendable) as refused:
            composed(subject=broken)
        assert refused.value.failure is EmailFailure.MALFORMED_MAIL


class TestWhomItIsFor:
    @pytest.mark.parametrize(
        "address",
        [
            "a@rossi.example\r\nBcc: x@evil.example",
            "a@rossi.example, x@evil.example",
            "Rossi <a@rossi.example>",
            "=?utf-8?q?a=2C?=@rossi.example",
            '"a b"@rossi.example',
            ".anna@rossi.example",
            "anna.@rossi.example",
            "anna..rossi@rossi.example",
            "rossi",
            "@rossi.example",
            "",
            "a@",
        ],
    )
    def test_anything_but_one_reachable_mailbox_is_refused(self, address: str) -> None:
        with pytest.raises(Unsendable) as refused:
            composed(address=address)
        assert refused.value.failure is EmailFailure.ADDRESS_INVALID


class TestTheFinishedBytes:
    @pytest.mark.parametrize(
        "changed",
        [
            {"message_id": "<x@y>\r\nBcc: x@evil.example"},
            {"message_id": "<x@y>\r\n\r\naltro"},
            {"message_id": "<x@y>\n"},
            {"message_id": "<x@y>\r\n \r\n a"},
            {"message_id": "<è@y>"},
            {"message_id": f"<{'x' * LONGEST_LINE}@y>"},
            {"sender": ""},
        ],
    )
    def test_that_say_more_than_was_meant_never_leave(self, changed: dict[str, str]) -> None:
        with pytest.raises(Unsendable) as refused:
            composed(**changed)
        assert refused.value.failure is EmailFailure.MALFORMED_MAIL

    def test_its_repr_shows_no_secret(self) -> None:
        assert "canary" not in repr(composed(text="Password: canary\n"))
