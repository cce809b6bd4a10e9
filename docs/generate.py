"""Makes docs/configuration.md, the reference of mintune.yaml, and the table of tasks in docs/world.md.

The reference comes from the docstrings that follow the fields in config/. Pydantic keeps no such docstrings at run
time, so they are taken from the source.
"""

from __future__ import annotations

import ast
import inspect
import itertools
import sys
from collections.abc import Iterator
from typing import Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from mintune import config
from mintune.problems import settings_in

HEADER = "| key | default | what it does |\n| --- | --- | --- |\n"


def field_docs(model: type[BaseModel]) -> dict[str, str]:
    """The docstring that follows each field of a settings class, by the field's name."""
    tree = ast.parse(inspect.getsource(sys.modules[model.__module__]))
    body = next(node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == model.__name__).body
    docs = {}
    for node, after in itertools.pairwise(body):
        is_field = isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
        if is_field and isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant):
            docs[node.target.id] = " ".join(str(after.value.value).split())  # type: ignore[union-attr]
    return docs


def undocumented_fields(model: type[BaseModel]) -> list[str]:
    """Fields without a docstring, here and in all settings below; a field that only nests settings needs none."""
    missing = []
    for settings in settings_below(model):
        docs = field_docs(settings)
        nested = {name for name, field in settings.model_fields.items() if settings_in(field.annotation)}
        own = [name for name in settings.model_fields if name not in nested]
        missing += [f"{settings.__name__}.{name}" for name in own if name not in docs]
    return missing


def settings_below(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """A settings class and every settings class it nests, each once, in reading order."""
    yield model
    for field in model.model_fields.values():
        for inner in settings_in(field.annotation):
            yield from settings_below(inner)


def as_markdown() -> str:
    """docs/configuration.md: one table a settings class."""
    parts = [
        "# mintune.yaml",
        "Made from `src/mintune/config/` by `docs/generate.py`; edit the docstrings there. "
        "Unknown keys are errors that name the nearest key. Paths are relative to the file.",
    ]
    for settings in settings_below(config.Config):
        docs = field_docs(settings)
        rows = [
            f"| `{name}` | {_default(field.default)} | {docs.get(name, 'see below')}{_accepted(field.annotation)} |"
            for name, field in settings.model_fields.items()
        ]
        parts.append(f"## {settings.__name__}\n\n{inspect.getdoc(settings)}\n\n{HEADER}" + "\n".join(rows))
    return "\n\n".join(parts) + "\n"


def _accepted(annotation: object) -> str:
    """The values that a field accepts, where they are a list of names."""
    names = list(dict.fromkeys(_names_in(annotation)))
    return f" One of {', '.join(f'`{name}`' for name in names)}." if names else ""


def _names_in(annotation: object) -> Iterator[str]:
    inner = get_args(annotation)
    if get_origin(annotation) is Literal:
        yield from map(str, inner)
        return
    for part in inner:
        yield from _names_in(part)


def _default(value: object) -> str:
    if value is PydanticUndefined:
        return "required"
    if isinstance(value, BaseModel):
        return ""
    return "off" if value is None else f"`{value}`"


if __name__ == "__main__":
    from pathlib import Path

    from mintune.tasks.world.catalogue import with_table

    Path(__file__).with_name("configuration.md").write_text(as_markdown(), encoding="utf-8")
    world = Path(__file__).with_name("world.md")
    world.write_text(with_table(world.read_text(encoding="utf-8")), encoding="utf-8")
