"""Shares by who knows: truths, laws, and how far off they are on mixtures."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.profile.simulated import PURE, World, draw

from mintune.config import ProfileSettings
from mintune.profile.evidence import Evidence, gather
from mintune.profile.knowledge import clip, columns, guess_rates, reliability, shares
from mintune.profile.stage import profile_task
from mintune.records import VIEWS, Estimate, Example, InteractionProfile, Prediction, Task

RELIABLE = 1.0


def evidence(world: World, seed: int = 3) -> Evidence:
    return gather(*draw(world, np.random.default_rng(seed)))[0]


def found_in(evidence: Evidence) -> np.ndarray:
    return shares(columns(evidence).mean(axis=0), evidence.num_examples)


def estimates(profile: InteractionProfile) -> list[Estimate]:
    return [
        profile.redundancy,
        profile.unique_image,
        profile.unique_text,
        profile.synergy,
        profile.unanswered,
    ]


@pytest.mark.parametrize("place", range(5), ids=list(PURE))
def test_reliable_knowers_of_one_type_have_all_of_that_share(place: int) -> None:
    found = found_in(evidence(World(list(PURE.values())[place], 2000, accuracy=RELIABLE)))
    # Binary guesses: each view's knowledge has a standard error of 1 / sqrt(n) at most.
    assert found[place] == pytest.approx(1.0, abs=0.1)
    assert np.delete(found, place) == pytest.approx(np.zeros(4), abs=0.1)


@pytest.mark.parametrize("prior", [(0.5, 0.5), (0.25,) * 4, (0.7, 0.3)], ids=["binary", "four", "skewed"])
@pytest.mark.parametrize(
    "built", [(0.6, 0, 0, 0.4, 0), (0, 0.6, 0.4, 0, 0), (0, 0.5, 0, 0.5, 0), (0.3, 0.1, 0.1, 0.3, 0.2)], ids=str
)
def test_shares_of_mixtures_are_unbiased_when_knowers_are_reliable(
    built: tuple[float, ...], prior: tuple[float, ...]
) -> None:
    rng = np.random.default_rng(5)
    world = World(built, 400, prior=prior, accuracy=RELIABLE)
    found = [found_in(gather(*draw(world, rng))[0]) for _ in range(20)]
    assert np.mean(found, axis=0) == pytest.approx(np.array(built), abs=0.04)


@pytest.mark.parametrize("built", [(1, 0, 0, 0, 0), (0.6, 0, 0, 0.4, 0), (0, 0.6, 0.4, 0, 0)], ids=str)
def test_slips_of_knowers_are_divided_out(built: tuple[float, ...]) -> None:
    rng = np.random.default_rng(6)
    world = World(built, 1000, prior=(0.25,) * 4, accuracy=0.8)
    found = [clip(found_in(gather(*draw(world, rng))[0])) for _ in range(10)]
    # Knowing right 80 % of the time is a kappa of 0.73: uncorrected, redundancy would be 0.73 ** 2 = 0.54 of its share.
    assert np.mean(found, axis=0) == pytest.approx(np.array(built), abs=0.06)


def test_slips_common_to_all_views_leave_the_shares_as_they_are() -> None:
    found = evidence(World((0.6, 0, 0, 0.4, 0), 1000, prior=(0.25,) * 4, accuracy=0.8, hard=True))
    steady = reliability(columns(found).mean(axis=0), 1000)
    assert steady == pytest.approx(1.0, abs=0.02)


def test_two_views_that_guess_the_majority_share_no_knowledge() -> None:
    found = found_in(evidence(World(PURE["synergy"], prior=(0.7, 0.3), guesses=(1.0, 0.0))))
    assert found[:3] == pytest.approx(np.zeros(3), abs=1e-3)


@pytest.mark.parametrize("prior", [(0.5, 0.5), (0.25,) * 4], ids=["binary", "four"])
def test_where_nobody_is_informed_noise_is_not_made_large(prior: tuple[float, ...]) -> None:
    rng = np.random.default_rng(8)
    drawn = [gather(*draw(World(PURE["unanswered"], 200, prior=prior), rng))[0] for _ in range(40)]
    known = 1 - np.array([clip(found_in(found))[4] for found in drawn])
    # Divided by the reliability of views that know nothing, the most noisy tenth would have .6 of all shares.
    assert np.quantile(known, 0.9) < 0.4
    assert known.mean() < 0.22


@pytest.mark.parametrize("follow", [1.0, 0.6])
def test_a_liking_for_some_words_among_choices_is_not_shared_knowledge(follow: float) -> None:
    """Choices differ from example to example; every view says what `none` says, or now and then another choice."""
    rng = np.random.default_rng(9)
    examples = tuple(
        Example(f"{number:03d}", (), "", (f"word {number} {gold}",), tuple(f"word {number} {k}" for k in range(4)))
        for number, gold in enumerate(rng.integers(4, size=300).tolist())
    )
    liked = rng.integers(4, size=300)
    said = {
        view: np.where(rng.random(300) < (1.0 if view == "none" else follow), liked, rng.integers(4, size=300))
        for view in VIEWS
    }
    predictions = [
        Prediction("mine", example.id, view, (example.choices or ())[said[view][place]])
        for place, example in enumerate(examples)
        for view in VIEWS
    ]
    found = found_in(gather(Task("mine", "", "exact_match", "", {"train": examples}, ""), predictions)[0])
    assert found[:4] == pytest.approx(np.zeros(4), abs=0.06)


def test_two_adapters_that_guess_in_two_ways_share_no_knowledge() -> None:
    """One half of the examples is always answered yes, the other always no, under every view."""
    examples = tuple(Example(f"{n:03d}", (), "", ("yes" if n % 3 else "no",), ("yes", "no")) for n in range(200))
    said = ["yes" if number < 100 else "no" for number in range(200)]
    predictions = [
        Prediction("mine", example.id, view, answer)
        for example, answer in zip(examples, said, strict=True)
        for view in VIEWS
    ]
    found = found_in(gather(Task("mine", "", "exact_match", "", {"train": examples}, ""), predictions)[0])
    assert found[:4] == pytest.approx(np.zeros(4), abs=1e-3)


def test_no_number_of_examples_is_named_where_kappa_is_within_its_error() -> None:
    rng = np.random.default_rng(4)
    lacking = [
        profile_task(gather(*draw(World(PURE["unanswered"]), rng))[0], ProfileSettings(), seed=0).examples_needed
        for _ in range(20)
    ]
    # A named number is at most what one standard error asks for: (2.33 + 2.05) ** 2 times as many as there were.
    assert all(number is None or number < 19.2 * 200 for number in lacking)
    assert None in lacking


def test_half_knowing_views_that_otherwise_guess_the_majority_are_not_given_its_examples() -> None:
    world = World((0.5, 0, 0, 0, 0.5), 4000, prior=(0.7, 0.3), guesses=(1.0, 0.0), accuracy=RELIABLE)
    found = evidence(world)
    assert found_in(found)[[0, 4]] == pytest.approx(np.array([0.5, 0.5]), abs=0.06)
    assert guess_rates(found, "image").mean() == pytest.approx(0.7, abs=0.03)


def test_the_interval_of_a_share_covers_it() -> None:
    world = World((0.5, 0, 0, 0.5, 0), 300, prior=(0.25,) * 4, accuracy=RELIABLE)
    rng = np.random.default_rng(11)
    found = [profile_task(gather(*draw(world, rng))[0], ProfileSettings(), seed=seed) for seed in range(40)]
    covered = [profile.synergy.low <= 0.5 <= profile.synergy.high for profile in found]
    assert np.mean(covered) >= 0.88


def test_a_task_whose_instruction_gives_the_answer_away_is_judged_on_the_rest() -> None:
    task, predictions = draw(World(PURE["unanswered"], 300), np.random.default_rng(2))
    gold = {example.id: example.targets[0] for example in task.train}
    # Every view, `none` too, answers two thirds of the examples, the same ones, and guesses the others.
    told = [
        Prediction(p.task, p.example_id, p.view, gold[p.example_id]) if int(p.example_id) % 3 else p
        for p in predictions
    ]
    profile = profile_task(gather(task, told)[0], ProfileSettings(), seed=0)
    assert profile.type == "undetermined"
    assert profile.notes[0].startswith("given away by instruction and choices: ")
    assert profile.accuracy["both"].value > 0.75


def test_examples_that_share_an_image_widen_the_interval() -> None:
    alone = evidence(World((0.5, 0, 0, 0.5, 0), 300, accuracy=RELIABLE))
    order = np.argsort(alone.right["image"] + alone.right["text"], kind="stable")
    clusters = np.empty(300, dtype=int)
    clusters[order] = np.arange(300) // 10
    together = Evidence(
        alone.task, alone.example_ids, alone.right, alone.chance, alone.prior, alone.agreement, clusters
    )
    narrow, wide = (profile_task(found, ProfileSettings(), seed=0).redundancy for found in (alone, together))
    assert wide.high - wide.low > 1.5 * (narrow.high - narrow.low)


answers = st.lists(
    st.tuples(*[st.integers(0, 2)] * 5), min_size=30, max_size=60
)  # gold, then what none, image, text and both say


def observed(rows: list[tuple[int, ...]]) -> tuple[Task, list[Prediction]]:
    world = World(PURE["synergy"], len(rows), prior=(1 / 3,) * 3)
    task, predictions = draw(world, np.random.default_rng(0))
    choices = task.train[0].choices or ()
    examples = tuple(
        type(example)(example.id, (), "", (choices[row[0]],), choices)
        for example, row in zip(task.train, rows, strict=True)
    )
    said = [choices[answer] for row in rows for answer in row[1:]]
    heard = [Prediction(p.task, p.example_id, p.view, answer) for p, answer in zip(predictions, said, strict=True)]
    return Task(task.name, "", "exact_match", "", {"train": examples}, ""), heard


@settings(max_examples=30, deadline=None)
@given(answers)
def test_shares_sum_to_one_and_lie_in_their_intervals(rows: list[tuple[int, ...]]) -> None:
    profile = profile_task(gather(*observed(rows))[0], ProfileSettings(), seed=0)
    found = estimates(profile)
    assert sum(estimate.value for estimate in found) == pytest.approx(1.0)
    assert sum(estimate.raw or 0.0 for estimate in found) == pytest.approx(1.0)
    assert all(0 <= estimate.low <= estimate.value <= estimate.high <= 1 for estimate in found)
    assert all(-1e-9 <= sum(draw) <= 1 + 1e-5 for draw in profile.replicates)
    assert 0 <= profile.confidence <= 1


@settings(max_examples=20, deadline=None)
@given(answers)
def test_swapping_image_and_text_swaps_what_is_unique(rows: list[tuple[int, ...]]) -> None:
    swapped = [(gold, none, text, image, both) for gold, none, image, text, both in rows]
    one, other = (profile_task(gather(*observed(seen))[0], ProfileSettings(), seed=0) for seen in (rows, swapped))
    mirror = {"unique_image": "unique_text", "unique_text": "unique_image"}
    assert other.type == mirror.get(one.type, one.type)
    assert other.unique_image.value == pytest.approx(one.unique_text.value)
    assert other.redundancy.value == pytest.approx(one.redundancy.value)
    assert other.synergy.high == pytest.approx(one.synergy.high)
    assert other.delta.value == pytest.approx(one.delta.value)


@settings(max_examples=20, deadline=None)
@given(answers, st.randoms(use_true_random=False))
def test_the_order_of_predictions_and_examples_changes_nothing(rows: list[tuple[int, ...]], random: object) -> None:
    task, predictions = observed(rows)
    examples = list(task.train)
    random.shuffle(predictions)  # type: ignore[attr-defined]
    random.shuffle(examples)  # type: ignore[attr-defined]
    mixed = Task(task.name, "", "exact_match", "", {"train": examples}, "")
    one = profile_task(gather(task, sorted(predictions, key=str))[0], ProfileSettings(), seed=0)
    assert profile_task(gather(mixed, predictions)[0], ProfileSettings(), seed=0) == one


@settings(deadline=None)
@given(st.lists(st.floats(-0.5, 1), min_size=4, max_size=4))
def test_clipping_keeps_what_is_a_distribution_and_makes_one_of_what_is_not(raw: list[float]) -> None:
    clipped = clip(np.array([*raw, 1 - sum(raw)]))
    assert clipped.sum() == pytest.approx(1.0)
    assert (clipped >= 0).all()
    assert clip(clipped) == pytest.approx(clipped)


@pytest.mark.parametrize("seed", range(5))
def test_a_view_that_is_never_right_has_no_share_of_its_own(seed: int) -> None:
    """It says what is no answer at all, so that its guesses are known not to hit, whatever the prior."""
    task, predictions = draw(
        World(PURE["unique_text"], 60, prior=(0.25,) * 4, accuracy=0.97), np.random.default_rng(seed)
    )
    said = [replace(one, answer="nine") if one.view == "image" else one for one in predictions]
    profile = profile_task(gather(task, said)[0], ProfileSettings(), seed=0)
    assert profile.type == "unique_text"
    assert profile.unique_image.value == profile.unique_image.low == 0
    assert profile.redundancy.low == 0
