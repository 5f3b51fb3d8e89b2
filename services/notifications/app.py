"""How is notifications wired? Its declaration and its router, handed to the runtime."""

from runtime.worker import run
from services.notifications.adapters.api import router
from services.notifications.declaration import declare


def main() -> None:
    """Run until SIGTERM."""
    run("notifications", declare, router)
