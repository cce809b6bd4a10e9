"""Probes find what they can see, nothing that is not there, and say the same whoever else is asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.profile.probes.drawn import COLOUR_NAMES, drawn_task, open_task, picture_of, shuffled_choices, text_of

from mintune.config import ProfileSettings
from mintune.errors import ConfigError, DataError, MintuneError
from mintune.profile.evidence import Evidence, gather
from mintune.profile.predictions import write_task
from mintune.profile.probes.stage import answer_suite, answer_task, check_settings
from mintune.profile.stage import gather_suite, profile_suite
from mintune.records import TYPES, VIEWS, Cost, Example, Picture, Prediction, Suite, Task

EVERYONE = ProfileSettings(examples=1000)


def silent(_: int) -> None:
    pass


def evidence(task: Task) -> Evidence:
    found, aside = gather(task, answer_task(task, EVERYONE, 0))
    assert aside == []
    return found


def accuracy(found: Evidence) -> dict[str, float]:
    return {view: float(found.right[view].mean()) for view in VIEWS}


@pytest.mark.slow
@pytest.mark.parametrize("kind", TYPES)
def test_a_task_made_of_what_probes_can_see_is_typed_as_it_was_built(kind: str) -> None:
    task = drawn_task(kind)
    predictions = {task.name: answer_task(task, EVERYONE, 0)}
    table = profile_suite(
        gather_suite(Suite((task,)), predictions, EVERYONE), EVERYONE, seed=0, cost=Cost(), adapted=False
    )
    (profile,) = table.profiles
    assert profile.type == kind
    assert max(profile.shares) == profile.shares[TYPES.index(profile.type)] > 0.8  # type: ignore[arg-type]


@pytest.mark.slow
def test_words_are_enough_without_the_packaged_encoder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mintune.profile.probes.material.has_minilm", lambda: False)
    assert accuracy(evidence(drawn_task("unique_text")))["text"] > 0.95


def test_where_answers_are_drawn_by_lot_no_view_is_better_than_chance() -> None:
    rng = np.random.default_rng(5)
    task = with_targets(drawn_task("redundancy", 200), rng.choice(["first", "second"], 200).tolist())
    found = evidence(task)
    for view in VIEWS:
        assert abs(found.right[view].mean() - found.chance[view].mean()) < 3 * (0.25 / 200) ** 0.5


def test_a_picture_that_is_shown_again_teaches_nothing_of_itself() -> None:
    """Each picture stands twice with the same answer, drawn by lot: who had seen one of them would know the other."""
    rng = np.random.default_rng(6)
    examples = []
    for pair in range(80):
        picture, target = picture_of(pair % 4, rng), str(rng.choice(["first", "second"]))
        for turn in range(2):
            said = text_of(0, rng)
            examples.append(Example(f"{pair}-{turn}", (picture,), said, (target,), ("first", "second")))
    task = Task("pairs", "Which?", "exact_match", "drawn", {"train": tuple(examples)}, "pairs")
    assert accuracy(evidence(task))["image"] < 0.5 + 3 * (0.25 / 80) ** 0.5


def with_targets(task: Task, targets: Sequence[str]) -> Task:
    examples = [example for split in (task.train, task.validation) for example in split]
    drawn = tuple(
        replace(e, targets=(target,), choices=("first", "second")) for e, target in zip(examples, targets, strict=True)
    )
    return replace(task, splits={"train": drawn})


class Untouchable(tuple[Example, ...]):
    """A split that may not be looked at."""

    __slots__ = ()

    def __getitem__(self, _: object) -> Example:  # type: ignore[override]
        raise AssertionError("a test example was looked at")

    def __iter__(self) -> None:  # type: ignore[override]
        raise AssertionError("test examples were looked at")


def test_test_examples_are_not_touched() -> None:
    task = drawn_task("unique_text", 60)
    guarded = replace(task, splits={**task.splits, "test": Untouchable(task.train[:5])})
    assert len(answer_task(guarded, EVERYONE, 0)) == 60 * len(VIEWS)


def test_learnt_from_are_more_examples_than_asked() -> None:
    """Eight asked examples could not teach four answers."""
    task = drawn_task("unique_text", 120)
    found, _ = gather(task, answer_task(task, ProfileSettings(examples=8), 0))
    assert found.num_examples == 8
    assert found.right["text"].mean() == 1


def written(folder: Path, predictions: Sequence[Prediction]) -> list[bytes]:
    return [path.read_bytes() for path in write_task(folder, predictions)]


def test_the_same_seed_gives_the_same_bytes_whoever_else_is_asked_and_however_many_processes(tmp_path: Path) -> None:
    one, other = drawn_task("unique_image", 60, name="one"), drawn_task("unique_text", 60, name="other")
    together = answer_suite(Suite((other, one)), EVERYONE, seed=3, advance=silent, processes=2).predictions["one"]
    alone = answer_suite(Suite((one,)), EVERYONE, seed=3, advance=silent, processes=1).predictions["one"]
    assert written(tmp_path / "a", together) == written(tmp_path / "b", alone)


@pytest.mark.parametrize(("sees", "other"), [("image", "text"), ("text", "image")])
def test_choices_that_differ_by_example_are_told_by_the_side_that_holds_the_answer(sees: str, other: str) -> None:
    task = shuffled_choices(sees=sees)
    predictions = answer_task(task, EVERYONE, 0)
    found = accuracy(gather(task, predictions)[0])
    assert min(found[sees], found["both"]) > 0.9
    assert found[other] < 0.5
    choices = {example.id: example.choices or () for example in task.train}
    for prediction in predictions:
        scores = prediction.scores or ()
        assert len(scores) == len(choices[prediction.example_id])
        assert sum(map(np.exp, scores)) == pytest.approx(1, abs=1e-4)
        assert prediction.answer == choices[prediction.example_id][int(np.argmax(scores))]


def test_open_answers_are_those_of_other_examples() -> None:
    task = open_task()
    predictions = answer_task(task, EVERYONE, 0)
    answers = {prediction.answer for prediction in predictions if prediction.view == "image"}
    alone = {example.targets[0] for example in task.train} - set(COLOUR_NAMES)
    found, _ = gather(task, predictions)
    assert all(prediction.scores is None for prediction in predictions)
    assert found.right["image"].mean() == pytest.approx(7 / 8, abs=0.02)
    hit = {p.example_id for p in predictions if p.view == "image" and p.answer in alone & answers}
    targets = {example.id: example.targets[0] for example in task.train}
    assert not any(p.answer == targets[p.example_id] for p in predictions if p.example_id in hit)


def test_an_open_answer_that_the_text_spells_is_found_among_many() -> None:
    rng = np.random.default_rng(8)
    numbers = [f"{rng.integers(10, 60)}" for _ in range(160)]
    said = [Example(f"{i}", (), f"{text_of(i % 4, rng)[:-8]} ticket {n}", (n,)) for i, n in enumerate(numbers)]
    task = Task("ticket", "Which?", "token_f1", "drawn", {"train": tuple(said)}, "ticket")
    found = accuracy(evidence(task))
    assert found["text"] > 0.8
    assert found["image"] < 0.1


def test_examples_without_pictures_or_words_leave_the_side_to_the_prior() -> None:
    task = drawn_task("unique_text", 60)
    bare = tuple(replace(example, images=()) for example in task.train)
    predictions = answer_task(replace(task, splits={"train": bare}), EVERYONE, 0)
    by_view = {view: [(p.answer, p.scores) for p in predictions if p.view == view] for view in VIEWS}
    assert by_view["image"] == by_view["none"]


def test_several_pictures_are_seen_side_by_side() -> None:
    """The second picture of each example holds the answer, in some there are three."""
    rng = np.random.default_rng(9)
    examples = []
    for number in range(160):
        colour = int(rng.integers(4))
        pictures: list[Picture] = [picture_of(int(rng.integers(4)), rng), picture_of(colour, rng)]
        if number % 5 == 0:
            pictures.append(picture_of(int(rng.integers(4)), rng))
        choices = COLOUR_NAMES
        examples.append(Example(f"{number}", tuple(pictures), text_of(0, rng), (COLOUR_NAMES[colour],), choices))
    task = Task("two", "Which?", "exact_match", "drawn", {"train": tuple(examples)}, "two")
    assert accuracy(evidence(task))["image"] > 0.9


def test_a_task_of_one_picture_is_set_aside_with_the_reason() -> None:
    picture = picture_of(0, np.random.default_rng(0))
    task = drawn_task("unique_text", 40)
    alike = replace(task, splits={"train": tuple(replace(example, images=(picture,)) for example in task.train)})
    found = answer_suite(Suite((alike, drawn_task("unique_text", 40, name="fine"))), EVERYONE, seed=0, advance=silent)
    assert [(row.task, "share a picture" in row.reason) for row in found.aside] == [("drawn", True)]
    assert found.cost.examples == len(found.predictions["fine"]) == 40 * len(VIEWS)


def test_a_damaged_picture_and_a_task_without_examples_are_told() -> None:
    task = drawn_task("unique_image", 20)
    broken = replace(task.train[0], images=(Picture("0" * 64, b"no picture"),))
    with pytest.raises(MintuneError, match="can"):
        answer_task(replace(task, splits={"train": (broken, *task.train[1:])}), EVERYONE, 0)
    with pytest.raises(DataError, match="task drawn: has no training or validation example"):
        answer_task(replace(task, splits={"train": ()}), EVERYONE, 0)


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        (ProfileSettings(hiding="noise"), "profile.hiding: is 'noise'.*accepted: drop"),
        (ProfileSettings(adapt="always"), "profile.adapt: is 'always'.*accepted: auto, never"),
    ],
)
def test_what_only_a_model_can_do_is_refused(settings: ProfileSettings, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        check_settings(settings)


def test_a_missing_package_is_named_with_the_command_that_brings_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mintune.profile.probes.stage.importlib.util.find_spec", lambda name: None)
    with pytest.raises(ConfigError, match=r"scikit-image, which is missing; pip install 'mintune\[probes\]'"):
        check_settings(ProfileSettings())
