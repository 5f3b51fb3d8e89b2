"""How is notifications wired? Its declaration, its router, and what sends its mails and tells endpoints of events."""

import asyncio
from collections.abc import Collection

from runtime.postgres.deliveries import PostgresDeliveries
from runtime.postgres.effects import PostgresEffects
from runtime.process.deliveries import Deliveries
from runtime.process.effects import Effects
from runtime.process.live_edge import LiveEdge
from runtime.process.worker import run
from runtime.service import Service
from schemas.notifications import EmailRequested
from services.notifications.adapters.api import router
from services.notifications.adapters.smtp import actors
from services.notifications.adapters.webhooks import Poster
from services.notifications.declaration import declare


def main() -> None:
    """Run until SIGTERM."""
    run("notifications", declare, router, send)


async def send(edge: LiveEdge, service: Service) -> None:
    """Send mails, as soon as Kafka has their request, and tell endpoints of what was committed."""
    dsn = edge.settings.postgres_dsn.get_secret_value()
    mails = PostgresEffects(dsn, service.name)
    effects = Effects(mails, actors(edge, mails), edge)
    webhooks, is_production = edge.settings.webhooks, edge.settings.env == "production"
    poster = Poster(edge, webhooks, outside_only=is_production)
    store = PostgresDeliveries(dsn, service.name)
    deliveries = Deliveries(store, [webhook.name for webhook in webhooks], poster.tell)

    def published(types: Collection[str]) -> None:
        if EmailRequested.EVENT_TYPE in types:
            effects.wake()
        deliveries.wake()

    def committed(beside: bool) -> None:
        edge.relay.wake(beside=beside)
        deliveries.wake()

    edge.relay.on_published, edge.committer.on_committed = published, committed
    edge.holds += [effects.hold, deliveries.hold]
    try:
        await asyncio.gather(effects.run(), deliveries.run())
    finally:
        await asyncio.gather(effects.stop(), deliveries.stop())
        await poster.close()
