"""Bits from samples: noise has none, gates have theirs, and the test of synergy is right under its null."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np
import pytest
from tests.profile.gates import GATES, Gate

from mintune.errors import EstimationError
from mintune.profile.binning import bins_of
from mintune.profile.broja import decompose
from mintune.profile.information import InformationEstimate, estimate
from mintune.profile.samples import Source

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
    found, plug_in = [], []
    for _ in range(5):
        first, second, answers = rng.integers(0, 20, 1000), rng.integers(0, 20, 1000), rng.integers(0, 2, 1000)
        table = np.zeros((20, 20, 2))
        np.add.at(table, (first, second, answers), 1)
        plug_in.append(decompose(table).synergy.value)
        found.append(values_of(estimate(Source(first), Source(second), answers, rng, num_draws=20)))
    assert 0.25 < np.mean(plug_in) < 0.45
    assert np.abs(np.mean(found, axis=0)).max() < 0.01


def gate_without_synergy(rng: np.random.Generator) -> tuple[Source, Source, np.ndarray]:
    return sampled(BY_NAME["noisy UNQ"], 200, rng)


def finer_than_bins(rng: np.random.Generator) -> tuple[Source, Source, np.ndarray]:
    """Side 1 knows the answer's chances exactly, in many more ways than there are bins; side 2 knows nothing."""
    beliefs = rng.dirichlet(np.full(3, 0.5), size=200)
    answers = (beliefs.cumsum(axis=1) < rng.random((200, 1))).sum(axis=1).clip(max=2)
    return Source(posteriors=beliefs), Source(values=rng.integers(0, 3, 200)), answers


@pytest.mark.parametrize("draw", [gate_without_synergy, finer_than_bins])
def test_with_synergy_in_none_of_them_few_samples_are_said_to_have_it(
    draw: Callable[[np.random.Generator], tuple[Source, Source, np.ndarray]],
) -> None:
    rng = np.random.default_rng(0)
    found = [estimate(*draw(rng), rng, num_draws=39) for _ in range(30)]
    values = [one.p_value for one in found if one.p_value is not None]
    assert len(values) == 30
    assert np.mean([value <= 0.05 for value in values]) <= 0.15
    assert 0.3 < np.mean(values) < 0.8
    assert np.mean([one.synergy.value for one in found]) < 0.03


def test_a_predictor_that_saw_both_sides_shows_synergy_that_posteriors_hide() -> None:
    """Continuous XOR: the signs of two numbers; each alone says nothing, so its posterior is flat."""
    rng = np.random.default_rng(0)
    sides = rng.normal(size=(2, 600))
    answers = (sides.prod(axis=0) > 0).astype(int)
    flat, other = (
        Source(posteriors=np.full((600, 2), 0.5) + rng.normal(scale=1e-3, size=(600, 1)) * [1, -1]) for _ in range(2)
    )
    knows = np.where(np.arange(2) == answers[:, None], 0.95, 0.05)
    blind = estimate(flat, other, answers, rng, num_draws=20)
    seeing = estimate(flat, other, answers, rng, fused=knows, num_draws=20)
    assert abs(blind.synergy.value) < 0.05
    assert seeing.synergy.value == pytest.approx(1 + np.log2(0.95), abs=0.05)
    assert (blind.p_value is None, seeing.p_value) == (False, None)


@pytest.mark.parametrize("knows", [("image",), ("image", "text")], ids=["one side", "both sides"])
def test_slips_of_models_are_no_synergy(knows: tuple[str, ...]) -> None:
    """Sides that know, and the fused predictor, are each right in nine of ten cases, and wrong apart from one another.

    Two such predictors together are right more often than one, which a mixture of them would call synergy.
    """
    found = []
    for seed in range(8):
        rng = np.random.default_rng(seed)
        answers = rng.integers(0, 2, 400)
        image, text, both = (slipping(answers, name in (*knows, "both"), rng) for name in ("image", "text", "both"))
        found.append(
            estimate(Source(posteriors=image), Source(posteriors=text), answers, rng, fused=both, num_draws=20).synergy
        )
    assert sum(one.low > 0 for one in found) <= 1
    assert np.mean([one.value for one in found]) < 0.02


def slipping(answers: np.ndarray, knows: bool, rng: np.random.Generator) -> np.ndarray:
    """What a view believes of two answers that is right in .9 of the cases and as sure as that, or knows nothing."""
    if not knows:
        return np.full((len(answers), 2), 0.5) + rng.normal(scale=1e-3, size=(len(answers), 1)) * [1, -1]
    said = np.where(rng.random(len(answers)) < 0.9, answers, 1 - answers)
    return np.where(said[:, None] == np.arange(2), 0.9, 0.1)


def test_intervals_shrink_with_examples_and_hold_the_truth_mostly() -> None:
    gate, widths = BY_NAME["noisy XOR"], []
    for size in (200, 800):
        rng = np.random.default_rng(0)
        found = [estimate(*sampled(gate, size, rng), rng, num_draws=40) for _ in range(10)]
        widths.append(np.mean([one.synergy.high - one.synergy.low for one in found]))
        assert sum(one.synergy.low <= gate.synergy <= one.synergy.high for one in found) >= 7
    assert 1.5 < widths[0] / widths[1] < 3  # one over the square root of four


def test_posteriors_that_rule_each_other_out_are_no_trouble() -> None:
    rng = np.random.default_rng(0)
    answers = np.arange(80) % 2
    sure = np.eye(2)[answers]
    found = estimate(Source(posteriors=sure), Source(posteriors=sure[::-1]), answers, rng, num_draws=10)
    assert np.isfinite(values_of(found)).all()


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


COINS = np.arange(60) % 2
FAIR = np.full((60, 2), 0.5)


@pytest.mark.parametrize(
    ("source", "fused", "says"),
    [
        (Source(), None, "source 2: give its values or its posteriors"),
        (Source(COINS, FAIR), None, "source 2: give its values or its posteriors"),
        (Source(COINS[:50]), None, r"source 2 has values of shape \(50,\) and type int64; expected 60 whole numbers"),
        (Source(COINS / 2), None, "type float64; expected 60 whole numbers"),
        (Source(COINS), FAIR[:50], r"fused has posteriors of shape \(50, 2\); expected \(60, 2\)"),
        (
            Source(posteriors=np.full((60, 3), 1 / 3)),
            FAIR,
            r"fused .* shape \(60, 2\); expected \(60, 3\)",
        ),
        (Source(posteriors=np.log(FAIR)), None, "source 2 has posteriors that are no probabilities which sum to one"),
        (Source(posteriors=FAIR * np.nan), None, "source 2 has posteriors that are no probabilities"),
    ],
)
def test_what_does_not_fit_says_what_would(source: Source, fused: np.ndarray | None, says: str) -> None:
    with pytest.raises(EstimationError, match=says):
        estimate(Source(COINS), source, COINS, np.random.default_rng(0), fused=fused)


def test_values_may_be_any_whole_numbers() -> None:
    one, other = (
        estimate(Source(values), Source(COINS[::-1]), COINS, np.random.default_rng(0), num_draws=5)
        for values in (COINS, COINS * 2_000_000_000 - 7)
    )
    assert values_of(one) == values_of(other)
