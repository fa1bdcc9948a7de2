"""`calc compare PLAN --actual BILL`: volume, mix and price, and what has no planned hours, add up to the difference."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from calc_command import calc

if TYPE_CHECKING:
    from pathlib import Path

HEAD = (
    "BilledCost,EffectiveCost,BillingCurrency,ChargeCategory,ChargePeriodStart,BillingPeriodStart,ServiceName,RegionId,"
    "CommitmentDiscountStatus,SkuPriceDetails,ConsumedQuantity,ConsumedUnit\n"
)
PLAN = """\
title: GPUs that we rent
inputs:
  gpu_hour_price: {value: 4 USD/gpu/hour, source: contract}
  gpu_utilisation: {value: 100 %, source: plan}
  gpus: {value: 16 gpus, source: plan}
show: [renting_cost_per_month]
"""
PARTS = """\
inputs: {gpu_utilisation: 100 %}
parts:
  large: {inputs: {gpu_hour_price: 4 USD/gpu/hour, gpus: 10 gpus}}
  small: {inputs: {gpu_hour_price: 1 USD/gpu/hour, gpus: 30 gpus}}
show: [renting_cost_per_month]
"""


def charge(
    billed: float, effective: float, *, category: str = "Usage", month: str = "2026-09", service: str = "Compute",
    status: str = "", instance: str = "", hours: float | str = "", currency: str = "USD",
) -> str:  # fmt: skip
    day, details = f"{month}-01T00:00:00Z", f'"{{""InstanceType"": ""{instance}""}}"' if instance else ""
    unit = "Hours" if hours else ""
    return f"{billed},{effective},{currency},{category},{day},{day},{service},east,{status},{details},{hours},{unit}\n"


BILL = [
    charge(0, 32000, status="Used", instance="big.8x", hours=1000),
    charge(0, 3200, status="Unused", instance="big.8x", hours=100),
    charge(9000, 9000, instance="big.8x", hours=200),
    charge(1500, 1500, service="Storage"),
    charge(-100, -100, category="Credit"),
    charge(30000, 0, category="Purchase"),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "plan.yaml").write_text(PLAN, encoding="utf-8")
    (tmp_path / "gpus.csv").write_text("instance_type,gpus\nbig.8x,8\nlarge.8x,8\nsmall.1x,1\n", encoding="utf-8")
    return tmp_path


def compared(folder: Path, rows: list[str], *more: str) -> list[dict[str, Any]]:
    """Return the figures of the comparison, of which every step has been added up."""
    (folder / "bill.csv").write_text(HEAD + "".join(rows), encoding="utf-8")
    done = calc("compare", "plan.yaml", "--actual", "bill.csv", "--format", "json", *more, cwd=folder)
    assert done.code == 0, done.err
    figures: list[dict[str, Any]] = done.json["figures"]
    for figure in figures:
        [change] = figure["to_first"]
        way = change["waterfall"]
        if way is None:
            assert change["difference"] == 0
            continue
        before = Decimal(repr(way["from"]))
        for step in way["steps"]:
            before += Decimal(repr(step["change"]))
            assert before == Decimal(repr(step["after"]))
        assert before == Decimal(repr(way["to"]))
        assert [way["from"], way["to"]] == [each["value"] for each in figure["values"]]
    return figures


def steps(figure: dict[str, Any]) -> dict[str, float]:
    return {step["cause"]: step["change"] for step in figure["to_first"][0]["waterfall"]["steps"]}


def test_price_and_volume(folder: Path) -> None:
    [figure] = compared(folder, BILL, "--gpus", "gpus.csv")
    # Planned 16 GPUs x 730 h x $4. Paid: 9,000 + 1,500 - 100 + 30,000.
    assert [each["value"] for each in figure["values"]] == [46720, 40400]
    assert steps(figure) == {
        "volume": -8320,  # (1,200 h x 8 GPUs - 11,680 h) x $4
        "price": 2600,  # 41,000 - 9,600 x 4
        "unplanned": 1500,
        "unused": 3200,
        "other": -100,
        "timing": -5200,  # billed 40,400 less effective 45,600
    }
    [figure] = compared(folder, BILL, "--gpus", "gpus.csv", "--cost", "effective")
    assert figure["values"][1]["value"] == 45600
    assert "timing" not in steps(figure)


def test_an_amount_that_no_sum_could_hold_is_refused(folder: Path) -> None:
    """1e309 is infinite, and two of 1e308 have no sum: both were internal errors."""
    for amount, code in (("1e100", 0), ("1e308", 2), ("-1e309", 2)):
        rows = HEAD + charge(1, 2).replace("1,2", f"1,{amount}") * 2
        (folder / "bill.csv").write_text(rows, encoding="utf-8")
        done = calc("compare", "plan.yaml", "--actual", "bill.csv", cwd=folder)
        assert done.code == code
        assert done.err.startswith(f"bill.csv:2:3: error[E-VALUE]: `{amount}` under") == bool(code), done.err


def test_mix_of_kinds(folder: Path) -> None:
    (folder / "plan.yaml").write_text(PARTS, encoding="utf-8")
    # 3,650 of 7,300 hours of the large kind, 25,550 for 21,900 of the small one: as many in all, at the same prices.
    rows = [
        charge(14600, 14600, instance="large.8x", hours=456.25),
        charge(25550, 25550, instance="small.1x", hours=25550),
    ]
    [figure] = compared(folder, rows, "--gpus", "gpus.csv")
    # 7,300 x 4 + 21,900 x 1 = 51,100, at $1.75 in the mean; 29,200 h x 1.75 = 51,100 against 40,150 in the new mix.
    assert figure["values"][0]["value"] == pytest.approx(51100)
    assert {name: round(each, 6) for name, each in steps(figure).items()} == {"mix": -10950}


def test_lines_that_did_not_come_and_words_of_lines(folder: Path) -> None:
    (folder / "plan.yaml").write_text(PARTS, encoding="utf-8")
    rows = [charge(29200, 29200, instance="big.8x", hours=912.5)]
    [figure] = compared(folder, rows, "--gpus", "gpus.csv", "--line", "large=east BIG")
    assert steps(figure) == {"absent": -21900}
    [figure] = compared(folder, rows, "--gpus", "gpus.csv")
    # Without words a charge is of the part whose name it holds, and `big.8x` of none.
    causes = [step["inputs"][0]["name"] for step in figure["to_first"][0]["waterfall"]["steps"]]
    assert causes == ["did not come: large", "did not come: small", "not in the plan: Compute"]


def test_use_and_price_are_not_told_apart_without_hours(folder: Path) -> None:
    [figure] = compared(folder, BILL)
    assert steps(figure)["together"] == 41000 - 46720
    done = calc("compare", "plan.yaml", "--actual", "bill.csv", cwd=folder)
    assert "says how many GPUs `big.8x` has" in " ".join(done.out.split())


def test_instances_without_a_gpu_do_not_blur_the_price_of_a_gpu_hour(folder: Path) -> None:
    (folder / "gpus.csv").write_text("instance_type,gpus\nbig.8x,8\nhost,0\n", encoding="utf-8")
    bill = [charge(32000, 32000, instance="big.8x", hours=1000), charge(90, 90, instance="host", hours=700)]
    [figure] = compared(folder, bill, "--gpus", "gpus.csv")
    steps = {each["cause"]: each["change"] for each in figure["to_first"][0]["waterfall"]["steps"]}
    # Planned 16 x 730 x 4 = 46,720; 8,000 GPU-hours of 4 USD came: 32,000 - 46,720; 90 of what the plan has not.
    assert steps == {"volume": -14720, "unplanned": 90}
    (folder / "gpus.csv").write_text("instance_type,gpus\nbig.8x,-1\n", encoding="utf-8")
    assert calc("compare", "plan.yaml", "--actual", "bill.csv", "--gpus", "gpus.csv", cwd=folder).code == 2


def test_months(folder: Path) -> None:
    rows = [*BILL, charge(50000, 50000, month="2026-10", instance="big.8x", hours=1460)]
    september, october = compared(folder, rows, "--gpus", "gpus.csv")
    assert (september["month"], october["month"]) == ("2026-09", "2026-10")
    assert {name: round(each, 6) for name, each in steps(october).items()} == {"price": 3280}  # 50,000 - 11,680 x 4
    [figure] = compared(folder, rows, "--gpus", "gpus.csv", "--month", "2026-10")
    assert figure["values"][1]["value"] == 50000
    done = calc("compare", "plan.yaml", "--actual", "bill.csv", "--gpus", "gpus.csv", cwd=folder)
    total = "2 months, 2026-09 to 2026-10: planned 93,440.00 USD, paid 90,400.00 USD, -3,040.00 USD"
    assert total in " ".join(done.out.split())


def test_a_plan_by_year(folder: Path) -> None:
    text = PLAN.replace(
        "{value: 4 USD/gpu/hour, source: contract}", "{by year: {2026: 4 USD/gpu/hour, 2027: 3 USD/gpu/hour}}"
    )
    (folder / "plan.yaml").write_text(f"years: 2026 to 2027\n{text}", encoding="utf-8")
    rows = [charge(35040, 35040, month="2027-01", instance="big.8x", hours=1460)]
    [figure] = compared(folder, rows, "--gpus", "gpus.csv")
    # 16 x 730 x 3 = 35,040: nothing to explain.
    assert (figure["values"][0]["value"], figure["to_first"][0]["difference"]) == (35040, 0)
    (folder / "bill.csv").write_text(HEAD + charge(1, 1, month="2025-01", instance="big.8x", hours=1), encoding="utf-8")
    done = calc("compare", "plan.yaml", "--actual", "bill.csv", cwd=folder)
    assert (done.code, "says nothing of 2025-01" in done.err) == (2, True)


def test_a_bill_in_another_currency(folder: Path) -> None:
    rows = [charge(23360, 23360, instance="big.8x", hours=1460, currency="EUR")]
    (folder / "bill.csv").write_text(HEAD + rows[0], encoding="utf-8")
    done = calc("compare", "plan.yaml", "--actual", "bill.csv", cwd=folder)
    assert (done.code, "`eur_per_usd`" in done.err) == (2, True)
    (folder / "plan.yaml").write_text(PLAN.replace("inputs:", "inputs:\n  eur_per_usd: 0.5 EUR/USD"), encoding="utf-8")
    [figure] = compared(folder, rows, "--gpus", "gpus.csv")
    assert figure["values"][1]["value"] == 46720  # 23,360 / 0.5


def test_every_format_and_width(folder: Path) -> None:
    (folder / "bill.csv").write_text(HEAD + "".join(BILL), encoding="utf-8")
    line = ("compare", "plan.yaml", "--actual", "bill.csv", "--gpus", "gpus.csv")
    for form in ("table", "csv", "markdown"):
        out = calc(*line, "--format", form, cwd=folder, COLUMNS="120").out
        assert "not in the plan: Storage" in out, form
        assert "None" not in out
    for columns in ("40", "80", "120"):
        out = calc(*line, cwd=folder, COLUMNS=columns).out
        assert max(map(len, out.splitlines())) <= int(columns)


def test_what_is_refused(folder: Path) -> None:
    (folder / "bill.csv").write_text(HEAD + "".join(BILL), encoding="utf-8")
    (folder / "two.yaml").write_text(PLAN + "cases: {a: {}, b: {gpus: 8 gpus}}\n", encoding="utf-8")
    bill = ("--actual", "bill.csv")
    for line, words in (
        (("plan.yaml", "--gpus", "gpus.csv"), "add `--actual FILE`"),
        (("plan.yaml", "plan.yaml", *bill), "one plan"),
        (("two.yaml", *bill), "the plan has 2 cases"),
        (("plan.yaml", *bill, "--month", "2026-08"), "`2026-09`"),
        (("plan.yaml", *bill, "--cost", "listed"), "it is `billed` or `effective`"),
        (("plan.yaml", *bill, "--line", "larg=x"), "lines are `plan`"),
        (("plan.yaml", *bill, "--figure", "gpu_hour_price"), "money by month"),
        (("plan.yaml", *bill, "--price", "gpu_price"), "needs no `gpu_price`"),
        (("lingang-racks", "--case", "25 kW", *bill), "shows no figure of money by month"),
        (("plan.yaml", "--actual", "gpus.csv"), "lacks the columns"),
    ):
        done = calc("compare", *line, cwd=folder)
        assert (done.code, done.out) == (2, ""), line
        assert words in done.err, done.err
    assert calc("compare", "two.yaml", "--case", "b", *bill, cwd=folder).code == 0


def test_where_what_was_paid_lies_in_the_range_of_an_uncertain_plan(folder: Path) -> None:
    text = PLAN.replace("value: 4 USD/gpu/hour", "value: 3 to 5 USD/gpu/hour")
    (folder / "plan.yaml").write_text(text, encoding="utf-8")
    (folder / "bill.csv").write_text(HEAD + charge(46720, 46720, instance="big.8x", hours=1460), encoding="utf-8")
    done = calc("compare", "plan.yaml", "--actual", "bill.csv", "--gpus", "gpus.csv", "--format", "json", cwd=folder)
    [note] = [each for each in done.json["notes"] if "80 % range" in each]
    # p10 and p90 of 3 to 5 are 3.2 and 4.8, times 11,680 h.
    low, high = (float(each.replace(",", "")) for each in note.split(" is ")[1].split(" USD")[0].split(" to "))
    assert math.isclose(low, 37376, rel_tol=1e-3)
    assert math.isclose(high, 56064, rel_tol=1e-3)
    assert note.endswith("it lies within")
