"""The loop as a function: what it descends, how fast, and when it stops."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch
from tests.tune.cases import SETTINGS, make_grouping, make_suite, make_task

from mintune.config import TuneSettings
from mintune.errors import RunError, TrainingError
from mintune.models.adapters import drop_adapter, load_adapter
from mintune.models.backbone import Backbone
from mintune.models.encoding import Encoder
from mintune.models.loss import answer_losses
from mintune.models.showing import show
from mintune.records import Suite
from mintune.tune.budget import Budget
from mintune.tune.checkpoint import State, Tally, load_state, save_state
from mintune.tune.job import make_job
from mintune.tune.loop import Lesson, losses_by_task, places_of
from mintune.tune.objectives import OBJECTIVES
from mintune.tune.objectives.mean import MEAN
from mintune.tune.sampler import Sampler
from mintune.tune.stage import tune_grouping


def test_every_objective_of_the_table_can_be_configured() -> None:
    for name in OBJECTIVES:
        assert TuneSettings(objective=name).objective == name


def test_the_loss_is_the_mean_over_tasks_of_the_mean_over_their_examples() -> None:
    # a: (1 + 3) / 2 = 2, b: 5; a task with more examples counts no more: (2 + 5) / 2 = 3.5.
    losses = losses_by_task(torch.tensor([1.0, 5.0, 3.0]), torch.tensor([0, 1, 0]), {"a": 2, "b": 1})
    assert losses.tolist() == [2.0, 5.0]
    assert (MEAN.weights(["a", "b"], {}) @ losses).item() == 3.5


def test_parts_of_a_batch_add_up_to_the_whole() -> None:
    counts = {"a": 3, "b": 1}
    owners, losses = places_of(["a", "b", "a", "a"], counts), torch.tensor([1.0, 2.0, 4.0, 8.0])
    parts = [losses_by_task(losses[start::2], owners[start::2], counts) for start in (0, 1)]
    assert torch.allclose(parts[0] + parts[1], losses_by_task(losses, owners, counts))


def test_a_branch_goes_on_at_the_rate_where_its_trunk_stopped() -> None:
    def lesson(begins: float, ends: float) -> Lesson:
        return Lesson("", "", Sampler({"a": 5}, {"a": 1.0}, Budget(2000, 1000), seed=0), begins, ends)

    trunk, branch = lesson(0, 0.5), lesson(0.5, 1)
    assert trunk.rate(999) == pytest.approx(branch.rate(0), abs=2e-3)
    assert branch.rate(0) == pytest.approx(0.5, abs=2e-3)
    assert trunk.rate(0) < 0.01
    assert max(trunk.rate(step) for step in range(1000)) > 0.95
    assert branch.rate(999) < 1e-5


def test_it_overfits_eight_examples(backbone: Backbone, tmp_path: Path) -> None:
    settings = SETTINGS.model_copy(update={"epochs": 40, "batch_size": 8, "trunk": 0.0, "learning_rate": 2e-2})
    task, grouping = make_task("a", 8), make_grouping("one", all=("a",))
    tune_grouping(make_job(backbone, Suite((task,)), settings, seed=0, rank=8), grouping, folder=tmp_path / "one")
    encoder = Encoder(backbone)
    batch = encoder.collate(
        encoder.with_answers([show(task, row, "both") for row in task.train], [row.targets[0] for row in task.train])
    )
    with torch.no_grad():
        before = answer_losses(backbone, batch)
        load_adapter(backbone, tmp_path / "one" / "all", "overfitted")
        after = answer_losses(backbone, batch)
        drop_adapter(backbone, "overfitted")
    assert before.min() > 2
    assert after.max() < math.log(2)  # the right answer is more likely than all others together, token by token


def test_divergence_names_step_and_task_and_what_to_lower(backbone: Backbone, tmp_path: Path) -> None:
    settings = SETTINGS.model_copy(update={"learning_rate": 1e38})
    with pytest.raises(TrainingError, match=r"trunk: step \d+ of 9: .*a.*lower tune.learning_rate \(now 1e\+38\)"):
        tune_grouping(
            make_job(backbone, make_suite(), settings, seed=0, rank=2), make_grouping(), folder=tmp_path / "x"
        )


def test_a_checkpoint_comes_back_as_it_was(tmp_path: Path) -> None:
    tensors = {"layer.weight": torch.randn(3, 2)}
    tally = Tally(step=3, updates=5, examples=7, tokens=11, seconds=0.1, loss=1 / 3, task_loss={"a": 2 / 3}, threads=2)
    state = State(tensors, {"layer.weight": torch.ones(3, 2)}, {"layer.weight": torch.zeros(3, 2)}, tally)
    save_state(tmp_path, state, "inputs")
    found = load_state(tmp_path, "inputs")
    assert found is not None
    assert found.tally == tally
    for part in ("weights", "first", "second"):
        assert torch.equal(getattr(found, part)["layer.weight"], getattr(state, part)["layer.weight"])
    assert load_state(tmp_path, "other inputs") is None
    assert load_state(tmp_path / "absent", "inputs") is None


def test_a_damaged_checkpoint_says_which_file_to_delete(tmp_path: Path) -> None:
    path = tmp_path / "training.safetensors"
    path.write_bytes(b"not a checkpoint")
    with pytest.raises(RunError, match=f"{path}.*delete it"):
        load_state(tmp_path, "inputs")
