"""The machine and the versions that stand in every result file."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from threadpoolctl import threadpool_info

from .contestant import Contestant


def machine() -> dict[str, Any]:
    """CPU, cores, memory, Python, and the linear algebra that NumPy and SciPy carry."""
    import numpy
    import scipy
    import scipy.linalg  # loads the library that scipy carries

    libraries = [
        {key: each.get(key) for key in ("internal_api", "version", "num_threads", "architecture")}
        for each in threadpool_info()
    ]
    return {
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "memory_bytes": _memory(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "numpy": numpy.__version__,
        "scipy": scipy.__version__,
        "threads": libraries,
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def versions(contestants: Iterable[Contestant]) -> dict[str, str]:
    """The installed packages of the contestants."""
    found = {each.package: each.version() for each in contestants}
    return {package: version for package, version in found.items() if version}


def _cpu() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    models = (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    return next(models, platform.processor() or platform.machine())


def _memory() -> int | None:
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return None
