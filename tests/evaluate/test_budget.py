from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mintune.evaluate.budget import ranks
from mintune.records import Group, Grouping


def grouping(strategy: str, num_groups: int) -> Grouping:
    groups = tuple(Group(name=f"g{number}", type=None, tasks=(f"t{number}",)) for number in range(num_groups))
    return Grouping(strategy=strategy, groups=groups, membership={})


def groupings(**num_groups: int) -> dict[str, Grouping]:
    return {strategy: grouping(strategy, count) for strategy, count in num_groups.items()}


def test_four_adapters_of_rank_8_equal_one_of_rank_32() -> None:
    assert ranks(groupings(all=1, interaction=4, random=4, domain=8), 8) == {
        "all": 32,
        "interaction": 8,
        "random": 8,
        "domain": 4,
    }


def test_more_tasks_than_total_rank_get_rank_1() -> None:
    assert ranks(groupings(interaction=4, single=40), 8)["single"] == 1


def test_without_interaction_the_first_strategy_sets_the_budget() -> None:
    assert ranks(groupings(domain=3, all=1), 4) == {"domain": 4, "all": 12}


@given(st.integers(1, 64), st.integers(1, 8), st.integers(1, 60))
def test_rounding_is_at_most_half_a_rank_an_adapter(base_rank: int, num_groups: int, others: int) -> None:
    rank = ranks(groupings(interaction=num_groups, other=others), base_rank)["other"]
    assert rank == 1 or abs(rank * others - base_rank * num_groups) <= others / 2
