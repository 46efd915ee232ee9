"""What arguments may say: lists, numbers in a range, single characters, and the sentence where they do not."""

from __future__ import annotations

import argparse
import csv
import math
import re
from collections.abc import Callable

from ..errors import OptionError


def listed(text: str) -> list[str]:
    """Entries separated by commas; one with a comma in it stands in double quotes, and one may be empty.

    >>> listed('a, "b,c"'), listed("")
    (['a', 'b,c'], [''])
    """
    try:
        entries = next(csv.reader([text], skipinitialspace=True))
    except csv.Error:
        raise OptionError(f"{text!r} is no list of entries in one line: put one with a line end in quotes") from None
    return [entry.strip() for entry in entries or [""]]


def bounded(good: Callable[[float], bool], expected: str) -> Callable[[str], float]:
    """The type of a number in a range."""

    def number(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not good(value):
            raise argparse.ArgumentTypeError(f"{text!r} is not {expected}")
        return value

    return number


strength = bounded(lambda x: x > 0, "a positive number")
inverse_penalty = bounded(
    # Beyond this bound a sum of losses times C, squared, is no floating-point number any more.
    lambda x: 1e-100 <= x <= 1e100 or x == math.inf,
    "a positive number from 1e-100 to 1e100, or inf for no penalty",
)
ratio = bounded(lambda x: 0 <= x <= 1, "a number from 0 to 1")
share = bounded(lambda x: 0 <= x < 1, "a number from 0 to less than 1")


def whole(text: str) -> int:
    """The type of a whole number that is not negative."""
    if not re.fullmatch(r"[0-9]+", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number, 0 or more")
    return int(text)


def folds(text: str) -> int:
    """The type of a number of folds."""
    if whole(text) < 2:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of folds, 2 or more")
    return int(text)


def ratios(text: str) -> list[float]:
    """The type of one share or several."""
    return [ratio(entry) for entry in listed(text)]


def strengths(text: str) -> int | list[float]:
    """The type of a number of strengths, or of the strengths themselves.

    >>> strengths("10"), strengths("0.1,10")
    (10, [0.1, 10.0])
    """
    return int(text) if re.fullmatch(r"[1-9][0-9]*", text) else [inverse_penalty(entry) for entry in listed(text)]


def character(text: str) -> str:
    """The type of one character."""
    if len(text) != 1 or text in "\r\n":
        raise argparse.ArgumentTypeError(f"{text!r} is not one character of a line")
    return text


def quote(text: str) -> str:
    """The type of a quote: one byte, as the reader of the file wants it."""
    if not character(text).isascii():
        raise argparse.ArgumentTypeError(f"{text!r} is not an ASCII character, such as \" or '")
    return text


def delimiter(text: str) -> str:
    """The type of a delimiter."""
    return character({"tab": "\t", r"\t": "\t", "space": " "}.get(text, text))


def place(text: str) -> str:
    """The type of an output: standard output by either name, which is written to and not replaced."""
    return "-" if text == "/dev/stdout" else text
