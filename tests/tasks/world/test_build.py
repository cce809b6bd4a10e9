"""The world on disk: deterministic, each example alone, splits that share nothing, sizes as asked."""

from __future__ import annotations

import io
from collections import Counter
from pathlib import Path

import pytest
from PIL import Image

from mintune.config import WorldSettings
from mintune.errors import ConfigError
from mintune.records import TYPES, Task
from mintune.tasks.world import build_world
from mintune.tasks.world.build import draw_example
from mintune.tasks.world.catalogue import WORLD_TASKS

NAMES = ("part_colour", "meter", "meeting_place", "new_count", "winning_number", "winning_colour")
SMALL_WORLD = WorldSettings(examples=60, test_examples=20, tasks=NAMES)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> tuple[Task, ...]:
    return build_world(SMALL_WORLD, seed=3, cache=tmp_path_factory.mktemp("cache"))


def test_the_same_seed_makes_the_same_examples(world: tuple[Task, ...], tmp_path: Path) -> None:
    again = build_world(SMALL_WORLD, seed=3, cache=tmp_path)
    for one, other in zip(world, again, strict=True):
        assert one.fingerprint == other.fingerprint
        assert all(list(one.splits[split]) == list(other.splits[split]) for split in one.splits)


def test_another_seed_makes_other_examples(world: tuple[Task, ...], tmp_path: Path) -> None:
    other = build_world(SMALL_WORLD, seed=4, cache=tmp_path)
    assert not {task.fingerprint for task in world} & {task.fingerprint for task in other}


def test_what_was_made_is_opened_again(tmp_path: Path) -> None:
    settings = WorldSettings(examples=20, test_examples=10, tasks=("meter",))
    build_world(settings, seed=0, cache=tmp_path)
    stored = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    build_world(settings, seed=0, cache=tmp_path)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == stored


def test_an_example_can_be_made_alone(world: tuple[Task, ...]) -> None:
    specs = {task.name: task for task in WORLD_TASKS}
    for task in world:
        example = task.test[7]
        drawn, rng = draw_example(specs[task.name], "test", 7, seed=3)
        assert (example.text, example.targets[0]) == (drawn.text, drawn.answer)
        with Image.open(io.BytesIO(example.images[0].data)) as stored:
            assert stored.tobytes() == drawn.picture.paint(rng).tobytes()


def test_more_examples_leave_the_first_ones_as_they_are(world: tuple[Task, ...], tmp_path: Path) -> None:
    more = build_world(SMALL_WORLD.model_copy(update={"test_examples": 25}), seed=3, cache=tmp_path)
    for few, many in zip(world, more, strict=True):
        assert list(few.test) == list(many.test)[:20]


def test_splits_never_say_the_same(world: tuple[Task, ...]) -> None:
    for task in world:
        images = [{example.images[0].sha256 for example in examples} for examples in task.splits.values()]
        assert sum(map(len, images)) == len(set.union(*images))
    for spec in WORLD_TASKS:
        said = [
            {
                (drawn.picture, drawn.text)
                for drawn, _ in (draw_example(spec, split, index, seed=0) for index in range(60))
            }
            for split in ("train", "validation", "test")
        ]
        assert not said[0] & said[1] | said[0] & said[2] | said[1] & said[2], spec.name


def test_tasks_have_the_sizes_asked_for(tmp_path: Path) -> None:
    settings = WorldSettings(examples=200, test_examples=10, tasks=("meter", "corner"))
    sizes = {
        task.name: [len(examples) for examples in task.splits.values()]
        for task in build_world(settings, seed=0, cache=tmp_path)
    }
    assert sizes == {"meter": [170, 30, 10], "corner": [102, 18, 10]}


def test_mixtures_have_their_shares_in_every_split(world: tuple[Task, ...]) -> None:
    for task in world:
        assert task.built_shares is not None
        for examples in task.splits.values():
            made = Counter(example.built_as for example in examples)
            for kind, share in zip(TYPES, task.built_shares, strict=True):
                assert abs(made[kind] - share * len(examples)) <= 1


def test_a_task_is_what_the_stages_need(world: tuple[Task, ...]) -> None:
    specs = {task.name: task for task in WORLD_TASKS}
    for task in world:
        spec = specs[task.name]
        assert (task.instruction, task.domain, task.metric) == (spec.instruction, spec.family, "exact_match")
        assert len({example.id for examples in task.splits.values() for example in examples}) == 80
        assert all(example.choices == spec.answers for example in task.train)
        with Image.open(io.BytesIO(task.train[0].images[0].data)) as picture:
            assert (picture.size, picture.mode) == ((84, 84), "RGB")


def test_a_task_that_there_is_not_is_named_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no task 'part_color'; did you mean part_colour"):
        build_world(WorldSettings(tasks=("part_color",)), seed=0, cache=tmp_path)
