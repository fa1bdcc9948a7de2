"""Imported by every interpreter that the tests start: nothing may reach for the network but what drives a cluster."""

import sys

CALLS = {"socket.connect", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo", "socket.gethostbyname"}


def refuse(event: str, arguments: tuple[object, ...]) -> None:
    """Fail, with what no command takes for a fault of the system, where something reaches for the network.

    `distributed` is imported for `--cluster` alone. Processes talk to each other through sockets of the file system.
    """
    if event not in CALLS or "distributed" in sys.modules:
        return
    if getattr(getattr(arguments[0], "family", None), "name", "") != "AF_UNIX":
        raise RuntimeError(f"the network is reached for: {event} {arguments!r}")


sys.addaudithook(refuse)
