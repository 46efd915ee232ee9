"""What goes wrong, in the user's words: every error says expected, got, where and the cure."""


class LogregError(Exception):
    """Base of all errors that a user of the package can mend."""


class DataError(LogregError, ValueError):
    """The data cannot be used as they are: names the column, the row or line, and the cure."""


class OptionError(LogregError, ValueError):
    """An option has a value that is impossible, or two options contradict each other."""


class ModelError(LogregError, ValueError):
    """A model file is damaged, foreign, or newer than this version can read."""


class MissingExtraError(LogregError, ImportError):
    """A part of the package needs libraries that are not installed."""

    def __init__(self, part: str, extra: str) -> None:
        super().__init__(f"{part} needs libraries that are not installed: pip install 'logreg[{extra}]'")
