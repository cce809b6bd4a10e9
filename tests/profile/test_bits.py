"""Bits of a task from the scores of its choices: what is said, what is not, and when nothing can be told."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.profile.simulated import PURE, World, draw

from mintune.config import ProfileSettings
from mintune.profile.bits import NEEDS, in_bits
from mintune.profile.crossfit import calibrated, deal
from mintune.profile.evidence import gather
from mintune.profile.stage import profile_task
from mintune.records import TYPES, Information, Prediction, Task

KNOWS = {"redundancy": ("image", "text"), "unique_image": ("image",), "unique_text": ("text",), "synergy": ()}


def scored(built: str, rng: np.random.Generator, *, sure: float = 0.9) -> tuple[Task, list[Prediction]]:
    """A simulated task of 300 examples and four answers; a view that knows is `sure`, any other wholly unsure."""
    task, predictions = draw(World(PURE[built], 300, prior=(0.25,) * 4, accuracy=0.9), rng)
    knows = {"redundancy": ("image", "text"), "unique_image": ("image",), "unique_text": ("text",), "synergy": ()}[
        built
    ]
    choices = task.train[0].choices or ()

    def scores(one: Prediction) -> tuple[float, ...]:
        best = sure if one.view in (*knows, "both") else 0.25
        return tuple(float(np.log(best if choice == one.answer else (1 - best) / 3)) for choice in choices)

    return task, [replace(one, scores=scores(one)) for one in predictions]


def bits_of(built: str, **how: float) -> Information:
    rng = np.random.default_rng(3)
    found, note = in_bits(gather(*scored(built, rng, **how))[0], rng, confidence=0.95)
    assert found is not None, note
    assert note.startswith("bits: of 300 examples, in ")
    return found


@pytest.mark.parametrize("built", TYPES)
def test_a_pure_task_has_its_bits_where_it_was_built_to_have_them(built: str) -> None:
    found = bits_of(built)
    parts = {kind: getattr(found, kind) for kind in TYPES}
    assert found.answer_entropy_bits == pytest.approx(2.0, abs=0.02)
    # Right in nine of ten cases: 2 - h(.9, .1/3, .1/3, .1/3) = 1.37 bits at most.
    assert 1.0 < parts[built].value < 1.6
    assert parts[built].low > 0.3
    assert all(one.value < 0.3 for kind, one in parts.items() if kind != built)
    assert built == "synergy" or parts["synergy"].low == 0
    for one in parts.values():
        assert 0 <= one.low <= one.value <= one.high <= found.answer_entropy_bits


def test_no_more_is_said_than_there_is_to_know() -> None:
    """A view that is always right: what counting adds by chance is cut off, and kept in `raw`."""
    rng = np.random.default_rng(3)
    task, predictions = draw(World(PURE["unique_image"], 300, prior=(0.25,) * 4, accuracy=1.0), rng)
    choices = task.train[0].choices or ()
    sure = [
        replace(
            one,
            scores=tuple(0.0 if one.view in ("image", "both") and choice == one.answer else -9.0 for choice in choices),
        )
        for one in predictions
    ]
    found, note = in_bits(gather(task, sure)[0], rng, confidence=0.95)
    assert found is not None, note
    assert found.unique_image.value == pytest.approx(found.answer_entropy_bits, abs=0.02)
    assert found.unique_image.high <= found.answer_entropy_bits


def test_scores_that_are_surer_than_right_lose_nothing() -> None:
    honest, sure = bits_of("synergy"), bits_of("synergy", sure=0.9999)
    assert sure.synergy.value == pytest.approx(honest.synergy.value, abs=0.1)


def test_calibration_makes_sure_scores_as_sure_as_they_are_right() -> None:
    rng = np.random.default_rng(4)
    answers = rng.integers(2, size=400)
    said = np.where(rng.random(400) < 0.8, answers, 1 - answers)
    believed = np.where(said[:, None] == np.arange(2), 0.999, 0.001)
    found = calibrated(believed, answers, deal(1, 400, rng)[0])
    assert found.sum(axis=1) == pytest.approx(np.ones(400))
    assert found.max(axis=1).mean() == pytest.approx(0.8, abs=0.06)


def test_without_scores_or_with_few_examples_the_note_says_why() -> None:
    rng = np.random.default_rng(5)
    task, predictions = scored("redundancy", rng)
    plain = gather(task, [replace(one, scores=None) for one in predictions])[0]
    assert in_bits(plain, rng, confidence=0.95) == (
        None,
        f"no bits: {NEEDS}",
    )
    few = [one for one in predictions if int(one.example_id) < 30]
    found, note = in_bits(gather(task, few)[0], rng, confidence=0.95)
    assert found is None
    assert note == "no bits: 30 examples; at least 50 are needed"


def test_many_answers_in_few_examples_have_no_bits() -> None:
    rng = np.random.default_rng(7)
    task, predictions = draw(World(PURE["redundancy"], 110, prior=(0.1,) * 10), rng)
    scored_by_answer = [
        replace(one, scores=tuple(float(choice == one.answer) for choice in task.train[0].choices or ()))
        for one in predictions
    ]
    found, note = in_bits(gather(task, scored_by_answer)[0], rng, confidence=0.95)
    assert (found, note) == (None, "no bits: 110 examples of 10 answers are too few to cut beliefs into bins")


def test_a_profile_tells_bits_where_asked() -> None:
    evidence = gather(*scored("unique_text", np.random.default_rng(6)))[0]
    assert profile_task(evidence, ProfileSettings(), seed=0).information is None
    profile = profile_task(evidence, ProfileSettings(information=True), seed=0)
    assert profile.information is not None
    assert profile.information.unique_text.low > 0
    assert profile.notes[-1].startswith("bits: of 300")
