"""Laws of the sampler: what a batch depends on, and that nothing comes twice before everything came once."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from mintune.tune.budget import Budget
from mintune.tune.mixtures import MIXTURES
from mintune.tune.sampler import Sampler, Slot

SIZES = st.dictionaries(st.text("abcd", min_size=1, max_size=3), st.integers(1, 12), min_size=1, max_size=5)
MIXTURE = st.sampled_from(sorted(MIXTURES))


def make(sizes: dict[str, int], mixture: str, examples: int, steps: int, seed: int = 0) -> Sampler:
    return Sampler(sizes, MIXTURES[mixture](sizes), Budget(examples, steps), seed=seed)


def stream(sampler: Sampler) -> list[Slot]:
    return [slot for step in range(sampler.budget.steps) for slot in sampler.batch(step)]


@given(SIZES, st.integers(0, 5), st.integers(1, 3))
def test_each_proportional_epoch_is_a_permutation_of_all_examples(
    sizes: dict[str, int], seed: int, epochs: int
) -> None:
    total = sum(sizes.values())
    everything = {(task, index) for task, size in sizes.items() for index in range(size)}
    slots = stream(make(sizes, "proportional", epochs * total, total, seed))
    for epoch in range(epochs):
        part = slots[epoch * total : (epoch + 1) * total]
        assert {(slot.task, slot.index) for slot in part} == everything
        assert {slot.turn for slot in part} == {epoch}


@given(SIZES, MIXTURE, st.integers(1, 60))
def test_each_pass_over_a_task_is_a_permutation_under_any_mixture(
    sizes: dict[str, int], mixture: str, steps: int
) -> None:
    slots = stream(make(sizes, mixture, 2 * steps, steps))
    for task, size in sizes.items():
        rows = [(slot.turn, slot.index) for slot in slots if slot.task == task]
        assert len(set(rows)) == len(rows)
        assert [turn for turn, _ in rows] == [place // size for place in range(len(rows))]


@given(SIZES, MIXTURE, st.integers(0, 3), st.data())
def test_a_batch_depends_on_seed_and_step_alone(
    sizes: dict[str, int], mixture: str, seed: int, data: st.DataObject
) -> None:
    walked = make(sizes, mixture, 40, 13, seed)
    batches = [walked.batch(step) for step in range(13)]
    step = data.draw(st.integers(0, 12))
    assert make(sizes, mixture, 40, 13, seed).batch(step) == batches[step]


def test_a_batch_is_the_same_in_another_process() -> None:
    code = (
        "from mintune.tune.sampler import *; from mintune.tune.budget import Budget;"
        "print(Sampler({'a': 50, 'b': 20}, {'a': 0.6, 'b': 0.4}, Budget(100, 10), seed=3).batch(7))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.strip() == repr(Sampler({"a": 50, "b": 20}, {"a": 0.6, "b": 0.4}, Budget(100, 10), seed=3).batch(7))


def test_another_seed_gives_another_order() -> None:
    assert stream(make({"a": 50}, "uniform", 50, 5, seed=0)) != stream(make({"a": 50}, "uniform", 50, 5, seed=1))


@given(SIZES, MIXTURE)
def test_mixture_shares_are_respected_in_every_epoch(sizes: dict[str, int], mixture: str) -> None:
    length = sum(sizes.values())
    slots = stream(make(sizes, mixture, length, length))
    counts = Counter(slot.task for slot in slots)
    for task, share in MIXTURES[mixture](sizes).items():
        assert abs(counts[task] - share * len(slots)) < 1 + 1e-6


@given(SIZES, MIXTURE, st.integers(0, 100))
def test_passes_continue_where_an_earlier_stretch_stopped(sizes: dict[str, int], mixture: str, examples: int) -> None:
    first = make(sizes, mixture, examples + 1, 1)
    used = Counter(dict.fromkeys(sizes, 0)) + Counter(slot.task for slot in stream(first))
    assert {task: used[task] for task in sizes} == first.used()
    for task, size in sizes.items():
        then = Sampler({task: size}, {task: 1.0}, Budget(size, 1), seed=0, starts=first.used())
        seen = [(slot.index, slot.turn) for slot in stream(first) + stream(then) if slot.task == task]
        assert len(set(seen)) == len(seen)
        assert stream(then)[0].turn == used[task] // size


@given(st.integers(1, 300), st.integers(0, 300))
def test_examples_are_spread_evenly_over_steps(steps: int, spare: int) -> None:
    sampler = make({"a": 7, "b": 3}, "proportional", steps + spare, steps)
    sizes = [len(sampler.batch(step)) for step in range(steps)]
    assert sum(sizes) == steps + spare
    assert max(sizes) - min(sizes) <= 1
