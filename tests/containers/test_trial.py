"""Does a trial of the compose file sell, keep its secrets, and let an operator look after it?

`make docker-check`: where Docker runs, on the image coterm:local. Not part of `make test`, which needs no Docker.
"""

import json
from collections.abc import Iterator

import pytest

from deploy.local.layout import ROOT, SERVICES
from tests.containers.stack import Stack, running

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The whole system as deploy/trial.env says, with empty data; gone at the end."""
    with running(tmp_path_factory.mktemp("trial"), (ROOT / "deploy" / "trial.env").read_text()) as stack:
        yield stack


class TestWhenItIsStarted:
    def test_every_service_runs_and_is_healthy(self, stack: Stack) -> None:
        everything = ("kafka", "postgres", "mailpit", *SERVICES)
        assert stack.health() == dict.fromkeys(everything, "healthy")

    @pytest.mark.parametrize("service", SERVICES)
    def test_a_service_runs_as_nobody_on_a_closed_image_and_shows_no_secret(self, stack: Stack, service: str) -> None:
        seen = stack.inspected(service)
        assert seen["Config"]["User"] == "10001:10001"
        assert seen["HostConfig"]["ReadonlyRootfs"] is True
        assert seen["HostConfig"]["CapDrop"] == ["ALL"]
        secrets = [path.read_text() for path in (stack.folder / "secrets/generated/secrets").iterdir()]
        assert secrets
        assert [secret for secret in secrets if secret in json.dumps(seen)] == []

    def test_what_is_published_listens_on_loopback(self, stack: Stack) -> None:
        assert stack("port", "orders", "8101").stdout.startswith("127.0.0.1:")


class TestWhenAnOperatorWorks:
    def test_one_purchase_is_shown_and_everything_is_well(self, stack: Stack) -> None:
        bought = stack.buy()
        assert bought.returncode == 0, bought.stderr
        assert "ACTIVATED" in bought.stdout
        assert "total 36.60" in bought.stdout
        assert "activation-credentials  SENT" in bought.stdout
        print(bought.stdout)
        status = stack.coterm("status", "--json")
        assert status.returncode == 0, status.stdout + status.stderr
        print(stack.coterm("status").stdout)

    def test_every_invariant_holds(self, stack: Stack) -> None:
        done = stack.coterm("verify")
        assert done.returncode == 0, done.stdout + done.stderr
        print(done.stdout)

    @pytest.mark.parametrize("service", SERVICES)
    def test_a_service_is_rebuilt_while_it_runs(self, stack: Stack, service: str) -> None:
        done = stack.coterm("rebuild", service)
        assert done.returncode == 0, done.stdout + done.stderr
        print(done.stdout)

    def test_a_drill_loses_a_database_and_brings_it_back(self, stack: Stack) -> None:
        running = stack.coterm("drill", "lose-postgres", "billing", "--yes")
        assert running.returncode == 1
        assert "stop billing, then begin the drill again" in running.stderr
        stack("stop", "billing")
        drill = stack.coterm("drill", "lose-postgres", "billing", "--yes")
        assert drill.returncode == 0, drill.stdout + drill.stderr
        print(drill.stdout, drill.stderr)
        started = stack("up", "--no-build", "--wait", "billing")
        assert started.returncode == 0, started.stderr
        checked = stack.coterm("verify")
        assert checked.returncode == 0, checked.stdout + checked.stderr

    def test_what_is_away_is_told_and_not_started(self, stack: Stack) -> None:
        stack("stop", "notifications")
        try:
            status = stack.coterm("status")
            assert status.returncode == 1
            assert "notifications" in status.stdout + status.stderr
            assert stack("ps", "--quiet", "notifications").stdout == ""
        finally:
            stack("up", "--no-build", "--wait", "notifications")
