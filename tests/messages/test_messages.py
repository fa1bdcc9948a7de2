"""Every kind of message, word for word: `NAME.yaml` is a tiny bad scenario, `NAME.txt` what `calc check` says to it.

After a wanted change of words: `CALC_UPDATE_SNAPSHOTS=1 pytest tests/messages`, then read the difference.
Files whose name begins with `failed-` are good scenarios whose check or promise fails, those with `warned-` good ones
in which something should be looked at.
"""

from __future__ import annotations

import ast
import os
import re
from pathlib import Path

import pytest
from calc_command import calc
from rows import each_row

from calc.errors import CalcError, Place, SourceText, render

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
NAMES = sorted(path.stem for path in HERE.glob("*.yaml"))
ERRORS = [name for name in NAMES if not name.startswith("warned-")]
UPDATE = os.environ.get("CALC_UPDATE_SNAPSHOTS") == "1"

# What a reader must be told, whatever the words around it. A snapshot that is written anew cannot lose these.
SAYS: dict[str, tuple[str, ...]] = {
    "anchor-twice": ("`power`",),
    "axis-other-currency": ("`compute_budget` in USD, not in CNY", "exchange rate"),
    "find-total-other-currency": ("in USD, not in EUR",),
    "bundle-two-give-one": ("`dgx-a100`", "`lingang-a100-server`", "`server_power`", ":1:9", ":1:19", "cases"),
    "bundle-unknown": ("did you mean `dgx-a100`",),
    "case-braces-comma": ("E-BRACES", "quote", "`000 servers`"),
    "check-equals": ("`==`", "`expect:`"),
    "check-decimal-comma": (":3:28", "`4.5`"),
    "check-other-unit": ("energy", "power per rack", "4 kW"),
    "check-two-amounts": ("two amounts", "quantity"),
    "contradiction": ("`compute_budget`", "`compute_share`", ":3:19", ":4:18", "$20M", "$25M"),
    "currency-rate-without-source": ("`eur_per_usd` has no source", "`server_price`", ":3:16"),
    "grows-by-month": ("213.843 %/year", "120 %/year"),
    "number-of-another-period": ("`%/month`", "1/month"),
    "sweep-by-year": ("`rack_power_rated`", "a value for each year", "`cases`", ":2:38"),
    "currency-without-rate": ("CNY", "USD", "`cny_per_usd`", "fx"),
    "currency-without-any-fact": ("EUR", "`eur_per_usd`"),
    "distribution-tail": ("1 %", "low, likely, high"),
    "document-second": (":3:1", "one file"),
    "encoding-latin-1": (":1:9", "UTF-8"),
    "expect-other-form": ("`no value`", "within"),
    "expect-unknown-case": ("`25kW`", "did you mean `25 kW`"),
    "extends-circle": ("circle",),
    "extends-missing": ("did you mean `lingang-racks`",),
    "extends-outside": ("outside", "folder"),
    "fact-of-other-unit": ("rack units per server", "power per server", "list facts --quantity server_power"),
    "fact-unknown": ("did you mean `dgx-a100.server_power`",),
    "failed-check": ("`servers_per_rack >= 4 servers/rack`", "3 servers/rack"),
    "failed-check-in-case": ("`5 kW, 80 % rule`", "4 kW", "`10 kW, 80 % rule`", "3.5 kW"),
    "failed-check-no-value": ("no value", "servers_per_rack"),
    "failed-expect": ("`25 kW`", "5 servers", "4"),
    "failed-model-check": ("more than the budget", "$60M", "$50M"),
    "formula-arguments": ("maximum(x, y)",),
    "formula-circle": ("`here` and `there`",),
    "formula-clash": ("`rack_power_usable`", "power per server", "`kW/rack`"),
    "formula-literal": ("1.1", "sourced"),
    "formula-mixed-dimensions": ("power per server", "server"),
    "formula-unknown-function": ("`sqrt`", "power"),
    "formula-unknown-name": ("did you mean `server_power`",),
    "failed-place": ("`servers in new >= 6 servers`", "give up"),
    "place-cabinets-missing": ("no `cabinets`",),
    "place-part-about-cabinets": ("`rack_power_rated`", "part `new`", "`cabinets:`"),
    "independent-correlated": ("`electricity_price`", "each year anew"),
    "independent-growth": ("`electricity_price`", "one draw each", "`{by year: "),
    "independent-sensitivity": ("`price`", "each year anew", "leave out `independent`"),
    "independent-words": ("neither true nor false", "write `true`"),
    "key-duplicate": (":4:3", ":2:3"),
    "loop": ("neither `compute_share` nor `compute_budget` has a value", "`inputs:`"),
    "missing-input": ("or `servers_needed` itself", "`servers_needed`", "`rack_power_rated`", "`inputs:`"),
    "missing-in-case": ("`not yet`", "`rack_power_rated`"),
    "name-cyrillic": ("U+0435", "did you mean `server_power`"),
    "name-misspelt": ("did you mean `server_power`",),
    "nothing-follows": ("E-NOTHING", "`show:`"),
    "range-no-width": ("no width", "one value"),
    "range-out-of-bounds": ("110 %", "100 %"),
    "section-misspelt": ("did you mean `inputs`",),
    "tag": ("`!!str`",),
    "correlate-no-number": ("between -1 and 1",),
    "correlate-unknown": ("did you mean `availability`",),
    "unit-capitals": ("did you mean `kW`",),
    "unit-cents": ("which currency", "`cent`", "`eurocent`"),
    "unit-co2": ("other greenhouse gases", "write `gCO2e`"),
    "unit-mass-for-co2e": ("mass per energy", "write `890 lbCO2e/MWh`"),
    "unit-operations": ("need not be floating-point",),
    "value-inverse": ("inverse", "write `0.92 EUR/USD`"),
    "value-price-of-power": ("write `80 USD/MWh`",),
    "value-price-per-server": ("per server is not per gpu",),
    "value-underscore": ("groups of three digits",),
    "samples-underscore": ("not a whole number",),
    "unit-flops": ("TFLOP/s", "`TFLOP`"),
    "unit-milli-or-mega": ("`mW`", "`MW`"),
    "value-braces-comma": ("quote",),
    "value-braces-inputs": ("E-BRACES", "quote", "`000 servers`"),
    "value-dash-range": ("`5 to 25 kW`",),
    "value-decimal-comma": ("`4.5`",),
    "value-dots-range": ("`5 to 25 kW`",),
    "value-energy-for-power": ("energy", "power per server", "write `4.5 kW`"),
    "value-percent-missing": ("did you mean `40 %`",),
    "value-unit-missing": ("such as `kW`",),
    "value-yen-or-yuan": ("CNY", "JPY"),
    "years-backwards": ("write `2026 to 2030`",),
    "years-missing-for-growth": ("`budget_total`", "`years: 2026 to 2030`", ":2:17"),
    "years-missing-for-a-formula": ("all_years", "`years: 2026 to 2030`"),
    "by-year-gap": ("2027, 2029", "2026, 2028", "`grows`"),
    "fact-by-year-unknown": ("did you mean `dgx-a100.server_price`",),
    "fact-by-year-gap": ("2022", "2020 to 2021"),
    "parts-missing-value": ("`servers_needed`", "part `inference`"),
    "parts-unknown-in-case": ("did you mean `training`",),
    "table-line-without-case": ("several cases", "each as large as the foundation"),
    "table-line-unknown-key": ("`status`", "computed"),
    "totals-unknown": ("did you mean `racks_needed`",),
    "totals-circle": ("`part_share`", "total"),
    "totals-name-taken": ("`rack`", "two owners"),
    "failed-expect-by-year": ("in 2027", "$5.5M", "$6.0M"),
    "failed-expect-in-part": ("part `inference`", "20 racks"),
    "failed-check-in-year": ("in 2028", "$6.05M"),
    "failed-check-in-part": ("part `training`", "26 racks"),
    "yaml-brace": ("`}`",),
    "yaml-indent": ("indent",),
    "yaml-quote": (":1:8", "quot"),
    "yaml-tab": (":2:1", "tab", "spaces"),
    "sweep-too-large": ("GB", "20,001 x 40,001"),
    "sweep-no-steps": ("`5 to 25 kW in 10 steps`",),
    "range-step": ("`sweep: {server_power: 5 to 25 kW step 5 kW}`",),
    "failed-goal": ("`rack_power_rated`", "servers_per_rack >= 5"),
    "failed-goal-in-case": ("case `b`",),
    "sweep-part-ambiguous": ("`servers_needed in training`", "`servers_needed in every part`"),
    "sweep-part-of-a-year": ("`servers_needed in part 2026` or `servers_needed in built in 2026`",),
    "sweep-part-unknown": ("did you mean `training`",),
    "sweep-part-without-parts": ("no part `training`",),
    "sweep-best-of-parts": ("`racks_needed in training`", "total"),
    "sweep-one-year": ("`rack_power_rated in 2027`", "all years"),
    "find-part-condition": ("no part `trainin`",),
    "find-unknown-year": ("2026 to 2027",),
    "sensitivity-case-on-one-side": ("one side",),
}  # fmt: skip

# Codes that no scenario file alone can call up: they belong to the command line, to model files or to broken machines.
NOT_FROM_A_FILE = {
    "E-FILE", "E-EXISTS", "E-SET", "E-USAGE", "E-OUTPUT", "E-MEMORY", "E-INTERNAL", "E-FORMULA-SIGNATURE",
    "E-MANY", "E-CHOICE", "E-RUNS", "E-FORMULA-RESULT", "E-FORMULA-SOURCE", "E-FORMULA-INPLACE", "E-UNDECLARED",
    "E-DIMENSION-CONFLICT", "E-BUSY", "E-CHECKPOINT", "E-CLUSTER", "E-WORKER", "E-GIT", "E-IMPORT",
}  # fmt: skip


def checked(name: str) -> tuple[int, str, str]:
    """Return exit code, standard output and standard error of `calc check NAME.yaml`."""
    done = calc("check", f"{name}.yaml", cwd=HERE)
    # How long something would take is another time on every machine.
    message = re.sub(r"takes about [\d,]+ \w+", "takes about 7 seconds", done.err)
    return done.code, done.out, message


def told(name: str) -> str:
    """Return what `calc check NAME.yaml` says, as the test below finds it word for word."""
    return (HERE / f"{name}.txt").read_text(encoding="utf-8")


def heads(message: str) -> list[str]:
    """Return the first line of every error."""
    return [line for line in message.splitlines() if "error[" in line]


@each_row("name", NAMES)
def test_message_is_word_for_word(name: str) -> None:
    snapshot = HERE / f"{name}.txt"
    code, out, message = checked(name)
    if UPDATE:
        snapshot.write_text(message, encoding="utf-8")
    assert snapshot.is_file(), "run CALC_UPDATE_SNAPSHOTS=1 pytest tests/messages"
    assert message == snapshot.read_text(encoding="utf-8")
    assert code == {"warned": 0, "failed": 1}.get(name.partition("-")[0], 2)
    assert out == "", "stdout is for data"


def test_warnings_name_their_place() -> None:
    for name in set(NAMES) - set(ERRORS):
        for line in told(name).splitlines():
            assert re.match(rf"{name}\.yaml:\d+:\d+: warning: \S", line), line


@each_row("name", ERRORS)
def test_form(name: str) -> None:
    message = told(name)
    assert heads(message), message
    for head in heads(message):
        assert re.search(r"error\[E-[A-Z]+(-[A-Z]+)*\]: \S", head), head
    assert "Traceback" not in message
    assert message.endswith("\n")
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", message), "control characters on a terminal"


@each_row("name", ERRORS)
def test_every_error_has_a_hint(name: str) -> None:
    message = told(name)
    hints = [line for line in message.splitlines() if re.match(r"  hint: \S", line)]
    assert len(hints) == len(heads(message)), message


@each_row("name", ERRORS)
def test_every_error_names_its_file(name: str) -> None:
    """`calc check *.yaml` is of no use otherwise."""
    for head in heads(told(name)):
        before_the_code = head.partition("error[")[0]
        if name == "extends-bad-file":
            assert before_the_code.startswith("value-unit-missing.yaml:"), "the trouble is in the file extended"
        elif name.startswith("extends-circle"):
            assert "extends-circle" in before_the_code
        else:
            assert f"{name}.yaml" in head, head


@each_row("name", sorted(SAYS))
def test_message_says(name: str) -> None:
    message = told(name)
    missing = [words for words in SAYS[name] if words not in message]
    assert not missing, f"{missing} not in:\n{message}"


@each_row("name", ERRORS)
def test_caret_stands_under_the_trouble(name: str) -> None:
    """The excerpt is the line that the place names, and the caret line begins at the column that it names."""
    lines = told(name).splitlines()
    for number, line in enumerate(lines):
        place = re.match(rf"(?:  [a-z ]+: )?{re.escape(name)}\.yaml:(\d+):(\d+)(?::|$)", line)
        if place is None or number + 2 >= len(lines) or " | " not in lines[number + 1]:
            continue
        row, column = int(place[1]), int(place[2])
        excerpt, caret = lines[number + 1], lines[number + 2]
        assert excerpt.startswith(f"{row:>5} | ")
        if "…" not in excerpt:
            assert caret.index("^") - caret.index("| ") - 2 == column - 1, f"{excerpt}\n{caret}"
            written = (HERE / f"{name}.yaml").read_text(encoding="utf-8", errors="replace").splitlines()[row - 1]
            assert excerpt[8:] == written.replace("\t", " ")


def test_what_is_left_out_of_a_long_line_is_marked() -> None:
    """A line is shown 100 columns wide around its caret, with `…` where more of it stands."""
    cuts = {(0, 0): (False, False), (0, 96): (False, True), (150, 0): (True, False), (150, 96): (True, True)}
    for (before, after), cut in cuts.items():
        text = f"{'a' * before}wrong{'b' * after}   "
        place = Place(SourceText("x", text), 1, before + 1, 5)
        shown, caret = render(CalcError("E-KEY", "x", place=place)).split("\n")[1:]
        assert shown.startswith("    1 | ")
        assert not shown.endswith(" ")
        assert shown[8:][caret.index("^") - 8 :][:5] == "wrong"
        assert (shown[8] == "…", shown[-1] == "…") == cut, shown
    # What is wrong is longer than what is shown.
    long = render(CalcError("E-KEY", "x", place=Place(SourceText("x", "y" * 300), 1, 1, 300))).split("\n")
    assert long[1] == f"    1 | {'y' * 100}…"


def test_three_errors_are_shown_at_once() -> None:
    message = told("three-errors")
    places = re.findall(r"^three-errors\.yaml:(\d+):\d+: error\[(E-[A-Z-]+)\]", message, re.MULTILINE)
    assert places == [("3", "E-DIMENSION"), ("4", "E-UNIT"), ("5", "E-SECTION")]


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("name-in-case", "E-NAME"),
        ("tag", "E-TAG"),
        ("value-braces-comma", "E-BRACES"),
        ("value-braces-inputs", "E-BRACES"),
        ("value-unit-missing", "E-UNIT"),
        ("range-two-dimensions", "E-DIMENSION"),
    ],
)
def test_one_slip_gives_one_error(name: str, code: str) -> None:
    """An error that is only the shadow of another sends a reader to the wrong place."""
    found = re.findall(r"error\[(E-[A-Z-]+)\]", told(name))
    assert found == [code]


def test_there_are_enough_kinds_and_no_stray_snapshot() -> None:
    assert len(NAMES) >= 40
    assert sorted(path.stem for path in HERE.glob("*.txt")) == NAMES
    assert set(SAYS) <= set(NAMES)


def test_every_code_has_a_message_here() -> None:
    raised = set()
    for path in (ROOT / "calc").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and re.match(r"E-[A-Z-]+$", node.value):
                raised.add(node.value)
    assert {"E-SECTION", "E-DIMENSION"} <= raised
    seen = {code for name in NAMES for code in re.findall(r"error\[(E-[A-Z-]+)\]", told(name))}
    assert raised - NOT_FROM_A_FILE - seen == set()
