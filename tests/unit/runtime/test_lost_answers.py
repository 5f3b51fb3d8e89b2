"""What does a caller read when a commit's own answer was lost, and its command was decided a second time?"""

from runtime.edge import Submitted
from runtime.service import Duplicate, Incoming
from tests.unit import memory_edge
from tests.unit.billing import test_api as billing
from tests.unit.billing.builders import paid
from tests.unit.memory_edge import OPERATOR
from tests.unit.provisioning import memory_edge as provisioning
from tests.unit.provisioning.customers import Customer


class LosesAnswers(memory_edge.MemoryEdge):
    """Decide each input again once it is committed, as a committer does that was cut off behind COMMIT."""

    async def commit(self, incoming: Incoming) -> Submitted:
        await super().commit(incoming)
        again = await super().commit(incoming)
        assert again.outcome == Duplicate()
        return again


class Provisioning(LosesAnswers, provisioning.MemoryEdge):
    pass


class Billing(LosesAnswers, billing.MemoryEdge):
    pass


class TestASecondDecisionOnTheSameCommand:
    async def test_a_password_and_a_configuration_are_taken_once_and_answered_as_taken(self) -> None:
        """Decided anew, both would be refused: another one stands by then."""
        edge = Provisioning()
        async with edge.client() as client:
            await Customer(edge, client).arrives("E_INVOICING")
        happened = [type(event).__name__ for event in edge.journal()]
        assert [happened.count(name) for name in ("PasswordChanged", "ConfigurationCompleted")] == [1, 1]

    async def test_a_refund_is_paid_once_and_answered_as_paid(self) -> None:
        edge = Billing()
        await edge.receives(paid(surplus_cents=200))
        async with edge.client() as client:
            (entry,) = (await client.get("/v1/customers/c-1/credit", headers=OPERATOR)).json()["entries"]
            path = f"/v1/operator/customers/c-1/credit/{entry['credit_id']}/refund"
            answer = await client.post(path, json={"why": "asked by phone"}, headers=OPERATOR)
        assert answer.status_code == 200
        happened = [type(event).__name__ for event in edge.journal()]
        assert [happened.count(name) for name in ("CreditRefunded", "RefundDue")] == [1, 1]
