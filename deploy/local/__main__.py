"""Start, stop or show the local stack: `python -m deploy.local up|down|status|env|fetch|docker`.

Exit codes: 0 done, 1 something went wrong (said on stderr), 3 `status` found something not running.
"""

import argparse
import asyncio
import json
import logging
import sys
from pathlib import Path

from deploy.local import kafka, prerequisites, settings, stack
from deploy.local.layout import INFRASTRUCTURE, ROOT, SERVICES, Layout
from deploy.local.progress import StackFailure
from deploy.local.secrets import Secrets


def main(arguments: list[str] | None = None) -> int:
    """Do what the command line says."""
    asked = _parser().parse_args(arguments)
    # While the broker starts, a refused connection is no news.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    layout = Layout(Path(asked.run_dir).resolve(), asked.port_offset)
    try:
        return asyncio.run(_do(asked, layout))
    except StackFailure as failure:
        print(f"coterm: {failure}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("coterm: interrupted; what had started still runs (make down)", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m deploy.local", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("action", choices=("up", "down", "status", "env", "fetch", "docker"))
    parser.add_argument("service", nargs="?", choices=SERVICES, help="for env: whose settings to print")
    parser.add_argument("--only", help=f"comma-separated names out of: {', '.join(stack.NAMES)}, infra, services")
    parser.add_argument("--run-dir", default=str(ROOT / ".run"), help="where data, logs and secrets lie (default .run)")
    parser.add_argument("--port-offset", type=int, default=0, help="added to every port, for a second stack")
    parser.add_argument("--json", action="store_true", help="status as JSON")
    return parser


async def _do(asked: argparse.Namespace, layout: Layout) -> int:
    names = _wanted(asked.only)
    if asked.action == "up":
        await stack.up(layout, names)
        print(f"  described in   {layout.endpoints}", flush=True)
    elif asked.action == "down":
        await stack.down(layout, names)
    elif asked.action == "fetch":
        prerequisites.java()
        await kafka.fetch_jars(layout)
    elif asked.action == "docker":
        prerequisites.docker()
    elif asked.action == "env":
        if not asked.service:
            raise StackFailure("env needs a service")
        layout.prepare()
        for name, value in settings.of_service(layout, Secrets(layout), asked.service).items():
            print(f"{name}={value}")
    else:
        shown = {name: how for name, how in (await stack.status(layout)).items() if name in names}
        print(json.dumps(shown) if asked.json else "\n".join(f"  {name:<14} {how}" for name, how in shown.items()))
        return 0 if all(how.startswith("running (") for how in shown.values()) else 3
    return 0


def _wanted(only: str | None) -> tuple[str, ...]:
    if not only:
        return stack.NAMES
    groups = {"infra": INFRASTRUCTURE, "services": SERVICES}
    names = [name for word in only.split(",") for name in groups.get(word.strip(), (word.strip(),))]
    unknown = [name for name in names if name not in stack.NAMES]
    if unknown:
        raise StackFailure(f"unknown: {', '.join(unknown)}; known: {', '.join(stack.NAMES)}, infra, services")
    return tuple(names)


if __name__ == "__main__":
    sys.exit(main())
