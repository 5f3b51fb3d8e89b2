"""What does notifications forget once a customer is erased?"""

from schemas.notifications import CredentialsEndNoted, InputNoted
from schemas.orders import PersonalDataErased
from tests.unit.notifications.builders import handed_over, issued, placed
from tests.unit.notifications.spec import Notifications

ERASED = PersonalDataErased(customer_id="c-1", why="Requested by the customer.")


class TestWhenACustomerIsErased:
    def test_a_password_on_its_way_is_forgotten_with_its_box(self) -> None:
        service = Notifications().hear(placed(), issued(), handed_over())
        assert list(service.secrets) == ["cr-1"]
        (ended,) = service.when(ERASED)
        assert isinstance(ended, CredentialsEndNoted)
        assert (service.secrets, service.state.credentials) == ({}, ())

    def test_where_none_is_on_its_way_that_is_noted(self) -> None:
        (noted,) = Notifications().hear(placed()).when(ERASED)
        assert isinstance(noted, InputNoted)
