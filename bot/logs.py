"""Logs for the operator: one event a line, as text or JSON; a traceback is part of its line.

What people said or sent arrives here as untrusted text: both renderers escape line ends and control characters.
"""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

import structlog

QUIET = ("irc", "jaraco", "apscheduler", "asyncio", "markdown_it", "peewee")
"""Libraries whose chatter below WARNING is not wanted; `irc` would log passwords at DEBUG."""

SILENT = ("nio",)
"""Those that warn of what is usual: every device that the keys of a room were not sent to yet."""


def set_up(style: str, level: str, stream: TextIO = sys.stderr) -> None:
    """Send every log record of the process to `stream`; `style` is text or json, `level` as in logging."""
    renderer: structlog.types.Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False) if style == "json" else _render_text
    )
    logging.basicConfig(handlers=[_handler(renderer, stream)], level=level.upper(), force=True)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    for name in SILENT:
        logging.getLogger(name).setLevel(logging.ERROR)


@contextmanager
def tracebacks_only() -> Iterator[None]:
    """For a command typed by hand: its answer says what went wrong, standard error has what nobody foresaw besides."""
    handler = _handler(_render_text, sys.stderr)
    handler.addFilter(lambda record: bool(record.exc_info))
    ours = logging.getLogger("bot")
    ours.addHandler(handler)
    try:
        yield
    finally:
        ours.removeHandler(handler)


def _handler(renderer: structlog.types.Processor, stream: TextIO) -> logging.Handler:
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[
                structlog.stdlib.add_log_level,
                structlog.stdlib.add_logger_name,
                structlog.processors.TimeStamper(fmt="iso", utc=True),
            ],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                renderer,
            ],
        )
    )
    return handler


def _render_text(logger: object, method: str, event: structlog.types.EventDict) -> str:
    head = f"{event.pop('timestamp')} {event.pop('level'):7} {event.pop('logger')}: {event.pop('event')}"
    rest = "".join(f" {key}={value!r}" for key, value in event.items())
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in head + rest)
