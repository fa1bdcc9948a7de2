"""A language client: what an editor says to the YAML language server over its standard streams."""

from __future__ import annotations

import json
import os
import subprocess
import threading
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from pathlib import Path

_PATIENCE = 60
_SETTINGS = {"validate": True, "hover": True, "completion": True, "schemaStore": {"enable": False}}
_CAPABILITIES = {
    "textDocument": {
        "completion": {"completionItem": {"snippetSupport": True, "documentationFormat": ["markdown"]}},
        "hover": {"contentFormat": ["markdown"]},
    },
    "workspace": {"configuration": True},
}


class LanguageClient:
    """A running server with one folder open."""

    def __init__(self, command: str, folder: Path) -> None:
        self._folder = folder
        self._process = subprocess.Popen(
            [command, "--stdio"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        self._arrived = threading.Condition()
        self._answers: dict[int, Any] = {}
        self._slips: dict[str, list[dict[str, Any]]] = {}
        self._asked = 0
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()
        about = {"processId": os.getpid(), "rootUri": folder.as_uri(), "capabilities": _CAPABILITIES}
        self._ask("initialize", about)
        self._send({"method": "initialized", "params": {}})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._listener.join()
        self._process.communicate()

    def slips(self, text: str) -> list[str]:
        """Return what the editor would underline in a text, each with the words it shows."""
        return [each["message"] for each in self._slips[self._open(text)]]

    def offered(self, text: str) -> list[str]:
        """Return what the editor offers at the `|` in a text."""
        found = self._at_mark("textDocument/completion", text)
        return [each["label"] for each in found["items"]] if found else []

    def shown(self, text: str) -> str:
        """Return what the editor shows over the `|` in a text."""
        found = self._at_mark("textDocument/hover", text)
        return str(found["contents"]["value"]) if found else ""

    def _at_mark(self, method: str, text: str) -> Any:
        before = text.partition("|")[0]
        place = {"line": before.count("\n"), "character": len(before.rpartition("\n")[2])}
        return self._ask(method, {"textDocument": {"uri": self._open(text.replace("|", "", 1))}, "position": place})

    def _open(self, text: str) -> str:
        uri = (self._folder / f"scenario-{self._asked}-{len(self._slips)}.yaml").as_uri()
        document = {"uri": uri, "languageId": "yaml", "version": 1, "text": text}
        self._send({"method": "textDocument/didOpen", "params": {"textDocument": document}})
        self._wait(lambda: uri in self._slips)
        return uri

    def _ask(self, method: str, params: dict[str, Any]) -> Any:
        self._asked += 1
        number = self._asked
        self._send({"id": number, "method": method, "params": params})
        self._wait(lambda: number in self._answers)
        return self._answers[number]

    def _wait(self, happened: Any) -> None:
        with self._arrived:
            if not self._arrived.wait_for(happened, _PATIENCE):
                raise TimeoutError("the language server does not answer")

    def _send(self, message: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self._process.stdin.flush()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        stream = self._process.stdout
        while head := stream.readline():
            length = int(head.partition(b":")[2])
            while stream.readline().strip():
                pass
            self._take(json.loads(stream.read(length)))

    def _take(self, message: dict[str, Any]) -> None:
        with self._arrived:
            if message.get("method") == "workspace/configuration":
                wanted = (item["section"] for item in message["params"]["items"])
                self._send({"id": message["id"], "result": [_SETTINGS if each == "yaml" else {} for each in wanted]})
            elif "method" in message and "id" in message:
                self._send({"id": message["id"], "result": None})
            elif message.get("method") == "textDocument/publishDiagnostics":
                self._slips[message["params"]["uri"]] = message["params"]["diagnostics"]
            elif "id" in message:
                self._answers[message["id"]] = message.get("result")
            self._arrived.notify_all()
