"""The operations over all years as rows of a sheet: what stands in the cell of each year, and what is made of these.

A template names the operation's arguments by position and other rows by name; each stands for its cell of the year at
hand, and has `.before`, the cell of the year before; `.past`, those of all years before; `.upto`, these and the year at
hand; `.all`; `.first` and `.last`. `year` is the row of calendar years and `own` the row itself. Functions are those
that every spreadsheet has.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from calc import ops


@dataclass(frozen=True, slots=True)
class YearRows:
    """An operation over all years.

    rows: by name what stands in the first year and in every later one. once: cells beside the rows, by name.
    result: of an operation that has a single value, over these; of a series the row `own` is the result.
    """

    rows: dict[str, tuple[str, str]] = field(default_factory=dict)
    once: dict[str, str] = field(default_factory=dict)
    result: str = ""


_GROWTH = ("1", "{growth.before}*(1+{1})")
_WHOLE_LIFE = ops.TABLE["ceil"].spreadsheet.replace("{0}", "{1}")
# A spreadsheet looks for a rate near a guess.
_RATE = "IFERROR(IRR({0.all}),IFERROR(IRR({0.all},1),IFERROR(IRR({0.all},-0.5),IRR({0.all},10))))"
# It stops when two tries are within 1e-7 of each other; one step of Newton's more squares that.
_VALUE = "SUMPRODUCT({0.all}/(1+{rate})^({year.all}-{year.first}))"
_SLOPE = "SUMPRODUCT(({year.all}-{year.first})*{0.all}/(1+{rate})^({year.all}-{year.first}+1))"

YEAR_ROWS = {
    "total": YearRows(result="SUM({0.all})"),
    "cumulative": YearRows({"own": ("SUM({0.upto})", "SUM({0.upto})")}),
    "discounted": YearRows({"growth": _GROWTH, "own": ("{0}/{growth}", "{0}/{growth}")}),
    "grow": YearRows({"growth": _GROWTH, "own": ("{0}*{growth}", "{0}*{growth}")}),
    "cohort": YearRows(
        {
            "life": (_WHOLE_LIFE, _WHOLE_LIFE),
            "own": ("MAX(0,{0})", "MAX(0,{0}-SUMPRODUCT(({year}-{year.past}<{life.past})*{own.past}))"),
        }
    ),
    "internal_rate": YearRows(
        {
            # Zeros take the sign before them, so that they are no change.
            "sign": ("SIGN({0})", "IF({0}=0,{sign.before},SIGN({0}))"),
            "change": ("0", "IF({sign}*{sign.before}<0,1,0)"),
        },
        {"rate": f"IF(SUM({{change.all}})=1,{_RATE},NA())"},
        f"{{rate}}+{_VALUE}/{_SLOPE}",
    ),
    "payback": YearRows(
        {
            "sum": ("SUM({0.upto})", "SUM({0.upto})"),
            "paid": (
                "IF({sum}<0,NA(),0)",
                "IF({sum}<0,NA(),IF({sum.before}<0,{year.before}-{year.first}-{sum.before}/{0},{paid.before}))",
            ),
        },
        result="{paid.last}",
    ),
}
