"""A run as records, drawn by simulation: thirteen tasks of known make, with answers, groups, adapters and scores."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image, ImageDraw

from mintune.config import Config, GroupSettings
from mintune.evaluate.comparison import compare
from mintune.explain.evidence import ReportData
from mintune.group.stage import group_tasks
from mintune.records import (
    VIEWS,
    AdapterCard,
    Cost,
    Estimate,
    Example,
    Grouping,
    InteractionProfile,
    InteractionType,
    Mixture,
    Picture,
    Prediction,
    ProfileTable,
    Provenance,
    Quarantined,
    Score,
    ScoreTable,
    Suite,
    Task,
    View,
)

NUM_EXAMPLES = 60
STRATEGIES = ("interaction", "all", "single", "random")
CONFIG = Config.model_validate({"suite": {"world": {}}, "evaluate": {"seeds": 2}})


@dataclass(frozen=True)
class Made:
    """A task's make: shares of redundancy, image-unique, text-unique, synergistic; the rest nobody knows."""

    name: str
    shares: tuple[float, float, float, float]
    choices: tuple[str, ...]
    instruction: str
    domain: str = "signs"


MAKES = (
    Made("shelf_label_check", (0.86, 0.05, 0.04, 0.02), ("yes", "no"), "Is the label of the product right?", "retail"),
    Made("receipt_total", (0.74, 0.1, 0.06, 0.04), ("120", "340", "560", "780"), "What is the total?", "documents"),
    Made("caption_category", (0.7, 0.02, 0.2, 0.03), ("food", "tools", "flags"), "Name the category.", "documents"),
    Made("flag_region", (0.03, 0.84, 0.02, 0.05), ("Africa", "Asia", "Europe"), "Which region is the flag of?"),
    Made("digit_reading", (0.02, 0.9, 0.01, 0.02), tuple("0123456789"), "Read the handwritten digit.", "documents"),
    Made("surface_defect", (0.1, 0.68, 0.05, 0.07), ("scratch", "dent", "none"), "What is the defect?", "factory"),
    Made("maintenance_note", (0.05, 0.02, 0.83, 0.04), ("urgent", "routine"), "How urgent is the work?", "factory"),
    Made(
        "tag_category", (0.04, 0.03, 0.88, 0.01), ("food", "tools", "flags"), "Name the category of the tags.", "retail"
    ),
    Made("sentence_truth", (0.04, 0.03, 0.02, 0.8), ("true", "false"), "Is the sentence true of the image?"),
    Made("product_match", (0.06, 0.08, 0.05, 0.7), ("yes", "no"), "Does the description fit the product?", "retail"),
    Made("gauge_within_limit", (0.03, 0.05, 0.04, 0.78), ("yes", "no"), "Is the gauge within its limit?", "factory"),
    Made("mixed_inspection", (0.38, 0.05, 0.05, 0.4), ("pass", "fail"), "Does the part pass?", "factory"),
    Made("old_script", (0.02, 0.02, 0.01, 0.01), ("Greek", "Tifinagh", "Korean"), "Name the alphabet."),
)


def full_report() -> ReportData:
    """After `run`: everything there."""
    rng = np.random.default_rng(7)
    tasks = tuple(_task(made, rng) for made in MAKES)
    quarantined = (
        Quarantined(task="receipt_total", file="data/receipt_total/examples.jsonl", line=41, reason="image is not one"),
        Quarantined(task="flag_region", file="data/flag_region.parquet", line=None, reason="target not among choices"),
    )
    suite = Suite(tasks, quarantined)
    profiles = ProfileTable(
        estimator="knowledge",
        profiles=tuple(_profile(made, rng) for made in MAKES),
        adapted=True,
        cost=Cost(seconds=93.0, examples=NUM_EXAMPLES * len(MAKES) * 4),
    )
    groupings = [
        group_tasks(suite, profiles, GroupSettings(), strategy=strategy, seed=0)
        for strategy in (*STRATEGIES, "delta", "domain", "merge_linear")
    ]
    cards = tuple(card for grouping in groupings[:4] for card in _cards(grouping))
    return ReportData(
        config=CONFIG,
        suite=suite,
        profiles=profiles,
        grouping=groupings[0],
        other_groupings=tuple(groupings[1:]),
        scores=_scores(rng),
        predictions={task.name: _predictions(task, made, rng) for task, made in zip(tasks, MAKES, strict=True)},
        cards=cards,
        costs={
            "profile": profiles.cost,
            "tune": Cost(seconds=1460.0, examples=96_000, tokens=4_300_000, steps=3000),
            "evaluate": Cost(seconds=212.0, examples=10_400),
        },
        provenance=tuple(_provenance(stage) for stage in ("profile", "group", "tune", "evaluate")),
    )


def early_report() -> ReportData:
    """After `profile` and `group` alone."""
    full = full_report()
    return replace(full, scores=None, cards=(), costs={}, provenance=(), other_groupings=(), predictions={})


def with_difference(report: ReportData, difference: float, low: float, high: float, p_value: float) -> ReportData:
    """The same run with this difference between the strategy in use and `all`."""
    assert report.scores is not None
    comparisons = tuple(
        comparison.model_copy(update={"difference": difference, "low": low, "high": high, "p_value": p_value})
        if comparison.against == "all"
        else comparison
        for comparison in report.scores.comparisons
    )
    return replace(report, scores=report.scores.model_copy(update={"comparisons": comparisons}))


def _task(made: Made, rng: np.random.Generator) -> Task:
    examples = [
        Example(
            id=f"{made.name}-{number:03d}",
            images=(_picture(rng),),
            text=f"Note {number}: part {rng.integers(100, 999)}, shelf {rng.integers(1, 9)}.",
            targets=(str(rng.choice(made.choices)),),
            choices=made.choices,
        )
        for number in range(NUM_EXAMPLES)
    ]
    splits = {"train": examples[:45], "validation": examples[45:], "test": examples[:0]}
    digest = hashlib.sha256(made.name.encode()).hexdigest()
    return Task(made.name, made.instruction, "exact_match", made.domain, splits, digest)


def _picture(rng: np.random.Generator) -> Picture:
    image = Image.new("RGB", (112, 112), "white")
    draw = ImageDraw.Draw(image)
    for _ in range(4):
        x, y, size = (int(number) for number in rng.integers(10, 80, 3))
        shape = draw.ellipse if rng.random() < 0.5 else draw.rectangle
        shape((x, y, x + size // 3 + 8, y + size // 3 + 8), fill=tuple(int(level) for level in rng.integers(0, 220, 3)))
    data = io.BytesIO()
    image.save(data, "PNG")
    return Picture(hashlib.sha256(data.getvalue()).hexdigest(), data.getvalue())


def _predictions(task: Task, made: Made, rng: np.random.Generator) -> list[Prediction]:
    knows = {
        "none": lambda kind: False,
        "image": lambda kind: kind in (0, 1),
        "text": lambda kind: kind in (0, 2),
        "both": lambda kind: kind < 4,
    }
    rest = 1 - sum(made.shares)
    found = []
    for example in (*task.train, *task.validation):
        kind = int(rng.choice(5, p=[*made.shares, rest]))
        for view in VIEWS:
            answer = example.targets[0] if knows[view](kind) else str(rng.choice(made.choices))
            found.append(Prediction(task.name, example.id, view, answer, gold=example.targets))
    return found


def _profile(made: Made, rng: np.random.Generator) -> InteractionProfile:
    shares = np.array([*made.shares, 1 - sum(made.shares)])
    draws = rng.multinomial(NUM_EXAMPLES, shares, size=200) / NUM_EXAMPLES
    observed = draws[0]
    moved = draws + observed - draws.mean(axis=0)
    moved = np.clip(moved, 0, None) / np.clip(moved, 0, None).sum(axis=1, keepdims=True)
    low, high = np.quantile(moved, [0.025, 0.975], axis=0)
    estimates = [
        Estimate(value=float(value), low=float(a), high=float(b), raw=float(value))
        for value, a, b in zip(observed, low, high, strict=True)
    ]
    names: tuple[InteractionType, ...] = ("redundancy", "unique_image", "unique_text", "synergy")
    decided = observed[:4].max() > 0.5
    delta = float(2 * observed[0] + observed[1] + observed[2])
    return InteractionProfile(
        task=made.name,
        estimator="knowledge",
        num_examples=NUM_EXAMPLES,
        type=names[int(observed[:4].argmax())] if decided else "undetermined",
        confidence=0.99 if decided else 0.4,
        redundancy=estimates[0],
        unique_image=estimates[1],
        unique_text=estimates[2],
        synergy=estimates[3],
        unanswered=estimates[4],
        delta=Estimate(value=delta, low=delta - 0.12, high=delta + 0.12),
        accuracy=_accuracy(made, known := _known([float(share) for share in observed])),
        kappa={view: _within(share) for view, share in known.items()},
        examples_needed=140 if made.name == "mixed_inspection" else None,
        replicates=tuple(tuple(float(share) for share in draw[:4]) for draw in moved),
    )


def _known(shares: list[float]) -> dict[View, float]:
    redundancy, image, text, synergy, _ = shares
    return {
        "none": 0.0,
        "image": redundancy + image,
        "text": redundancy + text,
        "both": redundancy + image + text + synergy,
    }


def _accuracy(made: Made, known: dict[View, float]) -> dict[View, Estimate]:
    """Who knows is right, and so is one in as many guesses as there are choices."""
    return {view: _within(share + (1 - share) / len(made.choices)) for view, share in known.items()}


def _within(value: float) -> Estimate:
    return Estimate(value=value, low=max(value - 0.1, 0), high=min(value + 0.1, 1))


def _cards(grouping: Grouping) -> list[AdapterCard]:
    rank = 32 // len(grouping.groups) or 1
    total = 655_360
    return [
        AdapterCard(
            strategy=grouping.strategy,
            group=group.name,
            tasks=group.tasks,
            seed=0,
            rank=rank,
            trainable_parameters=total // len(grouping.groups),
            mixture=Mixture(
                group=group.name, shares={task: 1 / len(group.tasks) for task in group.tasks}, decided_by="proportional"
            ),
            folder=f"tune/{grouping.strategy}/{group.name}",
            fingerprint=hashlib.sha256(f"{grouping.strategy}/{group.name}".encode()).hexdigest()[:32],
            cost=Cost(seconds=360 / len(grouping.groups), examples=24_000, steps=750),
        )
        for group in grouping.groups
    ]


def _scores(rng: np.random.Generator) -> ScoreTable:
    lift = {"interaction": 0.05, "all": 0.0, "single": -0.04, "random": 0.03}
    scores = []
    for made in MAKES:
        chance = 1 / len(made.choices)
        skill = 0.0 if made.name == "old_script" else sum(made.shares) * 0.85
        for strategy in STRATEGIES:
            for seed in range(2):
                lost = -0.35 if (made.name, strategy) == ("mixed_inspection", "interaction") else 0.0
                known = 0.0 if not skill else float(np.clip(skill + lift[strategy] + lost + rng.normal(0, 0.03), 0, 1))
                value = chance + known * (1 - chance)
                reach = 1.96 * float(np.sqrt(value * (1 - value) / 200))
                scores.append(
                    Score(
                        task=made.name,
                        strategy=strategy,
                        seed=seed,
                        metric="exact_match",
                        value=value,
                        low=max(value - reach, 0.0),
                        high=min(value + reach, 1.0),
                        chance=chance,
                        ceiling=1.0,
                        normalised=known,
                        num_examples=200,
                    )
                )
    comparisons = compare(scores, strategy="interaction", confidence=0.95, seed=0)
    costs = {
        strategy: Cost(seconds=365.0 + index, examples=48_000, steps=1500) for index, strategy in enumerate(STRATEGIES)
    }
    parameters = dict.fromkeys(STRATEGIES, 655_360)
    return ScoreTable(scores=tuple(scores), comparisons=comparisons, costs=costs, parameters=parameters)


def _provenance(stage: str) -> Provenance:
    return Provenance(
        stage=stage,
        inputs=hashlib.sha256(stage.encode()).hexdigest()[:32],
        config=CONFIG.model_dump(mode="json"),
        seed=0,
        mintune="0.1.0",
        packages={"torch": "2.13.0", "transformers": "5.23.0", "peft": "0.21.2"},
        data={made.name: hashlib.sha256(made.name.encode()).hexdigest()[:16] for made in MAKES},
        backbone="mintune/tiny",
        hardware={"machine": "x86_64", "cores": "2", "system": "Linux"},
        time="2026-11-23T14:50:00+00:00",
    )
