"""The table of a suite: refusals, recovery of what was built, and whether an adapter is needed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.profile.simulated import PURE, World, draw

from mintune.config import ProfileSettings
from mintune.profile.compare import agreement, recovery
from mintune.profile.resampling import estimate_share
from mintune.profile.stage import ESTIMATORS, gather_suite, is_informed, needs_adapter, profile_suite
from mintune.records import Cost, Prediction, ProfileTable, Quarantined, Suite

KNOWS_LITTLE = World(PURE["unanswered"])


def table(worlds: dict[str, World], estimator: str = "knowledge") -> tuple[ProfileTable, Suite]:
    rng = np.random.default_rng(4)
    drawn = {name: draw(world, rng, name=name) for name, world in worlds.items()}
    built = {name: tuple(map(float, world.shares[:4])) for name, world in worlds.items()}
    tasks = tuple(replace(task, built_shares=built[name]) for name, (task, _) in drawn.items())
    suite = Suite(tasks, (Quarantined(task="x", file="x.jsonl", line=3, reason="no target"),))
    predictions: dict[str, list[Prediction]] = {name: said for name, (_, said) in drawn.items()}
    settings = ProfileSettings(estimator=estimator)
    return profile_suite(
        gather_suite(suite, predictions, settings), settings, seed=0, cost=Cost(examples=8), adapted=False
    ), suite


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_every_task_gets_one_profile_with_accuracy_kappa_and_delta(estimator: str) -> None:
    found, _ = table({kind: World(PURE[kind]) for kind in ("redundancy", "synergy")}, estimator)
    assert [profile.task for profile in found.profiles] == ["redundancy", "synergy"]
    assert found.estimator == estimator
    assert found.cost.examples == 8
    assert [row.reason for row in found.quarantined] == ["no target"]
    profile = found["synergy"]
    assert set(profile.accuracy) == set(profile.kappa) == {"none", "image", "text", "both"}
    assert profile.accuracy["both"].low < 0.8 < profile.accuracy["both"].high
    assert profile.kappa["both"].low < 0.6 < profile.kappa["both"].high
    assert 0 <= profile.delta.low <= profile.delta.value <= profile.delta.high <= 2
    assert len(profile.replicates) == 200


def test_delta_is_the_same_whichever_estimator_is_in_use() -> None:
    one, other = (table({"r": World(PURE["redundancy"])}, estimator)[0]["r"].delta for estimator in ESTIMATORS)
    assert one == other


def test_what_all_of_sixty_examples_show_is_not_certain() -> None:
    found, _ = table({"r": World(PURE["redundancy"], num_examples=60, accuracy=1.0)})
    profile = found["r"]
    assert profile.redundancy.value == profile.accuracy["both"].value == 1.0
    # None of 60: at most 1 - 0.025^(1/60) at 97.5 %.
    assert profile.accuracy["both"].low == pytest.approx(0.025 ** (1 / 60))
    assert profile.synergy.high >= 1 - 0.025 ** (1 / 60)


def test_a_task_without_predictions_says_so_instead_of_failing() -> None:
    _, suite = table({"silent": World(PURE["synergy"])})
    (profile,) = profile_suite(
        gather_suite(suite, {}, ProfileSettings()), ProfileSettings(), seed=0, cost=Cost(), adapted=False
    ).profiles
    assert (profile.type, profile.num_examples, profile.notes) == ("undetermined", 0, ("refused: 0 examples",))
    assert not is_informed(profile, "both")


def test_a_profile_does_not_depend_on_the_other_tasks() -> None:
    together, suite = table({"a": World(PURE["synergy"]), "b": World(PURE["redundancy"])})
    alone, _ = table({"a": World(PURE["synergy"])})
    assert together["a"] == alone["a"]
    assert suite.tasks[0].name == "a"


def test_an_adapter_is_needed_where_fewer_than_nine_in_ten_tasks_can_be_done() -> None:
    can = World(PURE["redundancy"])
    nine = {str(place): can for place in range(9)}
    most = dict.fromkeys([*nine, "b", "c"], 200)
    assert needs_adapter(table({**nine, "b": KNOWS_LITTLE, "c": KNOWS_LITTLE})[0], most)
    assert not needs_adapter(table({**nine, "b": KNOWS_LITTLE})[0], most)


def test_recovery_counts_what_was_informed_right_and_wrong() -> None:
    worlds = {kind: World(PURE[kind]) for kind in ("redundancy", "unique_image", "unique_text", "synergy")}
    worlds["mixed"] = World((0.5, 0, 0, 0.5, 0), prior=(0.25,) * 4, accuracy=0.95)
    knowledge, suite = table(worlds)
    delta, _ = table(worlds, "delta")
    found = recovery(knowledge, suite)
    assert (found.pure, found.informed, found.typed_right, found.undetermined, found.typed_wrong) == (4, 4, 4, 0, 0)
    assert found.mixtures == 1
    assert found.share_error is not None
    assert found.share_error < 0.1
    by_delta = recovery(delta, suite)
    assert set(by_delta.wrong) == {"redundancy", "synergy"}
    assert agreement(knowledge, knowledge) == 1.0
    assert agreement(knowledge, delta) < 1.0


def test_a_profile_of_the_same_evidence_and_seed_is_the_same() -> None:
    worlds = {"a": World((0.4, 0.1, 0.1, 0.3, 0.1))}
    assert table(worlds)[0] == table(worlds)[0]


@pytest.mark.parametrize("value", [0.0, 0.004])
def test_a_share_next_to_none_or_all_is_as_unsure_as_none_or_all(value: float) -> None:
    """Clopper and Pearson for none of 80: 1 - .025^(1/80) = .0451."""
    few = estimate_share(value, np.full(200, value), 0.95, size=80)
    nearly_all = estimate_share(1 - value, np.full(200, 1 - value), 0.95, size=80)
    assert few.high == pytest.approx(0.0451, abs=1e-4)
    assert nearly_all.low == pytest.approx(1 - 0.0451, abs=1e-4)


def test_a_share_further_in_keeps_the_interval_of_its_resamples() -> None:
    found = estimate_share(0.02, np.linspace(0.01, 0.03, 200), 0.95, size=80)
    assert (found.low, found.high) == pytest.approx((0.0105, 0.0295), abs=1e-4)
