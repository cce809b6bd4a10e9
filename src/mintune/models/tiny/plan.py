"""What a training run of the built-in backbone does, in one record."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Plan:
    """The dials of a run; times in seconds of training.

    Samples a step are `batch_size` times `processes`; `decay_share` is the last part of the budget, over which the rate
    falls; a checkpoint measures `samples_each` samples of every primitive. `start` is an exported folder to go on from,
    with a fresh optimizer; None begins with nothing.
    """

    out: Path
    start: Path | None = None
    seed: int = 1
    batch_size: int = 16
    processes: int = 2
    warmup_s: float = 840.0
    budget_s: float = 5400.0
    rate: float = 3e-3
    decay_share: float = 0.6
    checkpoint_s: float = 300.0
    samples_each: int = 50
    emphasise_every: int = 50
