"""Prices of tokens: the data.json of genai-prices, or litellm's model_prices_and_context_window.json.

genai-prices gives dollars a million tokens and says when it looked; litellm gives dollars a token, without a date.
The two disagree on some models, so that facts from litellm have subjects of their own. A price of 0 means unknown.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from calc.errors import CalcError, Place, quote, quote_path
from calc.facts.book import is_period
from calc.facts.delimited import price_of
from calc.importers.base import Asked, Imported, named

if TYPE_CHECKING:
    from collections.abc import Sequence

    from calc.errors import SourceText

_PRICES = {"input_mtok": "api_input_price", "output_mtok": "api_output_price", "cache_read_mtok": "api_cached_price"}
_COSTS = {
    "input_cost_per_token": "api_input_price",
    "output_cost_per_token": "api_output_price",
    "cache_read_input_token_cost": "api_cached_price",
}
_UNIT = "USD/Mtoken"
_LARGEST = 1e300


def read(sources: Sequence[SourceText], asked: Asked) -> Imported:
    """Return the prices of input, output and cached tokens of every model; raises CalcError."""
    found = Imported()
    for source in sources:
        try:
            whole = json.loads(source.text)
        except (ValueError, RecursionError) as error:
            line = getattr(error, "lineno", 1)
            hint = "give the data.json of genai-prices, or litellm's JSON of model prices"
            message = f"this is no JSON: {getattr(error, 'msg', 'it is nested too deeply')}"
            raise CalcError(
                "E-FILE", message, place=Place(source, line, getattr(error, "colno", 1)), hint=hint
            ) from None
        if isinstance(whole, list) and all(isinstance(each, dict) and "models" in each for each in whole):
            _genai_prices(found, whole, source.name, asked)
        elif isinstance(whole, dict) and any(
            isinstance(each, dict) and _COSTS.keys() & each.keys() for each in whole.values()
        ):
            _litellm(found, whole, source.name, asked)
        else:
            hint = "give the data.json of genai-prices, or litellm's JSON of model prices"
            raise CalcError("E-FILE", f"{quote_path(source.name)} holds no prices of tokens", hint=hint)
    return found


def _genai_prices(found: Imported, providers: list[dict[str, Any]], file: str, asked: Asked) -> None:
    unknown: dict[str, None] = {}
    for provider in providers:
        for model in _dicts(provider.get("models")):
            names = str(provider.get("id", "")), str(model.get("id", ""))
            if not asked.wants(*names):
                continue
            checked = str(model.get("prices_checked") or "")
            where = f"{file}: {'/'.join(names)}"
            prices = model.get("prices")
            dated = _dicts(prices) if isinstance(prices, list) else [{"prices": prices}]
            for each in dated:
                limit = each.get("constraint") or {}
                begins = str(limit.get("start_date", "")) if isinstance(limit, dict) else ""
                if (limit and not begins) or (not limit and len(dated) > 1):
                    found.leave_out("a price that holds at other times", where)
                    continue
                as_of = begins or (
                    checked if is_period(checked) else asked.date(f"{'/'.join(names)} has no `prices_checked`")
                )
                said = {"source": asked.source or f"genai-prices, {file}", "as_of": as_of, "status": "vendor"}
                given = each.get("prices")
                known = given if isinstance(given, dict) else {}
                unknown.update(dict.fromkeys(key for key in known if key not in _PRICES))
                for key, quantity in _PRICES.items():
                    if key in known:
                        _price(found, _subject(*names), quantity, known[key], 1.0, where, said)
    if unknown:
        found.notes.append(f"{file}: not read: prices {', '.join(quote(each) for each in list(unknown)[:8])}")


def _litellm(found: Imported, models: dict[str, Any], file: str, asked: Asked) -> None:
    as_of = asked.date("litellm's prices have no date")
    unknown: dict[str, None] = {}
    for name, model in models.items():
        if (
            name == "sample_spec"
            or not isinstance(model, dict)
            or not asked.wants(name, str(model.get("litellm_provider", "")))
        ):
            continue
        unknown.update(dict.fromkeys(key for key in model if "cost" in key and key not in _COSTS))
        said = {"source": asked.source or f"litellm, {file}", "as_of": as_of, "status": "vendor"}
        for key, quantity in _COSTS.items():
            if key in model:
                _price(found, _subject(name, "litellm"), quantity, model[key], 1e6, f"{file}: {name}", said)
    if unknown:
        found.notes.append(f"{file}: not read: prices {', '.join(quote(each) for each in list(unknown)[:8])}")


def _price(
    found: Imported, subject: str, quantity: str, given: object, factor: float, where: str, said: dict[str, str]
) -> None:
    """Add one price; of one that rises with the length of the prompt the first, and the others in the note."""
    note = ""
    if isinstance(given, dict):
        tiers = _dicts(given.get("tiers"))
        steps = "; ".join(f"above {each.get('start')} tokens {each.get('price')}" for each in tiers)
        note = f"Of short prompts: {steps} {_UNIT}" if steps else ""
        given = given.get("base")
    number = _number(given, factor)
    why = price_of(number, str(given))
    if number is None or why:
        found.leave_out(f"{quantity}: {why}", where)
    else:
        found.add(subject, quantity, number, _UNIT, **said, note=note)


def _subject(*names: str) -> str:
    """Return what the prices of a model are about, called as the facts that ship, to stand in for them."""
    return named("api", *names).replace(".", "-")


def _number(given: object, factor: float) -> float | None:
    """Return a price, None for what is no finite number."""
    if isinstance(given, bool) or not isinstance(given, int | float) or not abs(given) < _LARGEST:
        return None
    return float(given) * factor


def _dicts(found: object) -> list[dict[str, Any]]:
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []
