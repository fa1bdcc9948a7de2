"""How the command line can end."""

FINE = 0
FAILED = 1
BAD_INPUT = 2
OUTPUT_FAULT = 3
INTERNAL = 4
INTERRUPTED = 130
