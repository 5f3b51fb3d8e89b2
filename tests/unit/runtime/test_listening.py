"""Does an answer leave at once?"""

import socket

import pytest

from runtime.web.server import listen


class TestWhatIsAccepted:
    def test_sends_at_once_and_waits_for_no_acknowledgement(self) -> None:
        with listen("127.0.0.1", 0) as listener, socket.create_connection(listener.getsockname()):
            accepted, _ = listener.accept()
            with accepted:
                assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)

    def test_an_address_that_is_taken_is_refused(self) -> None:
        with listen("127.0.0.1", 0) as listener, pytest.raises(OSError, match="in use"):
            listen(*listener.getsockname())
