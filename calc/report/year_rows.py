"""The operations over all years as rows of a sheet: what stands in the cell of each year, and what is made of these.

A template names the operation's arguments by position and other rows by name; each stands for its cell of the year at
hand, and has `.before`, the cell of the year before; `.past`, those of all years before; `.upto`, these and the year at
hand; `.all`; `.first` and `.last`. `year` is the row of calendar years and `own` the row itself. Functions are those
that every spreadsheet has.
"""

from __future__ import annotations

from dataclasses import dataclass, field


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
# A spreadsheet looks for a rate near a guess.
_RATE = "IFERROR(IRR({0.all}),IFERROR(IRR({0.all},1),IFERROR(IRR({0.all},-0.5),IRR({0.all},10))))"
# It stops when two tries are within 1e-7 of each other; one step of Newton's more squares that.
_VALUE = "SUMPRODUCT({0.all}/(1+{rate})^({year.all}-{year.first}))"
_SLOPE = "SUMPRODUCT(({year.all}-{year.first})*{0.all}/(1+{rate})^({year.all}-{year.first}+1))"

# What is nearer than this to another date is on it, as in `calc.dated`.
_SAME = "0.0000001"
_YEAR = "({year}-{year.first})"
# What was bought at the start of earlier years, and after it at its date, and how long after a date it ends.
_ENDS = "({year.past}+{1.past}-{year})"
_LATE_ENDS = "({year.past}+{date.past}+{1.past}-{year})"
_ALIVE = f"(SUMPRODUCT(({_ENDS}>{_SAME})*{{start.past}})+SUMPRODUCT(({_LATE_ENDS}>{_SAME})*{{late.past}}))"
_IN_YEAR = "({0}>" + _SAME + ")*({0}<1-" + _SAME + ")"
_ENDED = (
    f"(SUMPRODUCT({_IN_YEAR.replace('{0}', _ENDS)}*{{start.past}})"
    f"+SUMPRODUCT({_IN_YEAR.replace('{0}', _LATE_ENDS)}*{{late.past}}))"
)
_MOMENTS = (
    f"(SUMPRODUCT({_IN_YEAR.replace('{0}', _ENDS)}*{_ENDS}*{{start.past}})"
    f"+SUMPRODUCT({_IN_YEAR.replace('{0}', _LATE_ENDS)}*{_LATE_ENDS}*{{late.past}}))"
)
# A life of less than a year, which ends within the year of its beginning, has no form here.
_PURCHASES = {
    "start": ("MAX(0,{0})", f"MAX(0,{{0}}-{_ALIVE})"),
    "late": ("0", f"MAX(0,{_ENDED}-MAX(0,{_ALIVE}-{{0}}))"),
    "date": ("0", f"IF({{late}}=0,0,{_MOMENTS}/{_ENDED})"),
}


def _lesser(one: str, other: str) -> str:
    """Return the lesser of two, in each place of a row; MIN would take that of the whole row."""
    return f"(({one}+{other}-ABS({one}-({other})))/2)"


def _greater(one: str, other: str) -> str:
    return f"(({one}+{other}+ABS({one}-({other})))/2)"


def _part_of_year(begin: str, end: str) -> tuple[str, str]:
    """Return the greater of a beginning and the start of the year, and how long it is from there to an end in it."""
    low = _greater(begin, _YEAR)
    span = f"({_lesser(end, f'({_YEAR}+1)')}-{low})"
    return low, _greater(span, "0")


_MADE = "({year.upto}-{year.first}+{1.upto})"
_LOW, _SPAN = _part_of_year(_MADE, f"({_MADE}+{{2.upto}})")
_FALLING = f"{{0.upto}}*EXP(-{{3.upto}}*({_LOW}-{_MADE}))*(1-EXP(-{{3.upto}}*{_SPAN}))"
_SERVING = f"IF(SUM({{3.all}})=0,SUMPRODUCT({{0.upto}}*{_SPAN}),SUMPRODUCT({_FALLING}/{{3.upto}}))"
_READY = "({year.all}-{year.first}+{1.all})"
_BEGUN, _SPENT = _part_of_year(f"({_READY}-{{2.all}})", _READY)
# In the first year also what would be spent before it.
_EARLIER = f"+SUMPRODUCT({{0.all}}*(ABS({_READY}-{{2.all}})-{_READY}+{{2.all}})/2/{{2.all}})"
_AHEAD_SUM = f"SUMPRODUCT({{0.all}}*{_SPENT}/{{2.all}})"
_AHEAD_MOMENT = f"SUMPRODUCT({{0.all}}*{_SPENT}/{{2.all}}*({_BEGUN}-{_YEAR}+{_SPENT}*{{3}}))"
_AHEAD = tuple(f"IF(SUM({{2.all}})<={_SAME},{{0}},{_AHEAD_SUM}{earlier})" for earlier in (_EARLIER, ""))
_AHEAD_DATE = tuple(
    f"IF(SUM({{2.all}})<={_SAME},IF({{0}}=0,0,{{1}}),"
    f"IF({_AHEAD_SUM}{earlier}=0,0,{_AHEAD_MOMENT}/({_AHEAD_SUM}{earlier})))"
    for earlier in (_EARLIER, "")
)
_WHEN = f"({_READY}+{{2.all}}+{_SAME})"
_IN_IT = f"({_WHEN}>={_YEAR})*({_WHEN}<{_YEAR}+1)"
_LATER = f"SUMPRODUCT({{0.all}}*{_IN_IT})"
_LATER_DATE = f"IF({_LATER}=0,0,SUMPRODUCT({{0.all}}*{_IN_IT}*({_READY}+{{2.all}}-{_YEAR}))/{_LATER})"
_ALL_YEARS = "({year.all}-{year.first})"
_TRIES = 12
# Each flow is worth amount / (1 + rate) ** date; the slope is what Newton's method divides by.
_DATED = (("{0.all}", "0"), ("{1.all}", "{2.all}"), ("{3.all}", "{4.all}"), ("{5.all}", "1"))
_DATED_VALUE = "+".join(f"SUMPRODUCT({each}/MAX(0.0001,1+RATE)^({_ALL_YEARS}+{date}))" for each, date in _DATED)
_DATED_SLOPE = "+".join(
    f"SUMPRODUCT(({_ALL_YEARS}+{date})*{each}/MAX(0.0001,1+RATE)^({_ALL_YEARS}+{date}+1))" for each, date in _DATED
)
_PAID = (
    "IF({after}<0,"
    + _YEAR.replace("{", "{{").replace("}", "}}")
    + "+{then},IF({begun}<0,"
    + _YEAR.replace("{", "{{").replace("}", "}}")
    + "+{at}-{begun}/{{3}},{else_}))"
)

YEAR_ROWS = {
    "total": YearRows(result="SUM({0.all})"),
    "cumulative": YearRows({"own": ("SUM({0.upto})", "SUM({0.upto})")}),
    "discounted": YearRows({"growth": _GROWTH, "own": ("{0}/{growth}", "{0}/{growth}")}),
    "grow": YearRows({"growth": _GROWTH, "own": ("{0}*{growth}", "{0}*{growth}")}),
    "cohort": YearRows({**_PURCHASES, "own": ("{start}", "{start}+{late}")}),
    "cohort_within": YearRows({**_PURCHASES, "own": ("{late}", "{late}")}),
    "cohort_date": YearRows({**_PURCHASES, "own": ("{date}", "{date}")}),
    "serving": YearRows({"own": (_SERVING, _SERVING)}),
    "ahead": YearRows({"own": (_AHEAD[0], _AHEAD[1])}),
    "ahead_date": YearRows({"own": (_AHEAD_DATE[0], _AHEAD_DATE[1])}),
    "later": YearRows({"own": (_LATER, _LATER)}),
    "later_date": YearRows({"own": (_LATER_DATE, _LATER_DATE)}),
    "present": YearRows({"growth": ("1", "{growth.before}*(1+{2.before})"), "own": ("{0}/{growth}/(1+{2})^{1}",) * 2}),
    "internal_rate": YearRows(
        {
            # Zeros take the sign before them, so that they are no change.
            "sign": ("SIGN({0})", "IF({0}=0,{sign.before},SIGN({0}))"),
            "change": ("0", "IF({sign}*{sign.before}<0,1,0)"),
        },
        {"rate": f"IF(SUM({{change.all}})=1,{_RATE},NA())"},
        f"{{rate}}+{_VALUE}/{_SLOPE}",
    ),
    "rate_of_return": YearRows(
        {
            "net": ("{0}+{1}+{3}+{5}",) * 2,
            "sign": ("SIGN({net})", "IF({net}=0,{sign.before},SIGN({net}))"),
            "change": ("0", "IF({sign}*{sign.before}<0,1,0)"),
            # The flows of each date, those at the end of a year with those at the start of the next.
            "begun": ("{0}+IF({4}=0,{3},0)", "{0}+IF({4}=0,{3},0)+{5.before}+IF({4.before}=1,{3.before},0)"),
            "midst": ("IF({2}<{4},{1},IF({2}=0,0,{1})+IF({4}=0,0,IF({4}=1,0,{3})))",) * 2,
            "rest": ("IF({2}<{4},IF({4}=1,0,{3}),0)",) * 2,
            "sign0": ("SIGN({begun})", "IF({begun}=0,{sign2.before},SIGN({begun}))"),
            "sign1": ("IF({midst}=0,{sign0},SIGN({midst}))",) * 2,
            "sign2": ("IF({rest}=0,{sign1},SIGN({rest}))",) * 2,
            "turn": (
                "IF({sign0}*{sign1}<0,1,0)+IF({sign1}*{sign2}<0,1,0)",
                "IF({sign2.before}*{sign0}<0,1,0)+IF({sign0}*{sign1}<0,1,0)+IF({sign1}*{sign2}<0,1,0)",
            ),
        },
        {
            "last": "{5.last}+IF({4.last}=1,{3.last},0)",
            "turns": "SUM({turn.all})+IF({last}*{sign2.last}<0,1,0)",
            "guess": "IFERROR(IRR({net.all}),0.3)",
            **{
                f"try{at}": f"{{{before}}}+({_DATED_VALUE})/({_DATED_SLOPE})".replace("RATE", f"{{{before}}}")
                for at, before in enumerate(("guess", *(f"try{each}" for each in range(_TRIES - 1))))
            },
        },
        f"IF((SUM({{change.all}})=1)+({{turns}}=1)>0,{{try{_TRIES - 1}}},NA())",
    ),
    "payback_time": YearRows(
        {
            "s0": ("{0}", "{s3.before}+{0}"),
            "s1": ("{s0}+{3}*{2}",) * 2,
            "s2": ("{s1}+{1}",) * 2,
            "s4": ("{s2}+{3}*(1-{2})",) * 2,
            "s3": ("{s4}+{4}",) * 2,
            "p1": (
                _PAID.format(after="{s1}", begun="{s0}", then="{2}", at="0", else_="0"),
                _PAID.format(after="{s1}", begun="{s0}", then="{2}", at="0", else_="{p4.before}"),
            ),
            "p2": (f"IF({{s2}}<0,{_YEAR}+{{2}},{{p1}})",) * 2,
            "p3": (_PAID.format(after="{s4}", begun="{s2}", then="1", at="{2}", else_="{p2}"),) * 2,
            "p4": (f"IF({{s3}}<0,{_YEAR}+1,{{p3}})",) * 2,
            "idle": ("IF(ABS({0})+ABS({1})>0,0,1)", "IF(ABS({0})+ABS({1})>0,0,{idle.before})"),
        },
        result="IF({s3.last}<0,NA(),MAX(0,{p4.last}-IF({idle.last}=1,0,SUM({idle.all}))))",
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
