"""Who may do what at the brokers? Each principal's rights (Kafka's ACLs), read and granted.

The client library has the requests but no calls for them; the numbers below are the protocol's.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

from aiokafka.errors import ClusterAuthorizationFailedError, NoError, SecurityDisabled, for_code
from aiokafka.protocol.admin import CreateAclsRequest, DescribeAclsRequest

from runtime.errors import CotermError
from runtime.kafka.brokers import Brokers, admin_client

_ANY = 1
_LITERAL, _PREFIXED = 3, 4
_ALLOW = 3
_FROM_EVERY_HOST = "*"
_REASONS = {
    SecurityDisabled: "they check none (no authorizer.class.name)",
    ClusterAuthorizationFailedError: "this user may not DESCRIBE or ALTER the cluster: sign in as an administrator",
}


class AccessUnknown(CotermError):
    """The brokers did not tell or grant rights; the text says why."""


class Kind(IntEnum):
    """What a right is about."""

    TOPIC = 2
    GROUP = 3


class Operation(IntEnum):
    """What it lets a principal do. READ and WRITE let it DESCRIBE too, ALL lets it do everything."""

    ALL = 2
    READ = 3
    WRITE = 4
    CREATE = 5
    DELETE = 6
    ALTER = 7
    DESCRIBE = 8
    DESCRIBE_CONFIGS = 10
    ALTER_CONFIGS = 11


@dataclass(frozen=True, slots=True, order=True)
class Right:
    """Let one principal do one thing with a topic or a group; a name that ends in `*` means all that begin so."""

    principal: str
    kind: Kind
    name: str
    operation: Operation

    def __str__(self) -> str:
        return f"{self.principal} may {self.operation.name} {self.kind.name.lower()} {self.name}"

    def covers(self, name: str) -> bool:
        """Tell whether it is about this topic or group, perhaps among others."""
        return name.startswith(self.name[:-1]) if self.name.endswith("*") else name == self.name


async def grant(brokers: Brokers, rights: Iterable[Right]) -> None:
    """Grant rights, each by its full name; one that is there stays. Raises AccessUnknown."""
    async with admin_client(brokers) as admin:
        for right in rights:
            user = f"User:{right.principal}"
            answer = await admin._send_request(
                CreateAclsRequest(right.kind, right.name, _LITERAL, user, _FROM_EVERY_HOST, right.operation, _ALLOW)
            )
            for code, _ in answer.creation_responses:
                _refuse(code, f"not granted that {right}")


async def granted(brokers: Brokers) -> set[Right]:
    """Read who may do what with topics and groups. Raises AccessUnknown, also where the brokers check no rights."""
    async with admin_client(brokers) as admin:
        answer = await admin._send_request(DescribeAclsRequest(_ANY, None, _ANY, None, None, _ANY, _ANY))
    _refuse(answer.error_code, "the brokers tell no rights")
    return {
        Right(
            principal.removeprefix("User:"),
            Kind(kind),
            f"{name}*" if pattern == _PREFIXED else name,
            Operation(operation),
        )
        for kind, name, pattern, entries in answer.resources
        for principal, _, operation, permission in entries
        if permission == _ALLOW and kind in set(Kind) and operation in set(Operation)
    }


def _refuse(code: int, what: str) -> None:
    error = for_code(code)
    if error is not NoError:
        raise AccessUnknown(f"{what}: {_REASONS.get(error, error.__name__)}")
