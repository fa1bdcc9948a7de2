"""Run the command line, as `calc` or as `python -m calc`."""

import os
import signal


def main() -> None:
    """Run the command line; asked to end while that is still imported, end at once, with nothing to put in order."""
    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, lambda got, _: os._exit(128 + got))
    from calc.cli.main import main as run

    run()


if __name__ == "__main__":
    main()
