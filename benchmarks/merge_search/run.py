"""Whether merges of short adapters rank mixtures as training on them does, and choose one that is worth its cost.

    OMP_NUM_THREADS=1 .venv/bin/python benchmarks/merge_search/run.py --out build/merge_search

For each seed: a search, thirty mixtures drawn by the law it searched in and trained at the full budget, and ten random
mixtures that together cost what the search did, the best of which is trained in full, too. What is compared is the
loss on test examples, which nothing before has seen. Every training and every merge is kept below --out, so a run that
was killed goes on; `results.json` is written after each seed.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from mintune.config import SuiteSettings, TuneSettings, WorldSettings
from mintune.models.adapters import attached_weights
from mintune.models.backbone import load_backbone
from mintune.plan import PASSES
from mintune.records import Group, Grouping, Suite
from mintune.run import write_text
from mintune.tasks.leaks import drop_leaks
from mintune.tasks.suite import load_suite
from mintune.tune.budget import Budget, budget_of
from mintune.tune.job import make_job
from mintune.tune.loop import Lesson
from mintune.tune.merge_search import (
    FLOOR,
    MEASURED,
    Exam,
    Losses,
    Merges,
    search_mixture,
    train_parts,
)
from mintune.tune.readme import sentence_of_search
from mintune.tune.sampler import Sampler
from mintune.tune.searching import quests_of
from mintune.tune.surface import draw_mixtures

HERE = Path(__file__).parent
TASKS = ("part_colour", "blue_sales", "red_buyer", "buyer_colour", "price", "stock_count")
WORLD_SEED = 200
"""A world that no other benchmark uses."""

NUM_RANDOM = 10
RESAMPLES = 2000


class Bench:
    """One seed: what a mixture comes to when it is trained on."""

    def __init__(self, suite: Suite, settings: TuneSettings, seed: int, out: Path) -> None:
        backbone = load_backbone("mintune/tiny", features=out / "features")
        self.job = make_job(backbone, suite, settings, seed=seed, rank=settings.rank)
        names = tuple(task.name for task in suite.tasks)
        together = Grouping(strategy="all", groups=(Group(name="all", type=None, tasks=names),), membership={})
        (self.quest,) = quests_of(self.job, together)
        self.folder = out / f"seed-{seed}"
        self.sizes = {task.name: len(task.train) for task in suite.tasks}
        self.whole = budget_of(suite, settings)
        self.validation = Exam(self.job, suite.tasks)
        tested = [replace(task, splits={**task.splits, "validation": task.test}) for task in suite.tasks]
        self.test = Exam(self.job, tested, most=1000)

    def trained(self, mixture: np.ndarray, budget: Budget, exam: Exam) -> Losses:
        """Losses on an exam after training one adapter on all tasks in this mixture."""
        shares = dict(zip(self.sizes, mixture.tolist(), strict=True))
        inputs = self.job.inputs("benchmarks/merge_search", shares, budget.examples, budget.steps)
        lesson = Lesson("a mixture", inputs, Sampler(self.sizes, shares, budget, seed=self.job.seed))
        state = self.job.learn(lesson, self.folder / f"mixture-{inputs[:12]}", None, None)
        with attached_weights(self.job.backbone, state.weights, "trained"):
            return exam.losses()


def mean_loss(losses: Losses) -> float:
    return float(np.mean([values.mean() for values in losses.values()]))


def spearman(one: list[float], other: list[float]) -> float:
    from scipy.stats import spearmanr

    return float(spearmanr(one, other).statistic)


def interval(pairs: list[tuple[float, float]]) -> list[float]:
    """95 % of the rank correlation over mixtures drawn anew."""
    generator = np.random.default_rng(0)
    drawn = [generator.integers(len(pairs), size=len(pairs)) for _ in range(RESAMPLES)]
    found = [spearman(*map(list, zip(*[pairs[index] for index in draw], strict=True))) for draw in drawn]
    return [float(value) for value in np.nanquantile(found, [0.025, 0.975])]


def advantage(ours: Losses, theirs: Losses) -> list[float]:
    """How much lower our mean loss is, and 95 % over test examples drawn anew within tasks."""
    generator = np.random.default_rng(0)
    saved = {task: theirs[task] - ours[task] for task in ours}
    draws = np.mean(
        [
            values[generator.integers(len(values), size=(RESAMPLES, len(values)))].mean(axis=1)
            for values in saved.values()
        ],
        axis=0,
    )
    return [float(np.mean([v.mean() for v in saved.values()])), *map(float, np.quantile(draws, [0.025, 0.975]))]


def measure(bench: Bench, num_mixtures: int, num_measured: int) -> dict[str, Any]:
    started = time.process_time()
    found, surface = search_mixture(bench.job, bench.quest, folder=bench.folder / "search", num_measured=num_measured)
    print(sentence_of_search(found), f"left-out correlation {found.correlation:.2f}", flush=True)
    before, chosen = (np.array(list(shares.values())) for shares in (found.before, found.found))
    parts = train_parts(bench.job, bench.quest, bench.folder / "search", None)
    merges = Merges(bench.job, parts, bench.validation, bench.folder / "search")
    mixtures = draw_mixtures(before, FLOOR, num_mixtures, np.random.default_rng([bench.job.seed, 10]))
    rows = []
    for number, mixture in enumerate(mixtures):
        row = {
            "mixture": [round(share, 4) for share in mixture.tolist()],
            "predicted": float(surface.predict(mixture[None])[0]),
            "merged": mean_loss(merges.losses(mixture, found.scale)),
            "true": mean_loss(bench.trained(mixture, bench.whole, bench.test)),
        }
        rows.append(row)
        print(f"mixture {number + 1} of {num_mixtures}: {row}", flush=True)
    cost = found.cost.examples + found.num_asked / PASSES
    each = max(1, round((cost - NUM_RANDOM * bench.validation.size / PASSES) / NUM_RANDOM))
    budget = Budget(each, max(1, round(each / bench.job.settings.batch_size)))
    tried = draw_mixtures(before, FLOOR, NUM_RANDOM, np.random.default_rng([bench.job.seed, 11]))
    losses = [mean_loss(bench.trained(mixture, budget, bench.validation)) for mixture in tried]
    best = tried[int(np.argmin(losses))]
    ends = {
        name: bench.trained(mixture, bench.whole, bench.test)
        for name, mixture in {"chosen": chosen, "best_of_random": best, "before": before}.items()
    }
    return {
        "seed": bench.job.seed,
        "correlation": spearman([row["predicted"] for row in rows], [row["true"] for row in rows]),
        "correlation_interval": interval([(row["predicted"], row["true"]) for row in rows]),
        "correlation_of_merges": spearman([row["merged"] for row in rows], [row["true"] for row in rows]),
        "left_out_correlation": found.correlation,
        "sentence": sentence_of_search(found),
        "scale": found.scale,
        "predicted_gain": found.gain.model_dump(exclude={"raw"}),
        "true_loss": {name: mean_loss(losses) for name, losses in ends.items()},
        "over_best_of_random": advantage(ends["chosen"], ends["best_of_random"]),
        "over_before": advantage(ends["chosen"], ends["before"]),
        "shares": found.found,
        "cost_in_training_examples": cost,
        "budget_in_training_examples": bench.whole.examples,
        "examples_of_each_random": each,
        "mixtures": rows,
        "cpu_seconds_of_this_process": round(time.process_time() - started, 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, default=Path("build/merge_search"))
    parser.add_argument("--results", type=Path, default=HERE / "results.json")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--examples", type=int, default=120)
    parser.add_argument("--epochs", type=float, default=3.0)
    parser.add_argument("--mixtures", type=int, default=30)
    parser.add_argument("--measured", type=int, default=MEASURED)
    arguments = parser.parse_args()
    world = WorldSettings(examples=arguments.examples, test_examples=100, tasks=TASKS)
    suite = drop_leaks(load_suite(SuiteSettings(world=world), seed=WORLD_SEED, cache=arguments.out / "cache"))
    settings = TuneSettings(rank=4, epochs=arguments.epochs, trunk=0.0, batch_size=16)
    results = []
    for seed in arguments.seeds:
        bench = Bench(suite, settings, seed, arguments.out)
        results.append(measure(bench, arguments.mixtures, arguments.measured))
        write_text(arguments.results, json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
