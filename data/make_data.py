"""Write the CSV files of this folder: sets that scikit-learn bundles, and one that is messy on purpose."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from sklearn import datasets

HERE = Path(__file__).parent


def write(name: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """One file."""
    with (HERE / name).open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(header)
        out.writerows(rows)


def bundled(name: str, target: str, columns: Sequence[str], labels: Sequence[str], source: object) -> None:
    """A set of scikit-learn: numbers as they are, classes by name."""
    features = ([np.format_float_positional(value, trim="-") for value in row] for row in source.data)
    rows = ([*row, labels[code]] for row, code in zip(features, source.target, strict=True))
    write(name, [*columns, target], rows)


def underscored(names: Iterable[str]) -> list[str]:
    """Names without blanks, units and brackets."""
    return [name.replace(" (cm)", "").replace("/", "_per_").replace(" ", "_") for name in names]


def make_bundled() -> None:
    """Iris, wine, breast cancer and digits."""
    iris, wine = datasets.load_iris(), datasets.load_wine()
    cancer, digits = datasets.load_breast_cancer(), datasets.load_digits()
    bundled("iris.csv", "species", underscored(iris.feature_names), list(iris.target_names), iris)
    cultivars = ["first", "second", "third"]
    bundled("wine.csv", "cultivar", underscored(wine.feature_names), cultivars, wine)
    bundled("breast_cancer.csv", "diagnosis", underscored(cancer.feature_names), list(cancer.target_names), cancer)
    pixels = [f"pixel_{row}_{column}" for row in range(8) for column in range(8)]
    bundled("digits.csv", "digit", pixels, [str(d) for d in range(10)], digits)


def make_messy(n: int = 400) -> None:
    """Customers who stayed or left, with most of what goes wrong in a CSV file."""
    rng = np.random.default_rng(0)
    age, income = rng.integers(18, 80, n), rng.lognormal(10, 0.5, n)
    plans, cities = ["basic", "Basic", "PRO", "pro"], ["Zürich", "São Paulo", "東京", "Kraków", "Saint-Étienne"]
    comments = ['said "never again", twice', "wants a call,\nin the morning", "all well", "", "naïve, but kind"]
    plan, city, comment = (rng.integers(0, len(levels), n) for levels in (plans, cities, comments))
    leaves = 0.04 * (age - 45) + 1.2 * (plan < 2) - 1.5 * (comment == 2) + rng.logistic(size=n) > 0
    days = np.datetime64("2015-01-01") + rng.permutation(4 * n)[:n]
    holes = rng.random((n, 3))
    rows = [
        [
            f"C-{i:05d}",
            ["", "NA", "?", "null"][i % 4] if holes[i, 0] < 0.1 else age[i],
            f" {income[i]:.2f}  " if i % 3 else f"{income[i]:.4e}",
            cities[city[i]] if holes[i, 1] > 0.05 else "N/A",
            f" {plans[plan[i]]} ",
            comments[comment[i]],
            days[i],
            "yes" if i % 7 else "no",
            1,
            "" if holes[i, 2] < 0.02 else ("left" if leaves[i] else "stayed"),
        ]
        for i in range(n)
    ]
    names = ["id", " age", "income ", "city", "plan", "last comment", "joined", "newsletter", "country", "outcome"]
    write("messy.csv", names, rows)


if __name__ == "__main__":
    make_bundled()
    make_messy()
