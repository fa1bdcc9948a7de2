"""A folder of kept pieces that is somebody else's: whatever lies in it, the answer is right or says why not."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from calc_command import ROOT, calc, python
from rows import each_row

from calc.errors import Problems
from calc.longrun import checkpoint
from calc.longrun.checkpoint import opened
from calc.longrun.work import fingerprint
from calc.scenario.load import load
from calc.scenario.resolve import Options, resolve

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="pipes and links of POSIX")

LINE = ("sweep", "s.yaml", "-o", "o.csv", "--force", "--checkpoint", "pieces")
PIECE = "sweep/00000000.piece"


def scenario(cases: int) -> str:
    """Return a sweep of six points a case, each a piece; names of cases are words that a spreadsheet would compute."""
    names = ", ".join(f'"=1+{each}": {{a: 3 USD}}' for each in range(cases))
    return f"""
inputs: {{a: 2 USD}}
formulas: {{b: a + a}}
show: [b]
checks: [b <= 5 USD]
cases: {{{names}}}
sweep: {{a: 1 to 3 USD in 6 steps}}
"""


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a scenario, its sweep and a piece for each that is hostile, and one more."""
    folder = tmp_path_factory.mktemp("begun")
    (folder / "s.yaml").write_text(scenario(len(HOSTILE) + 1), encoding="utf-8")
    assert calc(*LINE, cwd=folder).code == 0
    assert (folder / "pieces" / PIECE).is_file()
    return folder


def signed(content: bytes) -> bytes:
    """Return bytes as a piece with a right checksum."""
    body = zlib.compress(content, 1)
    return hashlib.sha256(body).digest() + body


def bomb() -> bytes:
    """Return two gigabytes of zeros as a piece of two megabytes."""
    squeeze = zlib.compressobj(9)
    parts = [squeeze.compress(bytes(1 << 24)) + squeeze.flush(zlib.Z_FULL_FLUSH) for _ in range(2)]
    # What stands behind a full flush can be repeated.
    body = parts[0] + parts[1] * 127 + squeeze.flush()
    return hashlib.sha256(body).digest() + body


def written(label: str, plain: Any, arrays: list[Any]) -> bytes:
    found = checkpoint.encoded((plain, arrays), label)
    assert found
    return found


def changed(name: str, at: int, value: Any) -> Callable[[str, Any, list[Any]], bytes]:
    """Return what writes a piece with one of its parts exchanged."""

    def write(label: str, plain: Any, arrays: list[Any]) -> bytes:
        parts = {"plain": list(plain), "arrays": list(arrays)}
        parts[name][at] = value(parts[name][at]) if callable(value) else value
        return written(label, parts["plain"], parts["arrays"])

    return write


def head(**parts: Any) -> Callable[[str, Any, list[Any]], bytes]:
    """Return what writes a piece with such a head and 16 bytes behind it."""
    return lambda label, *_: signed(json.dumps({"label": label, **parts}).encode() + b"\n" + bytes(16))


def text(old: bytes, new: bytes) -> Callable[[str, Any, list[Any]], bytes]:
    """Return what writes a piece with other rows."""
    return changed("arrays", 5, lambda rows: np.frombuffer(rows.tobytes().replace(old, new), dtype=np.uint8))


# Arrays of a piece are: first, varies, positions, rows, holds, and the lines of CSV.
HOSTILE: dict[str, Callable[[str, Any, list[Any]], bytes]] = {
    "nothing": lambda *_: signed(b""),
    "nested": lambda *_: signed(b"[" * 200_000 + b"\n"),
    "a list": lambda *_: signed(b"[]\n"),
    "no keys": head(),
    "digits": lambda *_: signed(b'{"label": ' + b"9" * 5000 + b"}\n"),
    "objects": head(plain=[6, 6], arrays=[["O", 2]], types=["O"]),
    "long texts": head(plain=[6, 6], arrays=[["|u1", 16]], types=["S1000000000"]),
    "minus": head(plain=[6, 6], arrays=[["|u1", -1]], types=["|u1"]),
    "no shape": head(plain=[6, 6], arrays=[["|u1", "x"]], types=["|u1"]),
    "wide": head(plain=[6, 6], arrays=[["|u1", 10**30]], types=["|u1"]),
    "not whole": lambda *_: signed(b"x" * 1000)[:40],
    "bomb": lambda *_: bomb(),
    "no summary": changed("plain", 0, None),
    "other size": changed("plain", 0, 7),
    "held too often": changed("plain", 1, 7),
    "other columns": changed("arrays", 0, lambda each: each[:1]),
    "beyond the end": changed("arrays", 2, lambda each: each + 1),
    "twice": changed("arrays", 2, lambda each: each * 0),
    "fewer rows": changed("arrays", 3, lambda each: each[:-1]),
    "other kind": changed("arrays", 4, lambda each: each.astype(float)),
    "formula": text(b",6.0", b",=6+0"),
    "fewer lines": text(b"\n", b" "),
    "another case": text(b"=1+", b"=2+"),
    "no text": text(b"6.0", b"\xff.0"),
}


def test_pieces_with_a_right_checksum_and_wrong_content_are_computed_again(begun: Path, tmp_path: Path) -> None:
    folder = tmp_path / "x"
    shutil.copytree(begun, folder)
    mark = fingerprint(json.loads((folder / "pieces" / "manifest.json").read_text()))
    for number, (name, write) in enumerate(HOSTILE.items()):
        path, label = folder / "pieces" / "sweep" / f"{number:08}.piece", f"{mark} sweep {number}"
        plain, arrays = checkpoint.decoded(path.read_bytes(), label)
        assert written(label, plain, arrays) == path.read_bytes(), "an honest one is taken as it is"
        path.write_bytes(write(label, plain, arrays))
        assert path.read_bytes() != (begun / "pieces" / "sweep" / path.name).read_bytes(), name
    done = calc(*LINE, cwd=folder)
    assert done.code == 0, done.err
    count = len(HOSTILE)
    said = f"{count + 1} pieces of this run are in pieces\n{count} damaged pieces in pieces computed again\n"
    assert done.err.startswith(said)
    assert (folder / "o.csv").read_bytes() == (begun / "o.csv").read_bytes()
    assert "damaged" not in calc(*LINE, cwd=folder).err


def test_a_piece_that_is_no_file_of_its_own_is_computed_again(begun: Path, tmp_path: Path) -> None:
    shutil.copytree(begun, tmp_path / "x")
    path = tmp_path / "x" / "pieces" / PIECE
    (tmp_path / "mine").write_bytes(path.read_bytes())
    for plant in (os.mkfifo, lambda at: at.symlink_to(tmp_path / "mine"), lambda at: at.symlink_to("/dev/zero")):
        path.unlink()
        plant(path)
        done = calc(*LINE, cwd=tmp_path / "x")
        assert (done.code, "1 damaged piece" in done.err) == (0, True)
        assert path.is_file()
        assert not path.is_symlink()


def test_a_link_in_a_folder_of_pieces_is_not_written_through(begun: Path, tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text(scenario(1), encoding="utf-8")
    precious, elsewhere = tmp_path / "precious", tmp_path / "elsewhere"
    precious.write_text("mine", encoding="utf-8")
    elsewhere.mkdir()
    (tmp_path / "pieces").mkdir()
    (tmp_path / "pieces" / "manifest.json.new").symlink_to(precious)
    assert calc(*LINE, cwd=tmp_path).code == 0
    path = tmp_path / "pieces" / PIECE
    path.unlink()
    path.with_name(path.name + ".new").symlink_to(precious)
    assert calc(*LINE, cwd=tmp_path).code == 0
    assert precious.read_text(encoding="utf-8") == "mine"
    shutil.rmtree(path.parent)
    path.parent.symlink_to(elsewhere)
    done = calc(*LINE, cwd=tmp_path)
    assert (done.code, "`pieces/sweep` is a link to another folder" in done.err) == (2, True)
    assert list(elsewhere.iterdir()) == []


def state(folder: Path) -> list[Any]:
    """Return all that can be seen of a folder."""
    paths = sorted([folder, *folder.rglob("*")])
    return [(path, path.stat().st_mtime_ns, path.is_file() and path.read_bytes()) for path in paths]


def test_a_refused_folder_is_left_as_it_was(begun: Path, tmp_path: Path) -> None:
    manifest = json.loads((begun / "pieces" / "manifest.json").read_text())
    hostile = [
        b"[" * 200_000, b"[]", b'"x"', b"{}", b"1", b"{", b"\xff", b'{"schema": 1}', b" " * 5_000_000, b"9" * 5000,
        json.dumps({**manifest, "calc": "0.0.9\x1b[31m"}).encode(), json.dumps({**manifest, "calc": [[]]}).encode(),
        json.dumps({**manifest, "seed": 10**4000}).encode(), json.dumps({**manifest, "code": "0" * 32}).encode(),
        json.dumps({**manifest, "formulas": {"b": "0" * 32}}).encode(),
        json.dumps({**manifest, "\x1b[31m": {"\x1b": 1}}).encode(),
    ]  # fmt: skip
    (tmp_path / "s.yaml").write_text(scenario(1), encoding="utf-8")
    pieces = tmp_path / "pieces"
    pieces.mkdir()
    for content in hostile:
        (pieces / "manifest.json").write_bytes(content)
        before = state(pieces)
        done = calc(*LINE, cwd=tmp_path)
        assert (done.code, done.err.startswith("error[E-CHECKPOINT]: ")) == (2, True), content[:80]
        assert "\x1b" not in done.err
        assert len(done.err) < 1000
        assert state(pieces) == before
    (pieces / "manifest.json").unlink()
    (pieces / "thesis.txt").write_text("mine", encoding="utf-8")
    before = state(pieces)
    assert "holds other things than pieces of a run" in calc(*LINE, cwd=tmp_path).err
    assert state(pieces) == before


def test_pieces_are_those_of_the_code_that_made_them(begun: Path, tmp_path: Path) -> None:
    """Another formula, another function behind it: with the same version, other pieces."""
    shutil.copytree(ROOT / "calc", tmp_path / "code" / "calc", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("seeds", "scenarios"):
        (tmp_path / "code" / name).symlink_to(ROOT / name)
    line = ["-m", "calc", "sweep", "lingang-racks", "--case", "25 kW", "--axis", "server_power=4 to 5 kW in 2 steps"]
    line += ["--format", "csv", "--checkpoint", "pieces"]
    code = str(tmp_path / "code")
    assert python(*line, cwd=tmp_path, PYTHONPATH=code).code == 0
    rack = tmp_path / "code" / "calc" / "models" / "rack.py"
    for path, old, new, says in (
        (rack, "return ops.floor(", "return ops.ceil(", "other formulas (`servers_"),
        (tmp_path / "code" / "calc" / "ops.py", "import", "import  ", "other code"),
    ):
        before = path.read_text(encoding="utf-8")
        assert old in before
        path.write_text(before.replace(old, new, 1), encoding="utf-8")
        done = python(*line, cwd=tmp_path, PYTHONPATH=code)
        assert (done.code, says in done.err) == (2, True), done.err
        path.write_text(before, encoding="utf-8")
    # One that is not in use changes nothing.
    other = tmp_path / "code" / "calc" / "models" / "carbon.py"
    other.write_text(other.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    assert python(*line, cwd=tmp_path, PYTHONPATH=code).code == 0


@pytest.mark.skipif(not Path("/proc/self/status").is_file(), reason="needs /proc")
def test_reading_a_bomb_takes_bounded_memory(tmp_path: Path) -> None:
    """Two gigabytes of zeros are two megabytes; a piece is let have a quarter of a gigabyte, twice for a moment."""
    (tmp_path / "bomb").write_bytes(bomb())
    # `ru_maxrss` begins with what the process that started this one had.
    code = (
        "from pathlib import Path; from calc.longrun.checkpoint import decoded\n"
        "try: decoded(Path('bomb').read_bytes(), '')\n"
        "except ValueError: print(Path('/proc/self/status').read_text().partition('VmHWM:')[2].split()[0])"
    )
    done = python("-c", code, cwd=tmp_path)
    assert done.code == 0, done.err
    assert 300e6 < int(done.out) * 1024 < 800e6


# ------------------------------------------------------------ samples


SAMPLED = """
inputs: {x: {mean: 10 USD, sd: 1 USD}, y: 1 to 2}
formulas: {z: x * y}
show: [z]
checks: [z <= 15 USD]
"""


@each_row("seed", range(6))
def test_counts_of_samples_that_somebody_wrote_never_end_in_an_internal_error(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What looks like a piece is taken as one, and its figures are those of whoever wrote it; nothing falls over."""
    from calc.errors import CalcError
    from calc.longrun import Resources
    from calc.report.json import render
    from calc.study import simulate
    from calc.study.answer import answer

    monkeypatch.setattr(simulate, "KEPT", 1000)
    monkeypatch.setattr(simulate, "FIRST", 1000)
    monkeypatch.setattr(simulate, "CHUNK", 1 << 11)
    problems, pieces = Problems(), tmp_path / str(seed)
    (tmp_path / "n.yaml").write_text(SAMPLED, encoding="utf-8")
    found = resolve(load(str(tmp_path / "n.yaml"), problems), Options(samples=6000), problems)
    resources = Resources(1, None, str(pieces))
    honest = render(answer(found, resources=resources))
    chance = np.random.default_rng(seed)
    mark = fingerprint(json.loads((pieces / "manifest.json").read_text()))
    for path in pieces.glob("*/*.piece"):
        label = f"{mark} {path.parent.name} {int(path.stem)}"
        plain, arrays = checkpoint.decoded(path.read_bytes(), label)
        arrays = [each.copy() for each in arrays]
        if seed % 3 == 0:
            for each in arrays:
                chance.shuffle(each.reshape(-1))
        elif seed % 3 == 1:
            each = arrays[int(chance.integers(len(arrays)))]
            each.reshape(-1)[int(chance.integers(each.size))] = int(chance.choice([-1, 10**6, 2**62, 0]))
        else:
            tally = plain[int(chance.integers(len(plain)))][2][0]
            tally[int(chance.integers(len(tally)))] = [None, -1, 10**400, "x", [], [1e999] * 16][seed // 2 % 6]
        path.write_bytes(written(label, plain, arrays))
    try:
        again = render(answer(found, resources=resources))
    except CalcError as error:
        assert error.message  # noqa: PT017  # figures that are not finite are refused with words
    else:
        assert seed % 3 < 2 or again == honest
    with opened(None, {}) as nothing:
        assert nothing is None
