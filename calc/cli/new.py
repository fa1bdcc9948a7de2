"""`calc new`: a commented scenario to begin with, asked for in a terminal, by options, or from a shipped one."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from calc.cli.options import Force, Output, option, scenario_names
from calc.errors import CalcError, quote
from calc.records import NamedTuple
from calc.text import did_you_mean, or_list

if TYPE_CHECKING:
    from collections.abc import Mapping


class Hardware(NamedTuple):
    """Bundles of facts of one kind of accelerator: a server of eight, the chip, measured utilisation, its rent."""

    words: str
    server: str
    chip: str
    prior: str
    rent: str


# What `calc new` asks, and the answers to each by name, with words for them; the first is taken where nothing is said.
TOPICS = {
    "cluster": "what a cluster costs, per GPU-hour",
    "training": "what training a model takes and costs",
    "cabinets": "which cabinet holds how many servers",
}
HARDWARE = {
    "h100": Hardware("servers of eight H100", "dgx-h100", "h100-sxm", "prior-h100", "rent-h100-sxm"),
    "a100": Hardware("servers of eight A100", "dgx-a100", "a100-80gb-sxm", "prior-a100", "rent-a100-80gb"),
    "b200": Hardware("servers of eight B200", "dgx-b200", "b200", "prior-b200", "rent-b200"),
}
REGIONS = {"us": "the United States", "china": "China"}
WAYS = {
    "compare": "own hall, colocation and rent side by side",
    "own": "own servers in a hall of one's own",
    "colocation": "own servers in a rented hall",
    "rent": "rent by the hour",
}
QUESTIONS: dict[str, tuple[str, Mapping[str, str]]] = {
    "for": ("What is it for?", TOPICS),
    "hardware": ("Which hardware?", {name: each.words for name, each in HARDWARE.items()}),
    "region": ("In which region?", REGIONS),
    "how": ("Rent or own?", WAYS),
}
# A cabinet is the same wherever it stands and whoever owns it.
OF_CABINETS = ("for", "hardware")
# How much of it, with the unit and what is taken where nothing is said.
SIZES = {
    "servers": ("How many servers?", "servers", "128"),
    "parameters": ("How many parameters has the model?", "parameters", "8B"),
}
_CABINET_SERVERS = "100"
_GPUS = 8

_ASSUMED = 'source: "assumption: change this"'


def chosen(question: str, answer: str) -> str:
    """Return an answer to a question by its name.

    Raises CalcError for one that there is not.
    """
    known = QUESTIONS[question][1]
    if answer not in known:
        hint = did_you_mean(answer, known) or f"there are {or_list(list(known))}"
        raise CalcError("E-USAGE", f"`--{question}` is {quote(answer)}", hint=hint)
    return answer


def size_of(question: str, answer: str) -> str:
    """Return how much of something is meant, as a scenario writes it without its unit: `1,000`, `70B`.

    Raises CalcError for what is no such number.
    """
    from calc.scenario.amount import AmountError, parse_amount

    unit = SIZES[question][1]
    plain = answer.strip().removesuffix(unit).removesuffix(unit[:-1]).strip()
    try:
        found = parse_amount(f"{plain} {unit}")
    except AmountError:
        found = None
    if found is None or found.base < 1 or (question == "servers" and found.base % 1):
        hint = f"write a number, as in `{SIZES[question][2]}`"
        raise CalcError("E-USAGE", f"`--{question}` is {quote(answer)}, which is no number of {unit}", hint=hint)
    return f"{found.base:,.0f}" if question == "servers" else plain


def new_scenario(
    topic: str, hardware: str, region: str, way: str, servers: str | None = None, parameters: str | None = None
) -> str:
    """Return the text of a scenario; the first four are names among the answers to the questions, then sizes."""
    kind = HARDWARE[hardware]
    if topic == "cabinets":
        return _cabinets(kind, servers or _CABINET_SERVERS)
    servers = servers or SIZES["servers"][2]
    if topic == "training":
        return _training(kind, region, way, servers, parameters or SIZES["parameters"][2])
    return _cluster(kind, region, way, servers)


def _cabinets(kind: Hardware, servers: str) -> str:
    return f"""\
title: How many {kind.words} fit into a cabinet?

# Bundles of sourced facts that fill inputs: `calc list facts`. What stands under `inputs` wins over them.
facts: [{kind.server}]

inputs:
  servers_needed: {{value: "{servers} servers", {_ASSUMED}}}
  rack_power_derating: {{value: 80 %, source: "NEC 210.20(A), continuous load"}}

# Choices side by side.
cases:
  15 kW: {{rack_power_rated: 15 kW}}
  25 kW: {{rack_power_rated: 25 kW}}
  45 kW: {{rack_power_rated: 45 kW}}

# The figures to answer; the first is the headline.
show: [servers_per_rack, rack_power_stranded, racks_needed]
"""


def _servers(region: str) -> str:
    """Return the inputs of owned servers wherever they stand."""
    return f"""\
  average_power_share: {{fact: average-power-gpu.average_power_share}}
  server_life: {{value: 4 years, {_ASSUMED}}}
  discount_rate: {{fact: operator-cost-of-capital.discount_rate}}
  electricity_price: {{fact: region-{region}.electricity_price}}
  pue: {{fact: new-large-site.pue}}
"""


_HALL = """\
  facility_capex_per_power: {fact: build-world-jll.facility_capex_per_power}
  facility_life: {fact: hamilton-2008.facility_life}
"""


def _owned(region: str, way: str) -> str:
    """Return the inputs of owned servers and of the hall that they stand in; none for rented ones."""
    if way == "rent":
        return ""
    hall = "" if way == "colocation" else _HALL
    where = "" if region == "us" else f"no figure for {REGIONS[region]}: "
    source = f'source: "{where}CBRE, primary US markets, 2018 to 2025"'
    colocation = "" if way == "own" else f"  colocation_price: {{value: 120 to 195 USD/kW-month, {source}}}\n"
    return _servers(region) + hall + colocation


def _sites(way: str) -> str:
    """Return where the servers stand: a choice for all, or one a case."""
    if way == "compare":
        return """
# Which of several ways to compute a figure: `calc describe server_amortisation`.
use: {amortisation: annuity_monthly}

# Choices side by side; each may hold values, `facts` and `use`.
cases:
  own hall: {use: {site: own_hall}}
  colocation: {use: {site: colocation}}
"""
    if way == "rent":
        return ""
    site = "own_hall" if way == "own" else way
    return f"""
# Which of several ways to compute a figure: `calc describe server_amortisation`.
use: {{site: {site}, amortisation: annuity_monthly}}
"""


def _cluster(kind: Hardware, region: str, way: str, servers: str) -> str:
    show = {
        "compare": "owning_cost_per_gpu_hour, renting_cost_per_gpu_hour, breakeven_utilisation, cluster_capex",
        "rent": "renting_cost_per_gpu_hour, renting_cost_per_month",
    }.get(way, "owning_cost_per_gpu_hour, owning_cost_per_month, cluster_capex, facility_power")
    rent = f"  gpu_hour_price: {{fact: {kind.rent}.gpu_hour_price}}\n" if way in {"compare", "rent"} else ""
    bundles = [kind.server, *([] if way == "rent" else ["cluster-cost-structure"])]
    return f"""\
title: "{servers} {kind.words} in {REGIONS[region]}: {WAYS[way]}"

# Bundles of sourced facts that fill inputs: `calc list facts`. What stands under `inputs` wins over them.
facts: [{", ".join(bundles)}]

inputs:
  # name: value with its unit, and where a reader can check it; a range makes the answer a range
  servers: {{value: "{servers} servers", {_ASSUMED}}}
  gpu_utilisation: {{low: 40 %, likely: 60 %, high: 80 %, {_ASSUMED}}}
{rent}{_owned(region, way)}{_sites(way)}
# The figures to answer; the first is the headline.
show: [{show}]
"""


def _training(kind: Hardware, region: str, way: str, servers: str, parameters: str) -> str:
    owned = way in {"own", "colocation", "compare"}
    rented = way in {"rent", "compare"}
    both = owned and rented
    cost = "cost_of_training" if both else "training_cost_owned" if owned else "training_cost"
    bundles = [kind.chip, kind.prior, *([kind.server, "cluster-cost-structure"] if owned else [])]
    rent = f"  gpu_hour_price: {{fact: {kind.rent}.gpu_hour_price}}\n" if rented else ""
    cluster = f"  gpu_utilisation: {{value: 80 %, {_ASSUMED}}}\n{_owned(region, way)}" if owned else ""
    price = "where(is_rented > 0, gpu_hour_price, owning_cost_per_gpu_hour)" if both else "owning_cost_per_gpu_hour"
    choice = '  is_rented: {value: 0, source: "a choice: 1 in the case that rents"}\n' if both else ""
    formulas = f"{choice}\nformulas:\n  {cost}: training_gpu_hours * {price}\n" if owned else ""
    sites = _sites(way) + ("  rent: {is_rented: 1, use: {site: colocation}}\n" if both else "") if owned else ""
    gpus = f"{_GPUS * int(servers.replace(',', '')):,}"
    size = (
        f'  servers: {{value: "{servers} servers", {_ASSUMED}}}'
        if owned
        else f'  gpus: {{value: "{gpus} gpus", {_ASSUMED}}}'
    )
    return f"""\
title: "What does training {parameters} parameters on 15T tokens take, on {kind.words}: {WAYS[way]}?"

# Bundles of sourced facts that fill inputs: `calc list facts`. What stands under `inputs` wins over them.
facts: [{", ".join(bundles)}]

inputs:
  # name: value with its unit, and where a reader can check it; a range makes the answer a range
  parameters: {{value: "{parameters} parameters", {_ASSUMED}}}
  training_tokens: {{value: 15T tokens, {_ASSUMED}}}
{size}
{rent}{cluster}{formulas}{sites}
# The figures to answer; the first is the headline.
show: [{cost}, training_gpu_hours, training_duration, training_flop]
"""


def without_promises(text: str) -> str:
    """Return the text of a scenario without its section `expect`, whose figures hold only while nothing is changed."""
    kept: list[str] = []
    inside = False
    for line in text.splitlines(keepends=True):
        if line[:1] not in {" ", "\t", "#", "\n", "\r", "-", ""}:
            inside = line.startswith("expect:")
        if not inside:
            kept.append(line)
    return "".join(kept).rstrip("\n") + "\n"


# ---------------- `calc new`


# Editors with the YAML language server read this line; `calc schema` writes the file that it names.
_SCHEMA_LINE = (
    "# yaml-language-server: $schema=calc.schema.json\n# (write that file with `calc schema -o calc.schema.json`)\n"
)
_WITHOUT = "# The promises of `{name}` are left out: they hold only while nothing is changed.\n"


def new(
    source: Annotated[
        str | None, option("--from", "SCENARIO", "Begin with a shipped scenario, without its promises.", scenario_names)
    ] = None,
    topic: Annotated[str | None, option("--for", "WHAT", "What it is for: cluster, training or cabinets.")] = None,
    hardware: Annotated[str | None, option("--hardware", "NAME", "h100, a100 or b200.")] = None,
    region: Annotated[str | None, option("--region", "NAME", "us or china.")] = None,
    how: Annotated[str | None, option("--how", "WAY", "Rent or own: compare, own, colocation or rent.")] = None,
    servers: Annotated[str | None, option("--servers", "N", "How many servers.")] = None,
    parameters: Annotated[
        str | None, option("--parameters", "N", "How large the model to train is, as in 70B.")
    ] = None,
    output: Output = None,
    force: Force = False,
) -> int:
    """Write a commented scenario to begin with; on a terminal it asks what for."""
    from calc.errors import CalcError
    from calc.report.output import check_target, deliver

    if output is not None:
        check_target(output, force=force)
    answers = (topic, hardware, region, how, servers, parameters)
    given = {name: each for name, each in zip((*QUESTIONS, *SIZES), answers, strict=True) if each}
    if source is not None and given:
        message = f"`--from` and `--{next(iter(given))}` are two ways to begin"
        raise CalcError("E-USAGE", message, hint="give one of them")
    if source is not None:
        text = _from_shipped(source)
    elif given:
        text = _made(given)
    elif sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty():
        text = _made(_asked())
    else:
        text = _shipped_text(None)
    deliver(_SCHEMA_LINE + text, output, force=force)
    return 0


def _shipped_text(path: Path | None) -> str:
    import calc

    path = path or Path(calc.__file__).parent / "scenario" / "template.yaml"
    return path.read_text(encoding="utf-8")


def _from_shipped(name: str) -> str:
    from calc.errors import CalcError, quote
    from calc.scenario.load import shipped_scenarios
    from calc.text import did_you_mean

    shipped = shipped_scenarios()
    if name not in shipped:
        hint = did_you_mean(name, shipped) or f"shipped are {', '.join(shipped)}"
        raise CalcError("E-FILE", f"there is no shipped scenario {quote(name)}", hint=hint)
    whole = _shipped_text(shipped[name])
    kept = without_promises(whole)
    return (_WITHOUT.format(name=name) if kept != whole else "") + kept


def _made(answers: Mapping[str, str]) -> str:
    """Return the scenario for answers; the first that there is where none was given."""
    every = [chosen(name, answers.get(name) or next(iter(known))) for name, (_, known) in QUESTIONS.items()]
    sizes = [size_of(name, answers[name]) if name in answers else None for name in SIZES]
    return new_scenario(*every, *sizes)


def _asked() -> dict[str, str]:
    """Ask on the terminal; an empty answer is the first. Raises KeyboardInterrupt where input ends."""
    found: dict[str, str] = {}
    for name, (question, known) in QUESTIONS.items():
        if found.get("for") == "cabinets" and name not in OF_CABINETS:
            continue
        print(question, file=sys.stderr)
        names = list(known)
        width = max(map(len, names))
        for at, each in enumerate(names, 1):
            print(f"  {at}  {each:<{width}}  {known[each]}", file=sys.stderr)
        while name not in found:
            answer = _answer(f"a number or a name [{names[0]}]: ").casefold() or names[0]
            at = int(answer) if answer.isdecimal() and len(answer) < 4 else 0
            answer = names[at - 1] if 1 <= at <= len(names) else answer
            if answer in known:
                found[name] = answer
            else:
                meant = did_you_mean(answer, known) or f"write {or_list(names)}, or a number from 1 to {len(names)}"
                print(f"{quote(answer)} is no answer: {meant}", file=sys.stderr)
    for name, (question, _, default) in SIZES.items():
        if name == "parameters" and found["for"] != "training":
            continue
        usual = _CABINET_SERVERS if found["for"] == "cabinets" else default
        while name not in found:
            try:
                found[name] = size_of(name, _answer(f"{question} [{usual}]: ") or usual)
            except CalcError as error:
                print(f"{error.message.partition(' is ')[2]}: {error.hint}", file=sys.stderr)
    return found


def _answer(prompt: str) -> str:
    print(prompt, end="", file=sys.stderr, flush=True)
    line = sys.stdin.readline()
    if not line:
        raise KeyboardInterrupt
    return line.strip()
