"""How is orders wired? Its declaration, its router and the review of held payments, handed to the runtime."""

from runtime.process.worker import run
from services.orders.adapters.api import router
from services.orders.adapters.review import keep_reviewing
from services.orders.declaration import declare


def main() -> None:
    """Run until SIGTERM."""
    run("orders", declare, router, keep_reviewing)
