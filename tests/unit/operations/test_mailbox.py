"""Does a shown mail hide its password, and what does a catcher's folder hold?"""

import os
from email.message import EmailMessage
from pathlib import Path

from operations.mails.mail import Mail, Maildir, read_mail


class TestWhenAMailCarriesCredentials:
    def test_they_can_be_read_and_the_shown_text_hides_the_password(self) -> None:
        message = EmailMessage()
        message.set_content("Ecco:\nUsername: U12345670017\nPassword: kR7nW2xQ9bTz4mHc\n")
        mail = Mail(message)

        assert mail.credentials == {"Username": "U12345670017", "Password": "kR7nW2xQ9bTz4mHc"}
        assert "kR7nW2xQ9bTz4mHc" not in mail.masked
        assert "Username: U12345670017" in mail.masked


class TestWhenMailsAreReadFromTheirBytes:
    def test_each_header_that_was_parsed_before_is_the_same_and_no_other(self) -> None:
        bodies = {"a@example.com": "Perché no", "b@example.com": "Perché sì"}
        for _ in range(2):
            for address, subject in bodies.items():
                message = EmailMessage()
                message["X-Envelope-To"], message["Subject"], message["Message-ID"] = address, subject, f"<1-{address}>"
                message.set_content("però\n")
                mail = read_mail(message.as_bytes())
                assert (mail.recipients, mail.subject, mail.text) == (address, subject, "però\n")
                assert mail.message_id == f"<1-{address}>"


def put(folder: Path, name: str, address: str, *, second: int) -> None:
    message = EmailMessage()
    message["X-Envelope-To"], message["Message-ID"] = address, f"<{name}>"
    message.set_content("ecco\n")
    (folder / "new").mkdir(exist_ok=True)
    (folder / "new" / name).write_bytes(message.as_bytes())
    os.utime(folder / "new" / name, (second, second))


class TestWhenACatchersFolderIsReadAgainAndAgain:
    def test_each_mail_is_read_once_and_they_stand_as_they_arrived(self, tmp_path: Path) -> None:
        maildir = Maildir(tmp_path)
        put(tmp_path, "b", "rossi@example.com", second=1)
        put(tmp_path, "a", "verdi@example.com", second=2)
        first = maildir.mails() or []
        put(tmp_path, "0", "rossi@example.com", second=3)
        again = maildir.mails() or []

        assert [mail.message_id for mail in again] == ["<b>", "<a>", "<0>"]
        assert [id(mail) for mail in first] == [id(mail) for mail in again[:2]]
        assert [mail.message_id for mail in maildir.of("rossi@example.com")] == ["<b>", "<0>"]

    def test_what_was_there_before_is_left_out_where_that_is_wished(self, tmp_path: Path) -> None:
        put(tmp_path, "a", "rossi@example.com", second=1)
        maildir = Maildir(tmp_path, from_now=True)
        assert maildir.mails() == []
        put(tmp_path, "b", "rossi@example.com", second=2)
        assert [mail.message_id for mail in maildir.mails() or []] == ["<b>"]

    def test_no_catcher_is_not_an_empty_one(self, tmp_path: Path) -> None:
        assert Maildir(None).mails() is None
        assert Maildir(tmp_path).mails() is None
        assert Maildir(tmp_path).of("rossi@example.com") == []
