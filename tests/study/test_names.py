"""Names of parts and cases may hold anything: ` in `, years, commas, quotes; studies never take them apart."""

from __future__ import annotations

import json
import pickle
from typing import TYPE_CHECKING, Any

import pytest

import calc
from calc.cli.options import app
from calc.engine.flat import Key, dated, key_of
from calc.errors import CalcError

if TYPE_CHECKING:
    from pathlib import Path

PARTS = {
    "built in 2026": 100, "2026": 50, "hall 1, east": 10, 'it\'s "so": 7 < 8': 11, "research and development": 12,
    "Größe 日本": 13, "in": 14,
}  # fmt: skip
# In 2025 a part costs 6 kW x 1.35 x 100 USD/MWh = 0.81 USD/hour a server; 1 % more in 2026.
SITE: dict[str, Any] = {
    "years": "2025 to 2027",
    "inputs": {
        "pue": {"low": "1.2", "likely": "1.35", "high": "1.5"}, "server_power": "6 kW",
        "electricity_price": {"by year": {"2025": "100 USD/MWh", "2026": "101 USD/MWh", "2027": "102 USD/MWh"}},
    },
    "formulas": {"power_cost": "facility_power * electricity_price * 1"},
    "parts": {name: {"inputs": {"servers": f"{count} servers"}} for name, count in PARTS.items()},
    "totals": {"site_cost": "sum of power_cost"},
    "cases": {
        "in 2026": {}, "2027": {"pue": "1.3"}, "a, b: c": {"parts": {"2026": {"inputs": {"servers": "60 servers"}}}},
    },
    "show": ["power_cost", "site_cost"],
}  # fmt: skip
PER_SERVER = {2025: 0.81, 2026: 0.81 * 1.01, 2027: 0.81 * 1.02}


def shown(part: str) -> str:
    return f"part {part}" if part == "2026" else part


@pytest.fixture
def site(tmp_path: Path) -> Path:
    import yaml

    path = tmp_path / "site.yaml"
    path.write_text(yaml.safe_dump(SITE, sort_keys=False, allow_unicode=True), encoding="utf-8")
    return path


def command(capsys: pytest.CaptureFixture[str], *words: object) -> dict[str, Any]:
    assert app([*map(str, words), "--format", "json", "--samples", "64"], standalone_mode=False) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_a_key_knows_what_it_is_made_of_and_reads_as_a_name() -> None:
    key = Key("servers", "built in 2026", 2027)
    assert (key, key.name, key.part, key.year) == ("servers in built in 2026 in 2027", "servers", "built in 2026", 2027)
    assert pickle.loads(pickle.dumps(key)).part == "built in 2026"  # noqa: S301  # our own bytes
    # A part that is called as a year is not that year.
    assert Key("servers", "2026") != Key("servers", year=2026) == "servers in 2026"
    assert (dated(Key("servers", "2026"), 2027), key_of("servers").part) == ("servers in part 2026 in 2027", "")


def test_every_study_tells_all_parts_apart(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wrong: dict[str, object] = {}

    def expect(what: str, found: object, expected: object) -> None:
        if found != expected:
            wrong[what] = found, expected

    driven = command(capsys, "sensitivity", site, "--case", "in 2026")["cases"][0]["figures"]
    for part, count in PARTS.items():
        for year, cost in PER_SERVER.items():
            figure = driven[f"power_cost in {shown(part)} in {year}"]
            expect(f"driver {part} {year}", (round(figure["value"], 9), figure["year"]), (round(cost * count, 9), year))
    for part in ("built in 2026", "2026", "hall 1, east", "research and development"):
        count = PARTS[part]
        limit = f"power_cost in {shown(part)} <= {PER_SERVER[2025] * count:.9g} USD/hour"
        flips = command(capsys, "sensitivity", site, "--case", "in 2026", "--flip", f"{limit} ")["cases"][0]["flips"]
        # It holds in 2025 and not in 2027: at a PUE of 1.35 / 1.02 it holds in all years.
        expect(f"flip {part}", [(each["quantity"], round(each["nearest"], 6)) for each in flips], [("pue", 1.323529)])
        swept = command(
            capsys, "sweep", site, "--case", "in 2026", "--axis", f"servers in {shown(part)}=[7 servers]",
            "--maximise", f"power_cost in {shown(part)} in 2026",
        )["cases"][0]["columns"]  # fmt: skip
        values = {(each["name"], each["year"]): each["values"][0] for each in swept}
        for other, its in PARTS.items():
            servers = 7 if other == part else its
            expect(f"sweep {part}, {other}", round(values[f"power_cost in {shown(other)}", 2027], 9),
                   round(PER_SERVER[2027] * servers, 9))  # fmt: skip
        goal = f"largest servers in {shown(part)} within 1 to 99 servers so that power_cost in {shown(part)} in 2026"
        found = command(capsys, "find", site, "--case", "in 2026", "--goal", f"{goal} <= 8.2 USD/hour and pue >= 1")
        # 8.2 / 0.8181 = 10.02
        values = found["goals"][0]["cases"][0]["values"]
        expect(f"find {part}", [(name, each["value"]) for name, each in values.items()],
               [(f"servers in {shown(part)}", 10.0)])  # fmt: skip
        compared = command(
            capsys, "compare", site, "in 2026", "2027", "--figure", f"power_cost in {shown(part)} in 2026,site_cost"
        )
        names = [(each["name"], each["year"]) for each in compared["figures"]]
        expect(f"compare {part}", names[0], (f"power_cost in {shown(part)}", 2026))
        expect(f"compare {part}, figures", len(names), 1 + 3)
    assert not wrong


def test_cases_are_compared_by_whatever_they_are_called(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    flip = "site_cost in case 2027 < site_cost in a, b: c"
    flips = command(capsys, "sensitivity", site, "--flip", flip)["flips_between_cases"]
    # 220 servers at the PUE sought cost what 210 cost at 1.3
    assert sum(PARTS.values()) == 210
    assert [(each["input"], each["quantity"], round(each["nearest"], 6)) for each in flips] == [
        ("pue in a, b: c", "pue", round(1.3 * 210 / 220, 6))
    ]


def test_what_can_be_read_in_two_ways_is_refused_with_both(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    two = {
        ("run", "--set", "servers in 2026=3 servers"): "`servers in 2026` may be `servers` of part `2026` or `servers` "
        "of year `2026`",
        ("sweep", "--axis", "servers in 2026=[3 servers]"): "`servers in 2026` may be `servers` of part `2026` or "
        "`servers` of year `2026`",
        ("run", "--set", "pue=1.2", "--set", "pue in every part=1.3"): "`pue` is set twice",
    }
    for (name, *words), message in two.items():
        with pytest.raises(CalcError) as caught:
            app([name, str(site), *words], standalone_mode=False)
        assert caught.value.message == message
    # A sum over the parts is of no part, so that the year alone can be meant: 210 servers x 0.8181 USD/hour.
    found = command(capsys, "find", site, "--case", "in 2026", "--goal",
                    "largest pue within 1.2 to 1.5 so that site_cost in 2026 <= 171.801 USD/hour")  # fmt: skip
    assert found["goals"][0]["cases"][0]["values"]["pue"]["value"] == pytest.approx(1.35, abs=1e-4)


def test_parts_that_one_name_would_mean_are_refused_by_studies() -> None:
    parts = {"built": SITE["parts"]["2026"], "built in 2026": SITE["parts"]["in"]}
    scenario = {**SITE, "parts": parts, "cases": {}, "sensitivity": ["site_cost"]}
    with pytest.raises(CalcError) as caught:
        calc.run(scenario, samples=64)
    assert caught.value.message == "the parts `built` and `built in 2026` cannot be told apart in some year"
