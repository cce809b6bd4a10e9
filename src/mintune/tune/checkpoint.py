"""Where a stretch of training stands, as one file that is written whole or not at all.

One safetensors file holds the adapter's weights and AdamW's moments; everything else is plain values in its header. A
process killed at any moment leaves the last checkpoint, and training resumed from it ends in the same bytes. How long
that took is another number every time, so seconds stand beside it, in a file of their own.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from mintune.errors import RunError
from mintune.run import write_bytes, write_text
from mintune.tune.history import JOURNAL
from mintune.tune.objectives.objective import Memory

if TYPE_CHECKING:
    from pathlib import Path

    from torch import Tensor

TRAINING = "training.safetensors"
SECONDS = "training.json"
TENSORS = ("weights", "first", "second")


@dataclass(frozen=True, slots=True)
class Tally:
    """What a stretch of training has done after `step` steps.

    `updates` counts AdamW's updates, on from the stretch before, as do the running means `loss` and `task_loss` in nats
    an answer token, and `memory`, what the objective remembers of each task. `examples`, those of them whose text was
    `truncated`, `tokens` and `seconds` are what this stretch has taken; seconds that a kill threw away are not in it.
    `threads` is torch's number of threads, on which the last bits of sums depend on a CPU.
    """

    step: int = 0
    updates: int = 0
    examples: int = 0
    tokens: int = 0
    truncated: int = 0
    seconds: float = 0.0
    loss: float | None = None
    task_loss: dict[str, float] = field(default_factory=dict)
    memory: Memory = field(default_factory=dict)
    threads: int = 1


@dataclass(frozen=True, slots=True)
class State:
    """An adapter in training: its weights, AdamW's first and second moments of each, and the tally."""

    weights: dict[str, Tensor] = field(repr=False)
    first: dict[str, Tensor] = field(repr=False)
    second: dict[str, Tensor] = field(repr=False)
    tally: Tally


def save_state(folder: Path, state: State, inputs: str) -> None:
    """Write a checkpoint of training on `inputs` (a digest) into a folder, whole or not at all."""
    from safetensors.torch import save

    tensors = {
        f"{part}/{name}": tensor.detach().cpu().contiguous()
        for part in TENSORS
        for name, tensor in getattr(state, part).items()
    }
    tally = asdict(state.tally)
    write_text(folder / SECONDS, json.dumps({"seconds": tally.pop("seconds")}) + "\n")
    # One entry, because safetensors writes several in an order that changes.
    header = json.dumps({"inputs": inputs, "tally": tally})
    write_bytes(folder / TRAINING, save(tensors, metadata={"training": header}))


def load_state(folder: Path, inputs: str) -> State | None:
    """The checkpoint in a folder; None where there is none or its inputs are others. RunError where it is damaged."""
    from safetensors import SafetensorError, safe_open

    path = folder / TRAINING
    if not path.exists():
        return None
    try:
        with safe_open(path, framework="pt") as file:
            header = json.loads((file.metadata() or {})["training"])
            if header["inputs"] != inputs:
                return None
            parts: dict[str, dict[str, Tensor]] = {part: {} for part in TENSORS}
            for key in file.keys():  # noqa: SIM118 - safe_open is no mapping
                part, _, name = key.partition("/")
                parts[part][name] = file.get_tensor(key)
            tally = header["tally"]
            memory = {task: tuple(numbers) for task, numbers in tally.pop("memory", {}).items()}
            return State(**parts, tally=Tally(**tally, memory=memory, seconds=_seconds(folder)))
    except (SafetensorError, OSError, ValueError, KeyError, TypeError) as error:
        raise RunError(f"{path}: is no checkpoint that can be read ({error}); delete it to train again") from error


def discard_state(folder: Path) -> None:
    """Remove a checkpoint that is no longer needed."""
    for name in (TRAINING, SECONDS, JOURNAL):
        (folder / name).unlink(missing_ok=True)


def _seconds(folder: Path) -> float:
    """What training took up to the checkpoint, or up to the one after where a kill fell between the two files."""
    return float(json.loads((folder / SECONDS).read_text())["seconds"])
