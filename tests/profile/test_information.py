"""Bits from samples: noise has none, gates have theirs, and the test of synergy is right under its null."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from tests.profile.gates import GATES, Gate

from mintune.errors import EstimationError
from mintune.profile.information import InformationEstimate, Source, bins_of, estimate

PARTS = ("redundancy", "unique_1", "unique_2", "synergy")
BY_NAME = {gate.name: gate for gate in GATES}


def sampled(gate: Gate, size: int, rng: np.random.Generator) -> tuple[Source, Source, np.ndarray]:
    cells = rng.choice(gate.table.size, size=size, p=gate.table.ravel())
    first, second, answers = np.unravel_index(cells, gate.table.shape)
    return Source(values=first), Source(values=second), answers


def values_of(found: InformationEstimate) -> list[float]:
    return [getattr(found, part).value for part in PARTS]


@pytest.mark.parametrize("name", ["XOR", "AND", "RDN", "UNQ", "noisy RDN", "noisy UNQ", "noisy AND"])
def test_gates_are_found_in_a_thousand_examples(name: str) -> None:
    gate, rng = BY_NAME[name], np.random.default_rng(0)
    found = estimate(*sampled(gate, 1000, rng), rng, num_draws=40)
    assert values_of(found) == pytest.approx([getattr(gate, part) for part in PARTS], abs=0.08)
    assert (found.p_value < 0.05) == (gate.synergy > 0.1)


def test_noise_has_no_bits_though_the_plug_in_says_a_third_of_one() -> None:
    rng = np.random.default_rng(0)
    found = []
    for _ in range(5):
        first, second = (Source(values=rng.integers(0, 20, 1000)) for _ in range(2))
        found.append(values_of(estimate(first, second, rng.integers(0, 2, 1000), rng, num_draws=20)))
    assert np.abs(np.mean(found, axis=0)).max() < 0.01


def test_with_synergy_in_none_of_them_few_samples_are_said_to_have_it() -> None:
    rng, gate = np.random.default_rng(0), BY_NAME["noisy UNQ"]
    values = [estimate(*sampled(gate, 200, rng), rng, num_draws=39).p_value for _ in range(40)]
    assert 0 <= np.mean([value <= 0.05 for value in values]) <= 0.15
    assert 0.3 < np.mean(values) < 0.8


def test_a_predictor_that_saw_both_sides_shows_synergy_that_posteriors_hide() -> None:
    """Continuous XOR: the signs of two numbers; each alone says nothing, so its posterior is flat."""
    rng = np.random.default_rng(0)
    sides = rng.normal(size=(2, 600))
    answers = (sides.prod(axis=0) > 0).astype(int)
    flat = Source(posteriors=np.full((600, 2), 0.5) + rng.normal(scale=1e-3, size=(600, 1)) * [1, -1])
    other = Source(posteriors=np.full((600, 2), 0.5) + rng.normal(scale=1e-3, size=(600, 1)) * [1, -1])
    knows = np.where(np.arange(2) == answers[:, None], 0.95, 0.05)
    blind = estimate(flat, other, answers, rng, num_draws=50)
    seeing = estimate(flat, other, answers, rng, fused=knows, num_draws=50)
    assert abs(blind.synergy.value) < 0.05
    assert seeing.synergy.value == pytest.approx(1 + np.log2(0.95), abs=0.05)
    assert seeing.p_value < 0.05 < blind.p_value


def test_intervals_hold_the_value_and_shrink_with_examples() -> None:
    widths = []
    for size in (200, 1800):
        rng = np.random.default_rng(0)
        found = estimate(*sampled(BY_NAME["noisy XOR"], size, rng), rng, num_draws=60)
        assert found.synergy.low < found.synergy.value < found.synergy.high
        widths.append(found.synergy.high - found.synergy.low)
    assert 2 < widths[0] / widths[1] < 4.5  # one over the square root of nine


def test_bins_never_part_equal_beliefs() -> None:
    chance = np.repeat([0.2, 0.5, 0.9], [10, 70, 20])
    bins = bins_of(np.column_stack([1 - chance, chance])[None], 4)[0]
    assert [len(set(bins[chance == one])) for one in (0.2, 0.5, 0.9)] == [1, 1, 1]
    assert len(set(bins)) == 3


def test_bins_of_several_answers_follow_what_differs() -> None:
    """Four answers in two pairs; a side that knows the pair and not which of it."""
    rng = np.random.default_rng(0)
    knows = rng.integers(0, 2, 400)
    beliefs = np.where((np.arange(4) // 2)[None] == knows[:, None], 0.45, 0.05) + rng.normal(scale=0.004, size=(400, 4))
    bins = bins_of(beliefs[None], 4)[0]
    assert len(set(bins)) == 4
    assert all(len(set(knows[bins == one])) == 1 for one in set(bins))


@pytest.mark.parametrize(
    ("size", "answers", "says"),
    [(49, 2, "49 examples of 2 answers; at least 50 are needed"), (60, 7, "60 examples of 7 answers; at least 70")],
)
def test_too_few_examples_are_refused(size: int, answers: int, says: str) -> None:
    rng = np.random.default_rng(0)
    source = Source(values=np.zeros(size, dtype=int))
    targets = np.array(list(itertools.islice(itertools.cycle(range(answers)), size)))
    with pytest.raises(EstimationError, match=says):
        estimate(source, source, targets, rng)


def test_a_source_is_given_in_one_way_and_of_all_examples() -> None:
    rng, targets = np.random.default_rng(0), np.arange(60) % 2
    good = Source(values=targets)
    with pytest.raises(EstimationError, match="source 2: give its values or its posteriors"):
        estimate(good, Source(), targets, rng)
    with pytest.raises(EstimationError, match="source 1 is not of 60 examples"):
        estimate(Source(values=targets[:50]), good, targets, rng)
