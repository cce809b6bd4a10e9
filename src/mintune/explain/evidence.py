"""What a report is made from: the records of a run, gathered, and the few readings of them that sections share.

Nothing here asks a model or reads a run folder; whoever has the records fills `ReportData`. A report after profile and
group alone has no scores, cards or costs of tuning, and every section copes with that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from mintune.profile.undetermined import examples_held
from mintune.records import TYPES

if TYPE_CHECKING:
    from mintune.config import Config
    from mintune.records import (
        AdapterCard,
        Cost,
        ExampleType,
        Group,
        Grouping,
        Prediction,
        ProfileTable,
        Provenance,
        Quarantined,
        ScoreTable,
        Suite,
    )


@dataclass(frozen=True)
class ReportData:
    """Everything a report may speak of.

    `grouping` is the strategy in use, `other_groupings` those it was compared with. `predictions` are the answers from
    which the profile was made, by task; the page shows some of them. `example_types` say, by task and id, how
    probable each type is of an example, where that can be said. `costs` are by stage, in the order the stages ran.
    `stale` names the stages whose artefacts were left out, as they were made from other settings or data.
    """

    config: Config
    suite: Suite
    profiles: ProfileTable
    grouping: Grouping
    other_groupings: tuple[Grouping, ...] = ()
    scores: ScoreTable | None = None
    predictions: Mapping[str, Sequence[Prediction]] = field(default_factory=lambda: MappingProxyType({}))
    example_types: Mapping[str, Mapping[str, ExampleType]] = field(default_factory=lambda: MappingProxyType({}))
    cards: tuple[AdapterCard, ...] = ()
    costs: Mapping[str, Cost] = field(default_factory=lambda: MappingProxyType({}))
    provenance: tuple[Provenance, ...] = ()
    stale: tuple[str, ...] = ()

    @property
    def main(self) -> str:
        """The name of the strategy in use."""
        return self.grouping.strategy

    @property
    def strategies(self) -> tuple[str, ...]:
        """Strategies that have scores: the one in use first, then the others as they are first scored."""
        scored = dict.fromkeys(score.strategy for score in (self.scores.scores if self.scores else ()))
        return tuple(sorted(scored, key=lambda strategy: strategy != self.main))

    @property
    def num_seeds(self) -> int:
        """Seeds of the strategy in use (`random` may have more, one a draw); 0 before evaluation."""
        return len({score.seed for score in (self.scores.scores if self.scores else ()) if score.strategy == self.main})

    @cached_property
    def held(self) -> Mapping[str, int]:
        """How many examples each task has that may be profiled with."""
        return examples_held(self.suite)

    @property
    def set_aside(self) -> tuple[Quarantined, ...]:
        """Every quarantined row that any record knows of, each once."""
        return tuple(dict.fromkeys((*self.suite.quarantined, *self.profiles.quarantined)))


class Badge(NamedTuple):
    """How a group is recognised on the page: a letter, and a colour class that never speaks alone."""

    letter: str
    style: str


def badges(grouping: Grouping) -> dict[str, Badge]:
    """A badge for each group, by name: its type's colour where it has a type of its own, else one of eight in turn."""
    typed = [group.type for group in grouping.groups if group.type]
    found = {}
    for index, group in enumerate(grouping.groups):
        alone = group.type is not None and typed.count(group.type) == 1
        found[group.name] = Badge(_letter(index), f"type-{group.type}" if alone else f"hue-{index % 8}")
    return found


def tasks_by_group(report: ReportData) -> list[tuple[Group, list[str]]]:
    """Groups with the tasks that have most weight in them, as the suite and then the grouping order them.

    Tasks of undetermined type come last in their group, the others by type.
    """
    order = {kind: place for place, kind in enumerate(TYPES)}
    types = {profile.task: profile.type for profile in report.profiles.profiles}
    placed: dict[str, list[str]] = {group.name: [] for group in report.grouping.groups}
    for task in report.grouping.membership:
        placed[report.grouping.group_of(task).name].append(task)
    return [
        (group, sorted(placed[group.name], key=lambda task: order.get(types.get(task, "undetermined"), len(order))))
        for group in report.grouping.groups
    ]


def _letter(index: int) -> str:
    """A, B, ..., Z, AA, AB, ... as columns of a spreadsheet are named."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
