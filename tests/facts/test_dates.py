"""When a figure holds, how it ages, and which of several figures answers."""

from __future__ import annotations

from datetime import date

import pytest

import calc
from calc.engine.catalogue import standard_catalogue
from calc.errors import CalcError, SourceText
from calc.facts import COLUMNS, FactBook, standard_facts
from calc.facts.book import read_period
from calc.study.remarks import UsedFact, age_remarks, is_price

HEAD = ",".join(COLUMNS)


def book(*figures: tuple[str, str, str]) -> FactBook:
    """Return a book of one subject's electricity prices: date, value, status."""
    rows = [
        f"grid.electricity_price@{at},grid,electricity_price,{value},,,USD/kWh,{as_of},2024,a page,"
        f"document: x,{status},n,2026-11-29"
        for at, (as_of, value, status) in enumerate(figures)
    ]
    return FactBook(files=[SourceText("seeds/test.csv", "\n".join([HEAD, *rows]) + "\n")])


def chosen(facts: FactBook) -> float | None:
    return (facts.bundle("grid") or {})["electricity_price"].value


def test_a_date_is_a_day_a_month_a_year_or_a_period_and_ages_from_its_middle() -> None:
    for text, first, last, middle in (
        ("2024", date(2024, 1, 1), date(2024, 12, 31), date(2024, 7, 1)),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29), date(2024, 2, 15)),
        ("2025-03-17", date(2025, 3, 17), date(2025, 3, 17), date(2025, 3, 17)),
        # January 1 to June 30 are 181 days; 90 after the first is April 1.
        ("2026-01 to 2026-06", date(2026, 1, 1), date(2026, 6, 30), date(2026, 4, 1)),
        ("2024-03-11 to 2024-12-31", date(2024, 3, 11), date(2024, 12, 31), date(2024, 8, 5)),
    ):
        period = read_period(text)
        assert period is not None
        assert (period.first, period.last, period.middle) == (first, last, middle)
    assert read_period("") is None


def test_what_is_no_date_is_refused_at_its_line() -> None:
    for text in ("2024-13", "2025-02-30", "24", "March 2025", "2025 to 2024", "2025-03-17 ", "2024 to "):
        with pytest.raises(CalcError) as refused:
            book((text, "1", "vendor")).bundle("grid")
        assert str(refused.value.place) == "seeds/test.csv:2:1", text


def test_the_average_of_a_month_yields_to_that_of_a_longer_time() -> None:
    month = ("2025-04", "0.06", "measured")
    assert chosen(book(("2023", "0.07", "measured"), month)) == 0.07
    # Of a year that ended more than two years before, nobody knows what became of it.
    assert chosen(book(("2022", "0.07", "measured"), month)) == 0.06
    # The later half year stands before the year; a price of which the month is known is no average.
    half = ("2025-01 to 2025-06", "0.08", "measured")
    assert chosen(book(("2024", "0.07", "measured"), half, ("2025-06", "0.06", "measured"))) == 0.08
    assert chosen(book(("2024", "0.07", "vendor"), ("2025-04", "0.06", "vendor"))) == 0.06
    # One without a date is the last to be asked.
    assert chosen(book(("2010", "0.05", "vendor"), ("", "0.09", "vendor"))) == 0.05


def test_the_years_that_are_asked_for_come_before_the_latest_figure() -> None:
    facts = book(("2019", "0.05", "measured"), ("2021", "0.06", "measured"), ("2025", "0.08", "measured"))
    assert chosen(facts) == 0.08
    assert chosen(facts.for_years((2020, 2021))) == 0.06
    assert chosen(facts.for_years((2026, 2030))) == 0.08
    # None had begun: better a later one than none.
    assert chosen(facts.for_years((2015,))) == 0.08


def test_a_scenario_of_2019_and_2020_takes_the_price_of_2020_and_says_its_age() -> None:
    scenario = {"facts": ["region-us"], "show": ["electricity_price"]}
    for years, identifier in (("2019 to 2020", "2020"), ("2026 to 2030", "2025")):
        found = calc.run({**scenario, "years": years}).to_dict()
        price = found["cases"][0]["inputs"]["electricity_price"]
        assert price["fact"] == f"region-us.electricity_price@{identifier}"
        assert any(f"{price['fact']} ({identifier})" in each for each in found["warnings"])


def test_iowa_answers_a_year_and_not_one_april() -> None:
    iowa = standard_facts().find("region-iowa.electricity_price")
    assert iowa is not None
    period = read_period(iowa.as_of)
    assert period is not None
    assert (period.last - period.first).days >= 364


def test_no_price_of_a_bundle_is_older_than_18_months_and_nobody_told() -> None:
    """Every price of every bundle, on the day that the newest was entered: a report would name it, or it is younger."""
    catalogue, facts = standard_catalogue(), standard_facts()
    now = date.fromisoformat(max(each.seen for each in facts.by_id.values()))
    told = untold = 0
    for bundle in facts.subjects.values():
        for name, fact in bundle.items():
            used = UsedFact(fact.as_of, fact.status, is_price(catalogue[name].unit))
            lines = " ".join(age_remarks({fact.id: used}, now))
            period = read_period(fact.as_of)
            old = period is None or (used.is_price and (now - period.middle).days > 18 * 365 // 12)
            assert not old or fact.id in lines, fact.id
            told, untold = told + (fact.id in lines), untold + (fact.id not in lines)
    assert told > 100
    assert untold > 100
