"""What is held out is decided by the seed, and nothing shared is on both sides."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mintune.tasks.holdout import hold_out

KEYS = st.lists(st.lists(st.sampled_from("abcdefghij"), min_size=1, max_size=3), min_size=1, max_size=30)
SHARE = st.floats(0.05, 0.45)
SEED = st.integers(0, 5)


@given(KEYS, SHARE, SEED)
def test_no_key_is_on_both_sides(keys: list[list[str]], share: float, seed: int) -> None:
    held = hold_out(keys, share, seed)
    outside = {key for its, is_held in zip(keys, held, strict=True) if is_held for key in its}
    inside = {key for its, is_held in zip(keys, held, strict=True) if not is_held for key in its}
    assert not outside & inside


@given(KEYS, SHARE, SEED)
def test_the_same_seed_holds_out_the_same(keys: list[list[str]], share: float, seed: int) -> None:
    assert hold_out(keys, share, seed) == hold_out(keys, share, seed)


@given(st.integers(2, 200), SHARE, SEED)
def test_without_shared_keys_the_share_is_exact(size: int, share: float, seed: int) -> None:
    held = hold_out([[str(index)] for index in range(size)], share, seed)
    assert sum(held) == max(1, round(share * size))


def test_seeds_hold_out_different_examples() -> None:
    keys = [[str(index)] for index in range(100)]
    assert len({tuple(hold_out(keys, 0.2, seed)) for seed in range(5)}) == 5


def test_one_image_in_all_examples_holds_nothing_out() -> None:
    assert not any(hold_out([["a"]] * 10, 0.2, 0))


@given(st.lists(st.lists(st.sampled_from("ab"), min_size=1, max_size=2), min_size=1, max_size=6), st.floats(0.01, 0.99))
def test_something_is_kept(keys: list[list[str]], share: float) -> None:
    assert not all(hold_out(keys, share, 0))


def test_images_shared_by_way_of_a_third_example_stay_together() -> None:
    held = hold_out([["a", "b"], ["b", "c"], ["c"], ["d"]], 0.25, 0)
    assert held == [False, False, False, True]


def test_more_examples_move_few_others() -> None:
    before = hold_out([[str(index)] for index in range(100)], 0.2, 0)
    after = hold_out([[str(index)] for index in range(110)], 0.2, 0)
    assert sum(old != new for old, new in zip(before, after[:100], strict=True)) <= 4
