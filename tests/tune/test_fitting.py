"""Where memory runs out, a batch is read in smaller pieces and teaches the same."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import pytest
import torch
from accelerate import Accelerator
from hypothesis import given
from hypothesis import strategies as st
from tests.tune.cases import SETTINGS, make_backbone, make_suite

from mintune.errors import TrainingError
from mintune.models.adapters import attach
from mintune.models.backbone import Backbone
from mintune.tune.fitting import ran_out_of_memory, within_memory
from mintune.tune.loop import backward, weights_in_training
from mintune.tune.objectives import OBJECTIVES
from mintune.tune.rows import Rows, split_by_length
from mintune.tune.sampler import Slot

SUITE = make_suite()
SLOTS = [Slot(task.name, index, 0) for task in SUITE.tasks for index in range(len(task.train))]


@pytest.fixture(scope="module")
def tuned() -> Backbone:
    """A backbone with an adapter whose A and B both have gradients."""
    backbone = make_backbone()
    attach(backbone, SETTINGS.rank, 0, "one")
    generator = torch.Generator().manual_seed(0)
    for weight in weights_in_training(backbone).values():
        weight.data.normal_(std=0.1, generator=generator)
    return backbone


class Machine:
    """A machine whose memory holds pieces of so many rows; it notices in the middle of the backward pass."""

    def __init__(self, backbone: Backbone) -> None:
        self.most_rows = len(SLOTS)
        self.num_rows: list[int] = []
        middle = backbone.model.get_decoder().layers[1]
        self._handle = middle.register_forward_pre_hook(lambda _layer, inputs: self._watch(inputs[0]))

    def close(self) -> None:
        self._handle.remove()

    def _watch(self, states: torch.Tensor) -> None:
        self.num_rows.append(len(states))
        states.register_hook(lambda _: self._check(len(states)))

    def _check(self, num_rows: int) -> None:
        if num_rows > self.most_rows:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB.")


@pytest.fixture
def machine(tuned: Backbone) -> Iterator[Machine]:
    found = Machine(tuned)
    yield found
    found.close()


def step(backbone: Backbone, rows: Rows, objective: str) -> tuple[dict[str, float], torch.Tensor]:
    """Losses by task, and the gradient as one vector."""
    weights = weights_in_training(backbone).values()
    backbone.model.zero_grad()
    attempt = partial(backward, backbone, rows, SLOTS, Accelerator(cpu=True), OBJECTIVES[objective], memory={}, seed=0)
    shown = within_memory(attempt, rows, weights)
    return shown.losses, torch.cat([weight.grad.flatten() for weight in weights if weight.grad is not None])


@pytest.mark.parametrize("objective", ["mean", "pcgrad"])
@pytest.mark.parametrize("most_rows", [5, 1])
def test_smaller_pieces_teach_the_same(tuned: Backbone, machine: Machine, objective: str, most_rows: int) -> None:
    losses, gradient = step(tuned, Rows(tuned, SUITE.tasks), objective)
    machine.most_rows = most_rows
    rows = Rows(tuned, SUITE.tasks)
    found_losses, found = step(tuned, rows, objective)
    assert max(machine.num_rows) > most_rows
    assert found_losses == pytest.approx(losses, abs=1e-5)
    torch.testing.assert_close(found, gradient, atol=1e-5, rtol=1e-4)


def test_the_next_batch_keeps_to_the_size_that_was_found(tuned: Backbone, machine: Machine) -> None:
    machine.most_rows = 5
    rows = Rows(tuned, SUITE.tasks)
    step(tuned, rows, "mean")
    machine.num_rows.clear()
    step(tuned, rows, "mean")
    assert max(machine.num_rows) <= 5
    assert sum(machine.num_rows) == len(SLOTS)


def test_a_single_example_that_does_not_fit_is_an_error_that_says_what_to_lower(
    tuned: Backbone, machine: Machine
) -> None:
    machine.most_rows = 0
    with pytest.raises(TrainingError, match=r"single example of \d+ tokens; lower tune.rank"):
        step(tuned, Rows(tuned, SUITE.tasks), "mean")


def test_other_errors_are_not_tried_again(tuned: Backbone) -> None:
    attempts = []

    def attempt() -> None:
        attempts.append(1)
        raise RuntimeError("mat1 and mat2 shapes cannot be multiplied")

    with pytest.raises(RuntimeError, match="mat1"):
        within_memory(attempt, Rows(tuned, SUITE.tasks), [])
    assert len(attempts) == 1


def test_a_cpu_without_memory_is_told_by_its_message() -> None:
    with pytest.raises(RuntimeError) as caught:
        torch.empty(1 << 60, dtype=torch.uint8)
    assert ran_out_of_memory(caught.value)


@given(st.lists(st.integers(1, 300), min_size=1, max_size=40), st.integers(1, 2000))
def test_pieces_hold_every_row_once_within_the_bound(lengths: list[int], most_tokens: int) -> None:
    pieces = split_by_length(lengths, most_tokens=most_tokens)
    assert sorted(index for piece in pieces for index in piece) == list(range(len(lengths)))
    for piece in pieces:
        assert len(piece) == 1 or len(piece) * max(lengths[index] for index in piece) <= most_tokens
