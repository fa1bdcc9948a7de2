"""Importers: small files of invented names in the shapes of other programs, and what none may take for a price."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING

import pytest
from calc_command import calc

if TYPE_CHECKING:
    from pathlib import Path

SKYPILOT = """\
InstanceType,AcceleratorName,AcceleratorCount,vCPUs,MemoryGiB,Price,SpotPrice,Region,AvailabilityZone,GpuInfo,Fleet
big.8x,H100,8.0,192,2048,40.0,12.0,east,east-a,"{'Gpus': [{'Name': 'H100'}]}",x
big.8x,H100,8.0,192,2048,40.0,16.0,east,east-b,"{'Gpus': [{'Name': 'H100'}]}",x
big.8x,H100,8.0,192,2048,0.0,,west,west-a,,x
small.1x,A10,1.0,8,32,9.99,,east,east-a,,x
plain,,,4,16,0.2,,east,east-a,,x
,H100,1.0,,,3.5,,east,east-a,,x
TPU-VM,tpu-v9-8,1.0,,,4.6,,east,east-a,,x
only-spot,A10,1.0,8,32,,0.3,east,east-a,,x
"""


def imported(
    folder: Path, kind: str, text: str | bytes, *more: str
) -> tuple[dict[tuple[str, str], dict[str, str]], str]:
    """Return the facts of a file by subject and quantity (with the date where there are several), and what was told."""
    path = folder / "in"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    done = calc("import", kind, "in", "-o", "out.csv", "--force", *more, cwd=folder)
    assert done.code == 0, done.err
    out = (folder / "out.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(io.StringIO(out)))
    # What is imported is a file of one's own facts without anything wrong in it.
    checked = calc("facts", "check", "out.csv", cwd=folder)
    assert checked.code == 0, checked.err
    found = {(row["subject"], row["quantity"]): row for row in rows}
    found |= {(f"{row['subject']}@{row['as_of']}", row["quantity"]): row for row in rows}
    return found, done.err


def test_a_skypilot_catalogue(tmp_path: Path) -> None:
    found, told = imported(tmp_path, "skypilot", SKYPILOT, "--as-of", "2026-11-03")
    price = found["big.8x-east", "gpu_hour_price"]
    # Two zones of one price: $40 an hour over 8 GPUs.
    assert (price["value"], price["unit"], price["as_of"], price["status"]) == (
        "5",
        "USD/(gpu*hour)",
        "2026-11-03",
        "vendor",
    )
    assert found["big.8x-east", "instance_price"]["value"] == "40"
    assert found["big.8x-east", "gpus_per_server"]["value"] == "8"
    spot = found["big.8x-east-spot", "gpu_hour_price"]
    assert (spot["value"], spot["low"], spot["high"]) == ("", "1.5", "2")  # 12 / 8 to 16 / 8
    assert found["plain-east", "instance_price"]["value"] == "0.2"
    assert ("plain-east", "gpu_hour_price") not in found
    assert found["only-spot-east-spot", "gpu_hour_price"]["value"] == "0.3"
    # 0 and 9.99 are no prices; a GPU without its machine and a slice of a TPU are no GPU-hour.
    assert not [subject for subject, _ in found if subject.startswith(("big.8x-west", "small", "tpu", "h100"))]
    for words in ("a price of 0.0: in:4", "a placeholder, 9.99: in:5", "without its machine, or of a slice: in:7, in:8",
                  "Price: no price: in:9", "not read: column `Fleet`"):  # fmt: skip
        assert words in told
    found, _ = imported(tmp_path, "skypilot", SKYPILOT, "--as-of", "2026", "--only", "plain")
    assert {subject for subject, _ in found} == {"plain-east", "plain-east@2026"}


def test_a_file_without_a_date_asks_for_one(tmp_path: Path) -> None:
    (tmp_path / "vms.csv").write_text(SKYPILOT, encoding="utf-8")
    for more in ((), ("--as-of", "yesterday")):
        done = calc("import", "skypilot", "vms.csv", *more, cwd=tmp_path)
        assert (done.code, done.out) == (2, "")
        assert "--as-of" in done.err


def test_an_imported_price_answers_a_scenario(tmp_path: Path) -> None:
    imported(tmp_path, "skypilot", SKYPILOT, "--as-of", "2026-11-03")
    text = "facts_from: [out.csv]\nfacts: [big.8x-east]\ninputs: {hours: 10 gpu-hours}\n"
    text += "formulas: {bill: hours * gpu_hour_price}\n"
    (tmp_path / "s.yaml").write_text(f"{text}show: [bill]\nexpect: {{bill: $50}}\n", encoding="utf-8")
    done = calc("run", "s.yaml", "--details", cwd=tmp_path)
    assert done.code == 0, done.err
    assert "out.csv:" in done.out


GENAI = [
    {"id": "acme", "models": [
        {"id": "large", "prices": {"input_mtok": 3, "output_mtok": 15, "cache_read_mtok": 0.3, "cache_write_mtok": 4},
         "prices_checked": "2026-09-01"},
        {"id": "long",
         "prices": {"input_mtok": {"base": 1.25, "tiers": [{"start": 200000, "price": 2.5}]}, "output_mtok": 10},
         "prices_checked": "2026-09-02"},
        {"id": "free", "prices": {"input_mtok": 0, "output_mtok": 0}, "prices_checked": "2026-09-03"},
        {"id": "moved", "prices": [{"prices": {"input_mtok": 9}},
                                    {"constraint": {"start_date": "2026-07-01"}, "prices": {"input_mtok": 8}}],
         "prices_checked": "2026-09-04"},
    ]},
]  # fmt: skip


def test_prices_of_tokens(tmp_path: Path) -> None:
    found, told = imported(tmp_path, "genai-prices", json.dumps(GENAI))
    large = {quantity: row["value"] for (subject, quantity), row in found.items() if subject == "api-acme-large"}
    assert large == {"api_input_price": "3", "api_output_price": "15", "api_cached_price": "0.3"}
    assert (
        found["api-acme-large", "api_input_price"]["unit"],
        found["api-acme-large", "api_input_price"]["as_of"],
    ) == (
        "USD/Mtoken",
        "2026-09-01",
    )
    assert found["api-acme-long", "api_input_price"]["value"] == "1.25"
    assert "above 200000 tokens 2.5" in found["api-acme-long", "api_input_price"]["note"]
    assert (
        found["api-acme-moved", "api_input_price"]["value"],
        found["api-acme-moved", "api_input_price"]["as_of"],
    ) == (
        "8",
        "2026-07-01",
    )
    assert ("api-acme-free", "api_input_price") not in found
    assert "a price of 0: in: acme/free" in told
    assert "not read: prices `cache_write_mtok`" in told
    assert "holds at other times: in: acme/moved" in told


def test_a_name_in_what_was_left_out_is_inert(tmp_path: Path) -> None:
    models = [{"id": "a\x1b[31m\u202e", "models": [{"id": "x\nerror[E-FAKE]: y", "prices": {"input_mtok": 0}}]}]
    (tmp_path / "in").write_text(json.dumps([*models, *GENAI]), encoding="utf-8")
    done = calc("import", "genai-prices", "in", "--as-of", "2026-10", cwd=tmp_path)
    assert done.code == 0
    assert "a price of 0: in: a\\x1b[31m\\u202e/x\\x0aerror[E-FAKE]: y" in done.err


def test_prices_of_tokens_from_litellm(tmp_path: Path) -> None:
    models = {
        "sample_spec": {"input_cost_per_token": 0.0},
        "acme/large": {"litellm_provider": "acme", "input_cost_per_token": 3e-06, "output_cost_per_token": 1.5e-05},
        "acme/free": {"litellm_provider": "acme", "input_cost_per_token": 0.0},
    }
    found, told = imported(tmp_path, "genai-prices", json.dumps(models), "--as-of", "2026-10")
    # $3e-06 a token is $3 a million; the subject is another than that of genai-prices, because the two may disagree.
    assert found["api-acme-large-litellm", "api_input_price"]["value"] == "3"
    assert found["api-acme-large-litellm", "api_output_price"]["value"] == "15"
    assert "a price of 0.0: in: acme/free" in told
    for text in ("[", "{}", '[{"a": 1}]', "[" * 100_000):
        (tmp_path / "x.json").write_text(text, encoding="utf-8")
        assert calc("import", "genai-prices", "x.json", "--as-of", "2026", cwd=tmp_path).code == 2


FOCUS_HEAD = (
    "BilledCost,EffectiveCost,BillingCurrency,ChargeCategory,ChargePeriodStart,BillingPeriodStart,ServiceName,RegionId,"
)
FOCUS_HEAD += "CommitmentDiscountStatus,SkuPriceDetails,ConsumedQuantity,ConsumedUnit,ListCost,x_Team\n"
_BIG = '"{""InstanceType"": ""big.8x""}"'
FOCUS = FOCUS_HEAD + "".join(f"{row}\n" for row in (
    # A commitment for a year paid at once, its use without a bill, and what nothing used of it.
    "876,0,USD,Purchase,2026-09-01T00:00:00Z,2026-09-01T00:00:00Z,Compute,east,,,,,,t",
    f"0,320,USD,Usage,2026-09-01T00:00:00Z,2026-09-01T00:00:00Z,Compute,east,Used,{_BIG},10,Hours,400,t",
    f"0,80,USD,Usage,2026-09-02T00:00:00Z,2026-09-01T00:00:00Z,Compute,east,Unused,{_BIG},2,Hours,,t",
    f"40,40,USD,Usage,2026-09-03T00:00:00Z,2026-09-01T00:00:00Z,Compute,east,,{_BIG},1,Hours,40,t",
    "100,100,USD,Usage,2026-10-01T00:00:00Z,2026-10-01T00:00:00Z,Storage,east,,,5000,GB-Hours,100,t",
    "-10,-10,USD,Credit,2026-09-30T00:00:00Z,2026-09-01T00:00:00Z,Compute,east,,,,,,t",
))  # fmt: skip


def test_a_bill(tmp_path: Path) -> None:
    (tmp_path / "gpus.csv").write_text("instance_type,gpus\nbig.8x,8\n", encoding="utf-8")
    found, told = imported(tmp_path, "focus", FOCUS, "--gpus", "gpus.csv")
    september = {quantity: row for (subject, quantity), row in found.items() if subject == "bill-compute-east@2026-09"}
    # Paid: 876 + 40 - 10; used: 320 + 80 + 40 - 10, and never the two together.
    assert (september["billed_cost"]["value"], september["billed_cost"]["unit"]) == ("906", "USD/month")
    assert september["effective_cost"]["value"] == "430"
    assert september["commitment_unused_cost"]["value"] == "80"
    assert found["bill-storage-east@2026-10", "billed_cost"]["value"] == "100"
    # (320 + 40) over (10 + 1) hours of 8 GPUs; what nothing used has no hours, and GB-hours are none of an instance.
    assert float(found["bill-big.8x-east", "gpu_hour_price"]["value"]) == pytest.approx(360 / 88)
    assert found["bill-big.8x-east", "gpu_hours_used"]["value"] == "88"
    assert "not read: column `x_Team`" in told


def test_how_many_gpus_an_instance_has_is_never_guessed(tmp_path: Path) -> None:
    found, told = imported(tmp_path, "focus", FOCUS)
    assert ("bill-big.8x-east", "gpu_hour_price") not in found
    assert "GPU-hours of instances whose GPUs no `--gpus FILE` gives: big.8x (in:3), big.8x (in:5)" in told


def test_a_bill_that_cannot_be_read(tmp_path: Path) -> None:
    for old, new, place in (
        ("876,0,USD", "876,,USD", "in:2:5"), ("876,0,USD", "876,x,USD", "in:2:5"), ("876,0,USD", "876,0,XXX", "in:2:7"),
        ("Storage,east,,,5000", "Storage,east,,,5000,1,2,3,4,5", "in:6:"),
        ("2026-10-01T00:00:00Z,2026-10", "October,2026-10", "in:6:"),
        ("BilledCost", "Cost", "in:1:1"),
    ):  # fmt: skip
        (tmp_path / "in").write_text(FOCUS.replace(old, new), encoding="utf-8")
        done = calc("import", "focus", "in", cwd=tmp_path)
        assert (done.code, done.out) == (2, ""), new
        assert done.err.startswith(place), done.err


SACCT = """\
JobID|State|Submit|Start|End|Elapsed|AllocTRES|NNodes|Partition|Account
1|COMPLETED|2026-09-01T00:00:00|2026-09-01T01:00:00|2026-09-01T11:00:00|10:00:00|billing=64,cpu=64,gres/gpu:h100=8,gres/gpu=8,node=1|1|gpu|a
1.batch|COMPLETED|2026-09-01T01:00:00|2026-09-01T01:00:00|2026-09-01T11:00:00|10:00:00|cpu=64,gres/gpu=8,node=1|1||a
1.0|COMPLETED|2026-09-01T01:00:00|2026-09-01T01:00:00|2026-09-01T11:00:00|10:00:00|cpu=64,gres/gpu=8,node=1|1||a
2|REQUEUED|2026-09-01T00:00:00|2026-09-01T03:00:00|2026-09-01T04:00:00|01:00:00|gres/gpu:h100=4,node=1|1|gpu|a
2|RUNNING|2026-09-01T04:00:00|2026-09-01T06:00:00|Unknown|1-00:00:00|gres/gpu:h100=4,node=1|1|gpu|a
3|PENDING|2026-09-01T04:00:00|Unknown|Unknown|00:00:00||1|gpu|a
4|COMPLETED|2026-09-01T04:00:00|2026-09-01T04:00:00|2026-09-01T05:00:00|01:00:00|cpu=8,node=1|1|cpu|a
"""


def test_accounting(tmp_path: Path) -> None:
    found, told = imported(tmp_path, "sacct", SACCT, "--capacity", "40")
    # 8 x 10 h, and 4 x 1 h and 4 x 24 h of the job that was requeued; steps and gres/gpu:h100 are the same GPUs.
    assert found["slurm-gpu", "gpu_hours_used"]["value"] == "180"
    # Waited 1, 3 and 2 hours.
    assert (found["slurm-gpu", "queue_wait"]["value"], found["slurm-gpu", "queue_wait"]["unit"]) == ("2", "hour")
    # From 01:00 to 11:00, 10 hours of 40 GPUs: 180 / 400.
    assert found["slurm", "gpu_utilisation"]["value"] == "0.45"
    assert "jobs without a GPU or that never began: in:7, in:8" in told
    _, told = imported(tmp_path, "sacct", SACCT)
    assert "no utilisation: say how many GPUs there are" in told
    (tmp_path / "in").write_text(SACCT, encoding="utf-8")
    assert calc("import", "sacct", "in", "--capacity", "4", cwd=tmp_path).code == 2
    for elapsed in ("ten", f"{'9' * 5000}-10:00:00"):
        (tmp_path / "in").write_text(SACCT.replace("10:00:00|billing", f"{elapsed}|billing"), encoding="utf-8")
        assert calc("import", "sacct", "in", cwd=tmp_path).err.startswith("in:2:")


SMI = """\
timestamp, index, name, utilization.gpu [%], power.draw [W], memory.used [MiB]
2026/09/01 08:00:00.000, 0, ACME H9, 100 %, 600.00 W, 1000 MiB
2026/09/01 08:00:00.000, 1, ACME H9, 0 %, [N/A], 1000 MiB
2026/09/01 08:00:30.000, 0, ACME H9, 0 %, 100.00 W, 1000 MiB
2026/09/01 08:00:40.000, 0, ACME H9, 50 %, 300.00 W, 1000 MiB
2026/09/01 08:00:40.000, 1, ACME H9, 0 %, [N/A], 1000 MiB
"""


def test_measurements(tmp_path: Path) -> None:
    for text in (SMI, SMI.replace(" %,", ",").replace(" W,", ",").replace(" MiB\n", "\n")):
        found, told = imported(tmp_path, "nvidia-smi", text)
        # Each sample holds until the next: (600 x 30 + 100 x 10) / 40 W; 75 % of card 0 and nothing of card 1.
        assert found["acme-h9", "gpu_average_power"]["value"] == "475"
        assert found["acme-h9", "gpu_utilisation"]["value"] == "0.375"
        assert "not of the peak" in found["acme-h9", "gpu_utilisation"]["note"]
        assert found["acme-h9", "gpu_memory_used"]["value"] == "1.048576"
        assert "`power.draw` that the card does not measure: in:3, in:6" in told
    for wrong in (
        SMI.replace("600.00 W", "0.6 kW"),
        SMI.replace("2026/09/01 08:00:30.000", "noon"),
        "timestamp,index\n1,2\n",
    ):
        (tmp_path / "in").write_text(wrong, encoding="utf-8")
        assert calc("import", "nvidia-smi", "in", cwd=tmp_path).code == 2


def test_what_is_no_import(tmp_path: Path) -> None:
    (tmp_path / "in").write_text(SACCT, encoding="utf-8")
    done = calc("import", "sact", "in", cwd=tmp_path)
    assert (done.code, "`sacct`" in done.err) == (2, True)
    assert calc("import", "focus", "in", cwd=tmp_path).code == 2
    assert calc("import", "focus", "none.csv", cwd=tmp_path).code == 2
    assert calc("import", "sacct", "in", "--capacity", "some", cwd=tmp_path).code == 2


def test_hostile_text_stays_text(tmp_path: Path) -> None:
    text = SKYPILOT.replace("big.8x", '=cmd|"x"!A1').replace('"x"', "x")
    found, _ = imported(tmp_path, "skypilot", text, "--as-of", "2026")
    assert all(not subject.startswith("=") for subject, _ in found)
