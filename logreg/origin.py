"""What a model keeps of the file it was trained on: enough to read another one like it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .ground.checked import check, texts


@dataclass(frozen=True)
class Origin:
    """The file a model was trained on, as far as reading another one like it needs it.

    Positions count from 0; ``missing`` are the cells that stand for a missing value, ``decimal`` the point.
    """

    target: str
    target_position: int
    positions: tuple[int, ...]
    width: int
    header: bool
    missing: tuple[str, ...]
    decimal: str

    def as_dict(self) -> dict[str, Any]:
        """What a model file says of it, but for the positions, which stand with the columns there."""
        return {
            "target": {"name": self.target, "position": self.target_position + 1},
            "file": {
                "header": self.header,
                "width": self.width,
                "missing": list(self.missing),
                "decimal": self.decimal,
            },
        }


def parse_origin(found: Mapping[str, Any]) -> Origin:
    """What a model file says of it; raises KeyError, TypeError or ValueError where that makes no sense."""
    target, file = found["target"], found["file"]
    positions = [entry["position"] for entry in found["columns"]]
    width = file["width"]
    check(type(width) is int, f"width is {width!r}, not a number of columns")
    for at in (*positions, target["position"]):
        check(type(at) is int and 1 <= at <= width, f"position {at!r} is not one of {width} columns")
    check(isinstance(file["header"], bool), "header is neither true nor false")
    check(file["decimal"] in (".", ","), "decimal is neither a point nor a comma")
    return Origin(
        texts([target["name"]], "target")[0],
        target["position"] - 1,
        tuple(at - 1 for at in positions),
        width,
        file["header"],
        tuple(texts(file["missing"], "missing")),
        file["decimal"],
    )
