"""What the help of each command says, and how texts of others are shown."""

from __future__ import annotations

import re
import sys

READING = """\
Files: CSV and TSV in any dialect, the same compressed with gzip, Parquet, JSON (records or one a line);
"-" is standard input. A column is named by its name or its position: 1 is the first, -1 the last.
Cells are trimmed; an empty cell and NA, N/A, n/a, NaN, nan, NULL, null, None, ? are missing."""

COLUMNS = """\
A column whose cells are all numbers is numeric: a missing cell takes the mean of training, and an
indicator column tells such rows apart if training had any. Every other column (text, dates, true and
false) is categorical, with one coefficient a level: a missing cell is a level of its own if training
had any; a level not seen in training, or a missing cell where training had none, adds nothing.
A text column with nearly as many levels as rows (ids, names) is left out with a note, unless it is
named in --categorical; where nearly all its cells are numbers the note names the stray one and its cure.
Rows whose target is missing are left out and counted."""

TRAIN = f"""\
Train a logistic regression (two classes) or softmax regression (three and more) on a file, score it on
rows held out, and save it. The saved model is the one that was scored: it has not seen the rows held out;
--test-size 0 trains on all rows. --cv 5 chooses C by cross-validation, without a look at the rows held out.

{READING}

{COLUMNS}"""

PREDICT = """\
Predict the class of each row: columns `prediction` and `probability_<class>` as CSV, in the order of the
rows and in constant memory. Columns are matched by name and others ignored; where the training file or
this one has no header they are matched by position, and the target may be absent."""

EVALUATE = """\
Score a model on a file that has the target: log loss, accuracy, ROC AUC, Brier score and confusion
matrix, beside the scores of always predicting the class frequencies of training."""

BENCHMARK = f"""\
Race the trainers that are installed on a file: which one is the fastest on these data? A neutral judge computes
the objective of every fitted model; each trainer's tolerance is tightened until its objective is within a
relative 1e-9 of the best, and the seconds of the quickest fit within 1e-3, 1e-6 and 1e-9 are reported, medians
of fits in turns, each trainer in a process of its own. All train on all rows, on the same columns: categories
stay codes where a trainer takes them (logreg, glum/categorical), else they become indicators.

{READING}

{COLUMNS}"""

INSPECT = "Show what a model file holds: classes, columns, options, certificate, strongest coefficients."


def visible(text: str) -> str:
    r"""The text as one line, with all that a terminal would obey, such as colours and carriage returns, as escapes.

    >>> print(visible("naïve\x1b[31m\r"))
    naïve\x1b[31m\r
    """
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)


def in_flags(text: str) -> str:
    """A sentence of the package with its options spelled as those of the command line.

    >>> print(in_flags("raise max_iter, loosen tol or use solver='auto'"))
    raise --max-iter, loosen --tol or use --solver auto
    """
    text = re.sub(r"(?<!\S)([a-z]\w*)='([\w-]+)'", r"--\1 \2", text)
    return re.sub(r"(?<![\w'-])(max_iter|max_seconds|l1_ratio|tol)\b", lambda m: "--" + m[0].replace("_", "-"), text)


def say(sentence: str) -> None:
    """One sentence on standard error."""
    print(f"logreg: {visible(sentence)}", file=sys.stderr)
