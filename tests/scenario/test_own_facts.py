"""Facts of one's own: files in the columns of `seeds/` and in those of a spreadsheet, errors with their place."""

from __future__ import annotations

from rows import each_row

from calc.engine.catalogue import known_catalogue
from calc.errors import Problems, flatten
from calc.scenario.own_facts import OwnFile
from calc.scenario.yaml_reader import decode

HEAD = "subject,quantity,value,unit,source,as_of"


def read(text: str) -> tuple[OwnFile, Problems, list[str]]:
    problems, warnings = Problems(), list[str]()
    return (
        OwnFile(decode(text.encode(), "p.csv", "CSV"), known_catalogue().quantities, problems, warnings),
        problems,
        warnings,
    )


FINE = {
    "required columns": (f"{HEAD}\nbox,server_price,5,USD/server,Q,2026-10\n", "box.server_price 5 USD/server"),
    "unit in the head": ("subject,quantity,price [USD/server],source,as_of\nbox,server_price,250000,Q,2026\n",
                         "box.server_price 250000 USD/server"),
    "value with its unit": ("subject,quantity,value [kW],source,as_of\nbox,server_power,6.5,Q,2026\n",
                            "box.server_power 6.5 kW"),
    "a column for the quantity": ("subject,server_price [USD/server],server_power [kW],source,as_of\nbox,5,,Q,2026\nbin,,6,Q,2026\n",  # noqa: E501  # a file
                                  "box.server_price 5 USD/server; bin.server_power 6 kW"),
    "mark, semicolons, line ends, decimal commas": (
        "\ufeffsubject;quantity;value [kW];source;as_of\r\nbox;server_power;6,5;Q;2026\r\nb;server_power;1.500;Q;2026",
        "box.server_power 6.5 kW; b.server_power 1500 kW"),
    "capitals and blanks": ("Subject,Quantity,Value,Unit,Source,As of\nbox,pue,120,%,Q,2026\n", "box.pue 120 percent"),
    "ratio without unit": (f"{HEAD}\nbox,pue,1.2,,Q,2026\n", "box.pue 1.2 1"),
    "price of a million tokens": (f"{HEAD}\nm,token_price,3,USD/1M tokens,Q,2026\n", "m.token_price 3 USD/Mtoken"),
    "a unit with a number in it": (
        f"{HEAD}\nbox,server_price,5,thousand USD/server,Q,2026\nbin,server_price,5,USD/2 servers,Q,2026\n",
        "box.server_price 5000 USD/server; bin.server_price 2.5 USD/server"),
    "percentiles": (f"{HEAD},low,high,kind\nbox,server_price,5,USD/server,Q,2026,3,9,percentiles\n",
                    "box.server_price 5 USD/server"),
    "another currency": (f"{HEAD}\nbox,server_price,9,EUR/server,Q,2026\n", "box.server_price 9 EUR/server"),
    "id and dates": (f"id,{HEAD}\nbox.pue@2025,box,pue,1.2,1,Q,2025\nbox.pue@2026,box,pue,1.3,1,Q,2026\n",
                     "box.pue@2025 1.2 1; box.pue@2026 1.3 1"),
    "a name that a scenario may have": (f"{HEAD}\nshop,ticket_fee,3,USD,Q,2026\n", "shop.ticket_fee 3 USD"),
}  # fmt: skip


@each_row(("text", "wanted"), FINE)
def test_what_is_read(text: str, wanted: str) -> None:
    found, problems, warnings = read(text)
    assert [str(each) for each in problems.errors] == []
    assert warnings == []
    assert "; ".join(f"{fact.id} {fact.value:g} {fact.unit}" for fact in found.facts) == wanted
    assert [fact.file for fact in found.facts] == [f"p.csv:{at}" for at in range(2, len(found.facts) + 2)]


def row(**cells: str) -> str:
    """Return a file of one fact, some cells of it changed."""
    whole = {
        "subject": "box",
        "quantity": "server_price",
        "value": "5",
        "unit": "USD/server",
        "source": "Q",
        "as_of": "2026",
        **cells,
    }
    return ",".join(whole) + "\n" + ",".join(whole.values()) + "\n"


WRONG = {
    "no such quantity": (row(quantity="server_prise"), "E-NAME 2:5 did you mean `server_price`"),
    "other dimension": (row(unit="kW"), "E-DIMENSION 2:20"),
    "other dimension in the head": (
        "subject,quantity,price [kW],source,as_of\nbox,server_price,5,Q,2026\n",
        "E-DIMENSION 1:18",
    ),
    "unit in small letters": (row(quantity="server_power", unit="kw"), "E-UNIT 2:20 did you mean `kW`?"),
    "no unit": (row(unit=""), "E-UNIT 2:20"),
    "hostile unit": (row(unit="9**9**9"), "E-UNIT 2:20"),
    "out of bounds": (row(quantity="pue", unit="1", value="0.5"), "E-BOUNDS 2:9"),
    "no number": (row(value="n/a"), "E-VALUE 2:18"),
    "not finite": (row(value="inf"), "E-VALUE 2:18"),
    "either number": (row(value='"1,234"'), "E-VALUE 2:18"),
    "no value": (row(value=""), "E-FACT 2:18"),
    "low above value": (row(low="7", high="9"), "E-FACT 2:18"),
    "low alone": (row(low="3"), "E-FACT 2:18"),
    "kind": (row(low="3", high="9", kind="mode"), "E-FACT 2:18"),
    "kind of ends without a middle": (row(value="", low="3", high="9", kind="percentiles"), "E-FACT 2:18"),
    "kind of one value": (row(kind="percentiles"), "E-FACT 2:18"),
    "deviation beside a range": (row(low="3", high="9", sd="1"), "E-FACT 2:18"),
    "deviation of nothing": (row(sd="0"), "E-FACT 2:18"),
    "year of the money": (row(currency_year="26"), "E-FACT 2:38"),
    "name too long": (row(subject="b" * 500), "E-FACT 2:1"),
    "values and columns of quantities": (
        "subject,value,server_power [kW],source,as_of\nbox,5,6,Q,2026\n",
        "E-FILE 1:9 one column of values",
    ),
    "no source": (row(source=""), "E-FACT 2:31"),
    "no subject": (row(subject=""), "E-FACT 2:1"),
    "date": (row(as_of="12.10.2026"), "E-FACT 2:33"),
    "status": (row(status="vendr"), "E-FACT 2:38 did you mean `vendor`?"),
    "script": (row(url="javascript:alert(1)"), "E-FACT 2:38"),
    "id of another": (row(id="bin.server_price"), "E-FACT 2:38"),
    "column misspelt": (row().replace("value", "vlaue"), "E-FILE 1:18 did you mean `value`?"),
    "column missing": ("subject,quantity,value,unit\nbox,pue,1.2,1\n", "E-FILE 1:1"),
    "column twice": (row(Value="5"), "E-FILE 1:42"),
    "unit twice": (row().replace("value", "value [USD/server]"), "E-UNIT 1:18"),
    "no quantity": ("subject,prize [USD],source,as_of\nbox,5,Q,2026\n", "E-NAME 1:9"),
    "twice the same": (row() + "box,server_price,6,USD/server,Q,2026\n", "E-FACT 3:1"),
    "empty": ("", "E-FILE 1:1"),
    "head alone": (f"{HEAD}\n", "E-FILE 1:1"),
}


@each_row(("text", "wanted"), WRONG)
def test_what_is_refused_and_where(text: str, wanted: str) -> None:
    _, problems, _ = read(text)
    code, where, hint = [*wanted.split(" ", 2), ""][:3]
    [error] = flatten(problems.errors)
    assert (error.code, str(error.place)) == (code, f"p.csv:{where}"), str(error)
    assert error.hint
    assert hint in error.hint


def test_all_mistakes_of_a_file_are_told_at_once() -> None:
    _, problems, _ = read(f"{HEAD}\nbox,server_prise,5,USD/server,Q,2026\nbox,pue,0.5,1,Q,2026\nbox,pue,1.5,1,Q,soon\n")
    assert [(each.code, each.place.line) for each in problems.errors if each.place] == [
        ("E-NAME", 2), ("E-BOUNDS", 3), ("E-FACT", 4)]  # fmt: skip


def test_a_point_that_may_part_thousands_is_told() -> None:
    _, problems, warnings = read(f"{HEAD}\nbox,server_price,148.390,USD/server,Q,2026\n")
    assert not problems.errors
    assert len(warnings) == 1
    assert warnings[0].startswith("p.csv:2: server_price: the point in `148.390`")


def test_what_is_not_read_is_named_and_hostile_text_is_text() -> None:
    found, problems, warnings = read(f'{HEAD},vendor,Deposit (EUR)\nbox,pue,1.2,1,"=cmd|calc","2026",x,7\n')
    assert not problems.errors
    assert warnings == ["p.csv: not read: columns `vendor`, `Deposit (EUR)`"]
    assert found.facts[0].source == "=cmd|calc"


WITHOUT_UNIT = {
    "left out": (
        "subject;server_price;source;as_of",
        "write `server_price [USD/server]`; `calc facts new server_price`",
    ),
    "with a date left out too": ("subject;server_price;source", "write `server_price [USD/server]`"),
    "round brackets, no quantity": ("subject;Price (USD);source", "write `server_price [USD/server]`; `calc facts new"),
    "round brackets": ("subject;quantity;Price (USD);source;as_of", "as in `Price [USD/server]`"),
    "power": ("subject;server_power (kW);source;as_of", "write `server_power [kW]`"),
    "ratio": ("subject;pue;source;as_of", "write `pue [1]`"),
    "of each GPU": ("subject;gpu_memory;source;as_of", "write `gpu_memory [GB/gpu]`"),
    "nothing alike": ("who;what", "`calc facts new QUANTITY` writes a file to fill in"),
}


@each_row(("head", "wanted"), WITHOUT_UNIT)
def test_a_head_without_a_unit_says_what_to_write(head: str, wanted: str) -> None:
    _, problems, _ = read(f"{head}\nbox;5;Q;2026\n")
    [error] = flatten(problems.errors)
    assert wanted in str(error.hint)
