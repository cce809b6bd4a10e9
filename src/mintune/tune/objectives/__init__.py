"""How the gradients of a batch's tasks become one step: one objective a file, and their table.

Each task's loss is the mean over its examples in the batch, each example's the mean over its own answer tokens. The
step is the sum of the tasks' gradients, each times the weight that the objective gives it.
"""

from __future__ import annotations

from importlib import import_module

from mintune.errors import ConfigError
from mintune.tune.objectives.cagrad import CAGRAD
from mintune.tune.objectives.famo import FAMO
from mintune.tune.objectives.group_dro import GROUP_DRO
from mintune.tune.objectives.mean import MEAN
from mintune.tune.objectives.mgda import MGDA
from mintune.tune.objectives.objective import ByBatch, Objective
from mintune.tune.objectives.pcgrad import PCGRAD
from mintune.tune.objectives.uncertainty import UNCERTAINTY
from mintune.tune.objectives.upgrad import UPGRAD

OBJECTIVES: dict[str, Objective] = {
    "mean": MEAN,
    "pcgrad": PCGRAD,
    "cagrad": CAGRAD,
    "mgda": MGDA,
    "upgrad": UPGRAD,
    "famo": FAMO,
    "uncertainty": UNCERTAINTY,
    "group_dro": GROUP_DRO,
}


def check_installed(name: str) -> None:
    """ConfigError where a package that the objective takes is not there."""
    objective = OBJECTIVES[name]
    for package in objective.needs if isinstance(objective, ByBatch) else ():
        try:
            import_module(package)
        except ImportError as error:
            raise ConfigError(
                f"tune.objective: {name} needs {package}; pip install 'mintune[objectives]', or set it to mean"
            ) from error
