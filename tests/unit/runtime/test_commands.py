"""Does a command name itself, and as it always did? The same cause, the same id: events in the log hang from it."""

from uuid import UUID

import pytest

from runtime.ids import Command
from runtime.service import Incoming
from schemas.vocabulary import EmailStatus, PaymentMethod
from services.billing.domain.commands import RefundCredit
from services.notifications.domain.commands import EmailOutcome
from services.orders.domain.commands import (
    CancelOrder,
    ClearTheWay,
    ErasePersonalData,
    ReceivePayment,
    ReleaseOrder,
    ReviewPayment,
)
from services.provisioning.domain.commands import CancelService, ReissueCredentials, SwitchDdtPreservation

PAYMENT = ("c-1", "o-1", "bank", "p-1", 4300, "EUR", PaymentMethod.BANK_TRANSFER, None)


@pytest.mark.parametrize(
    ("command", "identity"),
    [
        (CancelOrder("c-1", "o-1"), "5350aa16-b6bb-5868-bf0f-51574fb97522"),
        (ReceivePayment(*PAYMENT), "22e20259-c12d-5aaf-af26-46d84cccec56"),
        (ReviewPayment(*PAYMENT), "96537a5e-1e4c-541c-b960-41ebd2a85268"),
        (ReleaseOrder("c-1", "o-1", 2, "asked by phone"), "cd988250-0b23-54e5-9d3c-1965fde0a216"),
        (ClearTheWay("c-1", "asked by letter", False, ("o-2", "o-1")), "96a4f552-8822-5a2d-97f9-f39128925af6"),
        (ErasePersonalData("c-1", "asked by letter"), "e1ee16c0-6e5e-5a00-a1b9-947008430119"),
        (ErasePersonalData("c-1", "asked by letter", "k-1"), "736ab4ed-5201-573c-9a0d-9ce7367c7d3d"),
        (RefundCredit("c-1", "k-1", "asked by phone"), "0475cc6d-2ce2-54c9-99c3-2502d4e2c768"),
        (ReissueCredentials("c-1", 1), "f92d624b-5c98-5474-abca-7e18603480f4"),
        (CancelService("c-1", "DOCUMENTS", 0), "1fc02dcd-41e1-5d6c-ad49-72176e6038da"),
        (SwitchDdtPreservation("c-1", 2, enabled=True), "f109b320-dbde-533f-8e84-0b629b23d7b0"),
        (EmailOutcome("c-1", "e-1", EmailStatus.SENT), "681e960c-6e8b-5852-bf16-415b8065f699"),
        (EmailOutcome("c-1", "e-1", EmailStatus.SENT, by_operator=True), "ddf692f1-ca6c-51db-ba9b-307ea2e6bd3a"),
    ],
)
def test_the_same_cause_is_the_same_input(command: Command, identity: str) -> None:
    incoming = Incoming.of(command)
    assert (incoming.id, incoming.type) == (UUID(identity), command.TYPE)
    assert incoming.customer_id == "c-1"
    assert incoming.correlation_id == getattr(command, "order_id", None)
