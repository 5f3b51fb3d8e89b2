"""What is counted and measured, for all services alike? Labels have few values: never an id."""

from prometheus_client import Counter, Gauge, Histogram

_QUICK = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

INPUTS = Counter("coterm_inputs", "Inputs by what became of them.", ("type", "outcome"))
"""outcome: applied, duplicate, rejected, quarantined, parked, failed (a command, or an input taken again), lost."""

SET_ASIDE = Counter("coterm_set_aside", "Inputs that wait for an operator, and why.", ("what", "reason"))
"""what: parked, quarantined, redrive_failed."""

EVENTS = Counter("coterm_events", "Own events committed.", ("type",))
BATCH_SECONDS = Histogram("coterm_batch_seconds", "How long a transaction took.", buckets=_QUICK)
BATCH_INPUTS = Histogram(
    "coterm_batch_inputs", "How many inputs shared one.", buckets=(1, 2, 5, 10, 25, 50, 100, 250, 500)
)
HTTP_SECONDS = Histogram(
    "coterm_http_seconds", "How long an answer took.", ("method", "route", "status"), buckets=_QUICK
)

RELAY_PENDING = Gauge("coterm_relay_pending", "Journal rows that Kafka has not acknowledged.")
RELAY_AGE_SECONDS = Gauge("coterm_relay_age_seconds", "Age of the oldest of them.")
RELAY_BLOCKED = Gauge("coterm_relay_blocked_buckets", "Buckets that Kafka did not take at the last attempt.")
HANDOVERS_PENDING = Gauge("coterm_handovers_pending", "Sealed secrets that Kafka has not acknowledged.")
HANDOVERS_AGE_SECONDS = Gauge("coterm_handovers_age_seconds", "Age of the oldest of them.")
RELAYED = Counter("coterm_relayed", "Journal rows that Kafka acknowledged.")
POSITION_LAG = Gauge("coterm_position_lag", "Records between a position and the log's end.", ("topic", "partition"))
PARKED_ACCOUNTS = Gauge("coterm_parked_accounts", "Accounts that wait for an operator.")
QUARANTINED = Gauge("coterm_quarantined", "Records in quarantine.")
EFFECTS = Counter("coterm_effects", "Effects by their outcome.", ("kind", "outcome"))
EFFECTS_IN_DOUBT = Gauge("coterm_effects_in_doubt", "Effects whose fate a crash left open.")
WEBHOOKS = Counter("coterm_webhooks", "Tellings of endpoints by their outcome.", ("endpoint", "outcome"))
"""outcome: delivered, retry, failed."""
WEBHOOK_SECONDS = Histogram(
    "coterm_webhook_seconds", "How long a delivered event had waited.", ("endpoint",), buckets=(*_QUICK, 60.0, 3600.0)
)
WEBHOOKS_WAITING = Gauge("coterm_webhooks_waiting", "Events that endpoints are still to be told of.")
WEBHOOKS_FAILED = Gauge("coterm_webhooks_failed", "Events of which telling was given up.")
STOPPED_PARTITIONS = Gauge("coterm_stopped_partitions", "Partitions that stand still and say why.")
SCRUBBED = Counter("coterm_scrubbed_accounts", "Accounts that were folded again and compared.")
SCRUB_MISMATCHES = Gauge("coterm_scrub_mismatches", "Accounts that are not what their events say.")
