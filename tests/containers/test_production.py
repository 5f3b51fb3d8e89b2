"""Is the compose file a production's unless something else is said, and does it demand what production needs?"""

from collections.abc import Iterator

import pytest

from tests.containers.stack import Stack, prepared, running

pytestmark = pytest.mark.timeout(600)

SAID = """COTERM_SMTP_HOST=mail.invalid
COTERM_MAIL_FROM=Servizio clienti <servizio@example.org>
COTERM_PROVIDER_NAME=Esempio
COTERM_PROVIDER_COLOUR="#005a9c"
COTERM_PROVIDER_WEBSITE=https://www.example.org
COTERM_PROVIDER_ADDRESS=Via Roma 1, 00184 Roma
COTERM_SUPPORT_CONTACT=servizio@example.org
COTERM_CUSTOMER_AREA_URL=https://area.example.org
COTERM_PANEL_URL=https://panel.example.org
COTERM_IBAN=DE89370400440532013000
COTERM_BENEFICIARY=Esempio Srl
"""


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The whole system, told only what has no default."""
    with running(tmp_path_factory.mktemp("production"), SAID) as stack:
        yield stack


class TestWhenNothingElseIsSaid:
    def test_what_has_no_default_is_demanded_before_anything_starts(
        self, tmp_path_factory: pytest.TempPathFactory
    ) -> None:
        for missing in SAID.splitlines():
            settings = SAID.replace(missing, "")
            asked = prepared(tmp_path_factory.mktemp("silent"), settings)("config", "--quiet")
            assert asked.returncode != 0
            assert f"required variable {missing.partition('=')[0]} is missing" in asked.stderr
            assert "deploy/.env" in asked.stderr

    def test_every_service_runs_as_production_without_the_mail_catcher(self, stack: Stack) -> None:
        assert "mailpit" not in stack.health()
        assert set(stack.health().values()) == {"healthy"}
        for service in ("orders", "billing", "provisioning", "notifications"):
            assert "COTERM_ENV=production" in stack.inspected(service)["Config"]["Env"]

    def test_an_operator_sees_it_and_nobody_tries_it_out(self, stack: Stack) -> None:
        assert stack.coterm("status").returncode == 0
        tried = stack.buy()
        assert tried.returncode == 1
        assert "this is production" in tried.stderr
        drill = stack.coterm("drill", "lose-postgres", "billing", "--yes")
        assert "billing was not typed: nothing was done" in drill.stderr

    def test_mail_in_the_clear_is_refused(self, stack: Stack) -> None:
        done = stack("run", "--rm", "--no-TTY", "--no-deps", "--env", "COTERM_SMTP_SECURITY=none", "notifications")
        assert done.returncode != 0
        assert "COTERM_SMTP_SECURITY=none sends passwords in the clear" in done.stdout + done.stderr
