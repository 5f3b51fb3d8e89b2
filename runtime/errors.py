"""What can go wrong that a caller must tell apart?"""


class CotermError(Exception):
    """The root of what the runtime raises on purpose."""


class Unreadable(CotermError):
    """A record can't be read: it goes to quarantine on intake, and stops the partition on our own topics."""


class UnknownType(Unreadable):
    """A type or version that no schema of this deployment names."""

    def __init__(self, event_type: str) -> None:
        super().__init__(f"unknown type or version {event_type}")
        self.event_type = event_type


class TopicMisconfigured(CotermError):
    """A topic is missing, or its settings differ from the declared ones."""


class HandlerFailed(CotermError):
    """A service's own code raised: its input is at fault, or that code, and nothing around it."""

    def __init__(self, error: Exception) -> None:
        super().__init__(type(error).__name__)
        self.error = error


class InputRefused(CotermError):
    """The database refuses for good what this one input would leave in it: no wait would cure that."""


class StartRefused(CotermError):
    """The database answers the start with what no wait would cure: a wrong password, a statement that is wrong."""


class Overfull(CotermError):
    """More waits than may: nothing was begun, the same may be asked again in a while."""


class SettingsRefused(CotermError):
    """The environment's settings can't be used, and why."""


class SchemaOutdated(CotermError):
    """The live tables were made by another declaration of projections: they need a rebuild."""


class DatabaseLost(CotermError):
    """A service's topic holds events that its database does not: whoever began on it would do them again."""


class DatabaseKept(CotermError):
    """A database that was to be filled holds events already."""


class KeyErased(CotermError):
    """The customer's key was deleted: what it sealed can't be opened."""
