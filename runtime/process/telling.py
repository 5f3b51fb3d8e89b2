"""What does a process report of its inputs? One line each, a louder one for what begins to wait for an operator."""

import structlog

from runtime import metrics
from runtime.commit.batch import Result
from runtime.service import Decided, Duplicate, Fault, Incoming
from schemas.refusal import Refusal

_log = structlog.get_logger()


def report(incoming: Incoming, result: Result) -> None:
    """Count an input and write its line. One that is taken again is reported by who took it."""
    outcome = _outcome(incoming, result)
    metrics.INPUTS.labels(incoming.type, outcome).inc()
    for recorded in result.recorded:
        metrics.EVENTS.labels(recorded.event.EVENT_TYPE).inc()
    if result.fault is not None and incoming.raw is not None and not incoming.is_taken_again:
        _set_aside(incoming, result.fault, outcome, queued=result.queued)
        return
    tell = _log.debug if incoming.ignored or outcome in {"lost", "failed"} else _log.info
    tell("input taken", action="input.taken", outcome=outcome, events=len(result.recorded), **ids_of(incoming))


def redrive_failed(incoming: Incoming, result: Result) -> None:
    """Report once that an input which was taken again could not be applied."""
    fault = result.fault
    reason = "HANDLER_FAILED" if fault is None else fault.reason
    metrics.SET_ASIDE.labels("redrive_failed", reason).inc()
    _log.error(
        "a redrive failed", action="input.redrive_failed", reason=reason, exc_info=result.error, **ids_of(incoming)
    )


def ids_of(incoming: Incoming) -> dict[str, object]:
    """Name an input by what may stand in a log."""
    ids: dict[str, object] = {"type": incoming.type, "input_id": incoming.id, "customer_id": incoming.customer_id}
    if incoming.correlation_id is not None:
        ids["order_id"] = incoming.correlation_id
    if incoming.traceparent is not None:
        ids["traceparent"] = incoming.traceparent
    if incoming.request_id is not None:
        ids["request_id"] = incoming.request_id
    if incoming.origin is not None:
        origin = incoming.origin
        ids |= {"topic": origin.topic, "partition": origin.partition, "offset": origin.offset}
    return ids


def _set_aside(incoming: Incoming, fault: Fault, outcome: str, *, queued: bool) -> None:
    metrics.SET_ASIDE.labels(outcome, fault.reason).inc()
    # What a detail quotes of a record may be personal: it stands with the record, behind its own rights.
    about = {"reason": fault.reason, **({"error": list(fault.trace)} if fault.trace else {}), **ids_of(incoming)}
    if fault.quarantine:
        _log.warning("a record is quarantined", action="input.quarantined", **about)
    elif queued:
        _log.info("an input waits with its account", action="input.queued", **about)
    else:
        _log.error("an account is parked", action="input.parked", **about)


def _outcome(incoming: Incoming, result: Result) -> str:
    if result.error is not None or (result.fault is not None and incoming.is_taken_again):
        return "failed"
    if result.fault is not None:
        return "quarantined" if result.fault.quarantine else "parked"
    match result.outcome:
        case Decided():
            return "applied"
        case Duplicate():
            return "duplicate"
        case Refusal():
            return "rejected"
        case None:
            return "lost"
