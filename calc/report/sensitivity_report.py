"""What `sensitivity` says: what drives a figure, and which value of an input flips a verdict."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from calc.report.csv import table
from calc.report.json import inputs_of, number, statistics_dict
from calc.report.report import (
    Block,
    Cell,
    Column,
    Paragraph,
    Row,
    Section,
    Table,
    Words,
    bar_cell,
    label_of,
    name_cell,
    section,
    written,
)
from calc.units.format import clean, compact, percent_text

if TYPE_CHECKING:
    from calc.engine.catalogue import Catalogue, Quantity
    from calc.scenario.resolve import Scenario
    from calc.study.flip import Flip
    from calc.study.sensitivity import Sensitivities, SensitivityCase, Swing

# Of more years than these only the first and the last are told.
_YEARS = 2
_APART = "the shares take the inputs as independent, although `correlate` ties some"


# ---------------------------------------------------------------- the JSON result


def as_dict(scenario: Scenario, found: Sensitivities) -> dict[str, Any]:
    """Return what drives the figures of every case, and where verdicts flip."""
    return {
        "cases": [_case_dict(scenario, each) for each in found.cases],
        "flips_between_cases": [_flip_dict(scenario, each) for each in found.between],
        **({"notes": [_APART]} if scenario.correlated and any(each.tornado for each in found.cases) else {}),
    }


def _case_dict(scenario: Scenario, found: SensitivityCase) -> dict[str, Any]:
    figures = {}
    for name, swings in found.tornado.items():
        quantity = scenario.catalogue[name]
        year = found.years.get(name)
        figures[name] = {
            **({} if year is None else {"year": year}),
            "value": number(found.points[name], quantity.unit),
            "unit": quantity.unit_text,
            **statistics_dict(found.statistics.get(name), None, quantity),
            "inputs": [_swing_dict(scenario, each, quantity) for each in swings],
        }
    return {
        "name": found.case.name,
        "samples": found.samples,
        "figures": figures,
        "not_driven": found.absent,
        "flips": [_flip_dict(scenario, each) for each in found.flips],
        "inputs": inputs_of(scenario, found.case),
    }


def _swing_dict(scenario: Scenario, swing: Swing, figure: Quantity) -> dict[str, Any]:
    quantity = scenario.catalogue[swing.name]
    index = swing.index

    def at(value: float | None) -> float | None:
        return None if value is None else number(value, figure.unit)

    return {
        "name": swing.name,
        **({} if swing.year is None else {"year": swing.year}),
        "unit": quantity.unit_text,
        "p10": number(swing.low, quantity.unit),
        "p90": number(swing.high, quantity.unit),
        "at_p10": at(swing.at_low),
        "at_p90": at(swing.at_high),
        "elasticity": None if swing.elasticity is None else clean(round(swing.elasticity, 9)),
        "first_order": index and clean(index.first),
        "first_order_error": index and clean(index.first_error),
        "total": index and clean(index.total),
        "total_error": index and clean(index.total_error),
    }


def _flip_dict(scenario: Scenario, flip: Flip) -> dict[str, Any]:
    quantity = scenario.catalogue[flip.quantity]
    nearest = flip.nearest
    return {
        "verdict": flip.verdict,
        "holds": flip.holds,
        "probability": None if flip.probability is None else clean(flip.probability),
        "confidence": flip.confidence,
        "input": flip.name,
        "quantity": flip.quantity,
        "unit": quantity.unit_text,
        "value": number(flip.point, quantity.unit),
        "low": number(flip.low, quantity.unit),
        "high": number(flip.high, quantity.unit),
        "range": "whole" if flip.whole else "p1 to p99",
        "flips_at": [number(each, quantity.unit) for each in flip.values],
        "nearest": None if nearest is None else number(nearest, quantity.unit),
    }


# ---------------------------------------------------------------- in words


def lines(body: dict[str, Any], catalogue: Catalogue) -> list[str]:
    """Return in a few lines what flips, and what drives the figures."""
    return [*_flipped(body, Words(catalogue)), *_driven(body)]


def _driven(body: dict[str, Any]) -> list[str]:
    lines = []
    for case in body["cases"]:
        for name, figure in case["figures"].items():
            inputs = sorted(figure["inputs"], key=lambda each: -_width(each))[:2]
            shares = [f" ({_share(each['total'])})" if each["total"] is not None else "" for each in inputs]
            parts = [f"{each['name']}{share}" for each, share in zip(inputs, shares, strict=True)]
            if parts:
                lines.append(f"{name}{label_of(case, ', ')}: {', '.join(parts)}")
    return lines


def _flipped(body: dict[str, Any], words: Words) -> list[str]:
    """Return a line a case and verdict: at which values of which inputs it flips."""
    flips = [("", each) for each in body["flips_between_cases"]]
    for case in body["cases"]:
        where = f"{name}: " if (name := label_of(case, "")) else ""
        flips += [(where, each) for each in case["flips"]]
    found: dict[tuple[str, str], list[str]] = {}
    for where, each in flips:
        at = " and ".join(words.text(each["quantity"], value) for value in each["flips_at"])
        found.setdefault((where, each["verdict"]), []).extend([f"{each['input']} = {at}"] if at else [])
    return [
        f"{where}{verdict} flips at {' or '.join(at)}" if at else f"{where}nothing flips {verdict}"
        for (where, verdict), at in sorted(found.items(), key=lambda each: not each[1])
    ]


def sections(found: dict[str, Any], catalogue: Catalogue) -> list[Section]:
    """Return a tornado for each figure with shares of the variance, and what flips a verdict."""
    words, sections = Words(catalogue), list[Section]()
    for case in found["cases"]:
        label = label_of(case, ", ")
        if not case["figures"]:
            text = "nothing moves the figures: no input that they need is uncertain"
            hint = "give one a range, such as `4 to 5 kW`"
            sections.append(Section(f"What drives the figures{label}", [Paragraph(f"{text}; {hint}")], "drivers"))
        dated = {name: _whole(name, figure) for name, figure in case["figures"].items() if "year" in figure}
        for name, figure in case["figures"].items():
            years = [each for each, whole in dated.items() if whole == dated.get(name)]
            if "year" not in figure or len(years) <= _YEARS or name in {years[0], years[-1]}:
                sections.append(_tornado(name, figure, words, label))
            elif name == years[1]:
                text = f"{dated[name]} in the years between: name one, as in `of: [{name}]`, or see `--format json`"
                sections.append(Section("", [Paragraph(text)], "drivers"))
        absent: list[Block] = [
            Paragraph(f"{name}: no drivers, {reason}") for name, reason in case["not_driven"].items()
        ]
        sections += section("", absent, "drivers")
        moved = [each for figure in case["figures"].values() for each in figure["inputs"]]
        sections += [Section("", [Paragraph(_legend(moved), "quiet")], "legend")] if moved else []
        sections += _flips(case["flips"], words, label)
    sections += _flips(found["flips_between_cases"], words, "")
    return sections + section("", [Paragraph(each) for each in found.get("notes", ())], "notes")


def _whole(name: str, figure: dict[str, Any]) -> str:
    """Return the figure that one year is of."""
    return name.removesuffix(f" in {figure['year']}")


def _tornado(name: str, figure: dict[str, Any], words: Words, label: str) -> Section:
    found = Section(f"What drives {name}{label}", [], "drivers")
    inputs, point = figure["inputs"], words.text(name, figure["value"])
    if not inputs:
        found.blocks.append(Paragraph(f"{point}; no uncertain input moves it"))
        return found
    median = ""
    if "p50" in figure:
        low, high = (words.cell(name, figure[key], digits=3).text for key in ("p10", "p90"))
        median = f"{words.text(name, figure['p50'])} ({low} to {high}); "
    told = f"{median}{point} at the likely values, and from there each input moved alone, p10 to p90"
    heads = [Column("input", "label"), Column(kind="bar")]
    heads += [Column(each) for each in ("p10", "p90", "at p10", "at p90", "% per %", "alone", "in all")]
    table = Table(heads)
    widths = [_width(each) for each in inputs]
    most = max(widths) or 1.0
    for each, width in zip(inputs, widths, strict=True):
        moved, ends = (each["p10"], each["p90"]), (each["at_p10"], each["at_p90"])
        elasticity, shares = each["elasticity"], (each["first_order"], each["total"])
        table.rows.append(
            Row(
                [
                    Cell(words.with_unit(each["name"], each.get("year")), is_name=True),
                    bar_cell(width / most),
                    *words.spread(each["name"], moved, moved),
                    *(cell._replace(whole="") for cell in words.spread(name, ends, ends)),
                    written("jumps") if elasticity is None else written(compact(elasticity, digits=3), elasticity),
                    *(written(_share(share), share) for share in shares),
                ]
            )
        )
    table.rows = [row._replace(cells=[each._replace(whole="") for each in row.cells]) for row in table.rows]
    found.blocks += [Paragraph(told), table]
    return found


def _legend(inputs: list[dict[str, Any]]) -> str:
    """Return what the columns are, once for all figures of a case."""
    return (
        "at p10, at p90: the figure where the input is there; % per %: elasticity, per cent of the figure for one per "
        "cent of the input; alone, in all: its share of the variance by itself and with all it acts together with "
        f"(Sobol indices{_errors(inputs)})"
    )


def _width(each: dict[str, Any]) -> float:
    if each["at_p10"] is None or each["at_p90"] is None:
        return 0.0
    return float(abs(each["at_p90"] - each["at_p10"]))


def _share(index: float | None) -> str:
    if index is None:
        return ""
    # An estimate is sure to a point or so; what is less than half of one is small, not nothing.
    return "<1 %" if 0 < index < 0.005 else f"{max(0.0, index) * 100:.0f} %"


def _errors(inputs: list[dict[str, Any]]) -> str:
    """Return how sure the indices are, by the largest of their standard errors."""
    errors = [each[key] for each in inputs for key in ("first_order_error", "total_error") if each[key] is not None]
    return f", standard error at most {max(1, math.ceil(max(errors) * 100))} points" if errors else ""


def _flips(flips: list[dict[str, Any]], words: Words, label: str) -> list[Section]:
    sections = []
    for verdict in dict.fromkeys(each["verdict"] for each in flips):
        mine = [each for each in flips if each["verdict"] == verdict]
        share, blocks = mine[0]["probability"], list[Block]()
        if share is None:
            holds = "holds" if mine[0]["holds"] else "does not hold"
            blocks.append(Paragraph(f"{verdict}: {holds} at the likely values"))
        else:
            blocks.append(Paragraph(f"{verdict}: holds in {percent_text(share)} of the samples"))
            tail = "" if mine[0]["confidence"] else ", and flips it where it holds in half of them"
            told = f"each input moved stands at one value in all samples, while the others vary{tail}"
            blocks.append(Paragraph(told))
        heads = [Column("input", "label"), *(Column(each, "words") for each in ("at", "flips at", "looked at"))]
        table = Table(heads)
        for each in mine:
            name = each["quantity"]
            at = [words.cell(name, value, digits=6 if share is None else 4) for value in each["flips_at"]]
            tail = "" if each["range"] == "whole" else ", p1 to p99"
            never = Cell("never within its range")
            flip = Cell(" and ".join(cell.alone for cell in at), "", at[0].base, at[0].unit) if at else never
            looked = Cell(f"{words.span(name, each['low'], each['high'])}{tail}")
            point = words.cell(name, each["value"])
            table.rows.append(
                Row([name_cell(each["input"]), Cell(point.alone, "", point.base, point.unit), flip, looked])
            )
        sections.append(Section(f"What flips it{label}", [*blocks, table], "flips"))
    return sections


# ---------------------------------------------------------------- CSV


COLUMNS = (
    "case", "kind", "of", "input", "unit", "value", "p10", "p90", "at_p10", "at_p90", "elasticity", "first_order",
    "first_order_error", "total", "total_error", "holds", "low", "high", "flips_at",
)  # fmt: skip


def csv(body: dict[str, Any]) -> str:
    """Return the result as CSV with a header line."""
    return table(COLUMNS, _csv_rows(body))


def _csv_rows(body: dict[str, Any]) -> list[dict[str, Any]]:
    rows = []
    for case in body["cases"]:
        for name, figure in case["figures"].items():
            about = {"case": case["name"], "kind": "driver", "of": name}
            rows += [{**about, **each, "input": each["name"]} for each in figure["inputs"]]
        rows += [_csv_flip(each, case["name"]) for each in case["flips"]]
    return rows + [_csv_flip(each, None) for each in body["flips_between_cases"]]


def _csv_flip(each: dict[str, Any], case: str | None) -> dict[str, Any]:
    at = "; ".join(f"{value:.10g}" for value in each["flips_at"])
    return {"case": case, "kind": "flip", "of": each["verdict"], **each, "flips_at": at or "never within its range"}
