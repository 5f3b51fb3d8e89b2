"""How does a process tell what it does? One JSON object a line, with ids, without secrets or personal data."""

import logging
import sys
from pathlib import Path
from typing import Any, TextIO

import structlog
from pydantic import ValidationError
from structlog.typing import EventDict, Processor, WrappedLogger

from runtime.errors import CotermError
from runtime.privacy.masking import mask, mask_text

_QUIET = ("faust", "mode", "aiokafka", "kafka", "uvicorn", "asyncio", "aiosmtplib", "httpx", "httpcore")
_MOST_FRAMES = 12


def configure(level: str = "INFO", service: str | None = None, stream: TextIO | None = None) -> None:
    """Send every log line of the process, ours and the libraries', through one masked JSON formatter to stdout.

    Libraries are heard from WARNING on. Lines of ours carry a stable `action` for programs to look for.
    """
    threshold = logging.getLevelNamesMapping()[level]
    shared = _shared(service)
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*shared, _only_known_fields],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            explain_error,
            mask_event,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
    )
    handler = logging.StreamHandler(stream or sys.stdout)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(threshold)
    for name in _QUIET:
        library = logging.getLogger(name)
        library.handlers = []
        library.propagate = True
        library.setLevel(max(threshold, logging.WARNING))
    logging.captureWarnings(True)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )


def mask_event(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Hide secrets and personal data in every field of a line."""
    return {name: mask(name, value) for name, value in event.items()}


def explain_error(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Replace an exception by its types, its places in the code, and its words where they can't quote a value."""
    raised = event.pop("exc_info", None)
    if raised:
        error = (
            raised
            if isinstance(raised, BaseException)
            else raised[1]
            if isinstance(raised, tuple)
            else sys.exc_info()[1]
        )
        if error is not None:
            event["error"] = traced(error)
    return event


def traced(error: BaseException) -> list[dict[str, Any]]:
    """Say of an error and of what is behind it: its type, its places in the code, and words that quote no value."""
    links = [_described(link) for link in _chain(error)]
    # What is tried again where it was caught has its first try behind it: the same is said once.
    return [link for place, link in enumerate(links) if link not in links[:place]]


def described(error: BaseException) -> str:
    """Say in one line what broke and where, without what it quotes of its input."""
    words = _words(error).get("message")
    line = f"{type(error).__name__}: {words}" if words else type(error).__name__
    return f"{line} (at {places[-1]})" if (places := _places(error)) else line


def _shared(service: str | None) -> list[Processor]:
    def name_service(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
        if service is not None:
            event["service"] = service
        return event

    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        name_service,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
    ]


def _only_known_fields(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Let nothing of a library's `extra` through but the line itself."""
    known = ("event", "level", "logger", "service", "at", "exc_info", "_record", "_from_structlog", "request_id")
    return {name: value for name, value in event.items() if name in known}


def _chain(error: BaseException) -> list[BaseException]:
    found: list[BaseException] = []
    link: BaseException | None = error
    while link is not None and link not in found and len(found) < 5:
        found.append(link)
        link = _behind(link)
    return found


def _behind(error: BaseException) -> BaseException | None:
    """Look behind an error: a group says nothing by itself, so its first member speaks for it."""
    if isinstance(error, BaseExceptionGroup):
        return error.exceptions[0]
    return error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _described(error: BaseException) -> dict[str, Any]:
    return {"type": f"{type(error).__module__}.{type(error).__qualname__}", **_words(error), "at": _places(error)}


def _words(error: BaseException) -> dict[str, Any]:
    """Quote an error only if it does not quote its input, as Python's own value and key errors do."""
    if isinstance(error, ValidationError):
        entries = error.errors(include_input=False, include_context=False, include_url=False)
        return {"message": f"{error.title} does not fit", "fields": [_place(entry) for entry in entries]}
    if isinstance(error, ValueError | LookupError) and not isinstance(error, CotermError):
        return {}
    first_line = str(error).splitlines()[:1]  # what follows may be a DETAIL of PostgreSQL's, with values
    return {"message": mask_text(first_line[0])} if first_line else {}


def _place(entry: Any) -> str:
    return f"{'.'.join(str(part) for part in entry['loc'])}: {entry['type']}"


def _places(error: BaseException) -> list[str]:
    places = []
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        places.append(f"{'/'.join(Path(code.co_filename).parts[-2:])}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return places[-_MOST_FRAMES:]
