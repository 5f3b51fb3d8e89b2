"""What must hold, and does it? Gather what is there, then ask each family of invariants."""

import asyncio
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from operations.mails.mail import Maildir
from operations.progress import Advance, ProgressDisplay
from operations.reading import Share, bounds_of
from operations.surroundings import SERVICES, OperationFailed, Surroundings, find, kafka, refuse_another
from operations.verify import business, log_and_journal, money, positions_and_projections, rebuilding, secrets
from operations.verify import mails as mailing
from operations.verify.evidence import TOPICS
from operations.verify.findings import Finding, Report, in_order, keep_what_persists
from operations.verify.gathering import drain, look
from operations.verify.record_files import RecordFiles, read_by_many
from operations.verify.report import in_lines
from runtime.kafka.topics import topic_differences
from schemas.topics import STOREFRONT_INTAKE

SHARE = 20_000
"""So many records are judged at once, some 4 KB each, however long the log is; each share reads the tables anew."""
AGAIN = (1.0, 3.0)
"""Seconds after which what looked broken in a moving system is looked at again."""


@dataclass(frozen=True, slots=True)
class Found:
    """What is found once, for all shares."""

    undrained: str
    maildir: Maildir
    words: Sequence[str]
    """What must stand in the clear nowhere."""


async def verify(
    run_dir: Path, *, seconds: float = 30.0, canaries: Collection[str] = (), silent: bool = True
) -> Report:
    """Check the stack that `run_dir` describes, once nothing moves or after `seconds`; changes nothing there.

    Raises OperationFailed when nothing names the brokers or a database.
    """
    where = find(run_dir / "endpoints.json")
    return await verify_described(where, seconds=seconds, canaries=canaries, silent=silent)


async def verify_described(
    where: Surroundings, *, seconds: float = 30.0, canaries: Collection[str] = (), silent: bool = True
) -> Report:
    """Do the same for what `where` names."""
    async with kafka(where.brokers):
        return await examine(where, seconds, canaries, silent=silent)


async def verify_stack(run_dir: Path, *, canaries: Collection[str] = ()) -> Report:
    """Check a test's stack at its end, once nothing moves.

    Raises AssertionError, with the whole report, when something does not hold, or still moves after some minutes.
    """
    report = await verify(run_dir, seconds=200.0, canaries=canaries)
    if not report.holds or report.undrained:
        raise AssertionError(f"the stack in {run_dir} does not hold what it must\n{in_lines(report)}")
    return report


async def examine(
    where: Surroundings, seconds: float, canaries: Collection[str] = (), *, silent: bool = True, most: int = SHARE
) -> Report:
    """Check what `where` names, once nothing moves or after `seconds`; at most so many records at a time."""
    await refuse_another(where, *SERVICES)
    await _refuse_without_topics(where)
    with ProgressDisplay(silent=silent).waiting("waiting until nothing moves"):
        undrained = await drain(where, seconds)
    begun, bounds = time.monotonic(), await bounds_of(where, TOPICS)
    maildir = Maildir(where.described.get("maildir"))
    words = await secrets.known(where, maildir.mails() or (), canaries)
    found = Found(undrained, maildir, words)
    findings: list[Finding] = []
    shares = list(bounds.accounts(most))
    by_many = read_by_many(shares, bounds, where.namespace + STOREFRONT_INTAKE)
    # Every record is read once and judged once, by however many shares.
    with (
        ProgressDisplay(silent=silent).working("reading and judging", 2 * bounds.size(), "steps") as advance,
        RecordFiles(shares, by_many) as files,
    ):
        await files.fill(where, advance)
        for share in shares:
            findings += await _seen_again(where, share, found, advance, files)
    with ProgressDisplay(silent=silent).waiting("looking for secrets in tables, logs and metrics"):
        findings.append(await secrets.elsewhere(where, words))
    findings.append(await rebuilding.untouched(where))
    report = in_order(findings, undrained, time.monotonic() - begun)
    report.of(18).note = f"in total {money.sums(report.of(18))}"
    return report


async def _refuse_without_topics(where: Surroundings) -> None:
    missing = await topic_differences(where.brokers, where.namespace, {where.namespace + topic for topic in TOPICS})
    gone = [each for each in missing if each.endswith("is missing")]
    if gone:
        raise OperationFailed(f"{'; '.join(gone)}: `coterm recover log TOPIC` writes it again")


async def _seen_again(
    where: Surroundings, share: Share, found: Found, advance: Advance, files: RecordFiles
) -> list[Finding]:
    """Look at a share; while things move, what looks broken is looked at again, and counts if it is each time."""
    findings, is_moving = await _share(where, share, found, advance, files)
    for pause in AGAIN if is_moving else ():
        if all(finding.holds for finding in findings):
            break
        await asyncio.sleep(pause)
        later, _ = await _share(where, share, found, lambda _: None, None)
        keep_what_persists(findings, later)
    return findings


async def _share(
    where: Surroundings, share: Share, found: Found, advance: Advance, files: RecordFiles | None
) -> tuple[list[Finding], bool]:
    evidence = await look(where, share, found.undrained, advance, files, found.maildir)
    read = sum(map(len, evidence.log.records.values()))
    families = (log_and_journal, positions_and_projections, rebuilding, business, money, mailing)
    findings = []
    for place, family in enumerate(families, 1):
        findings += family.check(evidence)
        advance(read * place // len(families) - read * (place - 1) // len(families))
    for finding in findings:
        finding.violations = [secrets.hidden(each, found.words) for each in finding.violations]
    return [*findings, secrets.records(evidence, found.words)], evidence.is_moving
