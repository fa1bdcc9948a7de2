"""What there is of facts: how many, how old, how sure; which are old; what a file of them would change."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING, Any

from calc.facts.book import read_period
from calc.report.report import Cell, Column, Paragraph, Report, Row, Section, Table
from calc.units import parse_unit
from calc.units.format import amount_text, percent_text

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from calc.facts import Fact, FactBook

SHIPPED = "ships"
SUMMARY_COLUMNS = (
    "where",
    "facts",
    "subjects",
    "quantities",
    "newest",
    "median_age_months",
    "older_than_a_year",
    "undated",
)
STALE_COLUMNS = ("id", "value", "low", "high", "unit", "as_of", "age_months", "status", "where", "source")
CHANGE_COLUMNS = ("fact", "before", "after", "unit", "change", "as_of_before", "as_of", "place")
MOVE_COLUMNS = ("scenario", "case", "figure", "before", "after", "unit", "change")
_YEAR, _MONTH = 365, 365 / 12


def where(fact: Fact) -> str:
    """Return where a fact stands: a file of one's own, or among those that ship."""
    return fact.file.rpartition(" of ")[0] or fact.file or SHIPPED


def age(fact: Fact, now: date) -> int | None:
    """Return the days since a fact held, of an average since the middle of its period; None without a date."""
    period = read_period(fact.as_of)
    return None if period is None else max(0, (now - period.middle).days)


def figure(fact: Fact) -> str:
    """Return the value or range of a fact with its unit."""
    unit = parse_unit(fact.unit)
    known = [each for each in ((fact.low, fact.high) if fact.value is None else (fact.value,)) if each is not None]
    return " to ".join(amount_text(each * unit.factor, unit, digits=6) for each in known)


# ------------------------------------------------------------ summary


def summary(book: FactBook, now: date) -> dict[str, Any]:
    """Return how many facts there are by file, how old and how sure they are."""
    facts = list(book.by_id.values())
    files: dict[str, list[Fact]] = {}
    for fact in facts:
        files.setdefault(where(fact).rpartition(":")[0] or SHIPPED, []).append(fact)
    statuses: dict[str, int] = {}
    for fact in facts:
        statuses[fact.status or "not stated"] = statuses.get(fact.status or "not stated", 0) + 1
    ordered = sorted(files, key=lambda each: (each == SHIPPED, each))
    return {
        "schema": "calc.facts-summary/1",
        "files": [_told(name, files[name], now) for name in ordered],
        "statuses": dict(sorted(statuses.items(), key=lambda each: -each[1])),
    }


def _told(name: str, facts: list[Fact], now: date) -> dict[str, Any]:
    ages = [each for fact in facts if (each := age(fact, now)) is not None]
    return {
        "where": name,
        "facts": len(facts),
        "subjects": len({fact.subject for fact in facts}),
        "quantities": len({fact.quantity for fact in facts}),
        "newest": max((fact.as_of for fact in facts), default=""),
        "median_age_months": round(median(ages) / _MONTH) if ages else None,
        "older_than_a_year": sum(each > _YEAR for each in ages),
        "undated": len(facts) - len(ages),
    }


def summary_report(found: dict[str, Any]) -> Report:
    """Return the summary as tables."""
    head = ["", "facts", "subjects", "quantities", "newest", "median age", "over a year", "undated"]
    files = []
    for row in found["files"]:
        months = row["median_age_months"]
        cells = [row["where"], row["facts"], row["subjects"], row["quantities"], row["newest"]]
        cells += ["" if months is None else f"{months} months", row["older_than_a_year"], row["undated"]]
        files.append([f"{each:,}" if isinstance(each, int) else str(each) for each in cells])
    total = sum(found["statuses"].values())
    statuses = [
        [name, f"{count:,}", percent_text(count / total, digits=2)] for name, count in found["statuses"].items()
    ]
    told = Paragraph("`calc list facts` shows them; `calc facts stale` those to bring up to date")
    sure = Section("How sure", [_table(["status", "facts", "share"], statuses), told], "status")
    return Report("", sections=[Section("Facts", [_table(head, files)], "facts"), sure], name="facts")


def _table(head: list[str], rows: list[list[str]], words: int = 1) -> Table:
    """Return a table whose first columns are words, the others numbers."""
    kinds = [Column(name, "label" if at == 0 else "words" if at < words else "number") for at, name in enumerate(head)]
    return Table(kinds, [Row([Cell(text) for text in row]) for row in rows])


# ------------------------------------------------------------ stale


def stale(book: FactBook, now: date, days: float, quantity: str | None = None) -> list[dict[str, Any]]:
    """Return the facts that bundles take and that are older, the oldest first; then those without a date."""
    rows: list[tuple[float, Fact]] = []
    for bundle in book.subjects.values():
        for fact in bundle.values():
            old = age(fact, now)
            if (quantity is None or fact.quantity == quantity) and (old is None or old > days):
                rows.append((-1.0 if old is None else old, fact))
    rows.sort(key=lambda each: (not each[1].file, -each[0], each[1].id))
    return [
        {
            **{column: getattr(fact, column, None) for column in STALE_COLUMNS},
            "where": where(fact),
            "age_months": None if old < 0 else round(old / _MONTH, 1),
        }
        for old, fact in rows
    ]


def stale_report(rows: list[dict[str, Any]], book: FactBook) -> Report:
    """Return old facts as a table."""
    own = any(row["where"] != SHIPPED for row in rows)
    head = ["fact", "figure", "as of", "age", *(["where"] if own else [])]
    body = []
    for row in rows:
        months = "no date" if row["age_months"] is None else f"{row['age_months']:.0f} months"
        cells = [row["id"], figure(book.by_id[row["id"]]), row["as_of"], months]
        body.append([*cells, row["where"]] if own else cells)
    count = Paragraph(f"{len(rows):,} facts" if len(rows) != 1 else "1 fact")
    tables = [_table(head, body, len(head))] if body else []
    return Report("", sections=[Section("To bring up to date", [*tables, count], "stale")], name="facts")


# ------------------------------------------------------------ diff


def changes(before: FactBook, after: FactBook, given: Iterable[Fact]) -> list[dict[str, Any]]:
    """Return what each fact of a file would change: what a bundle takes before and after, if anything."""
    found = {}
    for fact in given:
        taken = (after.bundle(fact.subject) or {}).get(fact.quantity)
        if taken is None or not taken.file or fact.file != taken.file:
            continue
        was = (before.bundle(fact.subject) or {}).get(fact.quantity)
        unit = parse_unit(taken.unit)
        base = None if was is None or was.value is None else was.value * parse_unit(was.unit).factor
        same = was is not None and parse_unit(was.unit).dimension == unit.dimension and base and taken.value is not None
        found[f"{fact.subject}.{fact.quantity}"] = {
            "fact": f"{fact.subject}.{fact.quantity}",
            "before": None if was is None else figure(was),
            "after": figure(taken),
            "unit": taken.unit,
            "change": (taken.value or 0.0) * unit.factor / base - 1 if same and base else None,
            "as_of_before": None if was is None else was.as_of,
            "as_of": taken.as_of,
            "place": taken.file,
        }
    return list(found.values())


def diff_report(facts: list[dict[str, Any]], moved: list[dict[str, Any]], notes: list[str]) -> Report:
    """Return what would change as tables: facts, then figures of scenarios."""
    changed = [
        [row["fact"], row["before"] or "new", row["after"], _change(row["change"]), row["as_of"]] for row in facts
    ]
    figures = []
    for row in moved:
        name = row["scenario"] if row["case"] == "base" else f"{row['scenario']}: {row['case']}"
        figures.append([name, row["figure"], row["before_text"], row["after_text"], _change(row["change"])])
    first = _table(["fact", "before", "after", "change", "as of"], changed)
    second = _table(["scenario", "figure", "before", "after", "change"], figures, 2)
    none = (
        Paragraph("none: others win over them, or they are the same"),
        Paragraph("none of the scenarios looked at moves"),
    )
    told = [Paragraph(each) for each in (["figures at the likely values", *notes] if moved else notes)]
    sections = [
        Section("Facts that would change", [first if changed else none[0]], "facts"),
        Section("Figures that would move", [second if figures else none[1], *told], "figures"),
    ]
    return Report("", sections=sections, name="facts")


def _change(share: float | None) -> str:
    return "" if share is None else f"{'+' if share > 0 else ''}{percent_text(share)}"
