"""Order, pay and wait with the Python client (pip install ./clients/python)."""

import asyncio
import json
import os
import subprocess
import time
from pathlib import Path

from coterm_client import (
    BuyerKind,
    Cart,
    Channel,
    Customer,
    Line,
    NotPriceable,
    OrderRefused,
    OrderStatus,
    Payment,
    PaymentMethod,
    Storefront,
)

STACK = json.loads(Path(os.environ.get("ENDPOINTS", ".run/endpoints.json")).read_text())
ID = str(time.time_ns())
VAT_NUMBER = (
    os.environ.get("VAT_NUMBER") or subprocess.check_output([".venv/bin/coterm", "test-data", "vat"], text=True).strip()
)

CART = Cart(
    order_id=f"o-{ID}",
    storefront="example",
    channel=Channel.SITE,
    customer=Customer(
        customer_id=f"c-{ID}",
        kind=BuyerKind.LEGAL_PERSON,
        name="Rossi Srl",
        email="amministrazione@rossi.example",
        vat_number=VAT_NUMBER,
    ),
    lines=[Line(product="E_INVOICING"), Line(product="DOCUMENTS")],
)


async def main() -> None:
    async with Storefront(STACK["orders"], STACK["keys"]["storefront"], billing=STACK["billing"]) as shop:
        try:
            quote = await shop.quote(CART.customer, CART.channel, CART.lines)
            print("would cost", quote.outcomes[0].total_cents, "and run to", quote.outcomes[0].expiries["DOCUMENTS"])
            placed = await shop.submit(CART, wait=5)
        except (NotPriceable, OrderRefused) as refusal:
            raise SystemExit(f"refused: {[str(each) for each in refusal.violations] or refusal}") from None
        print(placed.order.status, placed.order.total_cents, "payable until", placed.order.payable_until)
        again = await shop.submit(CART)
        print("the same again:", again.is_repeated)

        payment = Payment(
            payment_source="bank",
            payment_id=f"p-{ID}",
            amount_cents=placed.order.outstanding_cents or 0,
            method=PaymentMethod.BANK_TRANSFER,
        )
        await shop.pay(CART.order_id, payment)
        order = await shop.until(CART.order_id, OrderStatus.ACTIVATED, seconds=20)
        print(order.status, [(each.payment_id, each.amount_cents) for each in order.payments])

        try:
            await shop.submit(CART.model_copy(update={"order_id": f"o-{ID}-2"}))
        except OrderRefused as refusal:
            print("a second time:", *(f"{each.code}: {each.detail}" for each in refusal.violations), sep="\n  ")


asyncio.run(main())
