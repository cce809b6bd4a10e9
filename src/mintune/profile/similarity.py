"""How alike two answers are, in [0, 1]: one function a notion of likeness, and the table of them (method: 1).

`exact` and `token_f1` compare words; `distribution` compares the probabilities of the choices and so needs scores. A
function of your own, named `package.module:function`, compares the texts of two answers; with it an answer is right
where it is like an accepted one, since a business has its own notion of the same answer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from mintune.answers import ALIKE, is_right, normalise, shared_words
from mintune.errors import EstimationError
from mintune.profile.own import call, find, require_arguments
from mintune.records import Prediction
from mintune.tasks.storage import Outline

Similarity = Callable[[Prediction, Prediction], float]
Accepts = Callable[[Outline, str], bool]
"""Whether an answer to an example is right."""

KEY = "profile.similarity"
"""Where a similarity is named in mintune.yaml."""


def exact(first: Prediction, second: Prediction) -> float:
    """Return 1 where both answers are the same after normalisation, else 0."""
    return float(normalise(first.answer) == normalise(second.answer))


def token_f1(first: Prediction, second: Prediction) -> float:
    """F1 of the words that two answers share."""
    return shared_words(first.answer, second.answer)


def distribution(first: Prediction, second: Prediction) -> float:
    """Return 1 - Jensen-Shannon distance (base 2) of the choice probabilities. EstimationError without scores."""
    for prediction in (first, second):
        if prediction.scores is None:
            raise EstimationError(
                f"task {prediction.task}, example {prediction.example_id}, view {prediction.view}: has no scores; "
                "similarity `distribution` compares scores of choices, `exact` and `token_f1` do without"
            )
    p, q = probabilities(first.scores or ()), probabilities(second.scores or ())
    if p.shape != q.shape:
        raise EstimationError(
            f"task {first.task}, example {first.example_id}: {p.size} scores under view {first.view}, {q.size} under "
            f"{second.view}; expected as many, one a choice"
        )
    return 1.0 - jensen_shannon_distance(p, q)


SIMILARITIES: dict[str, Similarity] = {"exact": exact, "token_f1": token_f1, "distribution": distribution}


@dataclass(frozen=True)
class Own:
    """A similarity of the user's own: `of_texts` of two answers, in [0, 1]."""

    name: str
    of_texts: Callable[[str, str], float]

    def __call__(self, first: Prediction, second: Prediction) -> float:
        """How alike the answers of two predictions are."""
        return self.between(first.answer, second.answer)

    def between(self, first: str, second: str) -> float:
        """How alike two texts are. EstimationError where the function fails or gives no number in [0, 1]."""
        where = f"{KEY}: {self.name}({first!r}, {second!r})"
        value = call(self.of_texts, first, second, where=where)
        if not isinstance(value, int | float) or not 0 <= value <= 1:
            raise EstimationError(f"{where} gave {value!r}; expected a number in [0, 1]")
        return float(value)


def named(name: str) -> Similarity:
    """One of SIMILARITIES, or the function that `package.module:function` names.

    ConfigError where there is none, or it does not take two answers.
    """
    if name in SIMILARITIES:
        return SIMILARITIES[name]
    own = find(KEY, name, besides=", ".join(SIMILARITIES))
    require_arguments(KEY, name, own, "one answer", "another")
    return Own(name, own)


def accepts(similarity: Similarity | None, bar: float) -> Accepts:
    """When an answer is right, for the profile and for the examples that a report shows; `bar` as `answers.bar_of`.

    By `answers.is_right`, whatever compares the views with each other, unless that is of the user's own.
    """
    if isinstance(similarity, Own):
        alike = similarity.between
        return lambda example, answer: any(alike(answer, target) >= ALIKE for target in example.targets)
    return lambda example, answer: is_right(answer, example.targets, example.choices, bar=bar)


def jensen_shannon_distance(p: np.ndarray, q: np.ndarray) -> float:
    """Square root of the Jensen-Shannon divergence in bits, in [0, 1], of two distributions (num_choices,)."""
    middle = (p + q) / 2
    divergence = (_relative_entropy_bits(p, middle) + _relative_entropy_bits(q, middle)) / 2
    return float(np.sqrt(min(max(divergence, 0.0), 1.0)))


def _relative_entropy_bits(p: np.ndarray, q: np.ndarray) -> float:
    present = p > 0
    return float(np.sum(p[present] * np.log2(p[present] / q[present])))


def probabilities(scores: Sequence[float]) -> np.ndarray:
    """Probabilities of the choices (num_choices,) from their log-likelihoods."""
    log_likelihoods = np.asarray(scores, dtype=float)
    weights = np.exp(log_likelihoods - log_likelihoods.max())
    return np.asarray(weights / weights.sum())
