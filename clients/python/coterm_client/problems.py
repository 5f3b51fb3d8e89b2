"""What can go wrong? One exception per code of the interface, each a Problem; Unreachable when nothing answered."""

from typing import Any, ClassVar

import httpx
from pydantic import ValidationError

from coterm_client.answers import Violation


class CotermError(Exception):
    """Anything that this client raises on its own."""


class Unreachable(CotermError):
    """Nothing answered, for as long as one was willing to wait.

    Whether the call had an effect is not known: make it again, with the same ids.
    """


class NotUnderstood(CotermError):
    """The answer is none of the interface's: mostly something in between that answers in coterm's name."""


class Problem(CotermError):
    """An answer of RFC 9457. A code that is newer than this client is a plain Problem, with that code.

    `detail` says what it was and `hint` what to do, for people; `page` is the address of a
    page about the code; `request_id` finds the request in coterm's log.
    """

    CODE: ClassVar[str] = ""

    def __init__(
        self, status: int, document: dict[str, Any], request_id: str | None = None, page: str | None = None
    ) -> None:
        self.status = status
        self.code = str(document.get("code") or f"HTTP_{status}")
        self.detail = str(document.get("detail") or document.get("title") or "")
        self.hint = str(document.get("hint") or "")
        self.document = document
        self.request_id = request_id
        self.page = page
        super().__init__(f"{status} {self.code}: {self.detail}")

    @property
    def violations(self) -> list[Violation]:
        """Why an order was refused: all reasons, not the first."""
        return [Violation.model_validate(each) for each in self.document.get("violations", [])]

    @property
    def errors(self) -> dict[str, str]:
        """Which field of an INVALID_REQUEST is wrong, and how."""
        return {str(each["field"]): str(each["detail"]) for each in self.document.get("errors", [])}


class OrderRefused(Problem):
    """The customer may not buy this; `violations` say why. The refusal is stored: correct it under a new order id."""

    CODE = "ORDER_REFUSED"


class InvalidRequest(Problem):
    """The request does not fit its schema; `errors` name the fields. Nothing was stored."""

    CODE = "INVALID_REQUEST"


class IdempotencyConflict(Problem):
    """The order id was used before, with another cart."""

    CODE = "IDEMPOTENCY_CONFLICT"


class OrderIdTaken(Problem):
    """The order id is taken, under another idempotency key."""

    CODE = "ORDER_ID_TAKEN"


class OrderUnknown(Problem):
    """There is no such order."""

    CODE = "ORDER_UNKNOWN"


class OrderNotCancellable(Problem):
    """The order is settled or closed."""

    CODE = "ORDER_NOT_CANCELLABLE"


class PaymentConflict(Problem):
    """The payment contradicts one already reported, or its order is another customer's; an operator looks at it."""

    CODE = "PAYMENT_CONFLICT"


class NotPriceable(Problem):
    """What was asked for a quote has no price."""

    CODE = "NOT_PRICEABLE"


class Unauthorized(Problem):
    """The API key is missing or unknown."""

    CODE = "UNAUTHORIZED"


class Forbidden(Problem):
    """The API key is for another scope."""

    CODE = "FORBIDDEN"


class StorefrontDiffers(Problem):
    """The order or the customer is another storefront's than the API key."""

    CODE = "STOREFRONT_DIFFERS"


class SignatureInvalid(Problem):
    """The webhook's signature does not hold, or its time is more than five minutes away."""

    CODE = "SIGNATURE_INVALID"


class BodyTooLarge(Problem):
    """The body has more than 64 KiB."""

    CODE = "BODY_TOO_LARGE"


class AccountParked(Problem):
    """The customer's account waits for an operator; nothing was stored. Asking again soon is useless."""

    CODE = "ACCOUNT_PARKED"


class TooManyRequests(Problem):
    """The API key asks too often, and the wait was longer than the patience."""

    CODE = "TOO_MANY_REQUESTS"


class Unavailable(Problem):
    """The service can't work at the moment, and did not come back within the patience."""

    CODE = "UNAVAILABLE"


_KINDS: dict[str, type[Problem]] = {kind.CODE: kind for kind in Problem.__subclasses__()}


def problem_of(response: httpx.Response) -> Problem:
    """Read an answer of 400 and above, whatever its body is."""
    try:
        document = response.json()
    except ValueError:
        document = {}
    if not isinstance(document, dict):
        document = {}
    kind = _KINDS.get(str(document.get("code")), Problem)
    about = str(document.get("type") or "about:blank")
    page = None if about == "about:blank" else str(response.url.join(about))
    return kind(response.status_code, document, response.headers.get("x-request-id"), page)


def not_understood(response: httpx.Response, error: ValidationError | ValueError) -> NotUnderstood:
    """Say that a good answer was none of ours."""
    return NotUnderstood(f"{response.status_code} from {response.url} is no answer of coterm: {type(error).__name__}")
