"""Where does a local stack keep its files, and on which ports does it listen?"""

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HOST = "127.0.0.1"
SERVICES = ("orders", "billing", "provisioning", "notifications")
SCREENS = ("shop", "panel", "desk")
INFRASTRUCTURE = ("kafka", "postgres", "mail")


@dataclass(frozen=True)
class Layout:
    """One stack: a folder for its data and an offset for its ports, so that several can stand side by side."""

    run: Path = ROOT / ".run"
    port_offset: int = 0
    has_clock: bool = True
    """Its clock can be set: for that every service looks at a file many times a second, at its deadlines five times."""

    @property
    def ports(self) -> dict[str, int]:
        """Name every port the stack listens on, all of them on loopback.

        Their last three digits differ, so stacks that are thousands apart never meet.
        """
        first = {
            "kafka": 19092, "controller": 19093, "postgres": 15432, "smtp": 11025, "mail": 18026,
            "orders": 8101, "billing": 8102, "provisioning": 8103, "notifications": 8104,
            "shop": 8110, "panel": 8111, "desk": 8112,
        }  # fmt: skip
        return {name: port + self.port_offset for name, port in first.items()}

    def address(self, name: str) -> str:
        """Write one listener as host:port."""
        return f"{HOST}:{self.ports[name]}"

    def url(self, name: str) -> str:
        """Write one HTTP listener's address."""
        return f"http://{self.address(name)}"

    def log(self, name: str) -> Path:
        """Say where a process writes its log."""
        return self.run / "logs" / f"{name}.log"

    @property
    def downloads(self) -> Path:
        """Say where Kafka's jars lie: once per checkout, whatever the stack."""
        return ROOT / ".run" / "kafka-dist"

    @property
    def maildir(self) -> Path:
        """Return where the mail catcher keeps what was sent."""
        return self.run / "mail"

    @property
    def clock(self) -> Path:
        """Return the file that replaces the clock when it holds an instant."""
        return self.run / "clock"

    @property
    def endpoints(self) -> Path:
        """Return the file that describes the running stack to those who use it."""
        return self.run / "endpoints.json"

    def prepare(self) -> None:
        """Make the folders: what they hold is this user's alone, whoever made them before.

        PostgreSQL and the mail catcher make theirs so themselves (as root the former is another user's).
        """
        self.run.mkdir(parents=True, exist_ok=True)
        for name in ("logs", "pids", "secrets", "data", "kafka"):
            folder = self.run / name
            folder.mkdir(exist_ok=True)
            folder.chmod(0o700)
