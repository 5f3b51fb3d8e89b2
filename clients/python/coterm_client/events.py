"""What was a storefront's endpoint told, and was it coterm that told it? A webhook, verified, as its CloudEvent."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError
from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError

from coterm_client.problems import CotermError


class NotSigned(CotermError):
    """A request is not coterm's, or not of the last five minutes: answer 400, and believe nothing of it."""


class Event(BaseModel):
    """A fact, as a CloudEvent.

    The same `id` may come twice, after an answer that was lost: what was done for it is done. `sequence` counts the
    events of `subject`, the customer, at one `source`.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    source: str
    type: str
    subject: str
    time: AwareDatetime
    sequence: int | None = None
    correlationid: str | None = None
    """The order, where there is one."""
    data: dict[str, Any]


def received(secrets: str | Sequence[str], headers: Mapping[str, str], body: bytes) -> Event:
    """Verify a webhook and read its event; any of the secrets (`whsec_…`) may have signed it. Raises NotSigned.

    `body` is what came, byte by byte. Answer 2xx within 15 seconds, before the work if that is long.
    """
    given = dict(headers.items())
    for secret in [secrets] if isinstance(secrets, str) else secrets:
        try:
            Webhook(secret).verify(body, given, json_parse=False)
            return Event.model_validate_json(body)
        except ValidationError as error:
            raise NotSigned("what was signed is no CloudEvent of coterm's") from error
        except (WebhookVerificationError, ValueError):  # a header that is no list of signatures, a body that is no text
            continue
    raise NotSigned("no secret of ours signed this in the last five minutes")
