"""What stands beside an example follows the profile, and training on it does what it says."""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path

import pytest
import torch
from accelerate import Accelerator
from tests.tune.cases import (
    SETTINGS,
    assert_an_interruption_leaves_no_trace,
    make_grouping,
    make_suite,
    make_task,
)

from mintune.config import TuneSettings
from mintune.models.adapters import activated, attach, drop_adapter, load_adapter
from mintune.models.backbone import Backbone
from mintune.models.loss import answer_losses
from mintune.records import TYPES, Suite
from mintune.tune.job import make_job
from mintune.tune.loop import aims, backward, weights_in_training
from mintune.tune.objectives import OBJECTIVES
from mintune.tune.objectives.interaction import Interaction, Shares
from mintune.tune.rows import Rows
from mintune.tune.sampler import Slot
from mintune.tune.sights import Row, Sight
from mintune.tune.stage import tune_grouping

PURE: dict[str, Shares] = {
    "redundancy": (1.0, 0.0, 0.0, 0.0),
    "unique_image": (0.0, 1.0, 0.0, 0.0),
    "unique_text": (0.0, 0.0, 1.0, 0.0),
    "synergy": (0.0, 0.0, 0.0, 1.0),
}
TASK = make_task("a", 40)
SLOTS = [Slot("a", index, turn) for index in range(40) for turn in range(50)]


def beside(shares: Shares, portion: float = 1.0, *, seed: int = 0) -> list[Row | None]:
    interaction = Interaction([TASK], {"a": shares}, portion, seed=seed)
    return [interaction.beside(slot) for slot in SLOTS]


@pytest.mark.parametrize(
    ("kind", "views", "hiding"),
    [
        ("redundancy", {"image", "text"}, "drop"),
        ("unique_image", {"image"}, "shuffle"),
        ("unique_text", {"text"}, "shuffle"),
        ("synergy", {"image", "text"}, "shuffle"),
    ],
)
def test_a_pure_task_is_shown_as_its_type_allows(kind: str, views: set[str], hiding: str) -> None:
    found = {slot: row for slot, row in zip(SLOTS, beside(PURE[kind]), strict=True) if row is not None}
    assert {slot.index for slot in found} == {index for index in range(40) if index % 4 != 3}  # those with a picture
    assert {row.sight.view for row in found.values()} == views
    assert {row.sight.hiding for row in found.values()} == {hiding}
    for slot, row in found.items():
        assert row.beside
        assert row.sight.index == slot.index
        assert (row.surprise is not None) == (kind == "synergy")
        assert (row.sight.partner is not None) == (hiding == "shuffle")
        assert row.sight.partner != slot.index


def test_a_mixed_task_gets_a_mixture_and_what_nobody_answers_gets_nothing() -> None:
    rows = [row for slot, row in zip(SLOTS, beside((0.1, 0.2, 0.0, 0.3)), strict=True) if slot.index % 4 != 3]
    kinds = Counter("none" if row is None else (row.sight.hiding, row.surprise is not None) for row in rows)
    shares = {what: count / len(rows) for what, count in kinds.items()}
    expected = {("drop", False): 0.1, ("shuffle", False): 0.2, ("shuffle", True): 0.3, "none": 0.4}
    assert shares == pytest.approx(expected, abs=5 * math.sqrt(0.25 / len(rows)))


def test_the_portion_says_how_often() -> None:
    rows = [row for slot, row in zip(SLOTS, beside(PURE["synergy"], 0.25), strict=True) if slot.index % 4 != 3]
    assert sum(row is not None for row in rows) / len(rows) == pytest.approx(0.25, abs=0.05)


def test_draws_hang_on_seed_task_example_and_pass_alone() -> None:
    first, again, other = (beside((0.3, 0.2, 0.2, 0.3), seed=seed) for seed in (0, 0, 1))
    assert first == again
    assert first != other
    passes = {slot.turn: row for slot, row in zip(SLOTS, first, strict=True) if slot.index == 0}
    assert len(set(passes.values())) > 10


def test_nothing_stands_beside_what_cannot_be_swapped_or_has_no_profile() -> None:
    alone = make_task("a", 1)
    for kind, shares in PURE.items():
        row = Interaction([alone], {"a": shares}, 1.0, seed=0).beside(Slot("a", 0, 0))
        assert (row is not None) == (kind == "redundancy")
    assert Interaction([alone], {}, 1.0, seed=0).beside(Slot("a", 0, 0)) is None


def test_a_swapped_pair_has_to_be_no_likelier_than_its_share_of_the_answers() -> None:
    shares = Counter(example.targets[0] for example in TASK.train)
    for slot, row in zip(SLOTS, beside(PURE["synergy"]), strict=True):
        if row is not None:
            answer = TASK.train[slot.index].targets[0]
            assert row.surprise == pytest.approx(-math.log(shares[answer] / 40))


def test_what_falls_short_of_a_guess_is_made_small_and_no_more() -> None:
    plain, swapped = Row(Sight("a", 0)), Row(Sight("a", 0, "text", "shuffle", 1), beside=True, surprise=3.0)
    losses = torch.tensor([2.0, 0.5, 1.75], requires_grad=True)
    aimed = aims(losses, torch.tensor([2, 2, 2]), [plain, swapped, swapped])
    assert aimed.tolist() == [2.0, 1.0, 0.0]  # three nats over two tokens are 1.5 a token
    aimed.sum().backward()
    assert losses.grad is not None
    assert losses.grad.tolist() == [1.0, -1.0, 0.0]


@pytest.mark.parametrize("objective", ["mean", "upgrad"])
def test_the_step_descends_examples_and_what_stands_beside_them(backbone: Backbone, objective: str) -> None:
    suite = make_suite()
    interaction = Interaction(suite.tasks, {"a": PURE["synergy"], "bb": PURE["redundancy"]}, 1.0, seed=0)
    rows = Rows(backbone, suite.tasks, interaction=interaction)
    slots = [Slot(task, index, 0) for index in range(3) for task in ("a", "bb", "ccc")]
    attach(backbone, rank=2, seed=0, name="stepped")
    try:
        weights = weights_in_training(backbone)
        with torch.no_grad():
            for weight in weights.values():
                weight.add_(torch.randn(weight.shape, generator=torch.Generator().manual_seed(1)) / 20)
        shown = backward(backbone, rows, slots, Accelerator(cpu=True), OBJECTIVES[objective], memory={}, seed=0)
        step = {name: weight.grad.clone() for name, weight in weights.items() if weight.grad is not None}
        gradients = []
        for task in ("a", "bb", "ccc"):
            backbone.model.zero_grad()
            taken = [row for row in rows.of(slots) if row.sight.task == task]
            total = torch.zeros(())
            for row in taken:
                ((_, batch),) = rows.batches([row])
                loss = answer_losses(backbone, batch)
                total = total + aims(loss, (batch.labels != -100).sum(dim=1), [row]).sum() / 3
            assert total.item() == pytest.approx(shown.descended[task], abs=1e-4)
            total.backward()
            gradients.append({name: weight.grad.clone() for name, weight in weights.items() if weight.grad is not None})
    finally:
        drop_adapter(backbone, "stepped")
    assert shown.losses["ccc"] == shown.descended["ccc"]
    assert shown.losses["bb"] < shown.descended["bb"]
    if objective == "mean":
        for name, found in step.items():
            assert torch.allclose(found, sum(one[name] for one in gradients) / 3, atol=1e-5), name
    else:
        flat = torch.stack([torch.cat([one[name].flatten() for name in step]) for one in gradients])
        along = torch.cat([found.flatten() for found in step.values()])
        assert bool((flat @ along > -1e-3 * flat.norm(dim=1) * along.norm()).all())


@pytest.fixture
def settings() -> TuneSettings:
    return SETTINGS.model_copy(update={"interaction": 0.5, "objective": "pcgrad"})


MIXED: dict[str, Shares] = {"a": (0.2, 0.2, 0.2, 0.4), "bb": (0.5, 0.5, 0.0, 0.0), "ccc": (0.0, 0.0, 0.0, 0.7)}


def test_training_goes_on_after_an_interruption_to_the_same_bytes(
    settings: TuneSettings, backbone: Backbone, tmp_path: Path
) -> None:
    job = make_job(backbone, make_suite(), settings, seed=0, rank=2, profiled=MIXED)
    assert_an_interruption_leaves_no_trace(job, tmp_path)


def test_adapters_are_fresh_while_the_profile_stays(settings: TuneSettings, backbone: Backbone) -> None:
    def inputs(one: TuneSettings, shares: dict[str, Shares]) -> str:
        return make_job(backbone, make_suite(), one, seed=0, rank=2, profiled=shares).inputs("branch")

    off = settings.model_copy(update={"interaction": 0.0})
    assert inputs(off, {}) == inputs(off, MIXED)
    found = {
        inputs(off, {}),
        inputs(settings, {}),
        inputs(settings, MIXED),
        inputs(settings, {**MIXED, "a": PURE["synergy"]}),
        inputs(settings.model_copy(update={"interaction": 0.6}), MIXED),
    }
    assert len(found) == 5


@pytest.mark.parametrize("kind", TYPES)
def test_training_brings_about_what_the_type_asks_for(kind: str, backbone: Backbone, tmp_path: Path) -> None:
    """With it, what keeps its answer is answered better, and what loses it is held for less likely, than without."""
    task = make_task("a", 6)
    held = [
        row
        for row in (
            Interaction([task], {"a": PURE[kind]}, 1.0, seed=9).beside(Slot("a", index, turn))
            for index in range(6)
            for turn in range(4)
        )
        if row is not None
    ]
    losses = []
    for portion in (0.0, 1.0):
        taught = {"rank": 8, "epochs": 40, "batch_size": 6, "trunk": 0.0, "learning_rate": 2e-2}
        settings = SETTINGS.model_copy(update={**taught, "interaction": portion})
        folder = tmp_path / f"{portion}"
        grouping = make_grouping("one", all=("a",))
        tune_grouping(
            make_job(backbone, Suite((task,)), settings, seed=0, rank=8, profiled={"a": PURE[kind]}),
            grouping,
            folder=folder,
        )
        load_adapter(backbone, folder / "all", "asked")
        rows = Rows(backbone, [task])
        with torch.no_grad(), activated(backbone, "asked"):
            losses.append(torch.cat([answer_losses(backbone, batch) for _, batch in rows.batches(held)]).mean().item())
        drop_adapter(backbone, "asked")
    without, with_it = losses
    assert with_it > without if kind == "synergy" else with_it < without
