"""Run the command line as `python -m calc`."""

from calc.cli.main import main

if __name__ == "__main__":
    main()
