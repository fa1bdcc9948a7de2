"""People: how many person-years and persons a people budget pays for."""

from calc.declarations import Input
from calc.units.vocabulary import USD, Person_years, Persons, Ratio, USD_per_person_year, Years

salary = Input(USD_per_person_year, "Yearly pay of one person")
loaded_cost_multiplier = Input(
    Ratio,
    "What a person costs, as a multiple of the pay",
    low=1,
    high=5,
    why="a person costs at least the pay; at 5 the pay would be a fifth",
)


def cost_per_person_year(salary: USD_per_person_year, loaded_cost_multiplier: Ratio) -> USD_per_person_year:
    """What one person costs in a year, with taxes, benefits and overhead.

    Source: definition.
    """
    return salary * loaded_cost_multiplier


def person_years_affordable(people_budget: USD, cost_per_person_year: USD_per_person_year) -> Person_years:
    """Person-years that the people budget pays for.

    Label: affordable person-years.

    Source: definition.
    """
    return people_budget / cost_per_person_year


def headcount_affordable(person_years_affordable: Person_years, programme_duration: Years) -> Persons:
    """Persons employed on average over the programme; a part of a person is part of a year's work.

    Label: affordable headcount.

    Source: definition.
    """
    return person_years_affordable / programme_duration
