"""How is billing wired? Its declaration and its router, handed to the runtime."""

from runtime.process.worker import run
from services.billing.adapters.api import router
from services.billing.declaration import declare


def main() -> None:
    """Run until SIGTERM."""
    run("billing", declare, router)
