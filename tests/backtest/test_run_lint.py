"""Known errors of sources: each rule finds a row that has the error and leaves a row alone that has not."""

from __future__ import annotations

import pytest

from calc.backtest.lint import RULES, lint
from calc.backtest.runs import Run, published_runs, read_runs
from calc.errors import SourceText

# A plain run: 6 x 7e9 x 1e12 = 4.2e22 FLOP in 102,400 h of A100 (256 for 400 h) are 36.5 % of 312 TFLOP/s. At 400 W and
# a PUE of 1.1 that is 45.06 MWh; at 0.4 kg/kWh 18.02 t.
PLAIN = {
    "params_active_b": "7", "tokens_b": "1000", "train_flop": "4.2e22", "accelerator": "A100-80GB SXM",
    "organisation": "Lab", "n_accel": "256", "accel_hours": "102400", "days": "16.67", "mfu": "0.38",
    "avg_w_per_accel": "400", "pue": "1.1", "energy_mwh": "45.06", "carbon_kg_per_kwh": "0.4", "tco2e": "18.02",
}  # fmt: skip


def row(**changes: str) -> Run:
    cells = {"id": "mine", **PLAIN, **changes}
    text = ",".join(cells) + "\n" + ",".join(f'"{cell}"' for cell in cells.values()) + "\n"
    return read_runs(SourceText("mine.csv", text))[0]


def rules(run: Run, *others: Run) -> set[str]:
    return {each.rule for each in lint([run], others)}


def test_a_plain_run_breaks_no_rule() -> None:
    assert rules(row()) == set()


ERRORS = [
    # DeepSeek-V2: 172.8 thousand hours are those of one of its 8.1 trillion tokens; for all they would take 166 %.
    ("hours-per-trillion-tokens", {"params_active_b": "21", "tokens_b": "8100", "accelerator": "H800", "train_flop": "",
                                   "accel_hours": "172800", "n_accel": "", "days": "", "mfu": "", "energy_mwh": "",
                                   "tco2e": ""}),
    # Falcon-180B: 4,096 x 6 months of 720 h = 17,694,720 h; the source itself says 7.0M.
    ("hours-assumed-from-months", {"params_active_b": "179.52", "tokens_b": "3500", "train_flop": "", "n_accel": "4096",
                                   "accel_hours": "17694720", "days": "", "mfu": "", "energy_mwh": "", "tco2e": ""}),
    # Llama 3.3: 12.9 t for the hours whose 4,900 MWh gave 2,040 t are 2.6 g/kWh.
    ("carbon-of-other-hours", {"params_active_b": "70.55", "tokens_b": "15000", "accelerator": "H100-80GB SXM",
                               "train_flop": "", "accel_hours": "7000000", "n_accel": "", "days": "", "mfu": "",
                               "avg_w_per_accel": "700", "pue": "", "energy_mwh": "4900", "carbon_kg_per_kwh": "",
                               "tco2e": "12.9"}),
    # Text and table: 256 devices for 25 days are 153,600 h.
    ("figures-disagree", {"days": "25"}),
    # OPT-175B: the logbook's 4.3e23 FLOP against 6 x 175e9 x 300e9 = 3.15e23.
    ("figures-disagree", {"train_flop": "5.73e22"}),
    # Strubell's architecture search: 2,192,960 h on 8 P100 are 31 years.
    ("proxy-scaled-up", {"params_active_b": "", "tokens_b": "", "train_flop": "", "accelerator": "P100", "n_accel": "8",
                         "accel_hours": "2192960", "days": "11421.667", "mfu": "", "energy_mwh": "", "tco2e": ""}),
    # GPT-3: 10,000 V100.
    ("devices-assumed", {"n_accel": "10000", "accel_hours": "102400", "days": "0.4267"}),
    ("devices-assumed", {"accelerator": "A100 (assumed)"}),
    ("devices-assumed", {"accelerator": "TPU v3/v4", "mfu": ""}),
    # DeepSeek-V3 against the FP8 peak: 19.5 %, where 2.788M hours are 33 % of the 16-bit one.
    ("mfu-against-other-peak", {"mfu": "0.19"}),
    # PaLM: steps at 46.2 %, billed hours at 30.4 %.
    ("stepping-mfu", {"mfu": "0.5"}),
    # 102,400 h x 400 W x 1.1 x 1.1 = 49.56 MWh.
    ("pue-counted-twice", {"energy_mwh": "49.56", "tco2e": "19.83"}),
    # 45.06 MWh x 1.1 x 0.4 kg/kWh = 19.83 t.
    ("pue-counted-twice", {"tco2e": "19.83"}),
    ("thousand-apart", {"energy_mwh": "45060", "tco2e": ""}),
    ("thousand-apart", {"energy_mwh": "0.04506", "tco2e": ""}),
    # Without power: 45,060 MWh in 102,400 h are 440 kW each.
    ("thousand-apart", {"energy_mwh": "45060", "avg_w_per_accel": "", "tco2e": ""}),
    # 18,020 t: kilograms.
    ("thousand-apart", {"tco2e": "18020"}),
    # CPM-Large: 16.7B tokens are those of the data set; 20,000 steps of 3,072 x 1,024 are up to 63B.
    ("utilisation-out-of-band", {"params_active_b": "2.6", "tokens_b": "16.7", "accelerator": "V100", "n_accel": "64",
                                 "train_flop": "", "accel_hours": "21504", "days": "14", "mfu": "", "energy_mwh": "",
                                 "tco2e": ""}),
    # 0.5 trillion tokens cannot be those of the hours of a trillion: too few hours for any other reason.
    ("utilisation-out-of-band", {"tokens_b": "500", "train_flop": "", "accel_hours": "16000", "n_accel": "", "days": "",
                                 "mfu": "", "energy_mwh": "", "tco2e": ""}),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "changes"), ERRORS, ids=[f"{at}-{rule}" for at, (rule, _) in enumerate(ERRORS)])
def test_a_row_with_the_error_is_found(rule: str, changes: dict[str, str]) -> None:
    assert rule in rules(row(**changes))


def test_every_rule_is_tried() -> None:
    assert {rule for rule, _ in ERRORS} == set(RULES)


NEAR_MISSES = [
    # The right hours of DeepSeek-V2: 20 % of the peak.
    ("hours-per-trillion-tokens", {"params_active_b": "21", "tokens_b": "8100", "accelerator": "H800",
                                   "accel_hours": "1399680"}),
    # 128 devices for 120 days are four months of 720 h, and the days are stated.
    ("hours-assumed-from-months", {"n_accel": "128", "accel_hours": "368640", "days": "120"}),
    ("hours-assumed-from-months", {"n_accel": "4096", "accel_hours": "7000000", "days": ""}),
    # A grid of nuclear power: 57 g/kWh.
    ("carbon-of-other-hours", {"carbon_kg_per_kwh": "0.057", "tco2e": "2.57"}),
    ("figures-disagree", {"days": "17.5"}),
    # Four months on 100,000 devices.
    ("proxy-scaled-up", {"n_accel": "100000", "accel_hours": "288000000", "days": "120"}),
    ("devices-assumed", {"n_accel": "16384"}),
    ("devices-assumed", {"n_accel": "992"}),
    # Rounded hours make an MFU a little lower than what they gave.
    ("mfu-against-other-peak", {"mfu": "0.34"}),
    # A third of it is no other peak's.
    ("mfu-against-other-peak", {"mfu": "0.1"}),
    ("stepping-mfu", {"mfu": "0.41"}),
    ("pue-counted-twice", {"pue": "1.02", "energy_mwh": "41.78"}),
    # Energy at the GPUs alone, PUE applied to the carbon once.
    ("pue-counted-twice", {"energy_mwh": "40.96", "tco2e": "18.02"}),
    # Ten times apart is another error.
    ("thousand-apart", {"energy_mwh": "450.6"}),
    ("utilisation-out-of-band", {"accel_hours": "70000"}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "changes"), NEAR_MISSES, ids=[f"{at}-{rule}" for at, (rule, _) in enumerate(NEAR_MISSES)]
)
def test_a_row_without_the_error_is_left_alone(rule: str, changes: dict[str, str]) -> None:
    assert rule not in rules(row(**changes))


def test_every_rule_leaves_something_alone() -> None:
    assert {rule for rule, _ in NEAR_MISSES} == set(RULES)


def test_carbon_is_compared_with_runs_of_the_same_hours() -> None:
    other = row(id="other", tco2e="90", carbon_kg_per_kwh="2")
    assert "carbon-of-other-hours" in rules(row(), other)
    assert "carbon-of-other-hours" not in rules(row(), row(id="other", tco2e="20"))
    assert "carbon-of-other-hours" not in rules(row(), row(id="other", tco2e="90", organisation="Other"))
    assert "carbon-of-other-hours" not in rules(row(), row(id="other", tco2e="90", accel_hours="50000"))


def test_a_row_that_says_little_breaks_no_rule() -> None:
    assert lint(read_runs(SourceText("mine.csv", "id\nmine\n"))) == []


def test_what_the_published_runs_are_known_for() -> None:
    found: dict[str, set[str]] = {}
    for each in lint(published_runs()):
        found.setdefault(each.rule, set()).add(each.run.id)
    assert found == {
        "proxy-scaled-up": {"strubell-nas"},
        "devices-assumed": {"gpt3-175b", "arctic", "chinchilla-70b"},
        "stepping-mfu": {"mt-nlg-530b", "palm-540b", "opt-175b", "llama31-405b", "alexatm-20b", "megatron-8.3b"},
        "figures-disagree": {"opt-175b", "alexatm-20b", "megatron-8.3b"},
        "utilisation-out-of-band": {"cpm-large"},
    }
