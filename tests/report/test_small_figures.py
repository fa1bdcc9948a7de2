"""A figure that is not 0 is never printed as 0: not below half a cent, not as a share, not as a step."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from as_text import as_markdown, as_table, explained

from calc.errors import Problems
from calc.scenario.load import load
from calc.scenario.resolve import Options, resolve
from calc.study.answer import Answer, answer
from calc.study.remarks import failures

if TYPE_CHECKING:
    from pathlib import Path

# 800 tokens x 3 USD/Mtoken = 0.0024 USD, at 4 USD/Mtoken 0.0032 USD; a million times as much is 2,400 USD, of which the
# request is 1 / 1,000,001, or 1e-4 %.
SMALL = """\
title: Small money
years: 2026 to 2027
inputs:
  tokens_used: {value: 800 tokens, source: test}
  token_price: {value: 3 USD/Mtoken, source: test}
  price_by_year: {by year: {2026: 3 USD/Mtoken, 2027: 2 USD/Mtoken}, source: test}
  many: {value: 1000000x, source: test}
  few: {value: 0.001 USD, source: test}
formulas:
  request_cost: tokens_used * token_price
  yearly_cost: tokens_used * price_by_year
  credit: -request_cost
  other: request_cost * many
  whole: request_cost + other
  tiny_share: request_cost / whole
  settled: other + few
show: [request_cost, yearly_cost, credit, whole, tiny_share, few, settled]
cases: {plain: {}, dear: {token_price: 4 USD/Mtoken, few: 0.002 USD}}
checks: [request_cost <= 0.0023999 USD]
expect:
  plain: {request_cost: $0.0025}
sweep: {tokens_used: 800 to 1600 tokens step 800 tokens}
compare: {cases: [plain, dear], of: [request_cost, settled]}
"""


def answered(folder: Path, text: str) -> Answer:
    path = folder / "small.yaml"
    path.write_text(text, encoding="utf-8")
    problems = Problems()
    return answer(resolve(load(str(path), problems), Options(), problems))


def test_money_below_half_a_cent_stands_in_every_report(tmp_path: Path) -> None:
    found = answered(tmp_path, SMALL)
    told = "\n".join(each.message for each in failures(found))
    texts = {
        "table": as_table(found),
        "markdown": as_markdown(found),
        "explain": explained(found, "request_cost"),
        "messages": told,
    }
    wrong = [name for name, text in texts.items() if "$0.0024" not in text or re.search(r"\$0(?![.\d])", text)]
    assert not wrong, wrong
    for name in ("table", "markdown"):
        # the year, the credit, the share, and the step of the comparison from 0.0024 to 0.0032
        wanted = ("$0.0016", "-$0.0024", "1e-4 %", "+0.000800", "0.002400")
        assert not [each for each in wanted if each not in texts[name].replace("\\", "")], name
    # 0.001 USD beside 2,400: the step is too small for whole dollars, and is told by itself
    assert "+0.001" in texts["table"]
    assert "$0.0024 against $0.0023999" in told  # both sides of a check are told apart
    assert "is $0.0024" in told


def test_a_small_part_of_a_sum_has_a_share_and_a_bar(tmp_path: Path) -> None:
    text = as_table(answered(tmp_path, SMALL))
    (line,) = [each for each in text.splitlines() if "request_cost  $0.0024" in each and "%" in each]
    assert line.split()[2:] == ["1e-4", "%", "█"]


NARROW = """\
title: A narrow range
inputs:
  fee: {value: 100.00012 to 100.00018 USD, source: test}
  many: {value: 1000x, source: test}
formulas: {fees: fee * many}
show: [fee, fees]
"""


def test_the_ends_of_a_narrow_range_are_told_apart(tmp_path: Path) -> None:
    """A tenth of the way from 100.00012 to 100.00018 is 100.000126, nine tenths 100.000174: it takes seven digits."""
    found = answered(tmp_path, NARROW)
    for text in (as_table(found), as_markdown(found)):
        missing = [each for each in ("$100.0001", "$100.0002", "$100,000.1", "$100,000.2") if each not in text]
        assert not missing, (missing, text)


LARGE = """\
title: Large and unsure
inputs:
  server_price: {low: $1M/server, likely: $2M/server, high: $20M/server, source: test}
  servers: {value: 1 server, source: test}
  server_power: {low: 110 kW, median: 132 kW, high: 140 kW, source: test}
  rack_power_rated: {value: 132 kW, source: test}
  rack_power_derating: {value: 100 %, source: test}
cases: {one: {}, many: {servers: 123456 servers}}
show: [server_capex, rack_power_stranded_share]
compare: {cases: [one, many], of: [server_capex]}
"""


def test_numbers_of_remarks_and_studies_are_written_as_those_of_figures(tmp_path: Path) -> None:
    """Half of the servers need more than the cabinet has: p50 of what is stranded is unsure by far more than itself."""
    found = answered(tmp_path, LARGE)
    texts = {"table": as_table(found), "markdown": as_markdown(found)}
    wrong = [name for name, text in texts.items() if re.search(r"\de\+\d", text) or "123,456" not in text]
    assert not wrong, (wrong, texts)
    assert "$2M/server ($1M to $20M)" in texts["markdown"]
