"""Publish an order with aiokafka, and read what came of it."""

import asyncio
import json
import os
import subprocess
import time
from pathlib import Path

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

STACK = json.loads(Path(os.environ.get("ENDPOINTS", ".run/endpoints.json")).read_text())
ID = str(time.time_ns())
VAT_NUMBER = (
    os.environ.get("VAT_NUMBER") or subprocess.check_output([".venv/bin/coterm", "test-data", "vat"], text=True).strip()
)
CUSTOMER = f"c-{ID}"

CART = {
    "order_id": f"o-{ID}",
    "storefront": "example",
    "channel": "SITE",
    "customer": {
        "customer_id": CUSTOMER,
        "kind": "VAT_HOLDER",
        "name": "Anna Bianchi",
        "email": "anna@bianchi.example",
        "vat_number": VAT_NUMBER,
    },
    "lines": [{"product": "E_INVOICING"}, {"product": "DOCUMENTS"}],
}
EVENT = {
    "specversion": "1.0",
    "id": CART["order_id"],
    "source": "/storefronts/example",
    "type": "storefront.OrderSubmitted.v1",
    "subject": CUSTOMER,
    "datacontenttype": "application/json",
    "data": CART,
}


async def main() -> None:
    consumer = AIOKafkaConsumer("orders.events", "billing.events", bootstrap_servers=STACK["kafka"])
    producer = AIOKafkaProducer(bootstrap_servers=STACK["kafka"], acks="all", enable_idempotence=True)
    await consumer.start()
    await consumer.seek_to_end()
    await producer.start()
    try:
        # The record's key and the event's subject are the customer's id: one customer's messages stay in order.
        await producer.send_and_wait(
            "storefront.intake",
            json.dumps(EVENT).encode(),
            key=CUSTOMER.encode(),
            headers=[("content-type", b"application/cloudevents+json")],
        )
        # Two topics have no common order: the price may be read before the order that it is for.
        seen: dict[str, dict] = {}
        async with asyncio.timeout(20):
            async for record in consumer:
                if record.key != CUSTOMER.encode():
                    continue
                event = json.loads(record.value)
                seen[event["type"].split(".")[1]] = event
                if "OrderRefused" in seen or seen.keys() >= {"OrderPlaced", "OrderPriced"}:
                    break
        if refused := seen.get("OrderRefused"):
            raise SystemExit(f"refused: {refused['data']['violations']}")
        print(seen["OrderPlaced"]["type"])
        print(seen["OrderPriced"]["type"], seen["OrderPriced"]["data"]["total_cents"])
    finally:
        await producer.stop()
        await consumer.stop()


asyncio.run(main())
