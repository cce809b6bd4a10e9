"""Where a stretch of training stands, as one file that is written whole or not at all.

One safetensors file holds the adapter's weights and AdamW's moments; everything else is plain values in its header. A
process killed at any moment leaves the last checkpoint, and training resumed from it ends in the same bytes.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from mintune.errors import RunError
from mintune.run import write_bytes

if TYPE_CHECKING:
    from pathlib import Path

    from torch import Tensor

TENSORS = ("weights", "first", "second")


@dataclass(frozen=True, slots=True)
class Tally:
    """What a stretch of training has done after `step` steps.

    `updates` counts AdamW's updates, on from the stretch before, as do the running means `loss` and `task_loss` in nats
    an answer token. `examples`, `tokens` and `seconds` are what this stretch has taken; seconds that a kill threw away
    are not in it. `threads` is torch's number of threads, on which the last bits of sums depend on a CPU.
    """

    step: int = 0
    updates: int = 0
    examples: int = 0
    tokens: int = 0
    seconds: float = 0.0
    loss: float | None = None
    task_loss: dict[str, float] = field(default_factory=dict)
    threads: int = 1


@dataclass(frozen=True, slots=True)
class State:
    """An adapter in training: its weights, AdamW's first and second moments of each, and the tally."""

    weights: dict[str, Tensor] = field(repr=False)
    first: dict[str, Tensor] = field(repr=False)
    second: dict[str, Tensor] = field(repr=False)
    tally: Tally


def save_state(path: Path, state: State, inputs: str) -> None:
    """Write a checkpoint of training on `inputs` (a digest), whole or not at all."""
    from safetensors.torch import save

    tensors = {
        f"{part}/{name}": tensor.detach().cpu().contiguous()
        for part in TENSORS
        for name, tensor in getattr(state, part).items()
    }
    write_bytes(path, save(tensors, metadata={"inputs": inputs, "tally": json.dumps(asdict(state.tally))}))


def load_state(path: Path, inputs: str) -> State | None:
    """The checkpoint at `path`; None where there is none or its inputs are others. RunError where it is damaged."""
    from safetensors import SafetensorError, safe_open

    if not path.exists():
        return None
    try:
        with safe_open(path, framework="pt") as file:
            header = file.metadata() or {}
            if header.get("inputs") != inputs:
                return None
            parts: dict[str, dict[str, Tensor]] = {part: {} for part in TENSORS}
            for key in file.keys():  # noqa: SIM118 - safe_open is no mapping
                part, _, name = key.partition("/")
                parts[part][name] = file.get_tensor(key)
            return State(**parts, tally=Tally(**json.loads(header["tally"])))
    except (SafetensorError, OSError, ValueError, KeyError, TypeError) as error:
        raise RunError(f"{path}: is no checkpoint that can be read ({error}); delete it to train again") from error
