"""What each example most likely is, given which views answered it rightly (method: 3, at the end of 4).

A task has shares; one example is redundant, unique to a side, synergistic or unanswered, which is not seen. By Bayes,

    P(type | c) ~ share(type) * product over image, text, both of p_v^c_v (1 - p_v)^(1 - c_v)

with c_v whether the view was right (of several answers the mean: they count as one, since a view may repeat its slips)
and p_v what `knowledge` estimates: a view that knows is right at r + (1 - r) g_v, as one that slips guesses, and one
that does not know at its guess rate g_v of this example. That is the slip of `knowledge`: there k_v, which takes
guessing out, carries the factor r. Which views know follows from the type (KNOWS); given the type, views answer
independently of one another.

Shares are estimates, and a share that was clipped to 0 would rule out its type for good. So posteriors are averaged
over the bootstrap draws of the shares that the profile keeps, with r and g at their estimates. Rates stay one in n away
from 0 and 1: n examples rule nothing out.

**What it cannot do.** One answer a view says little where answers are few: with two, a guess is right half the time,
and the posterior stays near the shares. That is what probabilities are for; the most likely type alone hides it. Views
that slip on the same (hard) examples, or are right together for another reason, break the independence and make a wrong
type look sure. r is one number for all views. Where shares are badly estimated (two answers, unreliable knowers)
posteriors inherit that. What a predictor does not know counts as unanswered, whatever the example was meant to be.
Scores of choices are not used: right beliefs in place of right answers name more examples of mixtures rightly, fewer
of pure tasks, neither beyond its error (`benchmarks/sample_types`).

Nothing is said of tasks that were refused, of those where no view of the three beats its chance (noise would be spread
over examples), and of examples that `none` answers where it answers more than chance. `delta` has no posterior: of it
come the shares of an example, its agreement of views, which are 0 or 1 where answers are equal or not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from mintune.profile import delta
from mintune.profile.evidence import Evidence
from mintune.profile.informed import JUDGED, beats_chance
from mintune.profile.knowledge import beyond_none, columns, guess_rates, reliability, worth
from mintune.records import InteractionProfile, ProfileTable

KNOWS = np.array([[1, 1, 1], [1, 0, 1], [0, 1, 1], [0, 0, 1], [0, 0, 0]], dtype=bool)
"""Which of image, text and both know an example of redundancy, unique_image, unique_text, synergy; unanswered: none."""


@dataclass(frozen=True, slots=True)
class SampleTypes:
    """The examples of one task: how right each view was, and the probability of each type.

    `right` is (num_examples, 3): image, text, both. `probabilities` is (num_examples, 5): redundancy, unique_image,
    unique_text, synergy, unanswered; rows sum to one, or are NaN where nothing can be said.
    """

    task: str
    example_ids: tuple[str, ...]
    right: np.ndarray
    probabilities: np.ndarray


def sample_types(evidence_by_task: Iterable[Evidence], table: ProfileTable) -> Iterator[SampleTypes]:
    """The examples of each task in turn, from the evidence that its profile in `table` was made from.

    Tasks without answers under all views have no examples.
    """
    for evidence in evidence_by_task:
        yield of_task(evidence, table[evidence.task])


def of_task(evidence: Evidence, profile: InteractionProfile) -> SampleTypes:
    """The examples of one task, by the estimator of its profile."""
    probabilities = np.full((evidence.num_examples, len(KNOWS)), np.nan)
    if profile.replicates:
        probabilities = BY_ESTIMATOR[profile.estimator](evidence, profile)
    right = np.column_stack([evidence.right[view] for view in JUDGED])
    return SampleTypes(evidence.task, evidence.example_ids, right, probabilities)


def by_knowledge(evidence: Evidence, profile: InteractionProfile) -> np.ndarray:
    """Posterior probabilities of the types (num_examples, 5), NaN where nothing can be said."""
    found = np.full((evidence.num_examples, len(KNOWS)), np.nan)
    judged, _ = beyond_none(evidence)
    if not any(beats_chance(judged, view) for view in JUDGED):
        return found
    kept = np.isin(evidence.example_ids, judged.example_ids)
    steady = float(reliability(columns(judged).mean(axis=0), worth(judged)))
    right = np.column_stack([judged.right[view] for view in JUDGED])
    guessed = np.column_stack([guess_rates(judged, view) for view in JUDGED])
    found[kept] = posterior(likelihood(right, guessed, steady, least=1 / judged.num_examples), drawn_shares(profile))
    return found


def by_delta(evidence: Evidence, _: InteractionProfile) -> np.ndarray:
    """Delta's shares of each example (num_examples, 5); none is ever unanswered."""
    return np.column_stack([delta.shares(evidence), np.zeros(evidence.num_examples)])


BY_ESTIMATOR: dict[str, Callable[[Evidence, InteractionProfile], np.ndarray]] = {
    "knowledge": by_knowledge,
    "delta": by_delta,
}


def likelihood(right: np.ndarray, guessed: np.ndarray, steady: float, *, least: float) -> np.ndarray:
    """How likely each type makes what is right (num_examples, 5), up to a factor common to an example's types.

    `right` and `guessed` are (num_examples, 3) in [0, 1], for image, text and both; `steady` is the reliability of a
    view that knows. Rates are held `least` away from 0 and 1.
    """
    guesses = np.clip(guessed, least, 1 - least)
    knows = np.clip(steady + (1 - steady) * guesses, least, 1 - least)
    logs = [right * np.log(rate) + (1 - right) * np.log1p(-rate) for rate in (knows, guesses)]
    # Views by types, for those that know and those that do not.
    total = logs[0] @ KNOWS.T + logs[1] @ ~KNOWS.T
    return np.asarray(np.exp(total - total.max(axis=1, keepdims=True)))


def posterior(likelihoods: np.ndarray, drawn: np.ndarray) -> np.ndarray:
    """Probabilities of the types (num_examples, 5), averaged over priors.

    Args:
        likelihoods: of each type (num_examples, 5), positive for some type that every draw allows.
        drawn: draws of the shares (num_draws, 5), each summing to one.
    """
    # One draw at a time: a table of examples by draws would be large where examples are many.
    weights = np.zeros_like(likelihoods)
    for shares in drawn:
        weights += shares / (likelihoods @ shares)[:, None]
    return np.asarray(likelihoods * weights / len(drawn))


def drawn_shares(profile: InteractionProfile) -> np.ndarray:
    """The draws of all five shares (num_draws, 5) that the profile keeps; they are rounded there."""
    four = np.array(profile.replicates)
    five = np.column_stack([four, np.maximum(1 - four.sum(axis=1), 0.0)])
    return np.asarray(five / five.sum(axis=1, keepdims=True))
