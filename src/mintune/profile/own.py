"""Functions of the user's own, which mintune.yaml names as `package.module:function`: found, called, told apart.

A profile is made from what such a function says, so the digest of the files that define it belongs to what the profile
is made from. What these call in other files is not followed.
"""

from __future__ import annotations

import hashlib
import importlib
import inspect
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mintune.errors import ConfigError, EstimationError
from mintune.run import digest


def find(key: str, name: str, *, besides: str = "") -> Callable[..., Any]:
    """The function that `package.module:function` names.

    Args:
        key: where in mintune.yaml the name stands, for messages.
        name: the dotted name.
        besides: names of mintune's own that the key accepts, too.

    Raises:
        ConfigError: there is no such module or function.
    """
    module, _, function = name.partition(":")
    accepted = f"{besides}, or package.module:function" if besides else "package.module:function"
    expected = f"{key}: {name!r}; accepted: {accepted}"
    if not module or not function:
        raise ConfigError(expected)
    try:
        found = getattr(importlib.import_module(module), function)
    except ImportError as error:
        remedy = "install it, or put its folder into PYTHONPATH"
        raise ConfigError(f"{expected}; {module} cannot be imported ({error}); {remedy}") from error
    except AttributeError as error:
        raise ConfigError(f"{expected}; {module} has no {function}") from error
    if not callable(found):
        raise ConfigError(f"{expected}; {name} is no function")
    named: Callable[..., Any] = found
    return named


def require_arguments(key: str, name: str, function: Callable[..., Any], *given: str) -> None:
    """ConfigError where the function cannot be called with what it will be `given`, which is told in words.

    What has no signature, as some functions that are written in C, passes.
    """
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return
    try:
        signature.bind(*given)
    except TypeError as error:
        taken = ", ".join(signature.parameters)
        raise ConfigError(f"{key}: {name}({taken}): {error}; expected a function of ({', '.join(given)})") from error


def source_digest(name: str, function: Callable[..., Any]) -> str:
    """Hex digest of the files that define the function found by `name`: its module's, and that where it was written."""
    plain = inspect.unwrap(function)
    try:
        written = inspect.getsourcefile(plain if inspect.isroutine(plain) else type(plain))
    except TypeError:  # of what is written in C there is no source
        written = None
    files = {file for file in (sys.modules[name.partition(":")[0]].__file__, written) if file is not None}
    return digest(sorted(hashlib.sha256(Path(file).read_bytes()).hexdigest() for file in files))


def call(function: Callable[..., Any], *given: Any, where: str) -> Any:
    """What such a function returns. EstimationError says `where` it failed, with what, and on which line."""
    try:
        return function(*given)
    except Exception as error:  # whatever a stranger's code raises, who wrote it needs the example and the line
        last = traceback.extract_tb(error.__traceback__)[-1]
        fault = f"{type(error).__name__}: {error} ({last.filename}, line {last.lineno})"
        raise EstimationError(f"{where}: failed with {fault}") from error
