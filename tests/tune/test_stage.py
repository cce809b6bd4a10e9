"""Adapters of a grouping: what they cost, what they leave alone, and that interruption leaves no trace."""

from __future__ import annotations

import math
import random
import shutil
import signal
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import peft
import pyarrow.parquet as pq
import pytest
import torch
from tests.tune import cases
from tests.tune.cases import (
    SETTINGS,
    InterruptedHereError,
    artefacts,
    interrupt_at,
    make_backbone,
    make_grouping,
    make_suite,
    never,
)

from mintune.errors import DataError
from mintune.models.adapters import (
    adapter_fingerprint,
    adapter_names,
    adapter_weights,
    attach,
    drop_adapter,
    load_adapter,
)
from mintune.models.backbone import Backbone
from mintune.models.encoding import Encoder
from mintune.models.loss import answer_losses
from mintune.models.showing import show
from mintune.records import AdapterCard, Grouping, Suite
from mintune.tune.budget import Budget, budget_of
from mintune.tune.examining import Judge
from mintune.tune.job import Job, make_job
from mintune.tune.loop import Progress
from mintune.tune.rows import Rows
from mintune.tune.stage import plan_branches, plan_trunk, tune_grouping

Tuned = tuple[Path, list[AdapterCard]]

GROUPINGS = [
    make_grouping("all", all=("a", "bb", "ccc")),
    make_grouping("pairs"),
    make_grouping("single", a=("a",), bb=("bb",), ccc=("ccc",)),
]


def tune(
    backbone: Backbone, grouping: Grouping, folder: Path, progress: Progress | None = None, **changes: object
) -> list[AdapterCard]:
    settings = SETTINGS.model_copy(update=changes)
    return tune_grouping(
        make_job(backbone, make_suite(), settings, seed=0, rank=2),
        grouping,
        folder=folder / grouping.strategy,
        progress=progress,
    )


@pytest.mark.parametrize("trunk", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("grouping", GROUPINGS, ids=lambda grouping: grouping.strategy)
def test_every_grouping_spends_the_same_budget(
    backbone: Backbone, tmp_path: Path, grouping: Grouping, trunk: float
) -> None:
    cards = tune(backbone, grouping, tmp_path, trunk=trunk)
    spent = Budget(sum(card.cost.examples for card in cards), sum(card.cost.steps for card in cards))
    assert spent == budget_of(make_suite(), SETTINGS) == Budget(72, 18)
    assert [card.group for card in cards] == [group.name for group in grouping.groups]


def test_a_task_is_trained_on_equally_often_in_any_company(backbone: Backbone, tmp_path: Path) -> None:
    single = tune(backbone, GROUPINGS[2], tmp_path, trunk=0.0)
    assert {card.group: card.cost.examples for card in single} == {"a": 32, "bb": 24, "ccc": 16}


@pytest.mark.parametrize("trunk", [0.0, 0.5])
def test_a_task_that_spans_groups_is_trained_on_as_often_as_under_any_other_grouping(
    backbone: Backbone, trunk: float
) -> None:
    suite, settings = make_suite(), SETTINGS.model_copy(update={"trunk": trunk})
    job = Job(backbone, suite, Rows(backbone, suite.tasks), settings, seed=0, rank=2)
    spanning = GROUPINGS[1].model_copy(
        update={
            "strategy": "spanning",
            "membership": {
                "a": {"first": 1.0},
                "bb": {"second": 0.6, "first": 0.4},
                "ccc": {"second": 0.5, "first": 0.5},
            },
        }
    )
    budget = budget_of(suite, settings)
    trained = {}
    for grouping in (*GROUPINGS, spanning):
        branches = plan_branches(job, grouping, budget, plan_trunk(job, budget))
        samplers = [branch.lesson.sampler for branch in branches]
        trained[grouping.strategy] = Counter(
            slot.task for sampler in samplers for step in range(sampler.budget.steps) for slot in sampler.batch(step)
        )
    rest = 1 - trunk
    assert trained["spanning"] == {"a": 32 * rest, "bb": 24 * rest, "ccc": 16 * rest}
    assert all(counts == trained["spanning"] for counts in trained.values())


def test_base_weights_stay_bit_for_bit_and_only_language_modules_learn(backbone: Backbone, tmp_path: Path) -> None:
    before = {name: weight.clone() for name, weight in backbone.model.state_dict().items()}
    tune(backbone, GROUPINGS[1], tmp_path)
    after = backbone.model.state_dict()
    for name, weight in before.items():
        assert torch.equal(after.get(name, after.get(name.replace(".weight", ".base_layer.weight"))), weight), name
    attach(backbone, 2, 0, "looked-at")
    moving = [name for name, weight in backbone.model.named_parameters() if weight.requires_grad]
    drop_adapter(backbone, "looked-at")
    assert moving
    assert all("language_model" in name and "lora_" in name and "visual" not in name for name in moving)


def test_no_adapter_stays_on_the_base(backbone: Backbone, tuned: Tuned) -> None:
    assert adapter_names(backbone) == ()


def test_adapters_load_in_peft_and_answer_as_they_did_in_training(backbone: Backbone, tuned: Tuned) -> None:
    folder, _ = tuned
    task = make_suite()["a"]
    encoder = Encoder(backbone)
    shown = [show(task, example, "both") for example in task.train]
    batch = encoder.collate(encoder.with_answers(shown, [example.targets[0] for example in task.train]))
    with torch.no_grad():
        base = answer_losses(backbone, batch)
        load_adapter(backbone, folder / "pairs" / "first", "first")
        ours = answer_losses(backbone, batch)
        drop_adapter(backbone, "first")
        other = make_backbone()
        model = peft.PeftModel.from_pretrained(other.model, folder / "pairs" / "first")
        theirs = answer_losses(other, batch)
    assert any("lora_" in name for name, _ in model.named_parameters())
    assert torch.allclose(ours, theirs, atol=1e-5)
    assert not torch.allclose(ours, base, atol=1e-2)


def test_the_trunk_is_trained_once_for_all_groupings_of_a_rank(backbone: Backbone, tmp_path: Path) -> None:
    tune(backbone, GROUPINGS[0], tmp_path)
    steps: list[int] = []
    tune(backbone, GROUPINGS[2], tmp_path, lambda done, total, loss: steps.append(done))
    assert steps == list(range(10, 19))
    assert len(list(tmp_path.glob("trunk-*"))) == 1


def test_a_whole_trunk_gives_every_group_the_same_weights(backbone: Backbone, tmp_path: Path) -> None:
    cards = tune(backbone, GROUPINGS[2], tmp_path, trunk=1.0)
    assert len({card.fingerprint for card in cards}) == 1


def test_without_a_trunk_none_is_written(backbone: Backbone, tmp_path: Path) -> None:
    cards = tune(backbone, GROUPINGS[2], tmp_path, trunk=0.0)
    assert list(tmp_path.glob("trunk-*")) == []
    assert len({card.fingerprint for card in cards}) == 3


def test_what_is_finished_is_not_trained_again(backbone: Backbone, tuned: Tuned) -> None:
    folder, cards = tuned
    before = artefacts(folder)
    assert tune(backbone, make_grouping(), folder, never, checkpoint_steps=7) == cards
    assert artefacts(folder) == before


def test_a_damaged_adapter_is_written_again_without_training(backbone: Backbone, tuned: Tuned, tmp_path: Path) -> None:
    shutil.copytree(tuned[0], tmp_path, dirs_exist_ok=True)
    before = artefacts(tmp_path)
    (tmp_path / "pairs" / "second" / "adapter_model.safetensors").write_bytes(b"")
    tune(backbone, make_grouping(), tmp_path, never)
    assert artefacts(tmp_path) == before


def test_only_the_branch_that_is_gone_is_trained_again(backbone: Backbone, tuned: Tuned, tmp_path: Path) -> None:
    shutil.copytree(tuned[0], tmp_path, dirs_exist_ok=True)
    before, steps = artefacts(tmp_path), []
    (tmp_path / "pairs" / "second" / "adapter_model.safetensors").write_bytes(b"")
    for branch in tmp_path.glob("branch-*"):
        shutil.rmtree(branch)
    tune(backbone, make_grouping(), tmp_path, lambda done, total, loss: steps.append(done))
    assert steps == list(range(14, 19))
    trained = {path: data for path, data in before.items() if not path.startswith("branch-")}
    assert trained.items() <= artefacts(tmp_path).items()


def test_groups_alike_are_trained_once_and_have_a_card_under_each_strategy(
    backbone: Backbone, tuned: Tuned, tmp_path: Path
) -> None:
    shutil.copytree(tuned[0], tmp_path, dirs_exist_ok=True)
    named_otherwise = make_grouping("other", x=("a",), y=("ccc", "bb"))
    cards = tune(backbone, named_otherwise, tmp_path, never)
    assert [(card.strategy, card.group) for card in cards] == [("other", "x"), ("other", "y")]
    for card, alike in zip(cards, tuned[1], strict=True):
        assert (card.fingerprint, card.cost) == (alike.fingerprint, alike.cost)
        assert adapter_fingerprint(tmp_path / "other" / card.folder) == card.fingerprint
    assert len(list(tmp_path.glob("branch-*"))) == 2


def test_other_settings_are_trained_anew(backbone: Backbone, tmp_path: Path) -> None:
    first = tune(backbone, make_grouping(), tmp_path, epochs=1)
    second = tune(backbone, make_grouping(), tmp_path, epochs=1, learning_rate=2e-2)
    assert {card.fingerprint for card in first}.isdisjoint(card.fingerprint for card in second)


@pytest.mark.parametrize("steps", [[1], [3], [8, 9, 10], [13, 14, 18]])
def test_interrupted_and_resumed_ends_in_the_same_bytes(
    backbone: Backbone, tuned: Tuned, tmp_path: Path, steps: list[int]
) -> None:
    for step in steps:
        with pytest.raises(InterruptedHereError):
            tune(backbone, make_grouping(), tmp_path, interrupt_at(step))
    tune(backbone, make_grouping(), tmp_path)
    assert artefacts(tmp_path) == artefacts(tuned[0])


def test_where_training_goes_on_is_said(backbone: Backbone, tmp_path: Path) -> None:
    said: list[str] = []
    judge = Judge(1, lambda *_: pytest.fail("nothing is scored without validation"), said.append)
    job = make_job(backbone, make_suite(), SETTINGS, seed=0, rank=2, judge=judge)
    with pytest.raises(InterruptedHereError):
        tune_grouping(job, make_grouping(), folder=tmp_path / "pairs", progress=interrupt_at(8))
    assert said == []
    tune_grouping(job, make_grouping(), folder=tmp_path / "pairs")
    assert said == ["trunk: goes on at step 7 of 9"]


def test_resuming_keeps_the_number_of_threads(backbone: Backbone, tuned: Tuned, tmp_path: Path) -> None:
    threads = torch.get_num_threads()
    with pytest.raises(InterruptedHereError):
        tune(backbone, make_grouping(), tmp_path, interrupt_at(4))
    try:
        torch.set_num_threads(threads + 1)
        with pytest.raises(InterruptedHereError):
            tune(backbone, make_grouping(), tmp_path, interrupt_at(9))
        assert torch.get_num_threads() == threads + 1
    finally:
        torch.set_num_threads(threads)
    tune(backbone, make_grouping(), tmp_path)
    assert artefacts(tmp_path) == artefacts(tuned[0])


def test_killed_and_resumed_ends_in_the_same_bytes(backbone: Backbone, tuned: Tuned, tmp_path: Path) -> None:
    kill_after(tmp_path, steps=11)
    tune(backbone, make_grouping(), tmp_path)
    assert artefacts(tmp_path) == artefacts(tuned[0])


@pytest.mark.slow
def test_ten_kills_at_random_moments_leave_the_same_bytes(backbone: Backbone, tuned: Tuned, tmp_path: Path) -> None:
    """Fifty, over the whole command line, are in benchmarks/resume."""
    draw = random.Random(0)
    for number in range(10):
        folder = tmp_path / str(number // 5)  # five kills a run
        kill_after(folder, steps=draw.randrange(4), seconds=draw.random() * 0.2)
        if number % 5 == 4:
            tune(backbone, make_grouping(), folder)
            assert artefacts(folder) == artefacts(tuned[0])


def kill_after(folder: Path, *, steps: int, seconds: float = 0.0) -> None:
    """Tune in a process of its own and kill it some time after so many steps, or let it end where it has fewer."""
    command = [sys.executable, "-m", cases.__name__, str(folder)]
    root = Path(cases.__file__).parents[2]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=root) as child:
        assert child.stdout is not None
        child.stdout.read(steps + 1)
        try:
            child.wait(seconds)
        except subprocess.TimeoutExpired:
            child.send_signal(signal.SIGKILL)
            assert child.wait() == -signal.SIGKILL


def test_a_task_that_the_suite_has_not_is_named(backbone: Backbone, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no task named missing"):
        tune(backbone, make_grouping("wrong", one=("a", "missing")), tmp_path)


def test_the_card_counts_examples_whose_text_was_cut(backbone: Backbone, tmp_path: Path) -> None:
    task = make_suite()["a"]
    first, *rest = task.train
    long = Suite((replace(task, splits={"train": (replace(first, text="red " * 2000), *rest)}),))
    cards = tune_grouping(
        make_job(backbone, long, SETTINGS, seed=0, rank=2), make_grouping("one", all=("a",)), folder=tmp_path / "one"
    )
    assert cards[0].cost.truncated == SETTINGS.epochs  # trunk and branch together show each example once an epoch
    text = (tmp_path / "one" / "all" / "README.md").read_text()
    assert "4 of the examples were too long and lost part of their text" in text


def test_every_step_of_trunk_and_branch_is_told_by_task(tuned: Tuned) -> None:
    folder, _ = tuned
    found = pq.read_table(folder / "pairs" / "second" / "losses.parquet").to_pydict()
    rows = list(zip(found["part"], found["step"], found["task"], strict=True))
    assert len(set(rows)) == len(rows)
    assert {task for part, _, task in rows if part == "trunk"} == {"a", "bb", "ccc"}
    assert {task for part, _, task in rows if part == "branch"} == {"bb", "ccc"}
    for part in ("trunk", "branch"):
        steps = sorted({step for told, step, _ in rows if told == part})
        assert steps == list(range(1, len(steps) + 1))
    assert all(math.isfinite(loss) and loss > 0 for loss in found["loss"])
    assert max(found["learning_rate"]) <= SETTINGS.rate_for("") < 1
    assert min(found["gradient_norm"]) > 0


def test_the_card_says_what_the_adapter_is(backbone: Backbone, tuned: Tuned) -> None:
    folder, cards = tuned
    text = (folder / "pairs" / "second" / "README.md").read_text()
    assert text.startswith("---\nlibrary_name: peft\n")
    assert "| bb | 60.0% |" in text
    assert "| `What colour is it?` |" in text
    assert cards[1].mixture.shares == pytest.approx({"bb": 0.6, "ccc": 0.4})
    size = cards[1].trainable_parameters
    attach(backbone, 2, 0, "looked-at")
    assert size == sum(weight.numel() for weight in adapter_weights(backbone, "looked-at").values())
    drop_adapter(backbone, "looked-at")
