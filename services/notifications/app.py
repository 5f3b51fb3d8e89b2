"""How is notifications wired? Its declaration, its router and the effects that send its mails."""

from runtime.postgres.effects import PostgresEffects
from runtime.process.effects import Effects
from runtime.process.live_edge import LiveEdge
from runtime.process.worker import run
from runtime.service import Service
from services.notifications.adapters.api import router
from services.notifications.adapters.smtp import actors
from services.notifications.declaration import declare


def main() -> None:
    """Run until SIGTERM."""
    run("notifications", declare, router, send_mails)


async def send_mails(edge: LiveEdge, service: Service) -> None:
    """Work on the mails that were requested, as soon as Kafka has their request."""
    store = PostgresEffects(edge.settings.postgres_dsn.get_secret_value(), service.name)
    effects = Effects(store, actors(edge, store), edge)
    edge.relay.on_published = effects.wake
    edge.holds.append(effects.hold)
    try:
        await effects.run()
    finally:
        await effects.stop()
