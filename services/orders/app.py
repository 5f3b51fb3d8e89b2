"""How is orders wired? Its declaration and its router, handed to the runtime."""

from runtime.worker import run
from services.orders.adapters.api import router
from services.orders.declaration import declare


def main() -> None:
    """Run until SIGTERM."""
    run("orders", declare, router)
