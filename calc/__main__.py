"""Run the command line, as `calc` or as `python -m calc`."""

# What `signal` is made of: that itself first imports others, and Ctrl-C would print where it met them.
import _signal as signal  # type: ignore[import-not-found]  # has no stubs
import os


def main() -> None:
    """Run the command line; asked to end while that is still imported, end at once, with nothing to put in order."""
    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, lambda got, _: os._exit(128 + got))
    from calc.cli.main import main as run

    run()


if __name__ == "__main__":
    main()
