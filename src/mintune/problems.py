"""What is wrong with a configuration, in words: from pydantic's errors to lines that say what would be accepted.

Knows no key and no default: these are read off the models.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable
from typing import Any

from pydantic import BaseModel

from mintune.names import NAME_RULE, name_like

Problem = Any
"""One of pydantic's `ErrorDetails`: `type`, `loc` (a path of keys), `input`, `ctx` and `msg`."""


def explain_all(problems: Iterable[Problem], model: type[BaseModel]) -> list[str]:
    """A line on each problem found in settings of `model`; a key that is missing because it is misspelt is one."""
    problems = list(problems)
    meant = {
        (*problem["loc"][:-1], _nearest_key(problem, model))
        for problem in problems
        if problem["type"] == "extra_forbidden"
    }
    return [
        _explain(problem, model) for problem in problems if problem["type"] != "missing" or problem["loc"] not in meant
    ]


def _explain(problem: Problem, model: type[BaseModel]) -> str:
    if problem["loc"][-1:] == ("[key]",):
        *where, name, _ = problem["loc"]
        return f"{_key(where)}: {name!r} is no name of a task; expected {NAME_RULE}, such as {name_like(str(name))!r}"
    if problem["type"] in RANGES:
        words = f"expected a number {RANGES[problem['type']].format_map(problem['ctx'])}; got {_shown(problem)}"
    elif problem["type"] in WORDS:
        words = WORDS[problem["type"]](problem, model)
    else:
        words = f"{problem['msg']}; got {_shown(problem)}"
    return f"{_key(problem['loc'])}: {words}"


def _no_settings(problem: Problem, model: type[BaseModel]) -> str:
    fields = _keys_at(problem["loc"], model)
    return f"expected keys ({', '.join(fields)}), such as `{{{fields[0]}: ...}}`; got {_shown(problem)}"


def _unknown_value(problem: Problem, _: type[BaseModel]) -> str:
    accepted = re.findall("'([^']+)'", problem["ctx"]["expected"])
    near = difflib.get_close_matches(str(problem["input"]), accepted, n=1, cutoff=0.7)
    hint = f"did you mean {near[0]}? " if near else ""
    return f"unknown value {problem['input']!r}; {hint}accepted: {', '.join(accepted)}"


def _no_list(problem: Problem, _: type[BaseModel]) -> str:
    return f"expected a list, such as [{problem['input']}]; got {_shown(problem)}"


def _own_words(problem: Problem, _: type[BaseModel]) -> str:
    """From the models' own checks, which say all there is to say."""
    return str(problem["ctx"]["error"])


def _unknown_key(problem: Problem, model: type[BaseModel]) -> str:
    near = _nearest_key(problem, model)
    hint = f"did you mean {near}?" if near else f"accepted here: {', '.join(_keys_at(problem['loc'][:-1], model))}"
    return f"unknown key; {hint}"


WORDS: dict[str, Callable[[Problem, type[BaseModel]], str]] = {
    "model_type": _no_settings,
    "literal_error": _unknown_value,
    "tuple_type": _no_list,
    "value_error": _own_words,
    "extra_forbidden": _unknown_key,
}
"""What is said of a problem, by pydantic's name for it; of others what pydantic says."""

RANGES = {
    "greater_than": "greater than {gt:g}",
    "greater_than_equal": "of at least {ge:g}",
    "less_than": "less than {lt:g}",
    "less_than_equal": "of at most {le:g}",
}
"""How the bounds of numbers are told, by pydantic's names of the problems."""


def _key(location: Iterable[object]) -> str:
    return ".".join(map(str, location))


def _nearest_key(problem: Problem, model: type[BaseModel]) -> str | None:
    """The key that may have been meant by an unknown one."""
    *where, key = problem["loc"]
    near = difflib.get_close_matches(str(key), _keys_at(where, model), n=1, cutoff=0.5)
    return near[0] if near else None


def _shown(problem: Problem) -> str:
    """The value found; of a server only numbers, as people may have written a key into a wrong place."""
    value = problem["input"]
    return type(value).__name__ if "server" in problem["loc"] and isinstance(value, str | dict | list) else repr(value)


def _keys_at(location: Iterable[object], model: type[BaseModel]) -> list[str]:
    """The keys that the settings at `location` (a path of keys into `model`) accept."""
    for part in location:
        field = model.model_fields.get(str(part))
        if field is None:
            continue
        models = [kind for kind in settings_in(field.annotation) if kind is not model]
        if models:
            model = models[0]
    return list(model.model_fields)


def settings_in(annotation: Any) -> list[type[BaseModel]]:
    """The models named anywhere in a type annotation."""
    if isinstance(annotation, type):
        return [annotation] if issubclass(annotation, BaseModel) else []
    return [found for inner in getattr(annotation, "__args__", ()) for found in settings_in(inner)]
