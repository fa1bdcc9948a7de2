"""The command line: a typer application. `app.py` names the commands; `main.py` makes an exit code of every ending."""

FINE = 0
FAILED = 1
BAD_INPUT = 2
OUTPUT_FAULT = 3
INTERNAL = 4
INTERRUPTED = 130
TERMINATED = 143
