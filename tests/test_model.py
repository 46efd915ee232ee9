"""The model file: what comes back, what is refused, what is never lost; and columns as numbers."""

from __future__ import annotations

import json
from contextlib import suppress

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from logreg.cli import main
from logreg.data.cells import Numbers, Texts, canonical, join, merge
from logreg.data.columns import encode, features, learn
from logreg.errors import LogregError, ModelError
from logreg.ground.atomic import replacing
from logreg.model import Model
from logreg.origin import Origin


def texts(cells):
    levels = sorted({cell for cell in cells if cell is not None})
    return Texts(np.array([-1 if c is None else levels.index(c) for c in cells], dtype=np.int32), tuple(levels))


FRAME = {
    "age": Numbers(np.array([20.0, np.nan, 40.0, 60.0])),
    "size": Numbers(np.array([1e-8, 3e-8, -2e-8, 0.1])),
    "city": texts(["Zürich", None, "東京", "Zürich"]),
}


def facts(k):
    """What train says of its own work, in brief."""
    metrics = {"log_loss": 0.5, "accuracy": 0.75, "roc_auc": None, "brier": 0.25}
    return {
        "options": {"C": float("inf")},
        "certificate": {"relative": 1e-7, "sentence": "certified"},
        "training": {
            "file": "shop.csv",
            "rows": {"trained_on": 4},
            "fit": {"solver": "newton", "iterations": 3, "why": "it is small", "status": "converged"},
            "held_out": {"rows": 4, "scores": metrics, "baseline": metrics, "confusion": [[1] * k] * k},
        },
        "versions": {"logreg": "1"},
    }


def make(classes=("no", "yes"), seed=0):
    rng = np.random.default_rng(seed)
    columns = tuple(learn(name, raw) for name, raw in FRAME.items())
    outputs = 1 if len(classes) == 2 else len(classes)
    return Model(
        tuple(classes),
        tuple(np.full(len(classes), 1 / len(classes)).tolist()),
        columns,
        rng.normal(size=(outputs, len(features(columns)))) * 10.0 ** rng.integers(-12, 12),
        rng.normal(size=outputs),
        Origin("bought", 3, (0, 1, 2), 4, True, ("NA",), "."),
        facts(len(classes)),
    )


@pytest.fixture
def saved(tmp_path):
    path = tmp_path / "model.json"
    make().save(str(path))
    return path


@given(seed=st.integers(0, 1000), k=st.integers(2, 4))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_model_comes_back_to_the_last_bit(seed, k, tmp_path):
    model = make([f"class {i}" for i in range(k)], seed)
    model.save(str(tmp_path / "m.json"))
    back = Model.load(str(tmp_path / "m.json"))
    assert np.array_equal(back.coef, model.coef)
    assert np.array_equal(back.intercept, model.intercept)
    assert (back.classes, back.shares, back.columns, back.origin) == (
        model.classes, model.shares, model.columns, model.origin,
    )  # fmt: skip
    assert np.array_equal(back.predict_proba(FRAME, 4), model.predict_proba(FRAME, 4))


def test_probabilities_are_the_formula():
    model = make(("a", "b", "c"))
    age, size = np.array([20.0, 40.0, 40.0, 60.0]), FRAME["size"].values
    X = np.column_stack([age, [0, 1, 0, 0], size, [1, 0, 0, 1], [0, 0, 1, 0], [0, 1, 0, 0]])
    assert [f.label for f in model.features] == [
        "age", "age = (missing)", "size", "city = Zürich", "city = 東京", "city = (missing)",
    ]  # fmt: skip
    eta = X @ model.coef.T + model.intercept
    expected = np.exp(eta - eta.max(axis=1, keepdims=True))
    expected /= expected.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(model.predict_proba(FRAME, 4), expected, rtol=1e-12, atol=1e-300)


def test_two_classes_have_exact_complements():
    P = make().predict_proba(FRAME, 4)
    np.testing.assert_allclose(P.sum(axis=1), 1.0, rtol=1e-15)
    assert P.min() >= 0


def test_a_file_cut_anywhere_is_refused_with_one_sentence(saved):
    whole = saved.read_bytes()
    for length in [*range(1, 200, 7), *range(200, len(whole) - 3, 61)]:
        saved.write_bytes(whole[:length])
        with pytest.raises(ModelError, match="model file") as caught:
            Model.load(str(saved))
        assert "\n" not in str(caught.value)


def leaves(found, path=()):
    if isinstance(found, dict | list):
        for key, value in found.items() if isinstance(found, dict) else enumerate(found):
            yield from leaves(value, (*path, key))
    yield path


def changed(found, path, value):
    copy = json.loads(json.dumps(found))
    part = copy
    for key in path[:-1]:
        part = part[key]
    part[path[-1]] = value
    return copy


FREE = {"options", "certificate", "training", "versions"}


def rewrite(path, *entry, value):
    """The model file with one entry changed."""
    found = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(changed(found, entry, value)), encoding="utf-8")


@pytest.mark.parametrize("junk", [None, "junk", {}, [], True, [None]], ids=repr)
def test_what_can_be_loaded_can_be_inspected(saved, junk, capsys):
    found = json.loads(saved.read_text(encoding="utf-8"))
    for path in [path for path in leaves(found) if path]:
        saved.write_text(json.dumps(changed(found, path, junk)), encoding="utf-8")
        code, err = main(["inspect", str(saved)]), capsys.readouterr().err
        assert code in (0, 1), path
        assert len(err.splitlines()) == code, path


@pytest.mark.parametrize("schema", ["1", 0, 1.0, True, None, -1, {}], ids=repr)
def test_any_other_schema_is_damage(saved, schema):
    rewrite(saved, "schema", value=schema)
    with pytest.raises(ModelError, match=r"is a damaged model file: schema is .*train it again"):
        Model.load(str(saved))


@pytest.mark.parametrize("key", ["options", "versions", "certificate", "training"])
def test_a_model_without_the_facts_of_its_training_is_damaged(saved, key):
    rewrite(saved, key, value={})
    with pytest.raises(ModelError, match="is missing; train it again"):
        Model.load(str(saved))


def test_true_is_no_position(saved):
    rewrite(saved, "columns", 0, "position", value=True)
    with pytest.raises(ModelError, match="position True is not one of 4 columns"):
        Model.load(str(saved))


@pytest.mark.parametrize("junk", [None, "junk", -7, {}, [], True, [None]], ids=repr)
def test_damage_is_told_without_the_words_of_the_interpreter(saved, junk):
    found = json.loads(saved.read_text(encoding="utf-8"))
    for path in [path for path in leaves(found) if path]:
        saved.write_text(json.dumps(changed(found, path, junk)), encoding="utf-8")
        said = complaint(saved)
        for words in ("NoneType", "instances", "subscriptable", "argument", "iterable", "attribute", "unhashable"):
            assert words not in said, (path, said)


def complaint(path):
    """What is said of a model file; nothing of a good one."""
    try:
        Model.load(str(path))
    except ModelError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("junk", [None, "junk", -7, {}, [], True, [None]], ids=repr)
def test_a_damaged_entry_is_refused_or_makes_no_difference(saved, junk):
    found = json.loads(saved.read_text(encoding="utf-8"))
    for path in leaves(found):
        if not path or (path[0] in FREE and len(path) > 1):
            continue
        saved.write_text(json.dumps(changed(found, path, junk)), encoding="utf-8")
        with suppress(ModelError):
            assert Model.load(str(saved)).predict_proba(FRAME, 4).shape == (4, 2), path


@pytest.mark.parametrize(
    "key", ["schema", "classes", "frequencies", "target", "file", "columns", "coef", "intercept", "options"]
)
def test_a_missing_entry_is_named(saved, key):
    found = json.loads(saved.read_text(encoding="utf-8"))
    del found[key]
    saved.write_text(json.dumps(found), encoding="utf-8")
    with pytest.raises(ModelError, match=f"{key}.*missing"):
        Model.load(str(saved))


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e999", "1" + "0" * 400])
def test_numbers_that_are_not_finite_are_refused(saved, number):
    text = saved.read_text(encoding="utf-8")
    saved.write_text(text.replace(json.dumps(make().intercept[0]), number), encoding="utf-8")
    with pytest.raises(ModelError):
        Model.load(str(saved))


def test_a_newer_model_names_both_schemas(saved):
    saved.write_text(saved.read_text(encoding="utf-8").replace('"schema": 1', '"schema": 7'), encoding="utf-8")
    with pytest.raises(ModelError, match=r"newer version \(schema 7, this one reads 1\).*upgrade"):
        Model.load(str(saved))


@pytest.mark.parametrize(
    "content", [b"a,b\n1,2\n", b"{}", b"[]", b"3", b"\x80\x04\x95pickle", b"[" * 100_000, b'{"format": "other"}']
)
def test_a_foreign_file_is_refused(tmp_path, content):
    path = tmp_path / "foreign"
    path.write_bytes(content)
    with pytest.raises(ModelError, match="not a model file"):
        Model.load(str(path))


def test_a_missing_model_names_the_closest(saved):
    with pytest.raises(LogregError, match=r"does not exist; did you mean .*model\.json"):
        Model.load(str(saved.with_name("modle.json")))


def test_a_failing_write_leaves_the_old_file_and_nothing_else(saved):
    before = saved.read_bytes()

    def fail():
        with replacing(saved) as file:
            file.write(b"half of the new one")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert saved.read_bytes() == before
    assert list(saved.parent.iterdir()) == [saved]


def test_a_replaced_file_keeps_its_permissions_and_its_link(saved, tmp_path):
    saved.chmod(0o640)
    link = tmp_path / "latest.json"
    link.symlink_to(saved)
    make(seed=5).save(str(link))
    assert link.is_symlink()
    assert saved.stat().st_mode & 0o777 == 0o640
    assert np.array_equal(Model.load(str(saved)).coef, make(seed=5).coef)


cells = st.lists(st.sampled_from(["a", "b", "1", "1.0", "ü", None]), min_size=1, max_size=30)


@given(cells=cells)
def test_levels_are_the_indicators_of_pandas(cells):
    raw = merge(*(lambda t: (t.codes, t.levels))(texts(cells)))
    column = learn("c", raw)
    merged = pd.Series([None if c is None else canonical(c) for c in cells], dtype=object)
    spelled = {canonical(level): level for level in raw.levels}
    dummies = pd.get_dummies(merged.map(spelled), dummy_na=bool(merged.isna().any()), dtype=float)
    X = encode([column], {"c": raw}, len(cells)).dense()
    assert X.shape == dummies.shape
    assert np.array_equal(X[:, np.lexsort(X)], dummies.to_numpy()[:, np.lexsort(dummies.to_numpy())])


@given(values=st.lists(st.none() | st.floats(-1e6, 1e6), min_size=1, max_size=30))
def test_a_gap_takes_the_mean_and_is_told_apart(values):
    raw = Numbers(np.array([np.nan if v is None else v for v in values]))
    series = pd.Series(raw.values)
    column = learn("x", raw)
    X = encode([column], {"x": raw}, len(values)).dense()
    mean = 0.0 if series.isna().all() else series.mean()
    np.testing.assert_allclose(X[:, 0], series.fillna(mean), rtol=1e-12, atol=1e-9)
    assert X.shape[1] == 1 + series.isna().any()
    assert np.array_equal(X[:, 1:].any(axis=1), series.isna().to_numpy())
    np.testing.assert_allclose(column.scale, series.fillna(mean).std(ddof=0), rtol=1e-6, atol=1e-6)


def test_levels_and_gaps_that_training_had_not_add_nothing():
    column = learn("c", texts(["a", "b"]))
    X = encode([column], {"c": texts(["new", None, "b"])}, 3).dense()
    assert X.tolist() == [[0, 0], [0, 0], [0, 1]]


def test_deviations_are_those_of_the_encoded_columns():
    columns = [learn(name, raw) for name, raw in FRAME.items()]
    X = encode(columns, FRAME, 4).dense()
    np.testing.assert_allclose([f.scale for f in features(columns)], X.std(axis=0), rtol=1e-12)


@given(cells=cells, cut=st.integers(0, 30))
def test_joined_parts_are_the_whole(cells, cut):
    parts = [part for part in (cells[:cut], cells[cut:]) if part]
    whole = merge(*(lambda t: (t.codes, t.levels))(texts(cells)))
    joined = join([texts(part) for part in parts])
    assert joined.levels == whole.levels
    assert np.array_equal(joined.codes, whole.codes)
