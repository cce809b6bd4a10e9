"""From the losses of a batch's tasks to the gradient of a step, by what the objective needs to know.

Where the weights of tasks are known beforehand, one backward pass of the weighted sum gives the step. Else gradients
are kept apart by task: rows of a batch do not meet inside a model, so what a layer's weights learn from a row is the
product of what enters the layer in that row and of how the loss changes with what leaves it. The same backward pass has
both; they are multiplied row by row instead of all at once, and the rows of a task are added up.

Pieces of a batch and the parts of several processes add up, so accumulation changes nothing but rounding. Kept apart,
gradients take as many copies of the adapter's weights as a batch has tasks, which is little beside what the batch holds
for its backward pass; inner products over pieces cannot be had with less (docs/objectives.md has what that comes to).
"""

from __future__ import annotations

from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

import torch

from mintune.errors import TrainingError
from mintune.tune.objectives.objective import ByBatch, Known, Memory, Objective, Seen

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from torch import Tensor, nn

    Layers = Mapping[str, nn.Linear]


class Gradients(Protocol):
    """Gathers what the backward passes of a batch's pieces give, and makes one gradient of it."""

    def listening(self, owners: Tensor, /) -> AbstractContextManager[None]:
        """Within the block one piece is read, whose rows are of these tasks (num_rows,)."""

    def descended(self, task_losses: Tensor) -> Tensor:
        """The scalar to pass backward, of the piece's part of each task's loss (num_tasks,)."""

    def finish(self, accelerator: Any, losses: Tensor) -> None:
        """Add up all processes' parts, and leave in each weight's `grad` the gradient of the step.

        `losses` are those of the tasks over the whole batch (num_tasks,).
        """


def gradients_for(
    objective: Objective, layers: Layers, tasks: Sequence[str], *, memory: Memory, seed: int
) -> Gradients:
    """What gathers gradients for this objective.

    Args:
        objective: how tasks are weighted.
        layers: the adapter's linear layers, without bias, by the name of their weight.
        tasks: those in the batch.
        memory: what the objective remembers of tasks.
        seed: of the step, for objectives that draw.
    """
    if isinstance(objective, Known):
        return Together(layers, objective.weights(tasks, memory))
    return Apart(layers, objective, tasks, memory, seed)


class Together:
    """The gradient of the sum of the tasks' losses, each times its weight (num_tasks,)."""

    def __init__(self, layers: Layers, weights: Tensor) -> None:
        self._layers = layers
        self._weights = weights

    def listening(self, _owners: Tensor, /) -> AbstractContextManager[None]:
        """Nothing: autograd adds up by itself."""
        return nullcontext()

    def descended(self, task_losses: Tensor) -> Tensor:
        """The weighted sum."""
        return self._weights.to(task_losses) @ task_losses

    def finish(self, accelerator: Any, losses: Tensor) -> None:  # noqa: ARG002 - as `Gradients` has it
        """Add the gradients of all processes, in one reduction."""
        if accelerator.num_processes == 1:
            return
        gradients = []
        for layer in self._layers.values():
            if layer.weight.grad is None:  # this process had no example of a small batch
                layer.weight.grad = torch.zeros_like(layer.weight)
            gradients.append(layer.weight.grad)
        total = accelerator.reduce(torch.cat([gradient.flatten() for gradient in gradients]), reduction="sum")
        for gradient, part in zip(gradients, total.split([one.numel() for one in gradients]), strict=True):
            gradient.copy_(part.view_as(gradient))


class Apart:
    """The gradient of each task, weighted by how they lie to one another.

    `by_weight` holds them by the name of the weight: (num_tasks, *shape of the weight), float32.
    """

    def __init__(self, layers: Layers, objective: ByBatch, tasks: Sequence[str], memory: Memory, seed: int) -> None:
        self._layers = layers
        self._objective = objective
        self._tasks = tasks
        self._memory = memory
        self._seed = seed
        self.by_weight: dict[str, Tensor] = {
            name: torch.zeros((len(tasks), *layer.weight.shape), device=layer.weight.device)
            for name, layer in layers.items()
        }

    @contextmanager
    def listening(self, owners: Tensor, /) -> Iterator[None]:
        """Adds up what the rows of each task give; TrainingError where a layer is not given one row an example."""
        handles = [
            layer.register_forward_hook(partial(self._listen, name, owners)) for name, layer in self._layers.items()
        ]
        try:
            yield
        finally:
            for handle in handles:
                handle.remove()

    def descended(self, task_losses: Tensor) -> Tensor:
        """The plain sum, in whose gradient each row's part is that of its own task."""
        return task_losses.sum()

    def finish(self, accelerator: Any, losses: Tensor) -> None:
        """The weighted sum of the tasks' gradients."""
        if accelerator.num_processes > 1:
            self.by_weight = {
                name: accelerator.reduce(found, reduction="sum") for name, found in self.by_weight.items()
            }
        seen = Seen(self._tasks, losses.double().cpu(), self.inner_products(), self._seed, self._memory)
        weights = weights_of(self._objective, seen)
        for name, found in self.by_weight.items():
            self._layers[name].weight.grad = torch.tensordot(weights.to(found), found, dims=1)

    def inner_products(self) -> Tensor:
        """Those of each two tasks' gradients, over all weights (num_tasks, num_tasks), float64, on the CPU."""
        flat = [found.flatten(1) for found in self.by_weight.values()]
        return torch.stack([(part @ part.mT).double() for part in flat]).sum(dim=0).cpu()

    def _listen(self, name: str, owners: Tensor, _layer: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        (entering,) = inputs
        if entering.shape[0] != len(owners):
            raise TrainingError(
                f"{name}: its layer is given {entering.shape[0]} rows for {len(owners)} examples, so that tasks cannot "
                "be told apart; with this backbone set tune.objective: mean"
            )
        entering = entering.detach()
        output.register_hook(lambda leaving: self._add(name, owners, entering, leaving))

    def _add(self, name: str, owners: Tensor, entering: Tensor, leaving: Tensor) -> None:
        rows = torch.bmm(leaving.flatten(1, -2).mT, entering.flatten(1, -2).to(leaving.dtype))
        self.by_weight[name].index_add_(0, owners, rows.float())


def weights_of(objective: ByBatch, seen: Seen) -> Tensor:
    """The tasks' weights (num_tasks,), whatever the gradients' common length.

    Those of the mean where all gradients are zero, or some are no numbers, which the loop then finds in the step.
    """
    scale = seen.products.trace()
    if scale == 0 or not scale.isfinite():
        return torch.full((len(seen.tasks),), 1 / len(seen.tasks), dtype=seen.products.dtype)
    return objective.weights(replace(seen, products=seen.products / scale))
