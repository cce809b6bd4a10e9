"""What one example most likely is: truths, laws of probability, calibration on simulated predictors, and the file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.profile.simulated import HOLDS, PURE, World, draw

from mintune.config import ProfileSettings
from mintune.errors import RunError
from mintune.profile.evidence import Evidence, gather
from mintune.profile.examples import read_examples, write_examples
from mintune.profile.sample_types import BY_ESTIMATOR, KNOWS, SampleTypes, likelihood, of_task, posterior, sample_types
from mintune.profile.stage import ESTIMATORS, gather_suite, profile_suite, profile_task
from mintune.records import SHARES, TYPES, Cost, Prediction, Provenance, Suite, Task

PATTERNS = np.array([[a, b, c] for a in (0, 1) for b in (0, 1) for c in (0, 1)], dtype=float)
MIXTURE = (0.3, 0.1, 0.1, 0.3, 0.2)
FOUR = (0.25,) * 4
LEAST = 1e-9
ORIGIN = Provenance(
    stage="profile", inputs="i", config={}, seed=0, mintune="", packages={}, data={}, backbone="", hardware={}, time=""
)

rates = st.floats(0.02, 0.98)
shares_of_types = st.lists(st.floats(0.01, 1.0), min_size=5, max_size=5).map(lambda raw: np.array(raw) / sum(raw))

seeds = st.integers(0, 2**32 - 1)


def alone(right: list[float], guessed: list[float], steady: float) -> np.ndarray:
    """Likelihoods (1, 5) of one example."""
    return likelihood(np.array([right]), np.array([guessed]), steady, least=LEAST)


def drawn(world: World, seed: int = 3) -> tuple[Task, Evidence, SampleTypes]:
    task, predictions = draw(world, np.random.default_rng(seed))
    evidence, _ = gather(task, predictions)
    return task, evidence, of_task(evidence, profile_task(evidence, ProfileSettings(), seed=0))


def kinds(task: Task) -> np.ndarray:
    return np.array([4 if example.built_as is None else TYPES.index(example.built_as) for example in task.train])


def test_views_know_what_the_simulator_lets_them_hold() -> None:
    assert np.array_equal(KNOWS, HOLDS)


def test_every_estimator_says_what_an_example_is() -> None:
    assert set(BY_ESTIMATOR) == set(ESTIMATORS)


@pytest.mark.parametrize("place", range(5), ids=SHARES)
def test_without_guesses_and_slips_what_is_right_tells_the_type(place: int) -> None:
    found = posterior(alone(KNOWS[place].astype(float).tolist(), [0.0] * 3, 1.0), np.full((1, 5), 0.2))
    assert found[0, place] == pytest.approx(1.0, abs=1e-5)


def test_posterior_is_bayes_worked_out_by_hand() -> None:
    # Two answers, no slips; right from the image and with both, wrong from the text. Redundancy and unique_text would
    # have had the text right. unique_image .5 x 1 x .5 x 1, synergy .5 x .5 x .5 x 1, nobody knows: not in the shares.
    found = posterior(alone([1, 0, 1], [0.5] * 3, 1.0), np.array([[0.2, 0.5, 0.0, 0.3, 0.0]]))
    weights = np.array([0.0, 0.5 * 0.5, 0.0, 0.3 * 0.25, 0.0])
    assert found[0] == pytest.approx(weights / weights.sum(), abs=1e-5)


def test_a_slip_is_a_guess() -> None:
    # r = .6, g = .5: who knows is right at .6 + .4 x .5 = .8, and every type is told by its views.
    found = alone([1, 1, 1], [0.5] * 3, 0.6)[0]
    expected = np.array([0.8**3, 0.8**2 * 0.5, 0.8**2 * 0.5, 0.8 * 0.25, 0.125])
    assert found / found[0] == pytest.approx(expected / expected[0])


@given(seed=seeds, size=st.integers(1, 30), steady=rates)
@settings(deadline=None)
def test_probabilities_sum_to_one(seed: int, size: int, steady: float) -> None:
    rng = np.random.default_rng(seed)
    found = posterior(
        likelihood(rng.random((size, 3)), rng.random((size, 3)), steady, least=LEAST), rng.dirichlet([0.2] * 5, size=7)
    )
    assert found.min() >= 0
    assert found.sum(axis=1) == pytest.approx(np.ones(size))


@given(shares=shares_of_types, guessed=st.tuples(rates, rates, rates), steady=rates)
@settings(deadline=None)
def test_over_all_patterns_posteriors_average_to_the_shares(
    shares: np.ndarray, guessed: tuple[float, float, float], steady: float
) -> None:
    # The law of total expectation; the probability of a pattern is worked out here, not taken from `likelihood`.
    guesses = np.array(guessed)
    rate = np.where(KNOWS, steady + (1 - steady) * guesses, guesses)
    given_type = np.where(PATTERNS[:, None] == 1, rate, 1 - rate).prod(axis=2)
    found = posterior(likelihood(PATTERNS, np.tile(guesses, (8, 1)), steady, least=LEAST), shares[None])
    assert (given_type @ shares) @ found == pytest.approx(shares)


@given(shares=shares_of_types, right=st.tuples(*[st.floats(0, 1)] * 3), guessed=st.tuples(rates, rates, rates))
@settings(deadline=None)
def test_where_knowing_helps_nobody_posteriors_are_the_shares(
    shares: np.ndarray, right: tuple[float, ...], guessed: tuple[float, ...]
) -> None:
    found = posterior(likelihood(np.array([right]), np.array([guessed]), 0.0, least=LEAST), shares[None])
    assert found[0] == pytest.approx(shares)


@given(shares=shares_of_types, seed=seeds, view=st.integers(0, 2), steady=rates)
@settings(deadline=None)
def test_a_view_that_is_right_more_makes_types_that_it_knows_likelier(
    shares: np.ndarray, seed: int, view: int, steady: float
) -> None:
    rng = np.random.default_rng(seed)
    right, guessed = rng.random((50, 3)), rng.uniform(0.02, 0.98, (50, 3))
    more = right.copy()
    more[:, view] = right[:, view] + (1 - right[:, view]) * rng.random(50)
    before, after = (posterior(likelihood(one, guessed, steady, least=LEAST), shares[None]) for one in (right, more))
    knowing = KNOWS[:, view]
    assert (after[:, knowing].sum(axis=1) >= before[:, knowing].sum(axis=1) - 1e-9).all()


def test_a_share_that_some_draws_allow_is_not_ruled_out() -> None:
    draws = np.array([[1.0, 0, 0, 0, 0], [0.5, 0.5, 0, 0, 0]])
    found = posterior(alone([1, 0, 1], [0.1] * 3, 0.9), draws)[0]
    assert 0.3 < found[1] < 0.5
    assert found[2:] == pytest.approx(np.zeros(3))


@pytest.mark.parametrize(("prior", "accuracy"), [(FOUR, 0.9), ((0.5, 0.5), 0.9), ((0.1,) * 10, 0.7)], ids=str)
def test_posteriors_are_calibrated_and_better_than_the_shares(prior: tuple[float, ...], accuracy: float) -> None:
    told, truth, blind = [], [], []
    for seed in range(10):
        task, evidence, found = drawn(World(MIXTURE, 500, prior=prior, accuracy=accuracy), seed)
        told.append(found.probabilities)
        truth.append(kinds(task))
        profile = profile_task(evidence, ProfileSettings(), seed=0)
        blind.append(np.tile([*profile.shares, profile.unanswered.value], (500, 1)))
    probabilities, own = np.concatenate(told), np.concatenate(truth)
    hits = np.eye(5)[own]
    brier, of_shares = (((one - hits) ** 2).sum(axis=1).mean() for one in (probabilities, np.concatenate(blind)))
    assert brier < 0.9 * of_shares
    # Of what is given a probability in this tenth, about so many are of the type: 25,000 probabilities in all.
    tenths = np.minimum((probabilities * 10).astype(int), 9)
    gaps = [
        abs(probabilities[tenths == tenth].mean() - hits[tenths == tenth].mean())
        for tenth in range(10)
        if (tenths == tenth).sum() > 500
    ]
    assert max(gaps) < 0.15
    assert probabilities.mean(axis=0) == pytest.approx(np.array(MIXTURE), abs=0.06)


def test_nothing_is_said_where_nobody_is_informed_or_examples_are_few() -> None:
    for world in (World(PURE["unanswered"], prior=FOUR), World(PURE["redundancy"], 20)):
        task, _, found = drawn(world)
        assert np.isnan(found.probabilities).all()
        assert found.right.shape == (len(task.train), 3)


def test_nothing_is_said_of_examples_that_the_instruction_gives_away() -> None:
    task, predictions = draw(World(PURE["synergy"], 300, prior=FOUR), np.random.default_rng(2))
    gold = {example.id: example.targets[0] for example in task.train}
    told = set(list(gold)[:150])
    # `none` is right on half of the examples, where one in four is chance.
    said = [
        Prediction(one.task, one.example_id, one.view, gold[one.example_id]) if one.example_id in told else one
        for one in predictions
    ]
    evidence, _ = gather(task, said)
    found = of_task(evidence, profile_task(evidence, ProfileSettings(), seed=0))
    silent = np.isnan(found.probabilities).any(axis=1)
    assert np.array_equal(silent, evidence.right["none"] == 1)
    assert 150 <= silent.sum() < 300


def test_delta_says_what_agrees() -> None:
    task, predictions = draw(World(MIXTURE, 60), np.random.default_rng(0))
    evidence, _ = gather(task, predictions)
    found = of_task(evidence, profile_task(evidence, ProfileSettings(estimator="delta"), seed=0))
    agree = np.column_stack([evidence.agreement["image"], evidence.agreement["text"]])
    assert np.array_equal(found.probabilities[:, 0] == 1, agree.all(axis=1))
    assert np.array_equal(found.probabilities[:, 3] == 1, ~agree.any(axis=1))
    assert (found.probabilities[:, 4] == 0).all()


def written(path: Path) -> tuple[Path, list[SampleTypes]]:
    rng = np.random.default_rng(5)
    made = [draw(World(shares, 60, prior=FOUR), rng, name=name) for name, shares in PURE.items()]
    suite, said = Suite(tuple(task for task, _ in made)), {task.name: found for task, found in made}
    gathered = gather_suite(suite, said, ProfileSettings())
    table = profile_suite(gathered, ProfileSettings(), seed=0, cost=Cost(), adapted=False)
    found = list(sample_types(gathered.evidence, table))
    return write_examples(path, iter(found), estimator="knowledge", provenance=ORIGIN), found


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    path, found = written(tmp_path / "examples.parquet")
    read = read_examples(path)
    assert list(read) == ["redundancy", "unique_image", "unique_text", "synergy"]
    for one in found[:4]:
        assert list(read[one.task]) == list(one.example_ids)
        assert np.array_equal([said.probabilities for said in read[one.task].values()], one.probabilities)
    rows = pq.read_table(path).to_pylist()
    assert len(rows) == 300
    for row in rows:
        said = read.get(row["task"], {}).get(row["example_id"])
        assert row["type"] == (said.likeliest[0] if said else "undetermined")
        assert (row["synergy"] is None) == (said is None)
        assert {row["right_image"], row["right_text"], row["right_both"]} <= {0.0, 1.0}


def test_the_same_profile_gives_the_same_bytes(tmp_path: Path) -> None:
    first, second = (written(tmp_path / name)[0] for name in ("a.parquet", "b.parquet"))
    assert first.read_bytes() == second.read_bytes()


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "examples.parquet").write_bytes(b"PAR1")
    with pytest.raises(RunError, match=r"examples\.parquet: cannot be read"):
        read_examples(tmp_path / "examples.parquet")
