"""Given what happened, when an input comes, then what happens: billing's declaration, in memory."""

from services.billing.declaration import declare
from tests.unit.memory_edge import Story

BILLING = declare()


class Billing(Story):
    """One account and its rows."""

    SERVICE = BILLING
