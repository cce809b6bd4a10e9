"""A batch that does not fit into memory is read in smaller pieces, down to single examples.

What a batch teaches does not hang on its pieces, so it is the pieces that give way: the gradients of the attempt are
thrown away, the batch is begun again with pieces of at most half the tokens, and later batches keep to that size. A
whole batch, because memory may run out in the middle of a backward pass, when a part of the gradients is added already.
Pieces of other sizes may change the last bits of what is summed; only a run that met its limit is concerned.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, TypeVar

import torch

if TYPE_CHECKING:
    from mintune.tune.rows import Rows

Found = TypeVar("Found")


def within_memory(attempt: Callable[[], Found], rows: Rows, weights: Iterable[torch.nn.Parameter]) -> Found:
    """What `attempt` returns, which reads one batch of `rows` and leaves gradients in `weights`.

    TrainingError where memory does not even hold a single example.
    """
    while True:
        try:
            return attempt()
        except RuntimeError as error:
            if not ran_out_of_memory(error):
                raise
            rows.shrink()
        # Outside of `except`, so that the frames of the attempt, and with them what it computed, are gone.
        for weight in weights:
            weight.grad = None
        gc.collect()
        torch.cuda.empty_cache()


def ran_out_of_memory(error: RuntimeError) -> bool:
    """Whether an error of torch's says so: of a GPU it has a class of its own, of a CPU a message."""
    return isinstance(error, torch.OutOfMemoryError) or "DefaultCPUAllocator: can't allocate memory" in str(error)
