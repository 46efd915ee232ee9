"""How much memory a process holds now, and the most it held since it last asked."""

from __future__ import annotations

import sys
from pathlib import Path

STATUS = Path("/proc/self/status")
FORGET = Path("/proc/self/clear_refs")  # writing 5 makes Linux forget the peak, see proc(5)


def start_peak() -> int:
    """Forget the peak where the system can, and return the bytes held now."""
    if not FORGET.exists():
        return peak()
    FORGET.write_text("5")
    return _status("VmRSS")


def peak() -> int:
    """The most bytes held since `start_peak`; since the process began where the system cannot forget."""
    if STATUS.exists():
        return _status("VmHWM")
    try:
        import resource
    except ImportError:  # Windows: no measure without a further library
        return 0
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def available() -> int:
    """Bytes that can be taken without swapping; 4 GB where the system does not say."""
    meminfo = Path("/proc/meminfo")
    if not meminfo.exists():
        return 4 << 30
    return _field(meminfo, "MemAvailable")


def _status(name: str) -> int:
    return _field(STATUS, name)


def _field(path: Path, name: str) -> int:
    """A field of one of Linux's tables, which count in kB."""
    lines = (line.split() for line in path.read_text().splitlines())
    return next(int(words[1]) * 1024 for words in lines if words[0] == f"{name}:")
