"""How fast does FastAPI take orders? The same body, the same model: with one transaction a request, or none.

Set on the command line: port, and dsn where there is a database. As FastAPI's own documentation deploys it: uvicorn.
"""

import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import uvicorn
from fastapi import FastAPI, Request

from schemas.storefront import OrderSubmitted

TABLE = """
DROP SCHEMA IF EXISTS fastapi CASCADE;
CREATE SCHEMA fastapi;
CREATE TABLE fastapi.orders (
    order_id text PRIMARY KEY, customer_id text NOT NULL, status text NOT NULL, body jsonb NOT NULL
);
CREATE TABLE fastapi.outbox (id bigserial PRIMARY KEY, order_id text NOT NULL, body jsonb NOT NULL);
"""
settings: dict[str, Any] = json.loads(sys.argv[1])


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Hold a pool for as long as the application lives."""
    if settings.get("dsn") is None:
        app.state.pool = None
        yield
        return
    async with asyncpg.create_pool(settings["dsn"], min_size=10, max_size=10) as pool:
        await pool.execute(TABLE)
        app.state.pool = pool
        yield


app = FastAPI(lifespan=lifespan)


@app.post("/v1/orders", status_code=201)
async def submit(order: OrderSubmitted, request: Request) -> dict[str, str]:
    """Store an order and, in the same transaction, what is to be published of it."""
    pool = request.app.state.pool
    if pool is not None:
        body = order.model_dump_json()
        async with pool.acquire() as connection, connection.transaction():
            await connection.execute(
                "INSERT INTO fastapi.orders VALUES ($1, $2, 'AWAITING_PRICE', $3) ON CONFLICT DO NOTHING",
                order.order_id, order.customer.customer_id, body,
            )  # fmt: skip
            await connection.execute(
                "INSERT INTO fastapi.outbox (order_id, body) VALUES ($1, $2)", order.order_id, body
            )
    return {"order_id": order.order_id, "status": "AWAITING_PRICE"}


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=settings["port"], log_level="warning", access_log=False)
