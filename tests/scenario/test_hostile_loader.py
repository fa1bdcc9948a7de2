"""The loader rows of the hostile files: a text tree exactly as written, or one error with line and column."""

from __future__ import annotations

import csv
import time
from pathlib import Path
from typing import Any

import pytest
from rows import each_row

import calc
from calc.errors import CalcError, CalcErrors
from calc.scenario.yaml_reader import Node, Scalar, Sequence, decode, read_document

HOSTILE = Path(__file__).parents[1] / "hostile"
with (HOSTILE / "manifest.tsv").open(encoding="utf-8", newline="") as file:
    ALL = {row["path"]: row for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)}
ROWS = {path: row for path, row in ALL.items() if row["layer"] == "loader"}

# DESIGN section 3 keeps every scalar as text until a typed reader takes it, so `017` and `01234` are good text here;
# the quantity layer refuses both (test_hostile_quantity.py).
TEXT_UNTIL_READ = {"types/types-octal-11.yaml": "017", "types/types-zip-code.yaml": "01234"}

# An error about the whole file has no line: it is empty, or no text at all.
WITHOUT_PLACE = {
    "encoding/encoding-bom-only.yaml": "is empty",
    "encoding/encoding-elf.yaml": "is a program",
    "encoding/encoding-gzip.yaml": "gzip",
    "encoding/encoding-zip-xlsx.yaml": "ZIP archive, as spreadsheets (.xlsx) are",
    "syntax/syntax-blank.yaml": "is empty",
    "syntax/syntax-empty.yaml": "is empty",
    "syntax/syntax-only-comment.yaml": "is empty",
    "syntax/syntax-only-dashes.yaml": "is empty",
}

# What the notes say about accepted files: the tree, None for null.
TREES: dict[str, Any] = {
    "encoding/encoding-bom-utf8.yaml": {"a": "1"},
    "encoding/encoding-cjk-value.yaml": {"name": "北京数据中心"},
    "encoding/encoding-cr-only.yaml": {"a": "1", "b": "2"},
    "encoding/encoding-crlf-block.yaml": {"a": "x\ny\n"},
    "encoding/encoding-crlf.yaml": {"a": "1", "b": ["x"]},
    "encoding/encoding-emoji.yaml": {"a": "🚀"},
    "encoding/encoding-zwj-emoji.yaml": {"a": "👨\u200d👩\u200d👧"},
    "injection/injection-empty-ish.yaml": {"name": "\u3164"},
    "injection/injection-newline-log.yaml": {"name": "x ERROR: fake line"},  # YAML folds the line end to a space
    "injection/injection-path-null.yaml": {"name": r"a\0b"},
    "injection/injection-path-trail.yaml": {"name": "a. "},
    "injection/injection-sql.yaml": {"name": "x'; DROP TABLE t;--"},
    "injection/injection-xl-tab.yaml": {"name": "\t=1+1"},
    "structure/structure-empty-nested.yaml": {"a": {}, "b": []},
    "syntax/syntax-block-lit.yaml": {"a": "x\n y\n"},
    "syntax/syntax-dash-nospace.yaml": {"x": "-a -b"},
    "syntax/syntax-hash-comment.yaml": {"a": "b"},
    "syntax/syntax-hash-glued.yaml": {"a": "b#c"},
    "syntax/syntax-json.yaml": {"a": "1", "b": ["true", None]},
    "syntax/syntax-no-final-newline.yaml": {"a": "1"},
    "syntax/syntax-pipe-only.yaml": {"a": ""},
    "syntax/syntax-seq-in-map-same-indent.yaml": {"a": ["b", "c"]},
    "syntax/syntax-tab-after-colon.yaml": {"a": "1"},
    "syntax/syntax-trailing-comma.yaml": {"a": ["1", "2"]},
    "syntax/syntax-trailing-space.yaml": {"a": "1"},
    "syntax/syntax-unquoted-star.yaml": {"a": "3 * 4"},
    "syntax/syntax-yaml11-directive.yaml": {"a": "no"},
    "types/types-True-cap.yaml": {"value": "True"},
    "types/types-bad-datetime.yaml": {"value": "2024-01-31T25:61:61Z"},
    "types/types-datetime.yaml": {"value": "2024-01-31T10:00:00Z"},
    "types/types-empty-quotes.yaml": {"value": ""},
    "types/types-equals.yaml": {"value": "="},
    "types/types-ipv4.yaml": {"value": "1.2.3.4"},
    "types/types-key-bool.yaml": {"true": "x"},
    "types/types-key-date.yaml": {"2024-01-01": "x"},
    "types/types-key-dot.yaml": {"a.b": "x"},
    "types/types-key-equals.yaml": {"=": "x"},
    "types/types-key-float.yaml": {"1.5": "x"},
    "types/types-key-inf.yaml": {".inf": "x"},
    "types/types-key-int.yaml": {"1": "x"},
    "types/types-mac.yaml": {"value": "01:02:03:04:05:06"},
    "types/types-nil.yaml": {"value": "nil"},
    "types/types-norway-NO-up.yaml": {"value": "NO"},
    "types/types-norway-No-up.yaml": {"value": "No"},
    "types/types-norway-Y-up.yaml": {"value": "Y"},
    "types/types-norway-n.yaml": {"value": "n"},
    "types/types-norway-off.yaml": {"value": "Off"},
    "types/types-norway-y.yaml": {"value": "y"},
    "types/types-norway-yes.yaml": {"value": "yes"},
    "types/types-null.yaml": {"value": None},
    "types/types-phone.yaml": {"value": "+86 10 1234"},
    "types/types-tilde.yaml": {"value": None},
    "types/types-time.yaml": {"value": "12:30:00"},
    "types/types-truE.yaml": {"value": "truE"},
}

# What the notes say about errors: line, column (0: any) and words that stand in the message or its hint.
ERRORS = {
    "encoding/encoding-bidi-override.yaml": (1, 8, "U+202E"),
    "encoding/encoding-bom-middle.yaml": (2, 1, "U+FEFF"),
    "encoding/encoding-bom-twice.yaml": (1, 1, "U+FEFF"),
    "encoding/encoding-esc-raw.yaml": (1, 4, "U+001B"),
    "encoding/encoding-latin1.yaml": (1, 7, "offset 6 is not UTF-8; save the file as UTF-8"),
    "encoding/encoding-nul-in-quotes.yaml": (1, 6, "U+0000"),
    "injection/injection-esc-c1.yaml": (1, 7, "U+009B"),
    "injection/injection-esc-dcs.yaml": (1, 7, "U+001B"),
    "injection/injection-esc-sgr-hidden.yaml": (1, 7, "U+001B"),
    "structure/structure-alias-fwd.yaml": (1, 4, "no anchor before it"),
    "structure/structure-bomb-9.yaml": (7, 0, "1,000,000 nodes"),
    "structure/structure-bomb-map.yaml": (18, 0, "1,000,000 nodes"),
    "structure/structure-cycle-seq.yaml": (1, 8, "holds itself"),
    "structure/structure-deep-flow-60.yaml": (1, 53, "deeper than 50 levels"),
    "structure/structure-dup-nested.yaml": (3, 3, "`cost` stands twice"),
    "structure/structure-merge-scalar.yaml": (1, 5, "merge keys"),
    "syntax/syntax-bad-dedent.yaml": (3, 2, ""),
    "syntax/syntax-bad-escape.yaml": (1, 5, "backslash"),
    "syntax/syntax-complex-key.yaml": (1, 0, "keys are plain text"),
    "syntax/syntax-dup-anchor.yaml": (2, 4, "is set twice"),
    "syntax/syntax-fullwidth-colon.yaml": (1, 1, "full-width one (U+FF1A)"),
    "syntax/syntax-list-root.yaml": (1, 1, "is a mapping of sections, not a list"),
    "syntax/syntax-missing-colon.yaml": (2, 0, ""),
    "syntax/syntax-multi-doc.yaml": (2, 1, "second document"),
    "syntax/syntax-nbsp-indent.yaml": (2, 1, "U+00A0 NO-BREAK SPACE"),
    "syntax/syntax-over-indent.yaml": (2, 0, ""),
    "syntax/syntax-tab-indent.yaml": (2, 1, "tab"),
    "syntax/syntax-tab-mixed.yaml": (3, 1, "tab"),
    "syntax/syntax-two-colons.yaml": (1, 5, "second `:`"),
    "syntax/syntax-unclosed-dq.yaml": (1, 4, "not closed"),
    "syntax/syntax-unclosed-seq.yaml": (1, 4, "not closed"),
    "syntax/syntax-win-path.yaml": (1, 0, "single quotes"),
    "syntax/syntax-zero-width-key.yaml": (1, 2, "U+200B"),
    "types/types-tag-env.yaml": (1, 8, "tag"),
    "types/types-tag-verbatim.yaml": (1, 8, "tag"),
}


@each_row("path", list(ROWS))
def test_outcome(path: str) -> None:
    error = _error(path)
    expected = "accept" if path in TEXT_UNTIL_READ else ROWS[path]["expected"]
    assert (error is None) == (expected == "accept") or expected == "either"
    if error is None:
        return
    for each in error.errors if isinstance(error, CalcErrors) else [error]:
        assert each.message
        if path in WITHOUT_PLACE:
            assert WITHOUT_PLACE[path] in each.message
        else:
            assert each.place is not None
            assert each.place.line >= 1
            assert each.place.column >= 1


@each_row("path", list(ROWS))
def test_within_its_time(path: str) -> None:
    start = time.perf_counter()
    _error(path)
    assert time.perf_counter() - start < float(ROWS[path]["max_seconds"])


@each_row("path", list(TREES))
def test_text_is_kept_exactly(path: str) -> None:
    assert _tree(_read(path)) == TREES[path]


@each_row("path", list(TEXT_UNTIL_READ))
def test_zeros_in_front_are_text_until_a_typed_reader_takes_them(path: str) -> None:
    assert _tree(_read(path)) == {"value": TEXT_UNTIL_READ[path]}


@each_row("path", [path for path in ROWS if path.startswith("injection/") and path not in TREES])
def test_hostile_text_is_one_text(path: str) -> None:
    """What stands in quotes comes out letter for letter; a line end inside quotes is one space in YAML."""
    source = (HOSTILE / path).read_text(encoding="utf-8")
    inner = source.removeprefix("name: ").rstrip("\n")
    if inner.startswith("'"):
        assert _tree(_read(path)) == {"name": inner[1:-1].replace("''", "'").replace("\n", " ")}
    else:
        assert ROWS[path]["expected"] == "error"


@each_row("path", list(ERRORS))
def test_error_says_where_and_what(path: str) -> None:
    line, column, words = ERRORS[path]
    error = _error(path)
    assert error is not None
    assert error.place is not None
    assert (error.place.line, error.place.column) == (line, column or error.place.column)
    assert words in f"{error.message}; {error.hint}"


@pytest.mark.parametrize("name", ["missing-colon", "over-indent", "long-plain-key"])
def test_no_second_colon_is_blamed_where_a_line_has_one(name: str) -> None:
    error = _error(f"syntax/syntax-{name}.yaml")
    assert error is not None
    assert "second `:`" not in error.message


def _read(path: str) -> Node:
    return read_document(decode((HOSTILE / path).read_bytes(), Path(path).name))


def _error(path: str) -> CalcError | None:
    try:
        _read(path)
    except CalcError as error:
        return error
    return None


def _tree(node: Node) -> Any:
    if isinstance(node, Scalar):
        return None if node.is_null else node.text
    if isinstance(node, Sequence):
        return [_tree(each) for each in node.items]
    return {key: _tree(value) for key, (_, value) in node.entries.items()}


def test_what_is_too_large_is_told_with_the_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """8 MB of a file, so many values, 64,000 characters of one text."""
    monkeypatch.setattr("calc.scenario.yaml_reader.MAX_NODES", 5_000)
    path = tmp_path / "s.yaml"
    for text, words in (
        ("#" * 8_000_001, "more than 8,000,000 bytes"),
        ("a: [" + "1," * 5_000 + "1]", "more than 5,000 nodes"),
        (f"title: {'x' * 64_001}\n", "a text of 64,001 characters"),
    ):
        path.write_text(text)
        with pytest.raises((CalcError, CalcErrors), match=words):
            calc.run(str(path))
