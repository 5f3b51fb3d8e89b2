"""What must hold, and does it? Gather what is there, then ask each family of invariants."""

from collections.abc import Collection
from pathlib import Path

from operations.surroundings import Surroundings, find, kafka
from operations.verify import business, log_and_journal, mails, money, positions_and_projections, secrets
from operations.verify.findings import Report, in_order
from operations.verify.gathering import gather
from operations.verify.report import told


async def verify(run_dir: Path, *, seconds: float = 30.0, canaries: Collection[str] = ()) -> Report:
    """Check the stack that `run_dir` describes, once nothing moves or after `seconds`; changes nothing there.

    Raises OperationFailed when nothing names the brokers or a database.
    """
    where = find(run_dir / "endpoints.json")
    async with kafka(where.brokers):
        return await examine(where, seconds, canaries)


async def verify_stack(run_dir: Path, *, canaries: Collection[str] = ()) -> Report:
    """Check a test's stack at its end. Raises AssertionError, with the whole report, when something does not hold."""
    report = await verify(run_dir, canaries=canaries)
    if not report.holds or report.undrained:
        raise AssertionError(f"the stack in {run_dir} does not hold what it must\n{told(report)}")
    return report


async def examine(where: Surroundings, seconds: float, canaries: Collection[str] = ()) -> Report:
    """Check what `where` names, once nothing moves or after `seconds`."""
    evidence = await gather(where, seconds)
    families = (log_and_journal, positions_and_projections, business, money, mails)
    findings = [finding for family in families for finding in family.check(evidence)]
    findings.append(await secrets.check(evidence, where, canaries))
    return in_order(findings, evidence.undrained)
