"""What is said of a record that Kafka's intake refused? Where it stood, what could be read of it, and why."""

from datetime import datetime

from coterm_client.answers import Answer, Listed


class Rejection(Answer):
    """A record that intake refused: where it stood, what could be read of it, and why."""

    topic: str
    partition: int
    offset: int
    event_id: str | None = None
    order_id: str | None = None
    storefront: str | None = None
    code: str
    detail: str
    rejected_at: datetime


class Rejections(Listed):
    """What intake refused, the oldest first."""

    rejections: list[Rejection]
