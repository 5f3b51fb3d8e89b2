"""What happens to the mail that a local stack sends?

It lands in a Maildir and shows on a small read-only page. `tempfail@…` is told 451 (try again), `bounce@…` 550 (never);
a mail to `silent@…` is kept, but the connection breaks before the answer.
Run as `python -m deploy.local.mailcatcher MAILDIR SMTP_PORT PAGE_PORT`.
"""

import asyncio
import email
import html
import mailbox
import signal
import sys
import threading
from email.message import EmailMessage
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from deploy.local.layout import HOST

_REFUSALS = {"tempfail": "451 4.3.0 try again later", "bounce": "550 5.1.1 no such mailbox"}
_SILENT = "silent"


class Catcher:
    """The SMTP side: refuse by recipient, keep everything else."""

    def __init__(self, folder: Path) -> None:
        self._maildir = mailbox.Maildir(str(folder), create=True)

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Answer as the recipient's name asks for."""
        refusal = _REFUSALS.get(address.partition("@")[0].lower())
        if refusal:
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Keep the message, on disk before it is answered; for `silent` break the connection instead."""
        content = envelope.original_content or b""
        self._maildir.add(b"X-Envelope-To: " + ", ".join(envelope.rcpt_tos).encode() + b"\r\n" + content)
        if any(address.partition("@")[0].lower() == _SILENT for address in envelope.rcpt_tos):
            server.transport.close()
        return "250 OK kept"


def _messages(folder: Path) -> list[tuple[str, EmailMessage]]:
    """Read the kept messages, the newest first."""
    kept = sorted((folder / "new").iterdir(), key=lambda path: path.stat().st_mtime_ns, reverse=True)
    return [(path.name, email.message_from_bytes(path.read_bytes(), policy=default)) for path in kept]


def page(folder: Path, path: str) -> str | None:
    """Write the list of mails, or one of them; None if there is no such page."""
    messages = _messages(folder)
    if path == "/":
        rows = "".join(
            f"<tr><td>{html.escape(str(mail['Date'] or ''))}<td>{html.escape(str(mail['To'] or ''))}"
            f"<td><a href='/{index}'>{html.escape(str(mail['Subject'] or '(no subject)'))}</a>"
            for index, (_, mail) in ((len(messages) - i, m) for i, m in enumerate(messages))
        )
        return f"<h1>Mail caught: {len(messages)}</h1><table border=1 cellpadding=6>{rows}</table>"
    number = path.removeprefix("/")
    if not number.isdigit() or not 1 <= int(number) <= len(messages):
        return None
    mail = messages[len(messages) - int(number)][1]
    heads = "".join(f"<b>{html.escape(k)}:</b> {html.escape(str(v))}<br>" for k, v in mail.items())
    parts = [part for kind in ("plain", "html") if (part := mail.get_body((kind,))) is not None]
    bodies = "".join(
        f"<h2>{part.get_content_type()}</h2><pre style='white-space:pre-wrap'>{html.escape(part.get_content())}</pre>"
        for part in parts
    )
    return f"<p><a href='/'>all mails</a></p>{heads}{bodies}"


def _server(folder: Path, port: int) -> ThreadingHTTPServer:
    class Pages(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = page(folder, self.path)
            content = f"<!doctype html><meta charset=utf-8><title>mail</title>{body or 'nothing here'}".encode()
            self.send_response(200 if body else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_arguments: Any) -> None:
            """Say nothing: addresses don't belong in a log."""

    return ThreadingHTTPServer((HOST, port), Pages)


async def _until_stopped() -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, stop.set)
    await stop.wait()


def main() -> None:
    """Serve until told to stop."""
    folder, smtp_port, page_port = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    controller = Controller(Catcher(folder), hostname=HOST, port=smtp_port, data_size_limit=1 << 20)
    controller.start()
    pages = _server(folder, page_port)
    threading.Thread(target=pages.serve_forever, daemon=True).start()
    asyncio.run(_until_stopped())
    pages.shutdown()
    controller.stop()


if __name__ == "__main__":
    main()
