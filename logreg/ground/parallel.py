"""Threads over blocks of rows: BLAS is held to one thread while Python threads take the blocks.

NumPy's products release the interpreter lock. One thread pool and one controller of the BLAS
libraries are made once and kept; both are made afresh in a forked child.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from itertools import pairwise
from threading import Lock
from typing import Any, TypeVar

from threadpoolctl import ThreadpoolController

Item = TypeVar("Item")
Total = tuple[Any, ...]


@cache
def pool(threads: int) -> ThreadPoolExecutor:
    """The pool of so many threads."""
    return ThreadPoolExecutor(threads, thread_name_prefix="logreg")


@cache
def controller() -> ThreadpoolController:
    """The controller of the BLAS libraries loaded when the first large fit begins."""
    return ThreadpoolController().select(user_api="blas")


class Hold:
    """BLAS held to one thread for as long as anyone holds it, in any thread: the last one out restores it."""

    def __init__(self) -> None:
        self.lock, self.holders, self.outside = Lock(), 0, 0
        self.before = list[int]()

    def take(self) -> None:
        """Hold it; the first one in remembers how many threads there were."""
        with self.lock:
            if self.holders == 0:
                self.outside, libraries = self._restored(), controller().lib_controllers
                self.before = [library.get_num_threads() for library in libraries]
                for library in libraries:
                    library.set_num_threads(1)
            self.holders += 1

    def give(self) -> None:
        """Let go."""
        with self.lock:
            self.holders -= 1
            if self.holders == 0:
                self._restored()

    def available(self) -> int:
        """Threads outside the hold."""
        with self.lock:
            return self.outside if self.holders else self._restored()

    def _restored(self) -> int:
        """Threads after an end of the hold; OpenBLAS may ignore a thread other than the one that set the limit."""
        if self.before:
            for library, threads in zip(controller().lib_controllers, self.before, strict=True):
                library.set_num_threads(threads)
            if counted() < self.outside:
                return self.outside
            self.before = []
        return counted()


_hold = Hold()  # of this process; made before any thread could make another


def forget() -> None:
    """Drop what a forked child cannot inherit: threads, and a lock that one of them may have had."""
    global _hold
    pool.cache_clear()
    controller.cache_clear()
    _hold = Hold()


if hasattr(os, "register_at_fork"):  # not on Windows, which does not fork
    os.register_at_fork(after_in_child=forget)


def counted() -> int:
    """Threads that BLAS may use now, and the processors this process may run on."""
    allowed = [library.get_num_threads() for library in controller().lib_controllers]
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min([processors, *allowed]))


def available() -> int:
    """Threads this process may use: never more than BLAS was allowed, so joblib's limits hold here too."""
    return _hold.available()


def workers(wanted: int | None) -> int:
    """Threads to use: those available, or fewer if fewer are wanted; -1 is all of them, -2 all but one."""
    most = available()
    if not wanted:
        return most
    return max(1, min(most, wanted if wanted > 0 else most + 1 + wanted))


@contextmanager
def blas_on_one_thread() -> Iterator[None]:
    """Leave the cores to the threads that take the blocks."""
    held = _hold
    held.take()
    try:
        yield
    finally:
        held.give()


def add(left: Total, right: Total) -> Total:
    """Component-wise sum; arrays on the left are summed in place."""
    return tuple(_accumulate(a, b) for a, b in zip(left, right, strict=True))


def _accumulate(a: Any, b: Any) -> Any:
    a += b
    return a


def total(term: Callable[[Item], Total], items: Sequence[Item]) -> Total:
    """term(item) added up in order."""
    result = term(items[0])
    for item in items[1:]:
        result = add(result, term(item))
    return result


def map_blocks(function: Callable[[Item], Any], blocks: Sequence[Item], threads: int) -> list[Any]:
    """function(block) of every block, in order."""
    if threads == 1 or len(blocks) == 1:
        return [function(block) for block in blocks]
    return list(pool(threads).map(function, blocks))


def sum_blocks(term: Callable[[Item], Total], blocks: Sequence[Item], threads: int) -> Total:
    """term(block) added up over all blocks: a consecutive run of blocks for each thread.

    The order of additions depends on the number of threads alone, so a sum repeats to the last bit.
    """
    threads = min(threads, len(blocks))
    if threads == 1:
        return total(term, blocks)
    cuts = [len(blocks) * i // threads for i in range(threads + 1)]
    runs = [blocks[a:b] for a, b in pairwise(cuts)]
    parts = list(pool(threads).map(lambda run: total(term, run), runs))
    return total(lambda part: part, parts)
