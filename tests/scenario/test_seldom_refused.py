"""Refusals that few scenarios meet: the place, the message and the hint, word for word, and nothing told beside it."""

from __future__ import annotations

from rows import each_row

from calc.errors import CalcError, Problems, flatten
from calc.scenario.load import load_text
from calc.scenario.resolve import Options, resolve


def told(text: str, *settings: str) -> list[str]:
    """Return place, message and hint of all that is wrong with a scenario."""
    problems = Problems()
    try:
        resolve(load_text(text, "s.yaml", problems), Options(settings=settings), problems)
    except CalcError as error:
        return [
            f"{each.place.line}:{each.place.column} {each.message}: {each.hint}" if each.place else str(each)
            for each in flatten([error])
        ]
    return []


RACK = "inputs: {rack_power_rated: 10 kW, server_power: 2 kW}\n"
SHOW = "show: [servers_per_rack]\n"
HALL = (
    "parts: {a: {facts: [dgx-h100]}}\ncabinets: {%s: {inputs: {racks_available: 4 racks, rack_power_rated: 25 kW}}}\n"
)
GPUS = "parts: {a: {inputs: {gpus: 3 gpus}}, b: {inputs: {gpus: 4 gpus}}}\n"
PARTS = f"{GPUS}inputs: {{price: 3 USD/gpu}}\n"
MANY = [f"x{at}" for at in range(31)]
AXES = (f"inputs: {{{', '.join(f'{each}: 1' for each in MANY)}}}\nformulas: {{a: {' + '.join(MANY)}}}\n"
        f"show: [a]\nsweep: {{{', '.join(f'{each}: [1, 2]' for each in MANY)}}}\n")  # fmt: skip
ONE = {
    # ---------------- axes
    "another currency for an end of an axis": (f"{RACK}{SHOW}sweep: {{server_price: 1 to 2 CNY/server step 1 CNY/server}}\n",  # noqa: E501  # a file
        "3:23 a study gives `server_price` in USD, not in CNY: divide by the exchange rate and write `USD/server`, or vary the rate"),  # noqa: E501  # what is told
    "a step of a range for an axis of one": (f"{RACK}{SHOW}sweep: {{rack_power_rated: 5 kW step 2 to 3 kW}}\n",
        "3:27 `rack_power_rated` is no axis: as in `rack_power_rated: 66 kW to 264 kW in 4 steps`, or a list of values"),  # noqa: E501  # what is told
    "one step": (f"{RACK}{SHOW}sweep: {{rack_power_rated: 5 to 6 kW in 1 steps}}\n",
        "3:27 a range has two steps or more: both ends are steps"),
    "more axes than there are": (AXES,
        "4:8 `sweep` has 31 axes: take at most 30; what has one value stands under `inputs`"),
    # ---------------- formulas
    "a formula without its formula": (f"{RACK}formulas:\n  a: {{in: kW}}\n{SHOW}",
        "3:6 `a` has no `formula`: as in `{formula: server_price / gpus_per_server, in: USD/gpu}`"),
    "a formula of 1,001 characters": (f"{RACK}formulas: {{a: {'s + ' * 250}s}}\nshow: [a]\n",
        "2:15 a formula of 1,001 characters: at most 1,000; split it"),
    "a formula of many signs": (f"{RACK}formulas: {{a: '{'-' * 900}server_power'}}\nshow: [a]\n",
        "2:15 the formula is too long: split it into several"),
    "a comparison": (f"{RACK}formulas: {{a: server_power < server_power}}\nshow: [a]\n",
        "2:15 a comparison is no figure: choose with it, as in where(a < b, x, y); a condition stands under `checks:`"),
    "a percentage in a unit that is none": ("inputs: {x: 2 %/year}\nformulas: {a: \"number(x, 'frogs')\"}\nshow: [a]\n",
        "2:15 `frogs` is not a unit: `calc` knows SI units, bytes, FLOP, counts and currencies; a count of your own is declared under `units:`"),  # noqa: E501  # what is told
    "a power that is no number": (f"{RACK}formulas: {{a: server_power ** server_power}}\nshow: [a]\n",
        "2:15 `**` takes the whole powers 0, 1, -1 and 2 only: use power(x, y) on pure numbers"),
    "what Python would warn of": (f"{RACK}formulas: {{a: 1if 1else 0}}\nshow: [a]\n",
        "2:15 the formula branches: use where, minimum or maximum"),
    "a value that its formula is not of": (
        "inputs: {a: 3 kW, k: 3 kg/kW}\nformulas: {a: b, b: a * k}\nshow: [b]\n",
        "2:15 `a` is given as power, but its formula computes mass: give the value in the formula's unit"),
    "a thing left over in a sum": ("inputs: {price: 4 USD, fee: 3 USD}\nformulas: {server_price: price + fee}\nshow: [server_price]\n",  # noqa: E501  # a file
        "2:26 the formula of `server_price` computes USD, it needs USD per server: its unit is `USD/server`; a figure of your own that is something else has a name of its own"),  # noqa: E501  # what is told
    "a number of a unit that is none": (f"{RACK}formulas: {{a: \"number(server_power, 'frogs')\"}}\nshow: [a]\n",
        "2:15 `frogs` is not a unit: `calc` knows SI units, bytes, FLOP, counts and currencies; a count of your own is declared under `units:`"),  # noqa: E501  # what is told
    "a formula that needs itself through a model": (
        "formulas: {gpus_per_server: servers * gpus / servers / servers}\ninputs: {gpus: 8 gpus}\nshow: [servers]\n",
        "1:29 the figures depend on themselves: `gpus_per_server` needs `servers` needs `gpus_per_server`: `gpus_per_server` is a formula of this scenario: compute it from other figures, or give a value for `servers` under `inputs:`"),  # noqa: E501  # what is told
    "two formulas of a circle of a model": (
        "formulas: {gpus: servers * gpus_per_server, servers: gpus / gpus_per_server}\ninputs: {gpus_per_server: 8 gpus}\nshow: [gpus]\n",  # noqa: E501  # a file
        "1:18 the figures depend on themselves: `gpus` needs `servers` needs `gpus`: `gpus` and `servers` are formulas of this scenario: compute one of them from other figures, or give a value for `gpus` or `servers` under `inputs:`"),  # noqa: E501  # what is told
    "a value that cuts a circle and cannot be read": (
        "inputs: {k: 3 kg/kW}\nformulas: {a: b, b: a * k}\nshow: [b]\ncases: {x: {a: 3 blah}}\n",
        "4:18 `a`: `blah` is not a unit: `calc` knows SI units, bytes, FLOP, counts and currencies; a count of your own is declared under `units:`"),  # noqa: E501  # what is told
    "two that contradict each other by a division by 0": (
        "inputs: {a: 4 kW, b: 1 kW, l: 0}\nformulas: {a: b / l, b: a * l}\nshow: [a, b]\n",
        "1:22 `b` and `a` contradict each other: `b` is 1 kW, but 0 kW follows from `a`: give one of the two; the other follows"),  # noqa: E501  # what is told
    # ---------------- money
    "money for a while where money is needed": ("inputs: {owning_npv: 3 USD/month}\nshow: [owning_npv]\n",
        "1:22 `owning_npv` is given as USD per time, it needs USD: give it in `USD`"),
    "a rate without a source": ("inputs: {eur_per_usd: 0.9 EUR/USD, server_price: $5/server}\nshow: [server_price]\ncurrency: EUR\n",  # noqa: E501  # a file
        "3:11 money is to be shown in EUR, and `eur_per_usd` has no source: take a dated exchange rate, as in `facts: [fx]`, or name one under `inputs:`; facts that fit: `fx.eur_per_usd@2026-06` and 8 more (`calc list facts --quantity eur_per_usd`)"),  # noqa: E501  # what is told
    "dollars for a rate": ("inputs: {eur_per_usd: 3 USD}\nshow: [eur_per_usd]\n",
        "1:23 `eur_per_usd` is given as USD, it needs EUR per USD: a price says per what: give it in `EUR/USD`"),
    # ---------------- units
    "a figure shown in words": ("show: [{servers_per_rack: fro gs}]\n" + RACK,
        "1:27 `servers_per_rack` is shown in no unit that is named here: as in `{servers_per_rack: in USD/Mtoken}`"),
    "a rate of a second for one of a year": ("inputs: {discount_rate: 1e6/s}\nshow: [discount_rate]\n",
        "1:25 `discount_rate` is a rate a year, and `1e6 1/s` can be two of them: write `3.1536e15 %/year` if 31,536,000 of them add up"),  # noqa: E501  # what is told
    # ---------------- names, keys, characters
    "a section that is called otherwise and cannot be read": (f"{RACK}{SHOW}caeses: [a]\n",
        "3:1 `caeses` is no section of a scenario: did you mean `cases`?"),
    "a case whose name shows nothing": (f"{RACK}{SHOW}cases: {{\u3164: {{rack_power_rated: 20 kW}}}}\n",
        "3:9 the name of a case shows nothing: give it a name that can be read"),
    "a list for a key, by its name": ("title: &x [a]\n*x : b\n",
        "2:1 a key is a list or a mapping: keys are plain text"),
    "full-width colons and a quote": ("'a：\n",
        "1:1 a quoted text is not closed: the colon is a full-width one (U+FF1A), not `:`"),
    # ---------------- facts
    "facts by year that have no date": ("years: 2026 to 2027\ninputs: {gpu_system_power: {fact by year: b200.gpu_system_power}}\nshow: [gpu_system_power]\n",  # noqa: E501  # a file
        "2:43 no fact `b200.gpu_system_power` has a date: write `{fact: b200.gpu_system_power}`"),
    # ---------------- parts, totals, cabinets
    "cabinets that are called as a part": (f"{HALL % 'a'}place: {{maximise: gpus}}\nshow: [server_price]\n",
        "2:12 `a` is a kind of cabinets and a part too: give one of them another name"),
    "a total of a total": (f"{GPUS}totals: {{x: sum of gpus, y: sum of x}}\nshow: [y]\n",
        "2:29 `y` adds up `x`, which needs a total itself: add up a figure of the parts alone"),
    "a total of nothing beside a study": (f"{PARTS}formulas: {{cost: gpus * price}}\ntotals: {{every: sum of frog}}\nshow: [cost]\nsweep: {{price: [1 USD/gpu, 2 USD/gpu]}}\n",  # noqa: E501  # a file
        "4:17 `frog` is no quantity: `calc list quantities` shows the names"),
    "a total of a formula that is wrong": (f"{PARTS}formulas: {{cost: gpus + price}}\ntotals: {{every: sum of cost}}\nshow: [gpus]\nsweep: {{price: [1 USD/gpu, 2 USD/gpu]}}\n",  # noqa: E501  # a file
        "3:18 a sum of gpus and USD per gpu: both sides need the same dimension"),
    # ---------------- what has no value
    "a loop among what a formula needs": ("formulas: {servers_needed: servers * 2, x: servers_needed * 2}\nshow: [x]\n",
        "2:8 neither `servers` nor `gpus` has a value; `servers_needed` needs one of them: give `servers`, `gpus` with `gpus_per_server` or `servers_needed` itself under `inputs:`, as in `servers: 10 servers`"),  # noqa: E501  # what is told
    "what a choice would spare": (
        "inputs: {servers: 3 servers, server_price: $4/server, server_life: 4 years}\nuse: {amortisation: annuity_monthly}\nshow: [server_cost_per_month]\n",  # noqa: E501  # a file
        "3:8 `discount_rate` (yearly cost of capital) has no value; `plan_discount_rate` needs it: give it under `inputs:`, as in `discount_rate: 5 %/year`; facts that fit: `abilene.discount_rate`, `barroso-2013.discount_rate`, `hp-2010.discount_rate`, `operator-cost-of-capital.discount_rate`, `bank-hurdle.discount_rate`; or count without it: `use: {amortisation: straight_line}`"),  # noqa: E501  # what is told
    "a choice that would close a loop": (
        "use: {amortisation: economic_decay}\ninputs: {hardware_depreciation_rate: 2 %/month}\nformulas: {server_life: 1 / server_amortisation}\nshow: [server_life, plan_discount_rate]\n",  # noqa: E501  # a file
        "4:21 `discount_rate` (yearly cost of capital) has no value; `plan_discount_rate` needs it: give it under `inputs:`, as in `discount_rate: 5 %/year`; facts that fit: `abilene.discount_rate`, `barroso-2013.discount_rate`, `hp-2010.discount_rate`, `operator-cost-of-capital.discount_rate`, `bank-hurdle.discount_rate`"),  # noqa: E501  # what is told
}  # fmt: skip


@each_row(("text", "wanted"), ONE)
def test_what_is_told(text: str, wanted: str) -> None:
    assert told(text) == [wanted]


def test_a_setting_of_one_year_is_refused() -> None:
    (found,) = told(f"years: 2026 to 2027\n{RACK}{SHOW}", "server_power in 2026=3 kW")
    assert "`server_power in 2026` is one year of a value" in found
    assert "set all years, as in `{by year: {2026: $10M, 2027: $12M}}`" in found


def test_names_that_follow_from_each_other_are_told_apart_from_others() -> None:
    compute, people = told("show: [compute_share, people_share]\n")
    assert compute.startswith("1:8 neither `compute_share` nor `compute_budget` has a value: give `compute_share` or")
    # What the figure asked beside it lacks is not to be given for the first.
    assert "give `people_share` or `people_budget` with `budget_total` under `inputs:`" in people
