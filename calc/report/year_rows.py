"""The operations over all years as rows of a sheet: what stands in the cell of each year, and what is made of these.

A template names the operation's arguments by position and other rows by name; each stands for its cell of the year at
hand, and has `.before`, the cell of the year before; `.past`, those of all years before; `.upto`, these and the year at
hand; `.all`; `.first` and `.last`. `year` is the row of calendar years and `own` the row itself. Functions are those
that every spreadsheet has.
"""

from __future__ import annotations

from calc.records import dataclass, field


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
_YEARS_END = "({year.upto}-{year.first}+{1.upto})"
_LEASED = "{date}*MAX({0},{first})+(1-{date})*MAX({0},{last})"
_BEYOND = f"({_YEARS_END}-{_YEAR}-1)"
_BOUND = f"SUMPRODUCT({{taken.upto}}*({_BEYOND}+ABS({_BEYOND}))/2)"
_AGE = f"({_YEAR}-{_MADE})"
_STANDS = f"({_AGE}>-{_SAME})*({_AGE}<{{2.upto}}-{_SAME})"
_STANDING = f"SUMPRODUCT({{0.upto}}*{_STANDS}*EXP(-{{3.upto}}*{_AGE}))"
_SERVING_PRESENT = f"SUMPRODUCT({{0.upto}}*{_SPAN}/(1+{{4}})^({_LOW}-{_YEAR}+{_SPAN}*{{3}}))/{{growth}}"
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
_DATED = (("{0.all}", "0"), ("{1.all}", "{2.all}"), ("{3.all}", "{4.all}"), ("{5.all}", "{6.all}"), ("{7.all}", "1"))
_DATED_VALUE = "+".join(f"SUMPRODUCT({each}/MAX(0.0001,1+RATE)^({_ALL_YEARS}+{date}))" for each, date in _DATED)
_DATED_SLOPE = "+".join(
    f"SUMPRODUCT(({_ALL_YEARS}+{date})*{each}/MAX(0.0001,1+RATE)^({_ALL_YEARS}+{date}+1))" for each, date in _DATED
)
# What comes within a year at its very start, and what at one of the dates within it.
_AT_ONCE = "({2}=0)*{1}+({4}=0)*{3}+({6}=0)*{5}"
_AMOUNT = {
    date: f"(({{{date}}}>0)*(({{2}}={{{date}}})*{{1}}+({{4}}={{{date}}})*{{3}}+({{6}}={{{date}}})*({{6}}<1)*{{5}}))"
    for date in ("one", "two", "three")
}
_TURNS = "+".join(f"IF({{sign{at}}}*{{sign{at + 1}}}<0,1,0)" for at in range(3))
_NOW = "{0}+({2}=0)*{1}+({4}=0)*{3}"
_PART = "({{2}}={{{date}}})*{{1}}+({{4}}={{{date}}})*{{3}}"
_PAID = (
    "IF({after}<0,"
    + _YEAR.replace("{", "{{").replace("}", "}}")
    + "+{then},IF({begun}<0,"
    + _YEAR.replace("{", "{{").replace("}", "}}")
    + "+{at}-{begun}/{{5}},{else_}))"
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
    # One term for all years: of what is bound in a year a part ends at one date within it.
    "leased": YearRows(
        {
            "taken": ("{0}", "MAX(0,{0}-MAX({0.before},{last.before}))"),
            "first": (f"SUMPRODUCT({{taken.upto}}*({_YEARS_END}>{_YEAR}+{_SAME}))",) * 2,
            "last": (f"SUMPRODUCT({{taken.upto}}*({_YEARS_END}>{_YEAR}+1-{_SAME}))",) * 2,
            "date": (f"{{1}}-INT({{1}}+{_SAME})",) * 2,
            "own": (f"{_LEASED}+IF({{year}}={{year.last}},{_BOUND},0)",) * 2,
        }
    ),
    "standing": YearRows({"own": (_STANDING,) * 2}),
    "serving_present": YearRows({"growth": ("1", "{growth.before}*(1+{4.before})"), "own": (_SERVING_PRESENT,) * 2}),
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
            "net": ("{0}+{1}+{3}+{5}+{7}",) * 2,
            "sign": ("SIGN({net})", "IF({net}=0,{sign.before},SIGN({net}))"),
            "change": ("0", "IF({sign}*{sign.before}<0,1,0)"),
            # The flows of each date, those at the end of a year with those at the start of the next.
            "begun": (f"{{0}}+{_AT_ONCE}", f"{{0}}+{_AT_ONCE}+{{7.before}}+IF({{6.before}}=1,{{5.before}},0)"),
            "one": ("MIN({2},{4},{6})",) * 2,
            "three": ("MAX({2},{4},{6})",) * 2,
            "two": ("{2}+{4}+{6}-{one}-{three}",) * 2,
            "sign0": ("SIGN({begun})", "IF({begun}=0,{sign3.before},SIGN({begun}))"),
            **{
                f"sign{at}": (f"IF({_AMOUNT[date]}=0,{{sign{at - 1}}},SIGN({_AMOUNT[date]}))",) * 2
                for at, date in enumerate(("one", "two", "three"), 1)
            },
            "turn": (_TURNS, f"IF({{sign3.before}}*{{sign0}}<0,1,0)+{_TURNS}"),
        },
        {
            "last": "{7.last}+IF({6.last}=1,{5.last},0)",
            "turns": "SUM({turn.all})+IF({last}*{sign3.last}<0,1,0)",
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
            "one": ("MIN({2},{4})",) * 2,
            "two": ("MAX({2},{4})",) * 2,
            "now": (_NOW, f"{{s5.before}}+{_NOW}"),
            "s1": ("{now}+{5}*{one}",) * 2,
            "s2": (f"{{s1}}+({{one}}>0)*({_PART.format(date='one')})",) * 2,
            "s3": ("{s2}+{5}*({two}-{one})",) * 2,
            "s4": (f"{{s3}}+({{two}}>{{one}})*({_PART.format(date='two')})",) * 2,
            "s6": ("{s4}+{5}*(1-{two})",) * 2,
            "s5": ("{s6}+{6}",) * 2,
            "p0": (f"IF({{now}}<0,{_YEAR},0)", f"IF({{now}}<0,{_YEAR},{{p6.before}})"),
            "p1": (_PAID.format(after="{s1}", begun="{now}", then="{one}", at="0", else_="{p0}"),) * 2,
            "p2": (f"IF({{s2}}<0,{_YEAR}+{{one}},{{p1}})",) * 2,
            "p3": (_PAID.format(after="{s3}", begun="{s2}", then="{two}", at="{one}", else_="{p2}"),) * 2,
            "p4": (f"IF({{s4}}<0,{_YEAR}+{{two}},{{p3}})",) * 2,
            "p5": (_PAID.format(after="{s6}", begun="{s4}", then="1", at="{two}", else_="{p4}"),) * 2,
            "p6": (f"IF({{s5}}<0,{_YEAR}+1,{{p5}})",) * 2,
            "idle": ("IF(ABS({0})+ABS({1})>0,0,1)", "IF(ABS({0})+ABS({1})>0,0,{idle.before})"),
            # How long nothing is spent: whole years, and the part of the next before its first date.
            "wait": ("IF({idle}=1,1,IF({0}=0,{2},0))", "IF({idle}=1,1,IF({idle.before}*({0}=0)=1,{2},0))"),
        },
        result="IF({s5.last}<0,NA(),MAX(0,{p6.last}-IF({idle.last}=1,0,SUM({wait.all}))))",
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
