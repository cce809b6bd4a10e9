"""The training loop: one adapter, one stretch of steps, in the open.

    batch of the step, in pieces of similar length -> loss of each row -> loss of each task
    -> gradients, summed over pieces, weighted by the objective -> clip -> AdamW

Only the adapter's weights have gradients. They are small, so several processes (`accelerate launch`) each take a part
of every batch and add their gradients in one reduction, and the base needs no wrapper. On a CPU with the same number
of threads the loop ends in the same bytes whether it was interrupted or not.
"""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from mintune.errors import DivergedError, TrainingError
from mintune.tune.checkpoint import State, Tally, save_state
from mintune.tune.history import History
from mintune.tune.objectives import OBJECTIVES
from mintune.tune.watching import Watcher

if TYPE_CHECKING:
    from pathlib import Path

    import torch
    from torch import Tensor

    from mintune.config import TuneSettings
    from mintune.models.backbone import Backbone
    from mintune.tune.objectives.objective import Memory, Objective
    from mintune.tune.rows import Rows
    from mintune.tune.sampler import Sampler, Slot
    from mintune.tune.sights import Row

Progress = Callable[[int, int, float], None]
"""Called after each step with steps done, steps in all, and the running loss."""

VERSION = 4
"""Raised when the same inputs would end in other weights, so that adapters made before are not taken for fresh."""

CLIP_NORM = 1.0
WARM_UP = 0.05
BETAS = (0.9, 0.99)
NEWEST = 0.1
"""Weight of the newest batch in running losses."""


@dataclass(frozen=True)
class Lesson:
    """One stretch of training: its batches, and where it stands in the schedule of the learning rate.

    `begins` and `ends` in [0, 1] are the parts of the whole schedule before and after it: a trunk of half the budget
    has (0, 0.5) and each branch (0.5, 1). `inputs` is the digest of all that decides the weights it ends in.
    """

    name: str
    inputs: str
    sampler: Sampler
    begins: float = 0.0
    ends: float = 1.0

    def rate(self, step: int) -> float:
        """The factor on the peak learning rate at a step: linear warm-up, then a cosine to zero, over the schedule."""
        done = self.begins + (self.ends - self.begins) * (step + 0.5) / self.sampler.budget.steps
        return min(1.0, done / WARM_UP) * 0.5 * (1 + math.cos(math.pi * done))


def train(
    backbone: Backbone,
    rows: Rows,
    lesson: Lesson,
    settings: TuneSettings,
    state: State,
    *,
    folder: Path,
    progress: Progress | None = None,
    watcher: Watcher | None = None,
) -> State:
    """Train the active adapter from `state` to the end of the lesson, and return where it ended.

    A checkpoint is written into `folder` every `checkpoint_steps` steps and at the end, and before it what the steps
    saw (`history.py`). `watcher` sees every step and may end the lesson early. DivergedError where a loss, a gradient
    or a weight stops being a finite number.
    """
    from accelerate import Accelerator

    from mintune.models.fused import adapter_fused
    from mintune.models.precision import attention_in_float32, training_precision
    from mintune.tune.fitting import within_memory
    from mintune.tune.objectives.objective import Known

    accelerator = Accelerator(cpu=backbone.device == "cpu", mixed_precision=training_precision(backbone))
    if accelerator.num_processes > settings.batch_size:
        raise TrainingError(
            f"{accelerator.num_processes} processes cannot share batches of {settings.batch_size} examples; "
            "raise tune.batch_size or start fewer processes"
        )
    sampler, steps, tally = lesson.sampler, lesson.sampler.budget.steps, state.tally
    peak, objective = settings.rate_for(backbone.name), OBJECTIVES[settings.objective]
    parameters = weights_in_training(backbone)
    optimizer = accelerator.prepare(_restore(parameters, state))
    history = History(folder, done=tally.step) if accelerator.is_main_process else None
    watcher = watcher or Watcher()
    began = time.perf_counter() - tally.seconds
    # Objectives that keep gradients apart by task listen to the adapter's own layers, which fused layers pass by.
    fused = adapter_fused(backbone) if isinstance(objective, Known) else nullcontext()
    with _repeatable(tally.threads), attention_in_float32(), fused:
        watcher.begin()
        for step in range(tally.step, steps):
            slots = sampler.batch(step)
            attempt = partial(backward, backbone, rows, slots, accelerator, objective, memory=tally.memory, seed=step)
            report = within_memory(attempt, rows, parameters.values())
            norm = accelerator.clip_grad_norm_(parameters.values(), CLIP_NORM)
            optimizer.param_groups[0]["lr"] = rate = peak * lesson.rate(step)
            optimizer.step()
            optimizer.zero_grad()
            _check(report.descended, norm, parameters, f"{lesson.name}: step {step + 1} of {steps}", peak)
            memory = objective.learn(list(report.descended), list(report.descended.values()), tally.memory)
            tally = replace(_count(tally, report, len(slots)), memory=memory)
            if history is not None:
                history.note(step + 1, report.losses, learning_rate=rate, gradient_norm=float(norm))
            is_over = watcher.after(step + 1, report.losses, rate, float(norm)) or step + 1 == steps
            if (step + 1) % settings.checkpoint_steps == 0 or is_over:
                watcher.save(is_main=accelerator.is_main_process)
                state = _read(parameters, optimizer, replace(tally, seconds=time.perf_counter() - began))
                if history is not None:
                    history.keep()
                    save_state(folder, state, lesson.inputs)
            if progress is not None and tally.loss is not None:
                progress(step + 1, steps, tally.loss)
            if is_over:
                break
    return state


def of_whole(progress: Progress | None, done: int, total: int) -> Progress | None:
    """Progress of one stretch told as that of a whole of `total` steps, of which `done` came before."""
    if progress is None:
        return None
    return lambda step, _, loss: progress(done + step, total, loss)


def layers_in_training(backbone: Backbone) -> dict[str, torch.nn.Linear]:
    """The layers whose weights training moves: the active adapter's, by the keys PEFT saves their weights under."""
    from mintune.models.adapters import active, adapter_layers

    name = active(backbone)
    if name is None:
        raise TrainingError("no adapter is active, so there is nothing to train; attach one first")
    return adapter_layers(backbone, name)


def weights_in_training(backbone: Backbone) -> dict[str, torch.nn.Parameter]:
    """The weights of those layers."""
    return {key: cast("torch.nn.Parameter", layer.weight) for key, layer in layers_in_training(backbone).items()}


def untrained(backbone: Backbone) -> State:
    """The state before the first step: the active adapter's weights as they are, and no moments."""
    import torch

    weights = {name: weight.detach().cpu().clone() for name, weight in weights_in_training(backbone).items()}
    nothing = {name: torch.zeros_like(weight) for name, weight in weights.items()}
    return State(weights, nothing, nothing, Tally(threads=torch.get_num_threads()))


def write_weights(backbone: Backbone, state: State) -> None:
    """Put a state's weights into the active adapter."""
    for name, weight in weights_in_training(backbone).items():
        weight.data.copy_(state.weights[name])


def _restore(parameters: dict[str, torch.nn.Parameter], state: State) -> torch.optim.AdamW:
    """Weights and optimiser as they stood in `state`."""
    import torch

    optimizer = torch.optim.AdamW(parameters.values(), betas=BETAS, weight_decay=0.0, fused=True)
    for name, weight in parameters.items():
        weight.data.copy_(state.weights[name])
        optimizer.state[weight] = {
            "step": torch.tensor(float(state.tally.updates)),
            "exp_avg": state.first[name].to(weight.device, copy=True),
            "exp_avg_sq": state.second[name].to(weight.device, copy=True),
        }
    return optimizer


def _read(parameters: dict[str, torch.nn.Parameter], optimizer: Any, tally: Tally) -> State:
    """A copy of weights and moments as they stand now."""

    def moments(part: str) -> dict[str, Tensor]:
        return {name: optimizer.state[weight][part].detach().cpu().clone() for name, weight in parameters.items()}

    weights = {name: weight.detach().cpu().clone() for name, weight in parameters.items()}
    return State(weights, moments("exp_avg"), moments("exp_avg_sq"), tally)


def places_of(owners: Sequence[str], counts: Mapping[str, int]) -> Tensor:
    """The place of each example's task (num_examples,) in `counts`."""
    import torch

    places = {task: place for place, task in enumerate(counts)}
    return torch.tensor([places[task] for task in owners])


def losses_by_task(losses: Tensor, owners: Tensor, counts: Mapping[str, int]) -> Tensor:
    """The loss of each task: the sum of its examples' losses over its count.

    Args:
        losses: one an example (num_examples,).
        owners: the place of each example's task in `counts` (num_examples,).
        counts: examples of each task in the whole batch, of which `losses` may hold a part.

    Returns:
        (num_tasks,), in the order of `counts`; parts of a batch add up to the losses of the whole.
    """
    import torch

    sums = torch.zeros(len(counts), device=losses.device).index_add(0, owners, losses)
    return sums / torch.tensor(list(counts.values()), device=losses.device)


def aims(losses: Tensor, lengths: Tensor, rows: Sequence[Row]) -> Tensor:
    """What is made small of each row's loss (num_rows,).

    The loss itself; of a row whose answer is to be no likelier than a guess, what it falls short of that.

    Args:
        losses: nats an answer token (num_rows,).
        lengths: answer tokens of each (num_rows,).
        rows: what is to be learnt from each.
    """
    import torch

    surprise = torch.tensor([row.surprise or 0.0 for row in rows], device=losses.device)
    guesses = torch.tensor([row.surprise is not None for row in rows], device=losses.device)
    return torch.where(guesses, torch.relu(surprise / lengths.clamp(min=1) - losses), losses)


@dataclass(frozen=True, slots=True)
class StepReport:
    """What one step has shown, in nats an answer token and in counts.

    `losses` are the tasks' on their examples, `descended` those with what stood beside the examples. `tokens` are those
    of all rows, and `truncated` counts the prompts among them whose text was cut.
    """

    losses: dict[str, float]
    descended: dict[str, float]
    tokens: int
    truncated: int


def backward(
    backbone: Backbone,
    rows: Rows,
    slots: list[Slot],
    accelerator: Any,
    objective: Objective,
    *,
    memory: Memory,
    seed: int,
) -> StepReport:
    """Leave the objective's gradient on one batch in the `grad` of the adapter's weights.

    `memory` is what the objective remembers of tasks, `seed` for those that draw.
    """
    import torch

    from mintune.models.encoding import IGNORED
    from mintune.models.loss import answer_losses
    from mintune.tune.gradients import gradients_for

    counts = Counter(slot.task for slot in slots)
    gradients = gradients_for(objective, layers_in_training(backbone), list(counts), memory=memory, seed=seed)
    seen = torch.zeros((2, len(counts)), device=accelerator.device)  # of the examples, and of all rows
    shown = torch.zeros(2, dtype=torch.long, device=accelerator.device)
    for piece, batch in rows.batches(rows.of(slots[accelerator.process_index :: accelerator.num_processes])):
        owners = places_of([row.sight.task for row in piece], counts).to(accelerator.device)
        own = torch.tensor([not row.beside for row in piece], device=accelerator.device)
        with gradients.listening(owners):
            with accelerator.autocast():
                losses = answer_losses(backbone, batch).float()
            aimed = aims(losses, (batch.labels != IGNORED).sum(dim=1), piece)
            task_losses = losses_by_task(aimed, owners, counts)
            accelerator.backward(gradients.descended(task_losses))
        seen += torch.stack([losses_by_task(aimed.detach() * own, owners, counts), task_losses.detach()])
        shown += torch.tensor([int(batch.lengths.sum()), batch.num_truncated], device=accelerator.device)
    seen, shown = accelerator.reduce(seen, reduction="sum"), accelerator.reduce(shown, reduction="sum")
    gradients.finish(accelerator, seen[1])
    losses_of_examples, descended = (dict(zip(counts, part, strict=True)) for part in seen.tolist())
    return StepReport(losses_of_examples, descended, *shown.tolist())


def _check(
    losses: dict[str, float],
    norm: Tensor,
    parameters: dict[str, torch.nn.Parameter],
    where: str,
    peak: float,
) -> None:
    """DivergedError where a task's loss, the gradient or a weight is no finite number."""
    import torch

    remedy = f"lower tune.learning_rate (now {peak:g})"
    bad = [f"{task} ({loss})" for task, loss in losses.items() if not math.isfinite(loss)]
    if bad:
        raise DivergedError(f"{where}: the loss of {', '.join(bad)} is no finite number; {remedy}")
    sizes = torch.stack([norm, torch.nn.utils.get_total_norm([weight.detach() for weight in parameters.values()])])
    if not bool(sizes.isfinite().all()):
        what = "gradient" if not math.isfinite(float(norm)) else "weights"
        raise DivergedError(f"{where}: the {what} on tasks {', '.join(losses)} became infinite or NaN; {remedy}")


def _count(tally: Tally, report: StepReport, examples: int) -> Tally:
    """The tally after one more step."""

    def running(old: float | None, new: float) -> float:
        return new if old is None else (1 - NEWEST) * old + NEWEST * new

    losses = report.losses
    task_loss = tally.task_loss | {task: running(tally.task_loss.get(task), loss) for task, loss in losses.items()}
    return replace(
        tally,
        step=tally.step + 1,
        updates=tally.updates + 1,
        examples=tally.examples + examples,
        tokens=tally.tokens + report.tokens,
        truncated=tally.truncated + report.truncated,
        loss=running(tally.loss, sum(losses.values()) / len(losses)),
        task_loss=task_loss,
    )


@contextmanager
def _repeatable(threads: int) -> Iterator[None]:
    """Sums in the same order as before: deterministic operations, and as many threads as the checkpoint had."""
    import torch

    # Deterministic mode fills new memory before it is written; nothing here reads it before, so that is wasted time.
    memory: Any = torch.utils.deterministic
    before = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled(), memory.fill_uninitialized_memory
    torch.set_num_threads(threads)
    torch.use_deterministic_algorithms(not torch.cuda.is_available(), warn_only=True)
    memory.fill_uninitialized_memory = False
    try:
        yield
    finally:
        torch.set_num_threads(before[0])
        torch.use_deterministic_algorithms(before[1])
        memory.fill_uninitialized_memory = before[2]
