"""Who signs in with a username? Found by its keyed hash; username and password hash are sealed."""

from collections.abc import Iterable

from runtime.projection import Key, Projection, ddl
from schemas.envelope import Event
from schemas.provisioning import SignInSealed
from services.provisioning.domain.model import SignIn, SignInEvent, evolve_sign_in


def keys_of(event: Event) -> Iterable[Key]:
    """Name the rows that an event touches."""
    return [(event.customer_id,)] if isinstance(event, SignInEvent) else []


def evolve(row: SignIn | None, event: SignInEvent, _: Key) -> SignIn | None:
    """Fold an own event into a customer's sign-in."""
    return evolve_sign_in(row, event)


SIGN_INS = Projection("sign_ins", SignIn, ("customer_id",), keys_of, evolve, ddl(__file__), replaced_by=SignInSealed)
