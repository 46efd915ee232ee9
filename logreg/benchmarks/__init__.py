"""The benchmark runner: a checkout keeps it in the folder ``benchmarks`` beside the package, a wheel puts it here."""

from pathlib import Path

__path__ = [str(Path(__file__).resolve().parents[2] / "benchmarks")]
