"""Which mails left? Invariants 20 and 21, held against what the mailbox received."""

from collections import Counter
from collections.abc import Iterator

from operations.verify.evidence import Evidence, payload
from operations.verify.findings import Finding, Place
from schemas.notifications import EmailFailed, EmailRequested, EmailSent
from schemas.provisioning import CredentialsIssued, CredentialsVoided, ServiceActivated, ServiceTerminated
from schemas.vocabulary import CredentialsVoidReason, Product, ProductKind

ACTIVATION_CREDENTIALS = "activation-credentials"


def check(evidence: Evidence) -> Iterator[Finding]:
    """Compare events, effects and the mailbox."""
    yield at_most_once(evidence)
    yield credentials(evidence)


def at_most_once(evidence: Evidence) -> Finding:
    """20: one effect per request, one mail per effect; what is called sent is there."""
    finding = Finding(20)
    held = evidence.held("notifications")
    arrived = Counter(mail.message_id for mail in evidence.mails or ())
    requested = {event.message_id: account for account in held.events for event in held.facts(account, EmailRequested)}
    intended = Counter(str(row["event_id"]) for row in held.effects)
    for row in held.effects:
        place = Place("notifications", row["customer_id"], table="effects")
        finding.look(intended[str(row["event_id"])] == 1, place, f"event {row['event_id']} has several effects")
        if evidence.mails is not None and row["state"] == "sent":
            message_id = str(payload(row).get("message_id"))
            finding.look(arrived[message_id] == 1, place, f"{message_id} is sent; {arrived[message_id]} arrived")
    if evidence.mails is None:
        finding.note = "no mail catcher's folder is known: what arrived was not looked at"
        return finding
    for message_id, count in arrived.items():
        place = Place("notifications", requested.get(message_id))
        finding.look(count == 1, place, f"{message_id} arrived {count} times")
        finding.look(
            message_id in requested or message_id not in evidence.earlier,
            place,
            f"{message_id} arrived, but nobody asked for it",
        )
    for account in held.events:
        for event in held.facts(account, EmailSent):
            is_there = arrived[event.message_id] == 1 or event.confirmed_by_operator
            finding.look(is_there, Place("notifications", account), f"{event.message_id} is sent but never arrived")
    return finding


def credentials(evidence: Evidence) -> Finding:
    """21: each first activation asks for its credentials mail once, or says why it can't leave."""
    finding = Finding(21)
    held = evidence.held("notifications")
    for account in evidence.accounts:
        first = list(_first_activations(evidence, account))
        mails = {
            event.email_id: event.order_id
            for event in held.facts(account, EmailRequested, EmailFailed)
            if event.template == ACTIVATION_CREDENTIALS
        }
        asked, unneeded = Counter(mails.values()), _unneeded(evidence, account)
        for order_id in first:
            is_missed = asked[order_id] == 0 and not evidence.undrained and order_id not in unneeded
            is_right = asked[order_id] < 2 and not is_missed
            place = Place("notifications", account)
            finding.look(is_right, place, f"{asked[order_id]} credentials mails for the activation by {order_id}")
        for order_id in asked.keys() - set(first):
            place = Place("notifications", account)
            finding.look(False, place, f"credentials were mailed for {order_id}, which activated nothing")
    return finding


def _first_activations(evidence: Evidence, account: str) -> Iterator[str]:
    """Name each order that activated a base while none was alive: who has one can sign in already."""
    alive: set[Product] = set()
    for event in evidence.held("provisioning").facts(account, ServiceActivated, ServiceTerminated):
        if isinstance(event, ServiceTerminated):
            alive.discard(event.product)
        elif event.kind is ProductKind.BASE:
            if not alive:
                yield event.order_id
            alive.add(event.product)


def _unneeded(evidence: Evidence, account: str) -> set[str | None]:
    """Name the orders whose first credentials were void before anything failed: replaced, or the service ended."""
    provisioning = evidence.held("provisioning")
    voids = provisioning.facts(account, CredentialsVoided)
    void = {event.credential_id for event in voids if event.reason in _SAID_BY_PROVISIONING}
    return {event.order_id for event in provisioning.facts(account, CredentialsIssued) if event.credential_id in void}


_SAID_BY_PROVISIONING = (CredentialsVoidReason.REISSUED, CredentialsVoidReason.SERVICE_TERMINATED)
"""For these no mail fails: a new password is on its way, or nobody needs one any more."""
