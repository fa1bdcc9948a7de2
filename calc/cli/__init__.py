"""The command line: a typer application (`app` of `options`) and its commands.

In come the words of a line. Out go what a command prints or writes (`answering`, `calc.report.output`) and, whatever
happens, an exit code (`main`). Begin with `commands`; those of studies are made in `studies`.
"""

from calc.scenario.sections import STUDIES

FINE = 0
FAILED = 1
BAD_INPUT = 2
OUTPUT_FAULT = 3
INTERNAL = 4
INTERRUPTED = 130
TERMINATED = 143

# The name on the command line, and the file of `calc/cli/` and the function in it that do the command.
COMMANDS = {
    "run": "commands.run",
    "explain": "commands.explain",
    "check": "commands.check",
    **{name: f"studies.{name}" for name, study in STUDIES.items() if study.command},
    "compare": "compare.compare",
    "list": "commands.list_things",
    "describe": "commands.describe",
    "facts": "facts.app",
    "import": "facts.import_files",
    "new": "new.new",
    "schema": "commands.schema",
    "backtest": "backtest.backtest",
    "help": "commands.explain_code",
}
