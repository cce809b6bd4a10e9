"""Everything mintune raises on purpose, as one tree.

    MintuneError
    ├── ConfigError       mintune.yaml or an argument is wrong        (exit code 2)
    ├── DataError         a data file, a row, an image or a record is not what it should be
    │   └── RunError      the run folder cannot be written or does not fit this configuration
    ├── BackboneError     a model cannot be loaded or cannot do what is asked
    │   ├── ServerGoneError     a server cannot be reached
    │   └── ServerRefusedError  a server does not take a request as it is
    ├── EstimationError   an estimate is not defined on these predictions
    └── TrainingError     tuning cannot start
        └── DivergedError       a loss, a gradient or a weight is no finite number

A message says what was wrong, with the value, what would be accepted, and where (file, line, key).
"""


class MintuneError(Exception):
    """Base of all errors that mintune raises on purpose; the CLI prints its message without a traceback."""

    exit_code = 1


class ConfigError(MintuneError):
    """A configuration file, key or argument is wrong."""

    exit_code = 2


class DataError(MintuneError):
    """A data file, a row, an image or a saved record is not what it should be."""


class RunError(DataError):
    """The run folder cannot be written or read, or was made from something else."""


class BackboneError(MintuneError):
    """A model cannot be loaded, or cannot do what is asked of it."""


class ServerGoneError(BackboneError):
    """A server that should answer cannot be reached."""


class ServerRefusedError(BackboneError):
    """A server does not take a request as it is: it does not know a field, or the prompt is too long for it."""


class EstimationError(MintuneError):
    """An estimate is not defined on the predictions at hand."""


class TrainingError(MintuneError):
    """Tuning cannot start, or its loss stopped being a number."""


class DivergedError(TrainingError):
    """Training went on with numbers that are not finite; a lower learning rate may do."""
