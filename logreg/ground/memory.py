"""Freed memory, kept for the next sum: fresh pages from the system cost more than most sums on them."""

from __future__ import annotations

from functools import cache

import numpy as np

LARGEST = 30 << 20
"""Bytes just below the most (32 MB) that glibc keeps once it saw them freed: M_MMAP_THRESHOLD of mallopt(3)."""


@cache
def keep() -> None:
    """Have the C library reuse freed arrays instead of returning their pages: once for a process.

    glibc learns from the largest array that it saw freed: up to that size it takes memory from a heap of which it keeps
    twice as much. One that is never written to costs nothing. Elsewhere this does nothing.
    """
    np.empty(LARGEST, np.uint8)
