"""Section 6: what it cost, what was set aside, what the report cannot say, and how it was made."""

from __future__ import annotations

import json
import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mintune.explain.sections.limits import limit_of_test
from mintune.explain.standing import stand_tasks
from mintune.explain.words import percent, whole
from mintune.records import Cost

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mintune.explain.evidence import ReportData
    from mintune.explain.words import Words
    from mintune.records import AdapterCard, Quarantined

MOST_QUARANTINED = 50
EQUAL_WITHIN = 0.02
"""Budgets that differ by no more than this share of the largest are called equal."""


@dataclass(frozen=True)
class CostRow:
    """What a stage or a strategy took; empty where it took none or none was recorded."""

    name: str
    seconds: str
    examples: str
    tokens: str
    steps: str
    adapters: str = ""
    rank: str = ""
    parameters: str = ""


@dataclass(frozen=True)
class QuarantinedRow:
    """A row that was set aside."""

    task: str
    where: str
    reason: str


@dataclass(frozen=True)
class ProvenanceRow:
    """Where the artefact of one stage comes from."""

    stage: str
    time: str
    seed: str
    version: str
    backbone: str
    hardware: str
    inputs: str


@dataclass(frozen=True)
class MakingSection:
    """Cost, quarantine, limits and provenance."""

    stages: list[CostRow]
    strategies: list[CostRow]
    is_shared: bool
    budget: str
    quarantine_lead: str
    quarantined: list[QuarantinedRow]
    quarantine_more: str
    limits: list[str]
    provenance: list[ProvenanceRow]
    packages: str
    data: list[tuple[str, str]]
    adapters: list[tuple[str, str]]
    config: str


def making_section(report: ReportData, words: Words) -> MakingSection:
    """Everything needed to judge the rest, and to make it again."""
    set_aside = report.set_aside
    packages = {name: version for made in report.provenance for name, version in made.packages.items()}
    data = {name: mark for made in report.provenance for name, mark in made.data.items()}
    more = len(set_aside) - MOST_QUARANTINED
    return MakingSection(
        stages=_stages(report, words),
        strategies=_strategies(report, words),
        is_shared=report.scores is not None and len(report.scores.costs) > 1,
        budget=_budget(report, words),
        quarantine_lead=words("quarantine.lead", rows=words.count("row", len(set_aside)))
        if set_aside
        else words("quarantine.none"),
        quarantined=[_quarantined(row, words) for row in set_aside[:MOST_QUARANTINED]],
        quarantine_more=words("quarantine.more", n=whole(more)) if more > 0 else "",
        limits=_limits(report, words),
        provenance=_provenance(report, words),
        packages=words("list.between").join(f"{name} {version}" for name, version in sorted(packages.items())),
        data=sorted(data.items()) or [(task.name, task.fingerprint) for task in report.suite.tasks],
        adapters=[
            (f"{words.strategy(card.strategy)} · {card.group} · {card.seed}", card.fingerprint) for card in report.cards
        ],
        config=json.dumps(report.config.model_dump(mode="json"), ensure_ascii=False, indent=1),
    )


def _stages(report: ReportData, words: Words) -> list[CostRow]:
    rows = [_cost_row(words.name("stage", stage), cost, words) for stage, cost in report.costs.items()]
    if len(rows) > 1:
        rows.append(_cost_row(words("cost.total"), sum(report.costs.values(), Cost()), words))
    return rows


def _strategies(report: ReportData, words: Words) -> list[CostRow]:
    costs, parameters = (report.scores.costs, report.scores.parameters) if report.scores else ({}, {})
    names = dict.fromkeys((*report.strategies, *costs, *(card.strategy for card in report.cards)))
    rows = []
    for name in names:
        cards = _cards_of_one_seed(report.cards, name)
        cost = costs.get(name) or sum((card.cost for card in cards), Cost())
        ranks = sorted({card.rank for card in cards})
        if cards or cost != Cost():
            rows.append(
                _cost_row(
                    words.strategy(name),
                    cost,
                    words,
                    adapters=whole(len(cards)) if cards else "",
                    rank=words("list.between").join(map(str, ranks)),
                    parameters=whole(parameters[name]) if name in parameters else "",
                )
            )
    return rows


def _cards_of_one_seed(cards: Sequence[AdapterCard], strategy: str) -> list[AdapterCard]:
    """The strategy's adapters under its first seed: they are counted once, however many seeds were trained."""
    own = [card for card in cards if card.strategy == strategy]
    first = min((card.seed for card in own), default=0)
    return [card for card in own if card.seed == first]


def _cost_row(
    name: str, cost: Cost, words: Words, *, adapters: str = "", rank: str = "", parameters: str = ""
) -> CostRow:
    return CostRow(
        name=name,
        seconds=words.duration(cost.seconds) if cost.seconds else "",
        examples=whole(cost.examples) if cost.examples else "",
        tokens=whole(cost.tokens) if cost.tokens else "",
        steps=whole(cost.steps) if cost.steps else "",
        adapters=adapters,
        rank=rank,
        parameters=parameters,
    )


def _budget(report: ReportData, words: Words) -> str:
    """Whether the strategies had the same budget for each seed; empty where there is nothing to compare."""
    if report.scores is None:
        return ""
    costs = report.scores.costs
    seeds = {name: len({score.seed for score in report.scores.scores if score.strategy == name}) for name in costs}
    if len(costs) < 2:
        return ""
    spent = {
        "examples": [cost.examples / max(seeds[name], 1) for name, cost in costs.items()],
        "steps": [cost.steps / max(seeds[name], 1) for name, cost in costs.items()],
    }
    if report.scores.parameters:
        spent["parameters"] = [float(number) for number in report.scores.parameters.values()]
    apart = {key: _spread(amounts) for key, amounts in spent.items()}
    largest = max(apart.values())
    if largest <= EQUAL_WITHIN:
        parts = [words(f"budget.amount.{key}", amount=whole(max(amounts))) for key, amounts in spent.items()]
        if largest == 0:
            return words("budget.same", parts=words.listing(parts))
        # Rounded up, so that "at most" holds.
        at_most = percent(math.ceil(largest * 100) / 100)
        return words("budget.equal", difference=at_most, parts=words.listing(parts))
    parts = [words(f"budget.part.{key}", difference=percent(gap)) for key, gap in apart.items() if gap > EQUAL_WITHIN]
    return words("budget.unequal", parts=words.listing(parts))


def _spread(amounts: Sequence[float]) -> float:
    """How far the least lies below the most, as a share of the most."""
    most = max(amounts, default=0)
    return (most - min(amounts)) / most if most else 0.0


def _quarantined(row: Quarantined, words: Words) -> QuarantinedRow:
    where = words("quarantine.line", file=row.file, line=str(row.line)) if row.line is not None else row.file
    return QuarantinedRow(task=row.task, where=where, reason=row.reason)


def _limits(report: ReportData, words: Words) -> list[str]:
    profiled = report.config.profile
    elsewhere = "_elsewhere" if profiled.predictions is not None or profiled.server is not None else ""
    # What was tuned is the backbone, whoever answered for the profile.
    scope = words("limit.scope" if report.scores else f"limit.scope{elsewhere}")
    said = [scope, words(f"limit.types{elsewhere}")]
    if report.profiles.probes:
        said = [words("limit.probes", features=report.profiles.probes), words("limit.probes_blind")]
    if report.profiles.adapted:
        said.append(words("limit.adapted"))
    if profiled.predictions is not None:
        said.append(words("limit.hidden_elsewhere"))
    else:
        said.append(words("limit.hiding", hiding=words.name("hiding", report.profiles.hiding)))
    types = Counter(profile.type for profile in report.profiles.profiles)
    if types["undetermined"]:
        said.append(words("limit.undetermined", tasks=words.count("task", types["undetermined"])))
    if report.scores is None:
        return [*said, words("limit.unmeasured")]
    if report.config.evaluate.spanning == "merged" and (between := list(report.grouping.spanning)):
        said.append(words("limit.spanning", tasks=words.listing(between)))
    if report.num_seeds == 1:
        said.append(words("limit.one_seed"))
    if few := limit_of_test(report, words):
        said.append(few)
    unseen = sum(not standing.is_seen for standing in stand_tasks(report, None))
    if unseen:
        said.append(words("limit.unseen", tasks=words.count("task", unseen)))
    return said


def _provenance(report: ReportData, words: Words) -> list[ProvenanceRow]:
    return [
        ProvenanceRow(
            stage=words.name("stage", made.stage),
            time=made.time,
            seed=str(made.seed),
            version=made.mintune,
            backbone=made.backbone,
            hardware=words("list.between").join(f"{key} {value}" for key, value in made.hardware.items()),
            inputs=made.inputs,
        )
        for made in report.provenance
    ]
