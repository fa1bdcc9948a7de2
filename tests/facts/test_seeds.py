"""Every row of every seed file: its id, figure, unit, date, source and status; and the article's own figures."""

from __future__ import annotations

import csv
import re
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pytest
from rows import each_row

from calc.engine.catalogue import standard_catalogue
from calc.errors import CalcError, SourceText
from calc.facts import COLUMNS, STATUSES, FactBook, standard_facts
from calc.facts.book import latest_key, read_period
from calc.files import data_folder
from calc.scenario.fact_values import fact_value
from calc.units import CURRENCIES, parse_unit

if TYPE_CHECKING:
    from pathlib import Path

CATALOGUE = standard_catalogue()
FILES = sorted(data_folder("seeds").glob("*.csv"))


def _rows() -> dict[str, dict[str, str]]:
    """Return every row by file, line and id."""
    found = {}
    for path in FILES:
        with path.open(encoding="utf-8", newline="") as file:
            found.update({f"{path.name}:{at}:{row['id']}": row for at, row in enumerate(csv.DictReader(file), 2)})
    return found


ROWS = _rows()
Row = dict[str, str]

every_row = each_row("row", ROWS)


def _number(text: str) -> float | None:
    return float(text) if text else None


def test_there_are_seeds_and_all_are_read() -> None:
    assert len(FILES) >= 5
    assert len(ROWS) >= 30
    assert set(standard_facts().by_id) == {row["id"] for row in ROWS.values()}


@each_row("path", FILES)
def test_columns(path: Path) -> None:
    found = tuple(path.read_text(encoding="utf-8").splitlines()[0].split(","))
    assert found[: len(COLUMNS)] == COLUMNS
    assert found[len(COLUMNS) :] in {(), ("sd",), ("kind",), ("sd", "kind")}


def test_ids_are_unique_over_all_files() -> None:
    ids = [row["id"] for row in ROWS.values()]
    assert sorted(ids) == sorted(set(ids))


@every_row
def test_every_column_is_there_and_nothing_beyond(row: Row) -> None:
    assert set(row) - {"sd", "kind"} == set(COLUMNS)
    assert all(isinstance(each, str) and each == each.strip() for each in row.values())


@every_row
def test_id_is_subject_quantity_and_perhaps_date(row: Row) -> None:
    plain, at, dated = row["id"].partition("@")
    assert plain == f"{row['subject']}.{row['quantity']}"
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", row["subject"])
    # The date in an id is the fact's own, or the beginning of it.
    assert row["as_of"].startswith(dated)
    assert bool(at) == bool(dated)


@every_row
def test_facts_of_one_subject_and_quantity_differ_by_a_date(row: Row) -> None:
    same = [each for each in ROWS.values() if (each["subject"], each["quantity"]) == (row["subject"], row["quantity"])]
    assert len(same) == 1 or "@" in row["id"]


@every_row
def test_unit_fits_the_quantity(row: Row) -> None:
    assert row["quantity"] in CATALOGUE
    assert row["unit"]
    assert parse_unit(row["unit"]).dimension == CATALOGUE[row["quantity"]].unit.dimension


@every_row
def test_figure_lies_in_its_range(row: Row) -> None:
    value, low, high = (_number(row[each]) for each in ("value", "low", "high"))
    assert (low is None) == (high is None)
    assert value is not None or low is not None
    found = [each for each in (low, value, high) if each is not None]
    assert found == sorted(found)
    if low is not None and high is not None:
        assert low < high


@every_row
def test_fact_can_be_used_as_a_value(row: Row) -> None:
    """It lies inside the bounds of its quantity and has a point value in base units."""
    fact = standard_facts().by_id[row["id"]]
    warnings: list[str] = []
    value = fact_value(fact, CATALOGUE[row["quantity"]], row["quantity"], warnings, None)
    assert (value.status, value.fact, value.fact_status, value.as_of) == ("default", fact.id, fact.status, fact.as_of)
    assert value.currency_year == (int(row["currency_year"]) if row["currency_year"] else None)
    likely, low, high = (_number(row[each]) for each in ("value", "low", "high"))
    factor = parse_unit(row["unit"]).factor
    if likely is None:
        assert low is not None
        assert high is not None
        likely = (low + high) / 2
    assert value.point == pytest.approx(likely * factor, rel=1e-12)
    assert (value.distribution is None) == (low is None and not row.get("sd"))
    assert value.source
    assert row["source"] in value.source
    # Between p10 and p90 there are tails, and one that a bound cuts is told.
    assert warnings == [] or (row.get("kind") == "percentiles" and all("is cut" in each for each in warnings))


@every_row
def test_source_and_where_it_is(row: Row) -> None:
    assert len(row["source"]) > 5
    where = row["url"]
    assert where.startswith("https://") or re.fullmatch(r"document: \S.*", where)
    # Only what is marked as unverified may have no page behind it.
    assert where != "document: none" or row["status"] == "unverified"


@every_row
def test_date_is_a_date(row: Row) -> None:
    """Or a period of days in order, or nothing where nobody knows; a figure is not younger than its entry."""
    period, entered = read_period(row["as_of"]), date.fromisoformat(row["seen"])
    if period is not None:
        assert date(1936, 1, 1) <= period.first <= entered


@every_row
def test_money_has_a_year_and_nothing_else_has(row: Row) -> None:
    money = any(base in CURRENCIES for base, _ in parse_unit(row["unit"]).dimension.exponents)
    # Of what nobody knows the day, nobody knows the year of the money.
    assert bool(row["currency_year"]) == (money and bool(row["as_of"]))
    if row["currency_year"]:
        # A price may be told in the money of another year, but not in that of a year to come.
        assert 2000 <= int(row["currency_year"]) <= int(row["as_of"].rpartition(" to ")[2][:4])


@every_row
def test_status_is_one_of_six(row: Row) -> None:
    assert row["status"] in {"measured", "vendor", "estimate", "claim", "assumption", "unverified"}
    assert row["status"] in STATUSES


@every_row
def test_note_says_something(row: Row) -> None:
    assert row["note"]


# ---------------------------------------------------------------- medians

# A word that speaks of other figures than the fact's own: the ends of its range; why a row is no median.
NOT_ITS_VALUE = ("Low end: median", "(no median)", "too few for a median")


def test_what_is_called_a_median_is_p50_of_its_draws() -> None:
    """By its kind, or in the words of its source or note; without a range the value is all there is."""
    wrong, spread = [], 0
    for fact in standard_facts().by_id.values():
        words = f"{fact.source} {fact.note}"
        called = re.search(r"\bmedian\b", words, re.IGNORECASE) and not any(each in words for each in NOT_ITS_VALUE)
        if not called and fact.kind == "likely":
            continue
        quantity = CATALOGUE[fact.quantity]
        value = fact_value(fact, quantity, fact.quantity, [], None)
        middle = value.point if value.distribution is None else float(value.distribution.quantile(np.array(0.5)))
        spread += value.distribution is not None
        if fact.value is None or middle != pytest.approx(fact.value * parse_unit(fact.unit).factor, rel=1e-12):
            wrong.append(f"{fact.id}: p50 {middle:g}")
    assert wrong == []
    assert spread >= 55


def test_kinds_are_read_and_refused() -> None:
    head = ",".join((*COLUMNS, "kind"))
    row = "a.mfu,a,mfu,0.4,{ends},1,2024,,somewhere,document: x,estimate,n,2026-11-29,{kind}"

    def book(ends: str, kind: str) -> FactBook:
        return FactBook(files=[SourceText("seeds/mine.csv", f"{head}\n{row.format(ends=ends, kind=kind)}\n")])

    for kind, expected in (
        ("", "triangular"),
        ("likely", "triangular"),
        ("median", "median"),
        ("percentiles", "split_lognormal"),
    ):
        fact = book("0.3,0.5", kind).find("a.mfu")
        assert fact is not None
        spread = fact_value(fact, CATALOGUE["mfu"], "mfu", [], None).distribution
        assert spread is not None
        assert (spread.kind, [value for _, value in spread.parameters]) == (expected, [0.3, 0.4, 0.5])
    for ends, kind in (("0.3,0.5", "mean"), (",", "median"), (",", "percentiles")):
        with pytest.raises(CalcError, match="kind") as refused:
            book(ends, kind).find("a.mfu")
        assert str(refused.value.place) == "seeds/mine.csv:2:1"


# ---------------------------------------------------------------- the article, rows 1 to 3 and 16

ARTICLE = {
    # Row 1: Lingang's cabinets are designed for 10 to 25 kW, and one holds at most about 4 A100 servers.
    "lingang-low-rack.rack_power_rated": (10, "kW/rack"),
    "lingang-high-rack.rack_power_rated": (25, "kW/rack"),
    "lingang-stated.servers_per_rack": (4, "server/rack"),
    # Row 2: ordinary cabinets, mostly 5 kW.
    "ordinary-rack.rack_power_rated": (5, "kW/rack"),
    # Row 3: about 4.5 kW for an A100 server.
    "lingang-a100-server.server_power": (4.5, "kW/server"),
    # Row 16: $50M as 20 / 20 / 10.
    "guangnian-plan.budget_total": (50e6, "USD"),
    "guangnian-plan.compute_budget": (20e6, "USD"),
    "guangnian-plan.people_budget": (20e6, "USD"),
    "guangnian-plan.data_budget": (10e6, "USD"),
}
BESIDE = {
    # Row 3, beside the article: AWS p4d about 3.43 kW, DGX A100 at most 6.5 kW.
    "aws-p4d.server_power": (3.43, "kW/server"),
    "dgx-a100.server_power": (6.5, "kW/server"),
}


@each_row("identifier", [*ARTICLE, *BESIDE])
def test_article_figures_are_exact(identifier: str) -> None:
    figure, unit = (ARTICLE | BESIDE)[identifier]
    fact = standard_facts().find(identifier)
    assert fact is not None
    assert fact.value is not None
    assert fact.value * parse_unit(fact.unit).factor == figure * parse_unit(unit).factor
    assert parse_unit(fact.unit).dimension == parse_unit(unit).dimension


@each_row("identifier", list(ARTICLE))
def test_article_facts_name_the_article(identifier: str) -> None:
    fact = standard_facts().find(identifier)
    assert fact is not None
    assert "OFweek" in fact.source
    assert "百模大戰" in fact.source
    assert (fact.as_of, fact.status) == ("2023-04", "claim")


@pytest.mark.parametrize(
    ("identifier", "word"),
    [
        ("lingang-a100-server.server_power", "About"),
        ("lingang-stated.servers_per_rack", "about"),
        ("ordinary-rack.rack_power_rated", "mostly"),
    ],
)
def test_what_the_article_says_roughly_is_noted_as_such(identifier: str, word: str) -> None:
    fact = standard_facts().find(identifier)
    assert fact is not None
    assert word in fact.note


def test_the_lines_of_the_plan_are_the_whole_plan() -> None:
    bundle = standard_facts().bundle("guangnian-plan")
    assert bundle is not None
    total, *lines = (
        bundle[f"{each}"].value for each in ("budget_total", "compute_budget", "people_budget", "data_budget")
    )
    assert total == sum(each or 0 for each in lines)


# ---------------------------------------------------------------- the book


def test_a_bundle_and_an_id_without_date_take_the_latest_fact() -> None:
    book = standard_facts()
    bundle = book.bundle("dgx-a100")
    assert bundle is not None
    assert bundle["server_price"].id == "dgx-a100.server_price@2021-06"
    latest = book.find("fx.cny_per_usd")
    assert latest is not None
    assert (latest.id, latest.as_of) == ("fx.cny_per_usd@2026", "2026-01 to 2026-06")
    earlier = book.find("fx.cny_per_usd@2019")
    assert earlier is not None
    assert earlier.value == 6.8985
    assert book.find("dgx-a100.no_such_quantity") is None
    assert book.bundle("no-such-subject") is None


def test_facts_of_a_quantity_come_newest_first() -> None:
    found = standard_facts().for_quantity("cny_per_usd")
    assert found == sorted(found, key=latest_key, reverse=True)
    assert len(found) >= 14
