"""Adapters over all views: who may answer what, and which views were seen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.models.tiny_models import make_picture
from tests.tune.cases import SETTINGS, artefacts, make_task

from mintune.errors import TrainingError
from mintune.models.backbone import Backbone
from mintune.records import AdapterCard, Example, Suite, Task
from mintune.run import digest
from mintune.tune import adapt
from mintune.tune.adapt import FOLDS, VIEW_SHARES, HeldOut, deal, train_view_adapters
from mintune.tune.loop import Progress
from mintune.tune.sampler import Slot


def make_suite() -> Suite:
    return Suite((make_task("a", 8, validation=3), make_task("bb", 5, validation=2)))


def adapted(
    backbone: Backbone, folder: Path, progress: Progress | None = None, **changes: Any
) -> list[tuple[AdapterCard, HeldOut]]:
    settings = SETTINGS.model_copy(update=changes)
    return train_view_adapters(
        backbone, make_suite(), epochs=2, settings=settings, seed=0, folder=folder, progress=progress
    )


def test_what_is_tuned_with_does_not_change_them(backbone: Backbone, tmp_path: Path) -> None:
    plain = adapted(backbone, tmp_path / "plain")
    other = adapted(backbone, tmp_path / "other", objective="uncertainty", mixture="uniform", floor=0.3, trunk=0.25)
    assert [card.fingerprint for card, _ in other] == [card.fingerprint for card, _ in plain]


def test_every_example_is_held_out_from_exactly_one_adapter(backbone: Backbone, tmp_path: Path) -> None:
    folds = adapted(backbone, tmp_path)
    assert len(folds) == FOLDS
    for task in make_suite().tasks:
        everyone = [example.id for example in (*task.train, *task.validation)]
        counts = Counter(example for _, held_out in folds for example in held_out[task.name])
        assert counts == Counter(everyone)


def test_no_adapter_trains_on_what_it_answers_nor_on_validation_examples() -> None:
    suite = make_suite()
    for held in deal(suite, 0):
        for task in adapt._without(suite, held, 0).tasks:
            trained_on = {example.id for example in task.train}
            assert trained_on
            assert trained_on.isdisjoint(held[task.name])
            assert trained_on.isdisjoint(example.id for example in suite[task.name].validation)
            assert trained_on | held[task.name] >= {example.id for example in suite[task.name].train}


def showing(name: str, pictures: Sequence[int | None], text: str = "") -> Task:
    """A task with one training example a picture; None stands for an example of words alone."""
    examples = tuple(
        Example(f"{name}-{place}", () if seed is None else (make_picture(seed),), text or f"{name} {place}", ("red",))
        for place, seed in enumerate(pictures)
    )
    return Task(name, "", "exact_match", "", {"train": examples}, digest(name, pictures, text))


def fold_of(folds: list[HeldOut], task: str, place: int) -> int:
    (found,) = (number for number, held in enumerate(folds) if f"{task}-{place}" in held[task])
    return found


@given(
    st.lists(st.none() | st.integers(0, 5), min_size=1, max_size=12),
    st.lists(st.none() | st.integers(0, 5), min_size=1, max_size=12),
    st.integers(0, 3),
)
@settings(max_examples=30, deadline=None)
def test_no_picture_is_in_two_folds_whatever_tasks_show_it(
    first: list[int | None], second: list[int | None], seed: int
) -> None:
    folds = deal(Suite((showing("a", first), showing("b", second))), seed)
    placed: dict[int, set[int]] = {}
    for name, pictures in (("a", first), ("b", second)):
        for place, picture in enumerate(pictures):
            if picture is not None:
                placed.setdefault(picture, set()).add(fold_of(folds, name, place))
    assert all(len(found) == 1 for found in placed.values())


def test_examples_without_a_picture_go_with_those_of_the_same_words() -> None:
    suite = Suite((showing("a", [None] * 4, "Is it RED?"), showing("b", [None] * 3, "is it red"), showing("c", [1, 2])))
    folds = deal(suite, 0)
    (home,) = {fold_of(folds, name, place) for name, size in (("a", 4), ("b", 3)) for place in range(size)}
    assert folds[1 - home]["a"] == folds[1 - home]["b"] == frozenset()


@given(st.integers(0, 20), st.integers(0, 20), st.integers(0, 3))
@settings(max_examples=20, deadline=None)
def test_where_nothing_is_shared_folds_are_even_task_by_task(first: int, second: int, seed: int) -> None:
    folds = deal(Suite((showing("a", [None] * first), showing("b", [None] * second))), seed)
    for name, size in (("a", first), ("b", second)):
        assert sorted(len(held[name]) for held in folds) == [size // 2, size - size // 2]


def test_views_are_drawn_anew_each_pass_in_their_shares() -> None:
    suite = Suite((make_task("a", 50),))
    view_of = adapt._views(suite, seed=0)
    drawn = [view_of(Slot("a", index, turn)) for turn in range(40) for index in range(50)]
    counts = Counter(drawn)
    for view, share in VIEW_SHARES.items():
        assert abs(counts[view] / len(drawn) - share) < 4 * (share * (1 - share) / len(drawn)) ** 0.5
    assert drawn[:50] != drawn[50:100]
    assert view_of(Slot("a", 7, 3)) == adapt._views(suite, seed=0)(Slot("a", 7, 3))


def test_both_folds_together_cost_what_one_adapter_over_all_would(backbone: Backbone, tmp_path: Path) -> None:
    cards = [card for card, _ in adapted(backbone, tmp_path)]
    assert sum(card.cost.examples for card in cards) == 2 * 13
    assert [card.folder for card in cards] == ["fold-0", "fold-1"]


def test_an_interrupted_adaptation_ends_in_the_same_bytes(backbone: Backbone, tmp_path: Path) -> None:
    class StoppedError(Exception):
        pass

    def stop(done: int, total: int, loss: float) -> None:
        if done in (4, 6):
            raise StoppedError

    whole = adapted(backbone, tmp_path / "whole")
    for _ in range(2):
        with pytest.raises(StoppedError):
            adapted(backbone, tmp_path / "parts", stop)
    parts = adapted(backbone, tmp_path / "parts")
    assert artefacts(tmp_path / "whole") == artefacts(tmp_path / "parts")
    assert [held for _, held in whole] == [held for _, held in parts]


def test_a_suite_of_single_examples_cannot_be_held_out(backbone: Backbone, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="two training examples"):
        train_view_adapters(backbone, Suite((make_task("a", 1),)), epochs=1, settings=SETTINGS, seed=0, folder=tmp_path)
