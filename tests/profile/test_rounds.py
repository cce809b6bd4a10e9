"""Asking in rounds: bets settle what is so and not what is not, and examples go where they decide."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.profile.simulated import PURE, World, draw

from mintune.config import Config, ProfileSettings
from mintune.errors import ConfigError
from mintune.models.answering import Question
from mintune.models.showing import show
from mintune.profile.asking import questions
from mintune.profile.evidence import Evidence, gather
from mintune.profile.rounds import FIRST, in_drawn_order, next_round
from mintune.profile.sequential import Settlement, settle
from mintune.profile.stage import as_settled, profile_task
from mintune.records import VIEWS, Example, Prediction, Task

FOUR = (0.25,) * 4
SIZES = (25, 32, 40, 50, 63, 79, 99, 124, 155, 194)


def looked_at_often(world: World, rng: np.random.Generator) -> Settlement:
    """What is settled when one looks after every round and stops at the first chance to."""
    evidence = gather(*draw(world, rng))[0]
    for size in (*SIZES, evidence.num_examples):
        found = settle(first(evidence, size), confidence=0.95, most=evidence.num_examples)
        if not found.is_open:
            break
    return found


def first(evidence: Evidence, size: int) -> Evidence:
    return evidence.where(np.arange(evidence.num_examples) < size)


@pytest.mark.parametrize("built", ["redundancy", "unique_image", "unique_text", "synergy"])
def test_pure_types_are_settled_as_built_and_early(built: str) -> None:
    rng = np.random.default_rng(1)
    found = [looked_at_often(World(PURE[built], 200, prior=FOUR, accuracy=0.95), rng) for _ in range(20)]
    assert {one.type for one in found} == {built}
    assert all(one.error <= 0.05 for one in found)
    assert np.mean([one.num_examples for one in found]) < 100


@pytest.mark.parametrize("prior", [(0.5, 0.5), FOUR], ids=["binary", "four"])
def test_nobody_informed_is_never_settled_and_often_given_up(prior: tuple[float, ...]) -> None:
    rng = np.random.default_rng(2)
    found = [looked_at_often(World(PURE["unanswered"], 300, prior=prior), rng) for _ in range(20)]
    assert {one.type for one in found} == {None}
    assert sum(one.is_hopeless for one in found) >= 10


@pytest.mark.parametrize("prior", [(0.5, 0.5), FOUR], ids=["binary", "four"])
def test_on_the_boundary_little_is_settled_however_often_one_looks(prior: tuple[float, ...]) -> None:
    """With a kappa of exactly .35 of the best neither claim on the image is true; each may be won in 1.7 %."""
    rng = np.random.default_rng(3)
    world = World((0, 0.35, 0, 0.65, 0), 200, prior=prior, accuracy=1.0)
    found = [looked_at_often(world, rng) for _ in range(150)]
    assert np.mean([one.type is not None for one in found]) < 0.05


def test_the_order_of_the_examples_does_not_matter() -> None:
    rng = np.random.default_rng(4)
    evidence = gather(*draw(World(PURE["synergy"], 60), rng))[0]
    order = rng.permutation(60)
    turned = replace(
        evidence,
        right={view: values[order] for view, values in evidence.right.items()},
        chance={view: values[order] for view, values in evidence.chance.items()},
    )
    one, other = (settle(found, confidence=0.95, most=60) for found in (evidence, turned))
    assert other.progress == pytest.approx(one.progress)


def test_examples_of_one_picture_are_one_bet() -> None:
    alone = gather(*draw(World(PURE["redundancy"], 100, prior=FOUR), np.random.default_rng(5)))[0]
    together = replace(alone, clusters=np.arange(100) // 10)
    one, other = (settle(found, confidence=0.95, most=100) for found in (alone, together))
    assert one.type == "redundancy"
    assert other.progress < one.progress


def scored(probabilities: list[tuple[float, float]]) -> tuple[Task, list[Prediction]]:
    """Examples with two choices, of which the first is right in every other; every view gives these probabilities."""
    examples = tuple(Example(str(n), (), "", (("yes", "no")[n % 2],), ("yes", "no")) for n in range(len(probabilities)))
    predictions = [
        Prediction("mine", example.id, view, ("yes", "no")[p < q], scores=(float(np.log(p)), float(np.log(q))))
        for example, (p, q) in zip(examples, probabilities, strict=True)
        for view in VIEWS
    ]
    return Task("mine", "", "exact_match", "", {"train": examples}, ""), predictions


def test_by_scores_right_is_the_probability_of_the_accepted_choice() -> None:
    evidence, _ = gather(*scored([(0.9, 0.1), (0.4, 0.6), (0.5, 0.5)]))
    right, chance = evidence.expected["both"]
    assert right == pytest.approx([0.9, 0.6, 0.5])
    # For the first, what the others give to yes; for the second, what the others give to no; for the third, to yes.
    assert chance == pytest.approx([0.45, 0.3, 0.65])


def test_without_scores_or_with_choices_of_their_own_nothing_is_expected() -> None:
    task, predictions = scored([(0.9, 0.1), (0.4, 0.6)])
    assert not gather(task, [replace(one, scores=None) for one in predictions])[0].expected
    other = replace(task, splits={"train": (task.train[0], replace(task.train[1], choices=("no", "perhaps")))})
    assert not gather(other, predictions)[0].expected


def test_scores_settle_with_fewer_examples_than_answers_do() -> None:
    """Views that guess are unsure by their scores, and right by luck in half of their answers."""
    rng = np.random.default_rng(6)
    task, predictions = draw(World(PURE["unique_image"], 60), rng)
    gold = {example.id: example.targets[0] for example in task.train}
    with_scores = []
    for one in predictions:
        choices = task.train[0].choices or ()
        knows = one.view in ("image", "both") and one.answer == gold[one.example_id]
        sure = 0.95 if knows else 0.55
        scores = tuple(float(np.log(sure if choice == one.answer else 1 - sure)) for choice in choices)
        with_scores.append(replace(one, scores=scores))
    hard, soft = (settle(gather(task, said)[0], confidence=0.95, most=60) for said in (predictions, with_scores))
    assert soft.progress > hard.progress
    assert soft.type == "unique_image"


def asked(number: int) -> list[Question]:
    examples = tuple(Example(f"{n:03d}", (), f"text {n}", ("yes",), ("yes", "no")) for n in range(number))
    task = Task("mine", "Say.", "exact_match", "", {"train": examples}, "")
    shown = {example.id: show(task, example, "both") for example in examples}
    assert len(questions(task, ProfileSettings(examples=number), seed=0)) == number * len(VIEWS)
    return [Question("mine", one.id, view, shown[one.id], one.choices) for one in examples for view in VIEWS]


def test_a_round_takes_whole_examples_in_an_order_that_seed_and_task_decide() -> None:
    order = in_drawn_order(asked(40), seed=1)
    assert [len(example) for example in order] == [len(VIEWS)] * 40
    ids = [example[0].example_id for example in order]
    assert sorted(ids) == [f"{n:03d}" for n in range(40)]
    assert ids != sorted(ids)
    assert order == in_drawn_order(asked(40), seed=1)
    assert ids != [example[0].example_id for example in in_drawn_order(asked(40), seed=2)]


def state(progress: float = 0.0, *, is_settled: bool = False, is_hopeless: bool = False) -> Settlement:
    return Settlement("synergy" if is_settled else None, 0.5, progress, is_hopeless, 25)


def test_more_is_asked_of_the_open_tasks_alone() -> None:
    most = {"open": 200, "settled": 200, "hopeless": 200, "small": 20}
    assert next_round(most, {}, {}, None) == {"open": FIRST, "settled": FIRST, "hopeless": FIRST, "small": 20}
    found = {
        "open": state(0.5),
        "settled": state(1.0, is_settled=True),
        "hopeless": state(is_hopeless=True),
        "small": state(),
    }
    done = {"open": 25, "settled": 25, "hopeless": 25, "small": 20}
    assert next_round(most, done, found, None) == {"open": 32}
    assert next_round(most, {**done, "open": 190}, found, None) == {"open": 200}
    assert next_round(most, {**done, "open": 200}, found, None) == {}


def test_a_budget_goes_to_those_nearest_to_being_settled() -> None:
    most, done = {"far": 200, "near": 200}, {"far": 25, "near": 25}
    assert next_round(most, done, {"far": state(0.2), "near": state(0.8)}, 60) == {"near": 32}
    assert next_round(most, done, {"far": state(0.2), "near": state(0.8)}, 50) == {}


def test_a_budget_below_the_first_round_is_refused_with_what_it_takes() -> None:
    with pytest.raises(ConfigError, match=r"rounds\.examples \(--budget\): 40 do not do for 2 tasks.* 50 in all"):
        next_round({"a": 200, "b": 200}, {}, {}, 40)


def test_a_settled_type_takes_the_place_of_what_the_fixed_test_says() -> None:
    evidence = gather(*draw(World(PURE["synergy"], 30, accuracy=1.0), np.random.default_rng(7)))[0]
    profile = profile_task(evidence, ProfileSettings(), seed=0)
    found = as_settled(profile, Settlement("synergy", 0.01, 1.0, is_hopeless=False, num_examples=30))
    assert (found.type, found.confidence, found.examples_needed) == ("synergy", 0.99, None)
    assert found.notes[-1] == "settled after 30 examples"
    assert found.redundancy == profile.redundancy
    untyped = profile.model_copy(update={"type": "undetermined"})
    given_up = as_settled(untyped, Settlement(None, 1.0, 0.0, is_hopeless=True, num_examples=30))
    assert given_up.notes[-1].startswith("stopped after 30 examples")
    assert as_settled(profile, state()) == profile


@pytest.mark.parametrize(
    ("budget", "examples", "seconds"),
    [("2000", 2000, None), ("90s", None, 90.0), ("10m", None, 600.0), ("2h", None, 7200.0)],
)
def test_a_budget_is_examples_or_time(budget: str, examples: int | None, seconds: float | None) -> None:
    rounds = Config().with_budget(budget).profile.rounds
    assert rounds is not None
    assert (rounds.examples, rounds.seconds) == (examples, seconds)


@pytest.mark.parametrize("budget", ["", "ten", "0", "5d", "-3"])
def test_what_is_no_budget_is_refused(budget: str) -> None:
    with pytest.raises(ConfigError, match="expected examples"):
        Config().with_budget(budget)


def test_views_that_are_right_but_unsure_are_not_given_up() -> None:
    task, predictions = scored([(0.52, 0.48) if n % 2 == 0 else (0.48, 0.52) for n in range(30)])
    evidence = gather(task, predictions)[0]
    found = settle(evidence, confidence=0.95, most=200)
    assert evidence.right["both"].mean() == 1
    assert found.is_open


def test_a_task_that_was_given_up_and_typed_all_the_same_has_no_such_note() -> None:
    evidence = gather(*draw(World(PURE["redundancy"], 60, prior=FOUR), np.random.default_rng(8)))[0]
    profile = profile_task(evidence, ProfileSettings(), seed=0)
    assert as_settled(profile, state(is_hopeless=True)) == profile
