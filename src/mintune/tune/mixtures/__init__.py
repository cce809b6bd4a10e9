"""How a budget is shared among tasks: one mixture a file, and the table that config names them by.

A mixture maps the number of training examples of each task (all positive) to shares that sum to one. A
search (`merge_search`, in `tune/merge_search.py`) begins with `proportional` and goes by more than sizes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from mintune.tune.mixtures.proportional import proportional
from mintune.tune.mixtures.temperature import temperature
from mintune.tune.mixtures.uniform import uniform
from mintune.tune.mixtures.unimax import unimax

MIXTURES: dict[str, Callable[[Mapping[str, float]], dict[str, float]]] = {
    "proportional": proportional,
    "temperature": temperature,
    "unimax": unimax,
    "uniform": uniform,
}
