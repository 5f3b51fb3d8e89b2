"""What would orders say to this cart? The same rules on the same state, and nothing stored."""

from runtime.edge import CatchingUp, Edge
from runtime.web import raise_if_refused
from schemas.catalogue import catalogue_on
from schemas.orders import OrderPlaced, OrderRefused
from schemas.storefront import Customer
from schemas.terms import business_date
from services.orders.adapters.bodies import PreviewAnswer, ViolationAnswer
from services.orders.declaration import ready_to_judge
from services.orders.domain import decisions
from services.orders.domain.closing import overdue
from services.orders.domain.commands import Submission, SubmitOrder, Today
from services.orders.domain.model import State
from services.orders.domain.payments import after
from services.orders.intake import command_on_record, unsealed_command
from services.orders.projections.claims import CLAIMS, bases_elsewhere, tax_claims


async def preview(edge: Edge, submission: Submission) -> PreviewAnswer:
    """Judge a cart as if it had been submitted. Raises Problem 422 INVALID_REQUEST and CatchingUp like a submission."""
    now = edge.clock.now()
    today = Today(now, business_date(now))
    catalogue = catalogue_on(today.date)
    state: State = await edge.state(submission.customer_id) or State()
    customer = submission.body.customer
    if isinstance(customer, Customer):
        asked = unsealed_command(submission, customer, edge.keyring, catalogue)
    else:
        asked = command_on_record(submission, edge.keyring, state, catalogue)
    command = ready_to_judge(asked, state, today, catalogue)
    raise_if_refused(command)
    assert isinstance(command, SubmitOrder), "a refusal is raised"  # noqa: S101
    closed = overdue(state, command.customer_id, today)
    if closed and not await edge.is_caught_up():
        raise CatchingUp
    state = after(state, closed)
    keys = tax_claims(command).values()
    claims = {key: await edge.rows(CLAIMS, {"kind": key[0], "key": key[1]}) for key in keys}
    elsewhere = bases_elsewhere(command, claims, today, catalogue)
    judged = decisions.submitted(state, command, elsewhere, today, catalogue)[0]
    assert isinstance(judged, OrderPlaced | OrderRefused)  # noqa: S101
    found = judged.violations if isinstance(judged, OrderRefused) else []
    return PreviewAnswer(
        order_id=command.order_id,
        violations=[ViolationAnswer.model_validate(each) for each in found],
        warnings=judged.warnings,
    )
