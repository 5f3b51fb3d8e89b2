"""How does a storefront write to Kafka? CloudEvents 1.0 on `storefront.intake`, under the customer's id.

Needs aiokafka: `pip install "coterm-client[kafka]"`. What Kafka has taken is not yet accepted: the outcome is an event
of orders, and what can't be read goes to quarantine without an answer. So everything is checked here first.
"""

import json
import ssl
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from coterm_client.blocking import Blocking, blocking
from coterm_client.bodies import CancellationOfOrder, Cart, PaymentOfOrder
from coterm_client.problems import CotermError

TOPIC = "storefront.intake"
MOST_BYTES = 64 * 1024
CONTENT_TYPE = b"application/cloudevents+json; charset=utf-8"


class NotStored(CotermError):
    """Kafka did not acknowledge. Whether it has the record is not known: send it again, with the same ids."""


@dataclass(frozen=True, slots=True)
class Stored:
    """Where Kafka keeps a record that all in-sync replicas have."""

    topic: str
    partition: int
    offset: int


def order_event(cart: Cart) -> dict[str, Any]:
    """Write a cart as a CloudEvent; the same cart gives the same event."""
    return _event(cart.order_id, cart.storefront, Cart.EVENT_TYPE, cart.customer.customer_id, cart.written())


def payment_event(payment: PaymentOfOrder) -> dict[str, Any]:
    """Write a payment as a CloudEvent. Raises ValueError without its customer: Kafka's key is the customer id."""
    if payment.customer_id is None:
        raise ValueError("customer_id is needed on Kafka: it is the record's key")
    identity = f"{payment.payment_source}:{payment.payment_id}"
    kind = PaymentOfOrder.EVENT_TYPE
    return _event(identity, payment.payment_source, kind, payment.customer_id, payment.written())


def cancellation_event(cancellation: CancellationOfOrder, storefront: str) -> dict[str, Any]:
    """Write a customer's request to cancel as a CloudEvent."""
    kind = CancellationOfOrder.EVENT_TYPE
    return _event(f"cancel:{cancellation.order_id}", storefront, kind, cancellation.customer_id, cancellation.written())


def _event(identity: str, source: str, event_type: str, customer_id: str, data: dict[str, Any]) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": identity,
        "source": f"/storefronts/{source}",
        "type": event_type,
        "subject": customer_id,
        "datacontenttype": "application/json",
        "data": data,
    }


class Intake:
    """Publish orders, payments and cancellations; each method returns once all in-sync replicas have the record.

    `username` and `password` are for SCRAM-SHA-512 over TLS; `namespace` is put before the topic where a cluster is
    shared. Use it as an async context manager.
    """

    def __init__(
        self,
        brokers: str,
        *,
        namespace: str = "",
        ssl_context: ssl.SSLContext | None = None,
        username: str | None = None,
        password: str | None = None,
    ) -> None:
        self._brokers = brokers
        self._topic = f"{namespace}{TOPIC}"
        self._security: dict[str, Any] = {}
        if username is not None or ssl_context is not None:
            self._security = {
                "ssl_context": ssl_context or ssl.create_default_context(),
                "security_protocol": "SASL_SSL" if username is not None else "SSL",
            }
        if username is not None:
            scram = {"sasl_mechanism": "SCRAM-SHA-512", "sasl_plain_username": username}
            self._security |= {**scram, "sasl_plain_password": password}
        self._producer: AIOKafkaProducer | None = None

    async def __aenter__(self) -> Self:
        producer = AIOKafkaProducer(
            bootstrap_servers=self._brokers, acks="all", enable_idempotence=True, **self._security
        )
        try:
            await producer.start()
        except KafkaError as error:
            await producer.stop()
            raise NotStored(f"no broker of {self._brokers} answers: {type(error).__name__}: {error}") from error
        self._producer = producer
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._producer is not None:
            await self._producer.stop()

    async def submit(self, cart: Cart) -> Stored:
        """Publish a cart."""
        return await self._send(order_event(cart))

    async def pay(self, payment: PaymentOfOrder) -> Stored:
        """Publish a payment; it names its order and its customer."""
        return await self._send(payment_event(payment))

    async def cancel(self, order_id: str, customer_id: str, *, storefront: str) -> Stored:
        """Publish a customer's request to cancel an order."""
        return await self._send(
            cancellation_event(CancellationOfOrder(order_id=order_id, customer_id=customer_id), storefront)
        )

    async def _send(self, event: dict[str, Any]) -> Stored:
        if self._producer is None:
            raise RuntimeError("use the intake as an async context manager: async with Intake(…) as intake")
        value = json.dumps(event).encode()
        if len(value) > MOST_BYTES:
            raise ValueError(f"{len(value)} bytes; intake takes {MOST_BYTES}")
        headers = [("content-type", CONTENT_TYPE)]
        try:
            kept = await self._producer.send_and_wait(
                self._topic, value, key=str(event["subject"]).encode(), headers=headers
            )
        except KafkaError as error:
            raise NotStored(f"Kafka did not acknowledge: {type(error).__name__}: {error}") from error
        return Stored(kept.topic, kept.partition, kept.offset)


class BlockingIntake(Blocking[Intake]):
    """Publish orders, payments and cancellations: `Intake`, blocking."""

    submit = blocking(Intake.submit)
    pay = blocking(Intake.pay)
    cancel = blocking(Intake.cancel)
