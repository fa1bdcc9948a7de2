"""The command line: a typer application, one small file a command."""
