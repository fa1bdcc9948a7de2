"""Spellings of units that mean two things, or that are refused, each with what to write instead."""

from __future__ import annotations

import re

_QUESTIONS = {
    **dict.fromkeys(("¥", "￥"), "is it CNY or JPY? Write `CNY` or `JPY`"),
    **dict.fromkeys(("dollar", "dollars", "bucks"), "write `USD`"),
    "US": "US dollars are `USD`, US cents `cent`",
    **dict.fromkeys(("euro", "euros"), "write `EUR`"),
    "yen": "write `JPY`",
    "yuan": "write `CNY`",
    "kr": "which krone or krona? Write `SEK`, `NOK` or `DKK`",
    **dict.fromkeys(("c", "ct", "cts"), "cents of which currency? Write `cent` for US cents or `eurocent`"),
    "p": "write `pence`",
    "b": "is it bit or byte? Write `bit` or `B`; a billion is `B` glued to the number, as in `5B USD`",
    "C": "temperatures are not used here",
    "F": "temperatures are not used here",
    "kWp": "a peak of solar panels is no power that is drawn",
    "M": "a million is glued to the number, as in `5M USD`",
    "K": "a thousand is glued to the number, as in `5K USD`",
    "k": "a thousand is glued to the number, as in `5k USD`",
    "T": "glue it to the number, as in `5T tokens`; a tonne is `t`",
    **dict.fromkeys(
        ("thousand", "million", "billion", "bn", "trillion"),
        "it stands directly after the number, as in `5 million USD`",
    ),
    **dict.fromkeys(("lakh", "crore"), "a lakh is 100,000 and a crore 10,000,000; write the number out"),
    **dict.fromkeys(("ton", "tons", "MT"), "is it 1,000 kg or a US ton of 2,000 lb? A tonne is `t`"),
    "in": "it stands before a number of steps, as in `in 10 steps`; an inch is `inch`",
    "to": "it stands between the two ends of a range, as in `5 to 25 kW`",
    **dict.fromkeys(("Mio", "Mln", "mln", "mn"), "a million is glued to the number, as in `5M USD`"),
    **dict.fromkeys(("Mrd", "bln", "Mds"), "a billion is glued to the number, as in `5B USD`"),
    **dict.fromkeys(("tps", "TPS"), "tokens or transactions a second? Tokens are counted in `token/s`"),
    **dict.fromkeys(("host", "hosts", "machine", "machines"), "write `servers`"),
    **dict.fromkeys(("chip", "chips", "device", "devices", "card", "cards", "TPU", "TPUs"), "write `accelerators`"),
    "BTU": "write energy in `kWh`; a BTU is 1,055.06 J",
    "therm": "write energy in `kWh`; a therm is 29.3 kWh",
}


def question(name: str) -> str | None:
    """Return what to ask or to write about a spelling that is refused, or None for one that is not known at all."""
    flops = re.fullmatch(r"([kMGTPEZY]?)flops", name, re.IGNORECASE)
    if flops:
        unit = f"{flops[1]}FLOP"
        return f"is it a count or a rate? Write `{unit}` for operations, `{unit}/s` for operations a second"
    bits = re.fullmatch(r"([kKmMGgTtPp]?)bps", name, re.IGNORECASE)
    if bits and bits[1]:
        return f"write `{_prefix(bits[1])}bit/s`"
    if bits:
        return "is it bits a second or basis points? Write `bit/s`, or a percentage: 25 basis points are `0.25 %`"
    bits = re.fullmatch(r"([kKmMGgTt])b", name)
    if bits:
        prefix = _prefix(bits[1])
        return f"is it bit or byte? Write `{prefix}bit` or `{prefix}B`"
    if re.fullmatch(r"[A-Z]{1,3}[0-9]{2,4}[A-Za-z]{0,3}", name):
        return "a bundle of facts says which GPU it is; write `gpus`"
    return _QUESTIONS.get(name)


def _prefix(letter: str) -> str:
    return "k" if letter in "kK" else letter.upper()
