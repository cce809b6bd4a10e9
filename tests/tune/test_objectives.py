"""Objectives weigh gradients as their papers say, and gradients kept apart by task are those of the tasks."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy.optimize import minimize_scalar
from tests.tune.cases import SETTINGS, assert_an_interruption_leaves_no_trace, make_suite

from mintune.config import TuneSettings
from mintune.errors import ConfigError, TrainingError
from mintune.models.adapters import adapter_layers, attach, drop_adapter
from mintune.models.backbone import Backbone, fingerprint_of
from mintune.models.loss import answer_losses
from mintune.tune.gradients import Apart, weights_of
from mintune.tune.job import make_job
from mintune.tune.loop import losses_by_task, places_of
from mintune.tune.objectives import OBJECTIVES, check_installed, famo, group_dro, uncertainty
from mintune.tune.objectives.cagrad import RADIUS
from mintune.tune.objectives.objective import ByBatch, Memory, Seen
from mintune.tune.rows import Rows
from mintune.tune.sampler import Slot

BY_BATCH = {name: one for name, one in OBJECTIVES.items() if isinstance(one, ByBatch)}
CONFLICT = torch.tensor([[1.0, 0.0], [-1.0, 2.0]], dtype=torch.float64)
"""Minus the gradients at zero of (x - 1)^2 / 2 and ((x + 1)^2 + (y - 2)^2) / 2: more than 90 degrees apart."""

points = arrays.arrays(np.float64, st.tuples(st.integers(2, 5), st.just(3)), elements=st.floats(-3, 3, width=16))


def seen(gradients: torch.Tensor, seed: int = 0) -> Seen:
    """A batch whose tasks have these gradients (num_tasks, num_weights), and the losses 1, 2, 3 and so on."""
    size = len(gradients)
    losses = torch.arange(1, size + 1).double()
    return Seen([f"task {place}" for place in range(size)], losses, gradients @ gradients.T, seed, {})


def weighed(name: str, gradients: torch.Tensor, seed: int = 0) -> torch.Tensor:
    return weights_of(BY_BATCH[name], seen(gradients, seed))


def is_plain(gradients: np.ndarray) -> bool:
    """No gradient is all but zero, where what is rounding and what is direction cannot be told apart."""
    return bool((np.linalg.norm(gradients, axis=1) > 0.1).all())


def test_group_dro_weighs_by_the_exponential_of_summed_losses() -> None:
    memory: Memory = {}
    for _ in range(200):
        memory = group_dro.learn(["a", "b"], [1.0, 0.5], memory)
    # exp(0.01 x 200 x 1) against exp(0.01 x 200 x 0.5)
    share = math.exp(2) / (math.exp(2) + math.exp(1))
    assert torch.allclose(group_dro.weights(["a", "b"], memory), torch.tensor([share, 1 - share]), atol=1e-5)
    assert math.exp(memory["a"][0]) == pytest.approx(share)
    assert group_dro.weights(["b"], memory).tolist() == [1.0]


def test_group_dro_remembers_a_distribution_over_the_tasks_known_so_far() -> None:
    memory = group_dro.learn(["a", "b"], [3.0, 1.0], {})
    # One that comes in later has the mean weight of those before it, and no larger a say than they.
    assert torch.allclose(group_dro.weights(["a", "b", "c"], memory)[2], torch.tensor(1 / 3))
    memory = group_dro.learn(["c"], [900.0], memory)
    assert sum(math.exp(numbers[0]) for numbers in memory.values()) == pytest.approx(1)
    assert memory["a"][0] - memory["b"][0] == pytest.approx(0.02)
    assert torch.allclose(group_dro.weights(["x", "y"], {}), torch.tensor([0.5, 0.5]))


def test_group_dro_descends_the_worse_of_two_losses() -> None:
    # Of (x - 1)^2 and (x + 1)^2 + 1 the larger is least where both are the same, at x = -1/4; their mean is so at 0.
    memory: Memory = {}
    x, total = 0.0, 0.0
    for _ in range(20_000):
        first, second = group_dro.weights(["a", "b"], memory).tolist()
        memory = group_dro.learn(["a", "b"], [(x - 1) ** 2, (x + 1) ** 2 + 1], memory)
        x -= 0.01 * (first * 2 * (x - 1) + second * 2 * (x + 1))
        total += x
    assert total / 20_000 == pytest.approx(-0.25, abs=0.01)


def test_every_objective_can_be_configured_and_has_a_row_in_the_docs() -> None:
    rows = Path("docs/objectives.md").read_text()
    for name in OBJECTIVES:
        assert TuneSettings(objective=name).objective == name
        assert f"| `{name}` | `objectives/{name}.py` |" in rows


def test_what_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in OBJECTIVES:
        check_installed(name)
    monkeypatch.setitem(OBJECTIVES, "upgrad", ByBatch(BY_BATCH["upgrad"].weights, needs=("no_such_package",)))
    with pytest.raises(ConfigError, match=r"upgrad needs no_such_package; pip install 'mintune\[objectives\]'"):
        check_installed("upgrad")


@pytest.mark.parametrize("name", ["pcgrad", "upgrad"])
def test_two_tasks_in_conflict_lose_what_points_against_the_other(name: str) -> None:
    first, second = CONFLICT
    inner = first @ second
    kept = (first - inner / (second @ second) * second + second - inner / (first @ first) * first) / 2
    assert torch.allclose(weighed(name, CONFLICT) @ CONFLICT, kept, atol=1e-5)


def test_mgda_takes_the_shortest_combination_of_two_tasks() -> None:
    first, second = CONFLICT
    share = float(torch.clamp((second - first) @ second / ((first - second) @ (first - second)), 0, 1))
    assert torch.allclose(weighed("mgda", CONFLICT), torch.tensor([share, 1 - share], dtype=torch.float64), atol=1e-5)


def test_cagrad_solves_the_dual_of_its_program_for_two_tasks() -> None:
    mean = CONFLICT.mean(dim=0)
    radius = RADIUS * float(mean.norm())

    def dual(share: float) -> float:
        mixed = share * CONFLICT[0] + (1 - share) * CONFLICT[1]
        return float(mixed @ mean + radius * mixed.norm())

    best = minimize_scalar(dual, bounds=(0, 1), method="bounded", options={"xatol": 1e-9}).x
    mixed = best * CONFLICT[0] + (1 - best) * CONFLICT[1]
    assert torch.allclose(weighed("cagrad", CONFLICT) @ CONFLICT, mean + radius * mixed / mixed.norm(), atol=1e-3)


@pytest.mark.parametrize("name", ["pcgrad", "upgrad"])
def test_without_conflict_the_step_is_that_of_the_mean(name: str) -> None:
    gradients = torch.tensor([[1.0, 0.0, 0.2], [0.5, 2.0, 0.0], [0.0, 1.0, 1.0]], dtype=torch.float64)
    assert torch.allclose(weighed(name, gradients), torch.full((3,), 1 / 3, dtype=torch.float64), atol=1e-5)


@pytest.mark.parametrize("name", ["upgrad", "mgda"])
@given(found=points.filter(is_plain))
def test_no_task_is_hurt_by_the_step(name: str, found: np.ndarray) -> None:
    gradients = torch.from_numpy(found)
    step = weighed(name, gradients) @ gradients
    lengths = gradients.norm(dim=1)
    assert bool((gradients @ step >= -2e-2 * lengths * lengths.max()).all())


@pytest.mark.parametrize("name", list(BY_BATCH))
@given(found=points.filter(is_plain), size=st.sampled_from([1e-6, 1e3]))
def test_weights_hang_on_directions_and_not_on_the_common_length(name: str, found: np.ndarray, size: float) -> None:
    gradients = torch.from_numpy(found)
    assert torch.allclose(weighed(name, gradients), weighed(name, size * gradients), atol=1e-3)


def test_an_order_that_is_drawn_hangs_on_the_seed_alone() -> None:
    gradients = torch.from_numpy(np.random.default_rng(0).normal(size=(6, 3)))
    state = torch.get_rng_state()
    found = [weighed("pcgrad", gradients, seed) for seed in (1, 1, 2)]
    assert torch.equal(found[0], found[1])
    assert not torch.equal(found[0], found[2])
    assert torch.equal(torch.get_rng_state(), state)


@pytest.mark.parametrize("name", list(BY_BATCH))
def test_nothing_to_go_by_is_the_mean(name: str) -> None:
    for nothing in (torch.zeros(3, 2, dtype=torch.float64), torch.full((3, 2), torch.nan, dtype=torch.float64)):
        assert torch.equal(weighed(name, nothing), torch.full((3,), 1 / 3, dtype=torch.float64))


def test_famo_descends_the_weighted_log_of_losses() -> None:
    # Of two tasks with losses 1 and 2 and equal logits: (1/2 / 1, 1/2 / 2), scaled to sum to one.
    assert torch.allclose(weighed("famo", CONFLICT), torch.tensor([2 / 3, 1 / 3], dtype=torch.float64))


def test_famo_learns_logits_along_the_derivative_of_its_softmax() -> None:
    tasks, before, after = ["a", "b", "c"], [1.0, 2.0, 4.0], [0.5, 1.9, 4.2]
    memory = famo.learn(tasks, before, {})
    assert [memory[task][0] for task in tasks] == [0.0, 0.0, 0.0]
    memory = {task: (logit, memory[task][1]) for task, logit in zip(tasks, (0.3, -0.2, 0.1), strict=True)}
    logits = torch.tensor([0.3, -0.2, 0.1], dtype=torch.float64, requires_grad=True)
    falls = torch.log(torch.tensor(before, dtype=torch.float64)) - torch.log(torch.tensor(after, dtype=torch.float64))
    (logits.softmax(dim=0) @ falls).backward()
    assert logits.grad is not None
    expected = logits.detach() - famo.RATE * (logits.grad + famo.DECAY * logits.detach())
    found = famo.learn(tasks, after, memory)
    assert torch.allclose(torch.tensor([found[task][0] for task in tasks], dtype=torch.float64), expected)


def test_famo_raises_the_weight_of_the_task_that_fell_least() -> None:
    memory = famo.learn(["a", "b", "away"], [1.0, 1.0, 1.0], {})
    for step in range(1, 20):
        memory = famo.learn(["a", "b"], [0.8**step, 1.0], memory)
    assert memory["b"][0] > 0.02 > -0.02 > memory["a"][0]
    assert memory["away"] == (0.0, 0.0)


def test_uncertainty_ends_in_the_inverse_of_a_steady_loss() -> None:
    memory: dict[str, tuple[float, ...]] = {}
    assert torch.equal(uncertainty.weights(["a", "b"], memory), torch.tensor([0.5, 0.5]))
    for _ in range(1000):
        memory = dict(uncertainty.learn(["a", "b"], [0.5, 4.0], memory))
    assert torch.allclose(uncertainty.weights(["a", "b"], memory), torch.tensor([1 / 0.5, 1 / 4.0]) / 2, atol=1e-4)


# ------------------------------------------------------------------------------------ gradients kept apart by task

SLOTS = [Slot(task, index, 0) for index in range(4) for task in ("a", "bb", "ccc")]
COUNTS = {"a": 4, "bb": 4, "ccc": 4}


class Alone:
    """One process, as Accelerate would say."""

    num_processes = 1


def gathered(backbone: Backbone, pieces: list[list[Slot]]) -> tuple[Apart, dict[str, torch.Tensor]]:
    """The gradients of a batch in these pieces by task, and what autograd has added up beside them."""
    layers = adapter_layers(backbone, "trained")
    rows = Rows(backbone, make_suite().tasks)
    for layer in layers.values():
        layer.weight.grad = None
    apart = Apart(layers, BY_BATCH["upgrad"], list(COUNTS), {}, seed=0)
    for slots in pieces:
        for piece, batch in rows.batches(rows.of(slots)):
            owners = places_of([row.sight.task for row in piece], COUNTS)
            with apart.listening(owners):
                apart.descended(losses_by_task(answer_losses(backbone, batch), owners, COUNTS)).backward()
    together = {name: layer.weight.grad.clone() for name, layer in layers.items() if layer.weight.grad is not None}
    return apart, together


@pytest.fixture
def trained(backbone: Backbone) -> Iterator[Backbone]:
    """The backbone with an adapter of which no weight is zero."""
    attach(backbone, rank=2, seed=0, name="trained")
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for layer in adapter_layers(backbone, "trained").values():
            layer.weight.copy_(torch.randn(layer.weight.shape, generator=generator) / 5)
    yield backbone
    drop_adapter(backbone, "trained")


def test_gradients_of_tasks_add_up_to_that_of_their_sum(trained: Backbone) -> None:
    apart, together = gathered(trained, [SLOTS])
    assert apart.by_weight.keys() == together.keys()
    for name, found in apart.by_weight.items():
        assert torch.allclose(found.sum(dim=0), together[name], atol=1e-5), name


def test_the_gradient_of_a_task_is_that_of_its_own_loss(trained: Backbone) -> None:
    apart, _ = gathered(trained, [SLOTS])
    for place, task in enumerate(COUNTS):
        _, own = gathered(trained, [[slot for slot in SLOTS if slot.task == task]])
        for name, found in apart.by_weight.items():
            assert torch.allclose(found[place], own[name], atol=1e-5), (task, name)


def test_a_batch_in_parts_has_the_gradients_of_the_whole(trained: Backbone) -> None:
    (whole, _), (parts, _) = (gathered(trained, pieces) for pieces in ([SLOTS], [SLOTS[:5], SLOTS[5:6], SLOTS[6:]]))
    assert torch.allclose(whole.inner_products(), parts.inner_products(), rtol=1e-4)
    for name, found in whole.by_weight.items():
        assert torch.allclose(found, parts.by_weight[name], atol=1e-5), name


def test_the_step_is_the_weighted_sum(trained: Backbone) -> None:
    apart, _ = gathered(trained, [SLOTS])
    losses = torch.ones(len(COUNTS))
    weights = weights_of(BY_BATCH["upgrad"], Seen(list(COUNTS), losses, apart.inner_products(), 0, {})).float()
    apart.finish(Alone(), losses)
    for name, layer in adapter_layers(trained, "trained").items():
        assert layer.weight.grad is not None
        assert torch.allclose(layer.weight.grad, torch.einsum("t,t...->...", weights, apart.by_weight[name]), atol=1e-6)


def test_a_layer_that_mixes_rows_is_refused() -> None:
    layer = torch.nn.Linear(3, 2, bias=False)
    apart = Apart({"mixed": layer}, BY_BATCH["mgda"], ["a", "b"], {}, seed=0)
    with apart.listening(torch.tensor([0, 1])), pytest.raises(TrainingError, match=r"tune\.objective: mean"):
        layer(torch.ones(6, 3))


@pytest.mark.parametrize("name", list(OBJECTIVES))
def test_training_goes_on_after_an_interruption_to_the_same_bytes(
    name: str, backbone: Backbone, tmp_path: Path
) -> None:
    settings = SETTINGS.model_copy(update={"objective": name})
    before = fingerprint_of(backbone.model, backbone.processor)

    assert_an_interruption_leaves_no_trace(make_job(backbone, make_suite(), settings, seed=0, rank=2), tmp_path)
    assert fingerprint_of(backbone.model, backbone.processor) == before
