"""What each code of an error means and what to do about it: `calc help E-NAME`.

A code is part of the contract: it keeps its meaning. A message says what is wrong in one place; this says what the kind
of mistake is.
"""

from __future__ import annotations

# A code begins a line; what follows it may go on over further ones.
_TEXT = """
# names
E-NAME: A name is no quantity, or no name that a formula may have. The hint lists names that are spelled like it;
    `calc list quantities WORD` looks for others. An input of your own is one that a formula, a check, a study, a
    promise or `show` uses; what nothing uses is taken for a slip. Names are lower-case words joined by `_`.
E-DUPLICATE: One name has two owners: two models, or a total and a model. Rename one of them. A formula of a scenario
    may have the name of a model's quantity; it then wins over the model's.
E-USE: `use:` names a quantity without variants, or a variant that it does not have. `calc describe NAME` lists them.
    A quantity that a formula of the scenario computes has none.
E-CASE: There is no case of that name. With `cases:`, promises under `expect:` stand below the names of cases.
E-PART: There is no part of that name, or an input that parts give themselves is varied without saying in which:
    `servers in training`, or `servers in every part`.
E-SET: `--set` sets nothing, one name twice, or one year of a value. It is written `--set name=value`.
E-OTHER-QUANTITY: A fact of one quantity is given for another that is measured alike and means something else, such as
    utilisation counted with recomputation for MFU. Take a fact of the quantity itself.

# values and units
E-VALUE: A value cannot be read, or could be read in two ways. The hint says what to write where that means the same.
    An amount is a number and its unit: `4.5 kW`, `$50M`, `10 to 25 kW`.
E-MISSING-VALUE: A key has nothing after it. Write a value, or delete the line.
E-UNIT: A unit is missing or is not known, or a unit to show a figure in does not fit. Every value has a unit unless
    it is a ratio. A count of your own is declared as in `units: {ticket: count}`.
E-DIMENSION: Something measures another thing than is wanted there: energy for power, a price per server for one per
    GPU, a formula of the scenario that computes something else than the quantity is. The message names both.
E-BOUNDS: A value lies where the quantity cannot be, such as 40 where 40 % was meant. `calc describe NAME` gives the
    bounds and their reason.
E-TAIL: More than 1 % of a distribution lies beyond the bounds of its quantity. Use a form that ends where you say:
    `{low: ..., likely: ..., high: ...}`.
E-CURRENCY: An amount is in another currency and no exchange rate is given, or the rate has no source. Take `facts:
    [fx]`, or give the rate with its source, as in `eur_per_usd: {value: 0.92 EUR/USD, source: our bank}`. `currency:
    EUR` shows all money in one currency, at one rate.
E-CONTRADICTION: Two given values follow from each other and do not agree, such as a share and its amount. Give one.
E-CONFLICT: Two bundles of facts of one list give the same quantity. Take one of them, or compare them in `cases`.
E-FACT: There is no such fact or bundle of facts: `calc list bundles` and `calc list facts` show what there is. Or a row
    of a file of facts is none, and the message says in which cell.
E-MISSING: A figure that is asked for needs a value that nobody gives. A missing price is never 0: give it under
    `inputs:`, or take one of the bundles of facts that the hint names.
E-NOTHING: Nothing follows from what is given, or nothing fits what is asked for.
E-YEARS: Something about years: a span that cannot be read, a value that has none for some of the years, or a figure
    over years in a scenario without. Write `years: 2026 to 2030`, `FY2026 to FY2029` or `2026-07 to 2029-06`.
E-NOT-FINITE: A figure became infinite or no number at all, by a division by 0 or numbers that are too large. The
    message names the formula and what it was given; look for an input in the wrong unit.

# formulas
E-FORMULA-SYNTAX: A formula is no arithmetic. It is one line over names of quantities, as in `a / b`.
E-FORMULA-BODY: A formula holds what is neither arithmetic nor a function of `ops`, or is too long. Split it.
E-FORMULA-BRANCH: A formula decides on a value. Use `where(a < b, x, y)`, `minimum` or `maximum`.
E-FORMULA-CALL: A formula calls a function that formulas do not have, or with other arguments. docs/scenario.md lists
    them.
E-FORMULA-DIMENSION: The units inside a formula do not fit: it adds power to money, or takes the exponent of an
    amount.
E-FORMULA-INPLACE: The body of a model's formula changes a value in place. Give the new value a name of its own.
E-FORMULA-LITERAL: A number stands in a formula. Only 0, 1, -1 and 2 may; any other is an input, because it needs a
    unit and a source.
E-FORMULA-RESULT: A formula computes a comparison, or another unit than it declares.
E-FORMULA-ROUNDING: A formula rounds an amount that does not come in whole things. Round counts and ratios only.
E-FORMULA-SIGNATURE: A model's formula or input lacks a type of `calc.units.vocabulary`, or a sentence on what it is.
E-FORMULA-SOURCE: A model's formula does not say where it comes from. Add a line `Source: ...` to its docstring.
E-LOOP: Figures depend on themselves. The message names the way round. Give a value for one of them under `inputs:`,
    or compute the scenario's own formula from other figures.
E-TOTAL: A total is no sum over parts, or the scenario has no parts. Write `site_power: sum of facility_power`.
E-UNDECLARED: A model's formula needs a name that no model declares. Declare it as an `Input` beside the formula.
E-DIMENSION-CONFLICT: Two model files give one name different units. One name has one unit.
E-CHOICE: A model's choice binds quantities that do not have its options as variants.

# sections
E-SECTION: A scenario has no such section. Sections are those of docs/scenario.md; nothing unknown is ignored.
E-KEY: A mapping holds a key that means nothing there, or a name that cannot be seen.
E-CHECK: A check is no comparison of a quantity with an amount or a formula, as in `rack_power_stranded <= 4 kW`.
E-EXPECT: A promise of the file does not hold. The file promises the figure under `expect:`; look what changed.
E-CHECK-FAILED: A check does not hold. That is an answer about the plan and no mistake of the file; exit code 1.
E-CORRELATE: `correlate` names no pair of uncertain inputs, or no correlation between -1 and 1.
E-EXTENDS: A file to extend is not there, lies outside the folder of the scenario, or leads back to itself.
    `--allow-folder DIR` allows another folder, and so does a `calc.toml` in a folder above the scenario.
E-MODELS: A scenario names Python files, which run only with `--allow-models`, or names one that is not there.
E-TABLE: A line of a `table` names a scenario, a case or a part that is not there, or a table is asked for a study.
E-AXIS: An axis of a sweep has no values, or values that are none. As in `5 to 25 kW step 2.5 kW`, or a list.
E-GOAL: A goal of `find` is not understood: it names an input with `smallest within` or `largest within` a range, and
    `so that` a condition holds; or `maximise` or `minimise` a figure `over` inputs.
E-GOAL-MISSED: A goal of `find` is not reached anywhere in its range; exit code 1.
E-PLACE: A placement is not understood: cabinets or what is placed into them are missing, a name or an input stands on
    the wrong side of the two, what is wished for cannot be planned, or the solver is not installed. docs/halls.md is
    the guide.
E-PLACE-MISSED: What is to be placed does not fit into the cabinets, or not with all that is wished for; the hint says
    what to give up. That is an answer about the plan and no mistake of the file; exit code 1.
E-SENSITIVITY: Two cases cannot be compared in `flip`: each side names one figure of one case.

# the text of a file
E-YAML: The text is no YAML: a bracket, a quote or an indentation is wrong at that place or just before it.
E-BRACES: Inside braces a comma begins a new key. Quote what holds one, `{servers: "1,000 servers"}`, or write one
    name a line.
E-ANCHOR: An alias (`*name`) has no anchor (`&name`) before it, or an anchor stands twice.
E-CHARACTER: The file holds a character that cannot be seen or that a terminal would obey.
E-DEPTH: The file is nested deeper than 50 levels.
E-DOCUMENTS: The file holds a second YAML document. One file is one scenario.
E-DUPLICATE-KEY: A key stands twice in one mapping. Nothing says which is meant; delete one.
E-EMPTY: The file holds nothing. `calc new` prints a scenario to begin with.
E-ENCODING: The file is not UTF-8. Save it as UTF-8.
E-MERGE: Merge keys (`<<`) are refused. Write the values out, or use `extends:`.
E-ROOT: The file holds a list or a text. A scenario is a mapping of sections.
E-TAG: YAML tags (`!name`) are refused, because they make a value something else than what stands there.
E-MANY: More than a hundred errors were found; the first are shown. Mend these first.

# the command line, files, long runs
E-USAGE: The command line is not understood. `calc COMMAND --help` lists what a command takes.
E-FILE: A file is missing, cannot be read, lies outside the folder of what names it, or lacks the columns of its kind.
E-EXISTS: A file of that name is there already. `--force` replaces it.
E-GIT: A version of a file in a git repository cannot be read: git is not installed, does not know the revision, or the
    revision has no such file. Name a branch, a tag or a commit that this clone has, or compare two files.
E-IMPORT: A file to import holds what its form does not have: a device type without maker or model, an unknown unit, a
    text where an amount stands. Mend the file, or export it anew.
E-PRICE-LEVEL: A fact is in the money of a year of which no level of prices is known, so that `price_level_year` cannot
    bring it to another. Give the price under `inputs:` in money of that year.
E-OUTPUT: The output could not be written: the place does not exist, is not writable or is full. Exit code 3.
E-MEMORY: There is not enough memory. Take fewer samples or points. Exit code 3.
E-TOO-LARGE: What is asked for would take more memory than calc may use; the message says how much. Take fewer
    samples, years or points.
E-RUNS: A file of training runs has a row that cannot be used. The message names line and column.
E-BUSY: Another process works in the same folder of checkpoints. Wait for it, or name another folder.
E-CHECKPOINT: A folder of checkpoints is of another scenario, or damaged. Name another folder.
E-CLUSTER: The dask cluster cannot be reached or does not fit: other versions, no workers.
E-WORKER: A worker process ended before its piece was done. What was finished is kept with `--checkpoint`.
E-INTERNAL: calc itself failed, which is a bug. The details are in the file that the message names. Exit code 4.
"""


def _read(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in text.splitlines():
        if line.startswith("E-"):
            code, _, words = line.partition(": ")
            found[code] = words
        elif line.startswith(" "):
            found[code] += f" {line.strip()}"
    return found


CODES = _read(_TEXT)


def explanation(code: str) -> str | None:
    """Return what a code means, however it is written (`E-NAME`, `e-name`, `name`); None for one that is unknown."""
    return CODES.get(known_code(code) or "")


def known_code(code: str) -> str | None:
    """Return a code as it is spelled, or None."""
    plain = code.strip().upper().removeprefix("ERROR[").removesuffix("]").replace("_", "-")
    return next((each for each in (plain, f"E-{plain}") if each in CODES), None)
