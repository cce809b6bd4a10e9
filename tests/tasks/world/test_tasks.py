"""What the world's tasks promise: what each side holds, no prior on answers, instructions that give nothing away."""

from __future__ import annotations

import math
import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import chisquare
from tests.tasks.world.guessing import atoms_of_picture, atoms_of_text, held_out_accuracy

from mintune.records import TYPES
from mintune.tasks.world.catalogue import WORLD_TASKS, with_table
from mintune.tasks.world.pictures import FAMILIES, FAMILY_OF
from mintune.tasks.world.primitives import PRIMITIVES
from mintune.tasks.world.primitives.sample import Hand
from mintune.tasks.world.skills import SKILLS
from mintune.tasks.world.spec import Drawn, Part, WorldTask

PURE = [task for task in WORLD_TASKS if len(task.parts) == 1]
MIXTURES = [task for task in WORLD_TASKS if len(task.parts) > 1]
PARTS = [pytest.param(task, part, id=f"{task.name}-{part.built_as}") for task in WORLD_TASKS for part in task.parts]
TASKS = [pytest.param(task, id=task.name) for task in WORLD_TASKS]
NUM_DRAWS = 1500

GIVEAWAYS = re.compile(
    r"\b(image|picture|photo|drawing|drawn|figure|chart|bar|table|row|column|scene|pictogram|visual|view|text|sentence|note"
    r"|message|caption|word|letter|line|written|write|read|see|seen|look|shown?|visible|both|together|combine|alone"
    r"|redundan(t|cy)|unique|synergy|modalit(y|ies))s?\b"
)

CORNERS = ("top left", "top right", "bottom left", "bottom right")

# How what is seen and what is told make the answer of a synergistic task.
FUSED: dict[str, Any] = {
    "buyer_colour": lambda seen, told: dict(seen)[told],
    "stock_count": lambda seen, told: str(dict(seen)[told]),
    "more_sales": lambda seen, told: "yes" if dict(seen)[told[0]] > dict(seen)[told[1]] else "no",
    "right_word": lambda seen, told: "yes" if seen == told else "no",
    "caretaker": lambda seen, told: dict(told)[seen],
    "price": lambda seen, told: str(next(row[1 + (told[1] == "second")] for row in seen if row[0] == told[0])),
    "treasure": lambda seen, told: dict(seen)[told],
    "corner": lambda seen, told: CORNERS[seen.index(told)],
    "new_count": lambda seen, told: str((seen + told) % 10),
}
FUSED["winning_number"] = FUSED["price"]
FUSED["guest_colour"] = FUSED["buyer_colour"]


@cache
def draws(part: Part) -> tuple[Drawn, ...]:
    count = 4000 if part.built_as == "synergy" else NUM_DRAWS
    return tuple(part.sample(Hand(np.random.default_rng((1, index)), held_out=True)) for index in range(count))


def image_holds(part: Part) -> bool:
    return part.built_as in {"redundancy", "unique_image"}


def text_holds(part: Part) -> bool:
    return part.built_as in {"redundancy", "unique_text"}


def test_there_are_nine_tasks_of_each_pure_type_and_four_mixtures() -> None:
    assert Counter(task.parts[0].built_as for task in PURE) == dict.fromkeys(TYPES, 9)
    assert len(MIXTURES) == 4
    assert len({task.name for task in WORLD_TASKS}) == 40


def test_every_family_occurs_in_every_type() -> None:
    found = {(task.parts[0].built_as, task.family) for task in PURE}
    assert found == {(kind, family) for kind in TYPES for family in FAMILIES}


def test_binary_closed_and_open_tasks_are_spread_over_the_types() -> None:
    for kind in TYPES:
        sizes = [len(task.answers or ()) for task in PURE if task.parts[0].built_as == kind]
        assert sizes.count(2) >= 2, kind
        assert sizes.count(0) >= 2, kind
        assert all(4 <= size <= 10 for size in sizes if size not in {0, 2}), kind
        assert sum(task.is_small for task in PURE if task.parts[0].built_as == kind) == 2
    assert sum(len(task.answers or ()) == 2 for task in WORLD_TASKS) >= 8


def test_shares_of_mixtures_are_known_and_differ() -> None:
    assert all(math.isclose(sum(task.shares), 1) for task in WORLD_TASKS)
    assert len({task.shares for task in MIXTURES}) == 4
    for task in MIXTURES:
        made = Counter(task.part_of(index).built_as for index in range(100))
        assert tuple(made[kind] / 100 for kind in TYPES) == pytest.approx(task.shares)


def test_instructions_are_distinct_and_name_neither_type_nor_modality() -> None:
    assert len({task.instruction for task in WORLD_TASKS}) == len(WORLD_TASKS)
    for task in WORLD_TASKS:
        assert not GIVEAWAYS.search(task.instruction.lower()), task.instruction


def test_every_task_is_composed_of_primitives() -> None:
    assert list(SKILLS) == [task.name for task in WORLD_TASKS]
    assert {skill for skills in SKILLS.values() for skill in skills} <= set(PRIMITIVES)
    assert all(len(SKILLS[task.name]) >= 2 for task in WORLD_TASKS if task.shares[0] + task.shares[3] > 0)


def test_answers_of_a_closed_task_cannot_be_taken_for_one_another() -> None:
    for task in WORLD_TASKS:
        for one in task.answers or ():
            assert not any(other != one and other.startswith(one) for other in task.answers or ())


@pytest.mark.parametrize(("task", "part"), PARTS)
def test_an_example_is_what_its_task_says(task: WorldTask, part: Part) -> None:
    for drawn in draws(part)[:300]:
        assert FAMILY_OF[type(drawn.picture)] == task.family
        assert task.answers is None or drawn.answer in task.answers
        assert 2 <= len(drawn.text.split()) <= 25
        assert drawn.text.endswith(".")
        assert not re.search(r"\ba [aeiou]|[{}]|  ", drawn.text), drawn.text


@pytest.mark.parametrize(("task", "part"), PARTS)
def test_each_text_is_worded_in_several_ways(task: WorldTask, part: Part) -> None:
    openings = {" ".join(drawn.text.split()[:3]) for drawn in draws(part)}
    assert len(openings) >= 3


@pytest.mark.parametrize(("task", "part"), PARTS)
def test_a_side_that_holds_the_answer_decides_it(task: WorldTask, part: Part) -> None:
    for holds, side in ((image_holds(part), "seen"), (text_holds(part), "told")):
        answers: dict[Any, set[str]] = {}
        for drawn in draws(part):
            answers.setdefault(getattr(drawn, side), set()).add(drawn.answer)
        if holds:
            assert all(len(found) == 1 for found in answers.values())
        elif part.built_as != "synergy":
            assert set(answers) == {None}


@pytest.mark.parametrize(("task", "part"), [case for case in PARTS if case.values[1].built_as == "synergy"])
def test_in_synergy_what_is_seen_and_told_makes_the_answer(task: WorldTask, part: Part) -> None:
    for drawn in draws(part):
        assert FUSED[task.name](drawn.seen, drawn.told) == drawn.answer


@pytest.mark.parametrize(("task", "part"), PARTS)
def test_what_is_told_stands_in_the_text(task: WorldTask, part: Part) -> None:
    for drawn in draws(part)[:300]:
        told = drawn.told if isinstance(drawn.told, tuple) else () if drawn.told is None else (drawn.told,)
        for atom in np.ravel(told):
            assert re.search(rf"\b{atom}\b", drawn.text), (atom, drawn.text)


@pytest.mark.parametrize(("task", "part"), PARTS)
def test_every_answer_is_equally_likely(task: WorldTask, part: Part) -> None:
    counts = Counter(drawn.answer for drawn in draws(part))
    if task.answers is not None:
        assert set(counts) == set(task.answers)
    assert chisquare(list(counts.values())).pvalue > 1e-4


@pytest.mark.parametrize(("task", "part"), PARTS)
def test_a_side_that_does_not_hold_the_answer_does_not_help_to_guess_it(task: WorldTask, part: Part) -> None:
    drawn = draws(part)
    answers = [example.answer for example in drawn]
    sides = []
    if not image_holds(part):
        sides.append([atoms_of_picture(example.picture) for example in drawn])
    if not text_holds(part):
        sides.append([atoms_of_text(example.text) for example in drawn])
    chance = 1 / len(set(answers))
    tolerance = 4 * math.sqrt(chance * (1 - chance) / (len(answers) // 2))
    for atoms in sides:
        assert held_out_accuracy(atoms, answers) <= chance + tolerance


@pytest.mark.parametrize("name", ["part_colour", "green_goal", "key_colour", "ordered_colour", "for_mia"])
def test_the_guesser_finds_what_is_there(name: str) -> None:
    part = next(task for task in WORLD_TASKS if task.name == name).parts[0]
    answers = [example.answer for example in draws(part)]
    if image_holds(part):
        assert held_out_accuracy([atoms_of_picture(example.picture) for example in draws(part)], answers) > 0.85
    if text_holds(part):
        assert held_out_accuracy([atoms_of_text(example.text) for example in draws(part)], answers) > 0.85


def test_the_table_in_the_documentation_is_the_code() -> None:
    page = (Path(__file__).resolve().parents[3] / "docs" / "world.md").read_text(encoding="utf-8")
    assert page == with_table(page), "run `make docs`"
