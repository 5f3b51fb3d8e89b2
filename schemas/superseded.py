"""What did versions look like that nobody writes any more? Their records stay in the log, so their models stay here.

Readers meet the newest version only: `schemas.upcasts` turns what these classes describe into it. Nothing outside
`schemas` imports this module, so nothing can write an old version again.
"""

from typing import ClassVar

from pydantic import ConfigDict

from schemas.envelope import Event


class PricingRefusedV1(Event):
    """An order can't be priced from what billing knows; orders closes it."""

    model_config = ConfigDict(title="PricingRefused")
    EVENT_TYPE: ClassVar[str] = "billing.PricingRefused.v1"

    order_id: str
    detail: str


SUPERSEDED_BILLING = (PricingRefusedV1,)
