"""Tables in files: every dialect gives the same cells, nothing is lost, and what is wrong is named with its line."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import tempfile
import time
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from cli_tools import SHARED, write_csv
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from logreg.data.cells import Numbers, positions
from logreg.errors import DataError
from logreg.files.sql import MISSING, Reading
from logreg.files.table import BATCH, Wanted, open_table

SPECTRUM = SHARED / "csv-spectrum"


def cells(path, reading=None):
    """Names and all cells of a file as texts, None where missing."""
    with open_table(str(path), reading or Reading()) as table:
        wanted = {str(at): Wanted(at, False) for at in range(len(table.names))}
        columns = [[None if c < 0 else raw.levels[c] for c in raw.codes] for raw in table.read(wanted).values()]
        return list(table.names), [list(row) for row in zip(*columns, strict=True)]


def complaint(path, reading=None):
    with pytest.raises(DataError) as caught:
        cells(path, reading)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.fixture
def file(tmp_path):
    def make(content, name="table.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return make


SPECTRUM_FILES = """comma_in_quotes empty empty_crlf escaped_quotes json newlines newlines_crlf quotes_and_newlines
simple simple_crlf utf8"""


@pytest.mark.skipif(not SPECTRUM.exists(), reason="the CSV acid test is not on this machine")
@pytest.mark.parametrize("name", SPECTRUM_FILES.split())
def test_the_acid_test_of_csv_is_passed(name):
    expected = json.loads((SPECTRUM / "json" / f"{name}.json").read_text(encoding="utf-8"))
    names, rows = cells(SPECTRUM / "csvs" / f"{name}.csv")
    assert names == list(expected[0])
    found = [{k: v or "" for k, v in zip(names, row, strict=True)} for row in rows]
    # Line ends within a cell are the same whether written CR LF or LF.
    wanted = [{k: v.strip().replace("\r\n", "\n") for k, v in row.items()} for row in expected]
    assert [{k: v.replace("\r\n", "\n") for k, v in row.items()} for row in found] == wanted


def one_spelling(cell: str | None) -> str | None:
    """Lower-case truths, whole numbers without a point."""
    if cell is None:
        return None
    return cell.lower() if cell.lower() in ("true", "false") else re.sub(r"^([+-]?\d+)\.0*$", r"\1", cell)


letters = st.characters(codec="utf-8", exclude_characters="\r\0", exclude_categories=("Cs",))
cell = st.text(letters, max_size=6) | st.sampled_from(
    ["NA", "?", ' "', ",", "\n", "a;b", "1.0", "#x", "'", "True", "TRUE"]
)


@given(rows=st.lists(st.tuples(cell, cell, cell), min_size=1, max_size=8), quoting=st.sampled_from([0, 1]))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_cells_come_back_trimmed(tmp_path, rows, quoting):
    # A first cell keeps rows from being blank lines, which are no rows.
    rows = [("x", *row) for row in rows]
    path = write_csv(tmp_path / "any.csv", ["k", "a", "b", "c"], rows, quoting=quoting, lineterminator="\n")
    reading = Reading(delimiter=",", quote='"', header=True)
    trimmed = [[value.strip(" ").strip() for value in row] for row in rows]
    expected = [[None if v in ("", *MISSING) else v for v in row] for row in trimmed]
    # Spellings of one level, as 1.0 and 1 or FALSE and False, come back as one of them.
    found = cells(path, reading)[1]
    assert [[one_spelling(v) for v in row] for row in found] == [[one_spelling(v) for v in row] for row in expected]


ROWS = [["1", "red, dark", "yes"], ["2", 'say "hi"', "no"], ["3", "two\nlines", "yes"], ["4", "é東", "no"]]
NAMES = ["number", "text", "class"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize("bom", ["", "\ufeff"])
def test_every_dialect_gives_the_same_cells(file, delimiter, line_end, bom):
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator=line_end).writerows([NAMES, *ROWS])
    assert cells(file(bom + text.getvalue())) == (NAMES, ROWS)


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1", "cp1252", "utf-16", "utf-16-le"])
def test_every_encoding_gives_the_same_cells(file, encoding):
    path = file("name,n\ncafé,1\nöuf,2\n".encode(encoding))
    assert cells(path, Reading(encoding=encoding)) == (["name", "n"], [["café", "1"], ["öuf", "2"]])


def test_compressed_parquet_and_json_files_are_the_same_table(tmp_path):
    plain = write_csv(tmp_path / "t.csv", NAMES, ROWS)
    (tmp_path / "t.csv.gz").write_bytes(gzip.compress(Path(plain).read_bytes()))
    (tmp_path / "unnamed").write_bytes(gzip.compress(Path(plain).read_bytes()))
    records = [dict(zip(NAMES, row, strict=True)) for row in ROWS]
    (tmp_path / "t.json").write_text(json.dumps(records), encoding="utf-8")
    (tmp_path / "t.ndjson").write_text("\n".join(map(json.dumps, records)), encoding="utf-8")
    duckdb.connect().execute(
        f"COPY (FROM read_csv('{plain}', header = true, all_varchar = true)) TO '{tmp_path}/t.parquet'"
    )
    for name in ("t.csv.gz", "unnamed", "t.json", "t.ndjson", "t.parquet"):
        assert cells(tmp_path / name) == (NAMES, ROWS), name


@pytest.mark.parametrize(
    ("content", "names", "header"),
    [
        ("name,colour\nann,red\nbob,blue\n", ["name", "colour"], True),
        ("39, Private,<=50K\n50, Self,>50K\n", ["column1", "column2", "column3"], False),
        (" a , b\n1,2\n", ["a", "b"], True),
        ("a,,b\n1,2,3\n", ["a", "column2", "b"], True),
        ("'x' 'y'\n1 2\n3 4\n", ["x", "y"], True),
        ("a,A\n1,2\n", ["a", "A"], True),
        ("#a,b\n1,#x\n#2,y\n", ["#a", "b"], True),
        ("single\n1\n2\n", ["single"], True),
    ],
)
def test_names_and_headers_are_found(file, content, names, header):
    with open_table(str(file(content))) as table:
        assert (list(table.names), table.header) == (names, header)


def test_a_header_can_be_told(file):
    path = file("a,b\nc,d\n")
    assert cells(path, Reading(header=False)) == (["column1", "column2"], [["a", "b"], ["c", "d"]])
    assert cells(file("1,2\n3,4\n"), Reading(header=True)) == (["1", "2"], [["3", "4"]])
    assert cells(file("junk\n\na,b\n1,2\n"), Reading(skip=2)) == (["a", "b"], [["1", "2"]])


def test_quotes_that_begin_after_the_sample_are_quotes(file):
    many = "1,2,3\n" * 30_000
    names, rows = cells(file(f'a,b,c\n{many}4,"x, y\nz",5\n'))
    assert (names, len(rows), rows[-1]) == (["a", "b", "c"], 30_001, ["4", "x, y\nz", "5"])


def test_a_number_after_the_sample_is_still_a_text_column(file):
    with open_table(str(file("a,b\n" + "1,2\n" * 30_000 + "x,2\n"))) as table:
        assert table.survey() == (survey := table.survey())
        assert survey.numeric == (False, True)
        assert survey.rows == 30_001


@pytest.mark.parametrize("token", ["", *MISSING])
def test_missing_cells_are_missing_in_every_spelling(file, token):
    path = file(f"a,b\n1,x\n {token} , {token} \n2,y\n")
    with open_table(str(path)) as table:
        survey = table.survey()
        frame = table.read({"a": Wanted(0, True), "b": Wanted(1, False)})
    assert (survey.present, survey.numeric) == ((2, 2), (True, False))
    np.testing.assert_array_equal(frame["a"].values, [1, np.nan, 2])
    assert frame["b"].codes.tolist() == [0, -1, 1]


def test_numbers_are_read_as_python_reads_them(file):
    spelled = ["1", "-2.5", "+3", "1e-300", ".5", "5.", "1E5", "12345678901234567890", "0.1", "-0"]
    with open_table(str(file("x,y\n" + "".join(f"{s},a\n" for s in spelled)))) as table:
        found = table.read({"x": Wanted(0, True)})["x"].values
    assert found.tolist() == [float(s) for s in spelled]


def test_a_decimal_comma_is_read_when_told(file):
    path = file("a;b\n1,5;x\n-2,25;y\n3;z\n")
    with open_table(str(path), Reading(decimal=",")) as table:
        assert table.survey().numeric == (True, False)
        assert table.read({"a": Wanted(0, True)})["a"].values.tolist() == [1.5, -2.25, 3.0]


def test_rows_keep_their_order_over_many_batches(tmp_path):
    n = 3 * BATCH + 17
    path = tmp_path / "long.csv"
    path.write_text("i,t,x\n" + "".join(f"{i},word{i % 7},{i / 8}\n" for i in range(n)), encoding="utf-8")
    with open_table(str(path)) as table:
        batches = list(table.batches({"i": Wanted(0, True), "t": Wanted(1, False)}, keep=True))
        whole = table.read({"i": Wanted(0, True), "t": Wanted(1, False)})
    assert len(batches) > 2
    i = np.concatenate([batch.frame["i"].values for batch in batches])
    assert np.array_equal(i, np.arange(n))
    assert np.array_equal(whole["i"].values, np.arange(n))
    assert [whole["t"].levels[c] for c in whole["t"].codes[:9]] == [f"word{i % 7}" for i in range(9)]
    kept = [cell.as_py() for batch in batches for cell in batch.kept[2][:2]]
    assert kept[:2] == ["0.0", "0.125"]


def test_names_with_pattern_characters_and_quotes_are_one_file(file):
    file("a,b\n9,9\n", "d1.csv")
    for name in ("d[1].csv", "d*.csv", "d?.csv", "it's.csv", "über.csv"):
        assert cells(file("a,b\n1,2\n", name)) == (["a", "b"], [["1", "2"]]), name


@pytest.mark.parametrize("character", [",", ";", "\t", "|"])
def test_a_ragged_row_is_an_error_with_its_line(file, character):
    text = "a,b,c\n1,2,3\n4,5\n6,7,8\n".replace(",", character)
    assert "line 3 of" in (found := complaint(file(text)))
    assert "2 columns where 3" in found
    longer = "a,b,c\n" + "1,2,3\n" * 25_000 + "1,2,3,4\n1,2,3\n"
    assert "line 25002 of" in (found := complaint(file(longer.replace(",", character))))
    assert "4 columns where 3" in found


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "is empty"),
        (b"\n\n", "no rows"),
        (b"a,b\n1,caf\xe9\n2,x\n", "line 2 of .* is not UTF-8: .*--encoding latin-1"),
        (b"a,b\n1,x\n" * 1 + b"2,y\n" * 30_000 + b"3,caf\xe9\n", "line 30003 of .* is not UTF-8"),
        (b"\x00\x01\x02PNG" * 100, "binary"),
        (b"a,b\n1,2\n3,\x00 4\n", "delete the byte 0 in line 3"),
        (b"PK\x03\x04" + b"\x00" * 100, "spreadsheet or a zip"),
        ("a,b\n1,2\n".encode("utf-16"), "--encoding utf-16"),
        (b"a,a,b\n1,2,3\n", r"more than one column called 'a' \(columns 1, 2\)"),
        (b'a,b\n1,"open\n2,x\n', "line 2 of .* opens a quote"),
        (b"PAR1" + b"x" * 50, "Parquet file that is not whole: copy it again"),
        (b"\x1f\x8b\x08rest", "compressed but damaged"),
        (gzip.compress(b"a,b\n1,2\n" * 1000, mtime=0)[:-20], "compressed but damaged"),
    ],
)
def test_what_cannot_be_read_is_named_with_its_cure(file, content, expected):
    assert re.search(expected, complaint(file(content)))


def test_folders_and_missing_files_are_named(tmp_path, file):
    file("a\n1\n", "patients.csv")
    assert "is a folder" in complaint(tmp_path)
    assert "does not exist; did you mean" in (found := complaint(tmp_path / "pateints.csv"))
    assert "patients.csv" in found


def test_a_file_that_may_not_be_read_is_named(file):
    path = file("a\n1\n")
    path.chmod(0)
    try:
        path.read_bytes()
    except PermissionError:
        assert "no permission" in complaint(path)
    else:
        pytest.skip("this user may read every file")


def test_damaged_json_is_named(file):
    assert "is not whole JSON: expected records" in complaint(file('[{"a": 1}, {"a"', "t.json"))
    assert "name the file .csv" in complaint(file("a,b\n1,2\n", "t.json"))
    twice = '[{"x": 1, "y": 3}, {"x": 1, "x": 2, "y": 3}]'
    assert re.search(r"^record 2 of .* has more than one 'x': rename one$", complaint(file(twice, "t.json")))


@pytest.mark.parametrize("encoding", ["rot13", "base64", "nonsense", "undefined", "a\0b"])
def test_what_is_no_encoding_of_text_is_named(file, encoding):
    assert f"the encoding {encoding!r} is unknown" in complaint(file("a\n1\n"), Reading(encoding=encoding))


def test_runs_of_blanks_are_one_delimiter(file):
    aligned = "  age   kind\n   12   oak \n    7   ash\n  101    ?\n\n"
    expected = (["age", "kind"], [["12", "oak"], ["7", "ash"], ["101", None]])
    assert cells(file(aligned)) == expected
    assert cells(file(aligned.replace("\n", "\r\n"))) == expected
    # Blanks within the cells of another delimiter are the cells' own.
    assert cells(file("a,b\n1,x  y\n2,z  y\n"))[1] == [["1", "x  y"], ["2", "z  y"]]


def test_a_name_that_promises_compression_does_not_decide(file):
    for name in ("t.gz", "t.csv.gz"):
        assert cells(file("a,b\n1,2\n", name)) == (["a", "b"], [["1", "2"]])
    packed = file(gzip.compress(b'[{"a": 1, "b": 2}]'), "t.json")
    assert cells(packed) == (["a", "b"], [["1", "2"]])


def test_a_compressed_file_cut_short_far_below_its_head_is_named(file):
    rows = "".join(f"{i * 7919 % 100_003},{i}\n" for i in range(300_000))
    path = file(gzip.compress(b"a,b\n" + rows.encode(), 1, mtime=0)[:-2000], "t.csv.gz")
    for reading in (Reading(), Reading(encoding="latin-1")):
        assert "is compressed but damaged" in complaint(path, reading)


def test_a_text_among_numbers_and_an_infinity_are_named_with_column_and_line(file):
    text = 'a,b\n1,2\n"two\nlines",3\n4,5\n6,oops\n7,inf\n'
    wanted = {"b": Wanted(1, True)}
    with open_table(str(file(text))) as table:
        with pytest.raises(DataError, match=r"column 'b' of .* holds 'oops' in line 6 "):
            table.check(wanted)
        table.check({"a": Wanted(0, False)})
    with open_table(str(file(text.replace("oops", "NA")))) as table:
        table.check(wanted)
        with pytest.raises(DataError, match=r"column 'b' of .* is infinite in line 7"):
            table.read(wanted)


def test_numbers_can_stand_for_missing_ones(file):
    path = file("a,b\n1,2\n-999,inf\n-999.0,3\n")
    with open_table(str(path), Reading(missing=("-999", "inf"))) as table:
        frame = table.read({"a": Wanted(0, True), "b": Wanted(1, True)})
    np.testing.assert_array_equal(frame["a"].values, [1, np.nan, np.nan])
    np.testing.assert_array_equal(frame["b"].values, [2, np.nan, 3])


def test_a_wide_table_is_surveyed_in_seconds(tmp_path):
    names = [f"g{i}" for i in range(2000)]
    rows = [[("NA" if (i + j) % 97 == 0 else i / (j + 1)) if j % 2 else i for j in range(2000)] for i in range(5)]
    begin = time.perf_counter()
    with open_table(write_csv(tmp_path / "wide.csv", names, rows)) as table:
        survey = table.survey()
    assert time.perf_counter() - begin < 20
    assert all(survey.numeric)
    assert sum(survey.present) == 10_000 - sum(cell == "NA" for row in rows for cell in row)


def test_copies_made_on_the_way_are_deleted(file, monkeypatch, tmp_path):
    folder = tmp_path / "spool"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    path = file("a,b\n1,é\n".encode("latin-1"))
    with open_table(str(path), Reading(encoding="latin-1")) as table:
        assert len(list(folder.iterdir())) == 1
        assert table.survey().rows == 1
    assert not list(folder.iterdir())
    assert complaint(file(b"\xff\xfe\xff"), Reading(encoding="utf-8"))
    assert not list(folder.iterdir())


def test_a_frame_owns_its_numbers(file):
    with open_table(str(file("a,b\n1,2\n3,4\n"))) as table:
        raw = table.read({"a": Wanted(0, True)})["a"]
    assert isinstance(raw, Numbers)
    assert raw.values.flags.writeable


@pytest.mark.parametrize("spelling", ["true", "True", "TRUE"])
def test_truth_is_one_level_in_any_spelling(spelling: str) -> None:
    assert positions([spelling, "false"], ["False", "true"]).tolist() == [1, 0]


def parquet(path, *names):
    """A file of one row and columns of these names, some of which may be the same."""
    fields = [pa.array([at]) for at in range(len(names) - 1)]
    nested = pa.array([{"x": 1, "deep": {"x": 2, "y": 3}}])
    path.parent.mkdir(exist_ok=True)
    pq.write_table(pa.Table.from_arrays([*fields[:1], nested, *fields[1:]], names=list(names)), path)
    return path


def test_a_folder_whose_name_looks_like_a_value_adds_no_column(tmp_path):
    parquet(tmp_path / "k=1" / "t.parquet", "x", "y")
    (tmp_path / "k=1" / "t.json").write_text('[{"x": 1, "y": 2}]', encoding="utf-8")
    (tmp_path / "k=1" / "t.csv").write_text("x,y\n1,2\n", encoding="utf-8")
    for path in (tmp_path / "k=1").iterdir():
        assert cells(path)[0] == ["x", "y"], path


def test_names_of_json_records_that_differ_in_capitals_only_stay_what_they_are(file):
    text = "".join(json.dumps({"A": i, "a": 2 * i, "A_1": 3 * i}) + "\n" for i in range(3))
    for name, content in (("t.jsonl", text.encode()), ("t.json", gzip.compress(text.encode()))):
        with open_table(str(file(content, name))) as table:
            assert table.names == ("A", "a", "A_1")
            found = table.read({name: Wanted(at, True) for at, name in enumerate(table.names)})
        assert {name: raw.values.tolist() for name, raw in found.items()} == {
            "A": [0, 1, 2], "a": [0, 2, 4], "A_1": [0, 3, 6]
        }  # fmt: skip
    both = "".join(json.dumps({"x_1": i, "X": 2 * i, "x": 3 * i}) + "\n" for i in range(3))
    assert "differ in capitals only" in complaint(file(both, "b.jsonl"))


def test_cells_of_several_kinds_in_a_column_of_json_are_what_they_say(file):
    records = [{"x": "NA" if i == 1 else i + 0.5, "y": "1" if i else 1} for i in range(3)]
    with open_table(str(file(json.dumps(records), "t.json"))) as table:
        found = table.read({"x": Wanted(0, True), "y": Wanted(1, False)})
    np.testing.assert_array_equal(found["x"].values, [0.5, np.nan, 2.5])
    assert found["y"].levels == ("1",)


def test_a_mark_of_the_encoding_may_stand_before_json(file):
    records = json.dumps([{"x": i, "y": 1} for i in range(3)]).encode()
    with open_table(str(file(b"\xef\xbb\xbf" + records, "t.json"))) as table:
        assert table.names == ("x", "y")


def test_a_folder_that_looks_like_a_column_is_none(tmp_path):
    (tmp_path / "c0=5").mkdir()
    path = tmp_path / "c0=5" / "t.csv"
    path.write_text("a,b\n1,2\n3,4\n")
    with open_table(str(path)) as table:
        assert table.read({"a": Wanted(0, True)})["a"].values.tolist() == [1.0, 3.0]


def test_a_path_that_begins_with_a_tilde_is_no_home(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "home").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "home" / "t.csv").write_text("away\n1\n")
    (tmp_path / "~").mkdir()
    for name in ("~/t.csv", "~t.csv"):
        Path(tmp_path, name).write_text("here\n1\n")
        with open_table(name) as table:
            assert table.names == ("here",)


def test_columns_of_a_parquet_file_are_called_as_in_the_file(tmp_path):
    names = ["x", "nested", "X", "x_1"]
    with open_table(str(parquet(tmp_path / "t.parquet", *names))) as table:
        assert list(table.names) == names
        assert [table.read({name: Wanted(at, True)})[name].values[0] for at, name in ((0, "x"), (2, "X"))] == [0, 1]


def test_names_that_a_parquet_file_has_twice_are_an_error_as_in_csv(tmp_path):
    path = parquet(tmp_path / "t.parquet", "x", "nested", "y", "x", "x_1")
    assert re.search(r"more than one column called 'x' \(columns 1, 4\): rename one$", complaint(path))
