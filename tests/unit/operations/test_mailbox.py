"""Does a shown mail hide its password?"""

from email.message import EmailMessage

from operations.mails.mail import Mail, read_mail


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
