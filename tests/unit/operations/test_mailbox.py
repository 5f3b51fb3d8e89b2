"""Does a shown mail hide its password?"""

from email.message import EmailMessage

from operations.mails.mail import Mail


class TestWhenAMailCarriesCredentials:
    def test_they_can_be_read_and_the_shown_text_hides_the_password(self) -> None:
        message = EmailMessage()
        message.set_content("Ecco:\nUsername: U12345670017\nPassword: kR7nW2xQ9bTz4mHc\n")
        mail = Mail(message)

        assert mail.credentials == {"Username": "U12345670017", "Password": "kR7nW2xQ9bTz4mHc"}
        assert "kR7nW2xQ9bTz4mHc" not in mail.masked
        assert "Username: U12345670017" in mail.masked
