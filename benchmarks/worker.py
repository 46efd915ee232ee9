"""The process in which one contestant meets one problem: a hang or a crash of it harms nobody else.

The runner asks for one fit at a time through a pipe; the process answers with the solution, the
timings and the memory. Reading the data, laying them out and warming up are not timed.
"""

from __future__ import annotations

import gc
import multiprocessing as mp
import os
import pickle
import signal
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from textwrap import shorten
from threading import current_thread, main_thread
from time import perf_counter, sleep
from types import ModuleType
from typing import Any

from . import memory
from .contestant import Contestant
from .judge import Solution

START_LIMIT = 120.0  # seconds to import, read and compile
SETTLE = 0.05  # seconds before a fit: the threads of whoever went before spin on for about half of it
REPEAT_FOR, REPEATS = 0.1, 9  # a short fit is repeated for so long, so often, and its median counts

Solutions = Sequence[Solution]
THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")


class LostError(Exception):
    """The contestant gave no answer; the message says why."""


@dataclass(frozen=True)
class Answer:
    """What a process sends back for one request."""

    solutions: Sequence[Solution]
    seconds: tuple[float, ...]
    peak_bytes: int


def serve(pipe: Connection, contestant: Contestant, problem_file: Path) -> None:
    """Answer requests until the runner hangs up: None when ready, then an `Answer` or the error as text."""
    _hush()
    fit = _attempt(partial(_ready, contestant, problem_file))
    pipe.send(fit if isinstance(fit, str) else None)
    while True:
        try:
            tol = pipe.recv()
        except EOFError:
            return
        pipe.send(_attempt(partial(_timed, partial(fit, tol))))


def _hush() -> None:
    """Say nothing that peers would say, and leave interrupts to the runner, which ends this process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    warnings.simplefilter("ignore")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(nowhere, stream)


def _attempt(action: Callable[[], Any]) -> Any:
    """The result of the action, or its error in one line: any failure is the contestant's, not the runner's."""
    try:
        return action()
    except Exception as error:
        first_line = str(error).strip().partition("\n")[0]
        return shorten(f"{type(error).__name__}: {first_line}", 100, placeholder=" ...")


def _ready(contestant: Contestant, problem_file: Path) -> Callable[[float], Solutions]:
    """The task as a function of the tolerance alone, warmed up on a toy."""
    problem = pickle.loads(problem_file.read_bytes())
    toy = problem.toy()
    toy.task.solve(contestant, toy, contestant.prepare(toy), 1e-2)
    prepared = contestant.prepare(problem)
    return partial(problem.task.solve, contestant, problem, prepared)


def _timed(fit: Callable[[], Solutions]) -> Answer:
    """Fit once, or several times where that is short; the first timing of several is dropped as cold."""
    gc.collect()
    sleep(SETTLE)
    before = memory.start_peak()
    solutions, first = _once(fit)
    peak = max(0, memory.peak() - before)
    seconds: list[float] = []
    while first + sum(seconds) < REPEAT_FOR and len(seconds) < REPEATS:
        seconds.append(_once(fit)[1])
    return Answer(solutions, tuple(seconds) or (first,), peak)


def _once(fit: Callable[[], Solutions]) -> tuple[Solutions, float]:
    start = perf_counter()
    solutions = fit()
    return solutions, perf_counter() - start


class Worker:
    """The runner's handle on such a process."""

    def __init__(self, contestant: Contestant, problem_file: Path) -> None:
        context = _context()
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=serve, args=(theirs, contestant, problem_file), daemon=True)
        with _no_main():
            self._process.start()
        theirs.close()
        self._is_ready = False

    def ready(self) -> None:
        """Wait until it can be timed."""
        if not self._is_ready:
            self._receive(START_LIMIT)
            self._is_ready = True

    def fit(self, tol: float, limit: float) -> Answer:
        """One request; raises `LostError` with the reason where no answer comes within the limit."""
        self.ready()
        self._pipe.send(tol)
        answer: Answer = self._receive(limit)
        return answer

    def _receive(self, limit: float) -> Any:
        try:
            answer = self._pipe.recv() if self._pipe.poll(limit) else f"took longer than {limit:g} s"
        except (EOFError, OSError):
            self._process.join(1.0)
            answer = f"its process died with exit code {self._process.exitcode}"
        if isinstance(answer, str):
            self.close()
            raise LostError(answer)
        return answer

    def close(self) -> None:
        """End the process, whatever it is doing."""
        self._pipe.close()
        self._process.kill()
        self._process.join()


@contextmanager
def _no_main() -> Iterator[None]:
    """Hide the main module, which children would import: it may be a script that does more than define things."""
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


@contextmanager
def _unheard() -> Iterator[None]:
    """Leave interrupts to the runner, which ends its processes: those started here ignore them from the first on."""
    if current_thread() is not main_thread():  # no other may say what is ignored
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def limit_threads(threads: int) -> None:
    """Hold every process started from now on to so many threads: for machines that others use too.

    Libraries read these when they are loaded, so the runner's own process is not affected.
    """
    for variable in THREAD_VARIABLES:
        os.environ[variable] = str(threads)


def _context() -> Any:
    """A server that has imported what all need and forks from there; a fresh interpreter where there is none."""
    if "forkserver" not in mp.get_all_start_methods():
        return mp.get_context("spawn")
    from multiprocessing import forkserver  # which is an error where there is none

    context = mp.get_context("forkserver")
    context.set_forkserver_preload(["scipy.sparse", "sklearn.linear_model", __name__])
    with _unheard():
        forkserver.ensure_running()
    return context
