"""Imports flow one way, and what needs no model starts without one."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[1] / "src" / "mintune"

# A room may import rooms of earlier lines, and its own files; rooms of one line never import one another.
ORDER = [
    {"errors"},
    {"records", "answers", "names"},
    {"config", "problems", "run", "progress"},
    {"tasks"},
    {"models"},
    {"profile", "group", "tune", "evaluate"},
    {"explain", "export"},
    {"way"},
    {"speed"},
    {"jobs"},
    {"preflight"},
    {"inquiry"},
    {"pipeline", "plan"},
    {"handover"},
    {"serve", "web"},
    {"cli"},
]
RANK = {room: rank for rank, rooms in enumerate(ORDER) for room in rooms}
MAY_LOOK_SIDEWAYS = {"config", "run", "progress", "records", "answers"}


def room_of(path: Path) -> str:
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


def imported_rooms(path: Path) -> set[str]:
    rooms: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names = (
                [f"{node.module}.{alias.name}" for alias in node.names] if node.module == "mintune" else [node.module]
            )
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        rooms |= {name.split(".")[1] for name in names if name.startswith("mintune.")}
    return rooms - {"__version__"}


@pytest.mark.parametrize("path", sorted(SOURCE.rglob("*.py")), ids=lambda path: str(path.relative_to(SOURCE)))
def test_imports_flow_one_way(path: Path) -> None:
    room = room_of(path)
    if room == "__init__":
        return
    assert room in RANK, f"{room} is not a room of the design: put it into ORDER and docs/architecture.md"
    for other in imported_rooms(path) - {room}:
        assert other in RANK, f"{path.name} imports {other}, which is not a room of the design"
        sideways = RANK[other] == RANK[room] and room in MAY_LOOK_SIDEWAYS
        assert RANK[other] < RANK[room] or sideways, f"{path.relative_to(SOURCE)}: {room} may not import {other}"


def test_the_command_line_starts_without_loading_a_model() -> None:
    heavy = ("torch", "transformers", "datasets", "sklearn")
    code = f"import mintune.cli.main, sys; print(*[name for name in {heavy} if name in sys.modules])"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == ""
