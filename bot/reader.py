"""Reads documents in a child process, so that no document can harm, block or bloat the bot.

The child has limits on time and memory; a document that exceeds them costs a fresh child and one line of report. Where
a language model is configured, the child asks it, and says before each request how much more time that may take.
"""

import gc
import multiprocessing
import os
import resource
import signal
from collections.abc import Callable, Collection
from dataclasses import replace
from multiprocessing.connection import Connection
from types import TracebackType
from typing import cast

from bot.extraction.encoder import best_judge
from bot.extraction.linear import linear_judge
from bot.extraction.recap import read_recap
from bot.language_model import Endpoint
from bot.language_model.reading import LanguageModel
from bot.model import ReadRecap
from bot.recaps.language import NOT_ENGLISH, is_english
from bot.recaps.reading import NotARecap, read_document

SECONDS = 60.0
"""How long one recap may take; the slowest known takes a tenth of it. Requests come on top."""

MEMORY = 1 << 30
"""Bytes of address space that the child may take."""

GARBAGE = 50_000
"""New objects after which the child looks for cycles among them: Python's 700 cost a tenth of the reading."""


class Reader:
    """A child process that reads documents one after the other. Use it as a context manager."""

    def __init__(
        self,
        seconds: float = SECONDS,
        *,
        encoder: bool = True,
        model: Endpoint | None = None,
        known: Collection[str] = (),
    ) -> None:
        """`seconds` is how long one recap may take; without `encoder` the linear reader judges alone. Of texts whose
        digest is `known` the `model` is not asked."""
        self._seconds = seconds
        self._how = encoder, model, known
        self._context = multiprocessing.get_context("spawn")
        self._child: multiprocessing.process.BaseProcess | None = None
        self._pipe: Connection | None = None

    def read(self, data: bytes, address: str) -> list[ReadRecap]:
        """What a document says (an mbox gives several). Blocks until it is read. Raises NotARecap."""
        self.begin(data, address)
        return self.finish()

    def begin(self, data: bytes, address: str) -> None:
        """Have the child read a document meanwhile; `finish` is called before the next one. Raises NotARecap."""
        try:
            self._start().send((data, address))
        except OSError as error:
            self.close()
            raise NotARecap("could not be read within the limits of memory and time") from error

    def finish(self) -> list[ReadRecap]:
        """What the document begun says. Blocks until it is read. Raises NotARecap."""
        pipe = self._start()
        try:
            answer: list[ReadRecap] | str | float = 0.0
            while isinstance(answer, int | float):  # what a request may take, which comes before it
                seconds = self._seconds + answer
                if not pipe.poll(seconds):
                    raise NotARecap(f"took longer than {seconds:.0f} s to read")
                answer = _received(pipe)
        except (EOFError, OSError) as error:
            self.close()
            raise NotARecap("could not be read within the limits of memory and time") from error
        except NotARecap:
            self.close()
            raise
        if isinstance(answer, str):
            raise NotARecap(answer)
        return answer

    def _start(self) -> Connection:
        if self._pipe is None:
            self._pipe, theirs = self._context.Pipe()
            self._child = self._context.Process(target=_serve, args=(theirs, *self._how), daemon=True)
            self._child.start()
            theirs.close()
        return self._pipe

    def close(self) -> None:
        """End the child; the next `read` starts another."""
        if self._child is not None and self._pipe is not None:
            self._pipe.close()
            self._child.kill()
            self._child.join()
            self._child = self._pipe = None

    def __enter__(self) -> "Reader":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def read(
    data: bytes,
    address: str,
    *,
    encoder: bool = True,
    model: LanguageModel | None = None,
    begin: Callable[[float], None] = lambda seconds: None,
) -> list[ReadRecap]:
    """Read a document in this very process: for the command line, where the file is the user's own.

    `begin` is called before each recap with 0, and before each request to the model with the seconds that it may take.
    """
    documents = read_document(data, address)
    judge, remark = best_judge() if encoder else (linear_judge, "")
    recaps = []
    for document in documents:
        begin(0.0)  # each recap of an archive has its own time
        told = "\n".join(block.text for block in document.blocks)
        said = filter(None, (remark, "" if is_english(told) else NOT_ENGLISH))
        recaps.append(replace(read_recap(document, judge), remark="; ".join(said)))
    return [model.read(recap, begin) for recap in recaps] if model else recaps


def _received(pipe: Connection) -> list[ReadRecap] | str | float:
    """What the child says: thousands of small values at once, among which no search for garbage finds any."""
    gc.disable()
    try:
        return cast(list[ReadRecap] | str | float, pipe.recv())
    finally:
        gc.enable()


def _serve(pipe: Connection, encoder: bool, endpoint: Endpoint | None, known: Collection[str]) -> None:
    """The child: documents in, what they say out, until the pipe closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which then closes the pipe
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # numpy's threads take 41 MB of address space each: too much on 20 cores
    model = LanguageModel(endpoint, known) if endpoint else None
    gc.set_threshold(GARBAGE)
    while True:
        try:
            data, address = pipe.recv()
        except EOFError:
            return
        try:
            pipe.send(read(data, address, encoder=encoder, model=model, begin=pipe.send))
        except NotARecap as reason:
            pipe.send(str(reason))
        except (MemoryError, RecursionError):
            pipe.send("could not be read within the limits of memory and time")
        except Exception as error:
            pipe.send(f"could not be read ({type(error).__name__}); please report it with the file")
