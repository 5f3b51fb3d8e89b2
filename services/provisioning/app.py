"""How is provisioning wired? Its declaration and its router, handed to the runtime."""

from runtime.process.worker import run
from services.provisioning.adapters.api import router
from services.provisioning.declaration import declare


def main() -> None:
    """Run until SIGTERM."""
    run("provisioning", declare, router)
