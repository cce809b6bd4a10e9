"""The README.md of an adapter: a model card in the layout of the Hugging Face hub.

Says what the adapter was trained on and how, how its tasks were profiled and scored as far as that is known when it is
written, under which licences its data came, how to load it, and what it is not good for. Words only: reads no file.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import TYPE_CHECKING

from mintune.config import MERGED_BY, TINY
from mintune.records import TYPES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mintune.records import (
        AdapterCard,
        Estimate,
        InteractionProfile,
        MixtureSearch,
        ProfileTable,
        Provenance,
        Score,
        Task,
    )


@dataclass(frozen=True)
class Known:
    """What is known of an adapter's tasks beside their training; tasks and test scores by the task's name.

    `profiles` is None where nothing was profiled. `scores` are of this adapter, with intervals of level `confidence`.
    """

    tasks: Mapping[str, Task]
    profiles: ProfileTable | None = None
    scores: Mapping[str, Score] = field(default_factory=dict)
    confidence: float = 0.95

    def profiles_of(self, card: AdapterCard) -> list[InteractionProfile]:
        """Those of the card's tasks, as far as there are any."""
        found = () if self.profiles is None else self.profiles.profiles
        return [profile for profile in found if profile.task in card.tasks]


def readme(card: AdapterCard, provenance: Provenance, known: Known) -> str:
    """The whole card, with sections on profile and scores as far as they are known."""
    base, _, fingerprint = provenance.backbone.rpartition(" ")
    parts = (
        _front_matter(base),
        f"# {card.group}",
        f"A LoRA adapter of rank {card.rank} ({card.trainable_parameters:,} weights, language modules only) for the "
        f"group\n`{card.group}` of the strategy `{card.strategy}`, seed {card.seed}.{_merged(card)}",
        _tasks(card, known),
        _training(card, provenance),
        _validated(card),
        _use(base),
        _profiles(card, known),
        _scores(card, known),
        _limits(card, known, base),
        f"Made by mintune {provenance.mintune} for the backbone `{base}` with fingerprint `{fingerprint}`.",
    )
    return "\n\n".join(part for part in parts if part) + "\n"


def readme_of_merge(task: str, shares: Mapping[str, float], base: str) -> str:
    """The card of an adapter that was merged for a task which spans groups, by its weights in them."""
    parts = (
        _front_matter(base),
        f"# {task}",
        f"The adapters of {len(shares)} groups, merged for the task `{task}`, which spans them. It was not trained: "
        "what it adds to the\nbase is the weighted mean of what they add. Their own cards say what they learnt.",
        _table(("group", "weight"), [(group, f"{share:.2f}") for group, share in shares.items()]),
        _use(base),
        f"Made by mintune for the backbone `{base}`; `merged.json` names the fingerprints of the parts.",
    )
    return "\n\n".join(parts) + "\n"


def sentence_of_search(search: MixtureSearch) -> str:
    """The finding in words: of merges, since no training on the mixture has been seen."""
    gain = search.gain
    interval = f"{gain.value:.3f} ({gain.low:.3f} to {gain.high:.3f}) nats an answer token"
    if not search.is_taken:
        return f"Merged short adapters show no mixture that is surely better: the best has a gain of {interval}."
    most, least = (end(search.found, key=lambda task: search.found[task] / search.before[task]) for end in (max, min))
    return (
        f"Merged short adapters predict a gain of {interval} from another mixture, with most more of {most} "
        f"({search.before[most]:.0%} to {search.found[most]:.0%}) and most less of {least} "
        f"({search.before[least]:.0%} to {search.found[least]:.0%})."
    )


def _front_matter(base: str) -> str:
    return f"---\nlibrary_name: peft\nbase_model: {json.dumps(base)}\ntags: [mintune, lora]\n---"


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = (f"| {' | '.join(row)} |" for row in (columns, ["---"] * len(columns), *rows))
    return "\n".join(lines)


def _tasks(card: AdapterCard, known: Known) -> str:
    """The tasks it was trained on, with the licence of each one's data."""
    rows = []
    for name, share in card.mixture.shares.items():
        task, loss = known.tasks[name], card.train_loss.get(name)
        shown = "not shown" if loss is None else f"{loss:.3f}"
        rows.append((name, f"{share:.1%}", shown, _in_a_cell(task.instruction), task.license or "not stated"))
    columns = ("task", "share of the group's training", "running loss at the end, nats an answer token", "instruction")
    return "## Tasks\n\n" + _table((*columns, "licence of its data"), rows)


def _training(card: AdapterCard, provenance: Provenance) -> str:
    return (
        f"## Training\n\nShares were decided by {_shares(card)}. Training took {card.cost.examples:,} examples in "
        f"{card.cost.steps:,}\nsteps with `{_settings(provenance)}`. {card.cost.truncated:,} "
        f"of the examples were too long and lost part of their text.\n{_begun(card)}{_chosen(card)}{_searched(card)}"
        "The running loss is on training data."
    )


def _settings(provenance: Provenance) -> str:
    """The settings that decided it, as JSON: without paths of the machine, and without what was not gone by."""
    told = dict(provenance.config)
    if told.get("start") is not None:
        told["start"] = PurePath(str(told["start"])).name
    if told.get("budget") is not None:
        told.pop("epochs", None)
    return json.dumps(told, sort_keys=True)


def _profiles(card: AdapterCard, known: Known) -> str:
    """How image and text interact in its tasks."""
    found = known.profiles_of(card)
    if known.profiles is None or not found:
        return ""
    rows = [
        (
            profile.task,
            profile.type,
            f"{profile.confidence:.2f}" if profile.type != "undetermined" else "-",
            *(_between(getattr(profile, kind), ".2f") for kind in TYPES),
            str(profile.num_examples),
        )
        for profile in found
    ]
    columns = ("task", "type", "sure", *(kind.replace("_", " ") for kind in TYPES), "examples")
    level = f"{known.profiles.confidence:.0%}"
    return (
        f"## How image and text interact\n\nShares of examples by `{known.profiles.estimator}`, with {level} intervals."
        f"\n\n{_table(columns, rows)}"
    )


def _scores(card: AdapterCard, known: Known) -> str:
    """How well it does its tasks on test examples."""
    found = [known.scores[task] for task in card.tasks if task in known.scores]
    if not found:
        return "## Scores\n\nNot scored when this was written: `mintune evaluate` does so."
    rows = [
        (
            score.task,
            score.metric,
            f"{score.value:.1%} [{score.low:.1%}, {score.high:.1%}]",
            f"{score.chance:.1%}",
            str(score.num_examples),
        )
        for score in found
    ]
    return (
        f"## Scores\n\nOn test examples, with {known.confidence:.0%} intervals; they chose nothing. Chance is what\n"
        "the commonest answer gets, or the base without image and text.\n\n"
        + _table(("task", "metric", "score", "chance", "examples"), rows)
    )


def _limits(card: AdapterCard, known: Known, base: str) -> str:
    """What the adapter is not good for, as far as that can be said of any."""
    untyped = [profile.task for profile in known.profiles_of(card) if profile.type == "undetermined"]
    unstated = [task for task in card.tasks if not known.tasks[task].license]
    before = "" if card.started_from is None else ", nor of what the adapter learnt that it began with"
    said = [
        f"- It belongs to the backbone `{base}` with the fingerprint below; on another it means nothing.",
        "- It was trained, and scored where it was, on these tasks in this wording; of others nothing is known"
        f"{before}.",
    ]
    if base == TINY:
        said.append("- That backbone is small (4.6 million weights): it cannot read photographs.")
    if untyped:
        said.append(f"- No type was measured with confidence for {', '.join(untyped)}.")
    if unstated:
        said.append(
            f"- Under which licence the data of {', '.join(unstated)} came was not stated (`license` of the task, or "
            "of the README.md in its folder)."
        )
    return "## Limits\n\n" + "\n".join(said)


def _between(estimate: Estimate, form: str) -> str:
    return f"{estimate.value:{form}} [{estimate.low:{form}}, {estimate.high:{form}}]"


def _use(base: str) -> str:
    """Code that loads the adapter and asks it."""
    return f"""## Use

```python
from peft import PeftModel
from transformers import AutoModelForImageTextToText, AutoProcessor
{_base(base)}

model = PeftModel.from_pretrained(AutoModelForImageTextToText.from_pretrained(base), FOLDER)  # where this file lies
processor = AutoProcessor.from_pretrained(base)

# One turn as in training: PICTURES (a list of PIL images), then WORDS: the task's instruction, the example's text
# and, where the answer is closed, "Answer with one of: A, B, C.", a line each.
content = [*({{"type": "image"}} for _ in PICTURES), {{"type": "text", "text": WORDS}}]
prompt = processor.apply_chat_template(
    [{{"role": "user", "content": content}}], add_generation_prompt=True, tokenize=False
)
inputs = processor(text=[prompt], images=PICTURES or None, return_tensors="pt")
written = model.generate(**inputs, max_new_tokens=16, do_sample=False)[:, inputs["input_ids"].shape[1] :]
answer = processor.batch_decode(written, skip_special_tokens=True)[0].strip()
```"""


def _shares(card: AdapterCard) -> str:
    """The mixture, and the tasks whose share a floor or a ceiling decided instead."""
    bounds = f", those of {', '.join(card.bounded)} by a floor or a ceiling" if card.bounded else ""
    return f"`{card.mixture.decided_by}`{bounds}"


def _begun(card: AdapterCard) -> str:
    """What training began with, where that was another adapter."""
    if card.started_from is None:
        return ""
    return f"It began with the adapter of fingerprint `{card.started_from}`, whose own training is not counted here.\n"


def _chosen(card: AdapterCard) -> str:
    """By which trials the learning rate was chosen, where it was not given."""
    if not card.trials:
        return ""
    found = ", ".join(
        f"{trial.learning_rate:g} ({'diverged' if trial.validation_loss is None else f'{trial.validation_loss:.4f}'})"
        for trial in card.trials
    )
    return f"The learning rate was chosen by validation loss after short trials: {found}.\n"


def _searched(card: AdapterCard) -> str:
    """What the search of the mixture found, where there was one."""
    return "" if card.search is None else f"{sentence_of_search(card.search)}\n"


def _merged(card: AdapterCard) -> str:
    """That it was merged, where it was: its own loss was never measured, and training is that of its parts."""
    if card.strategy not in MERGED_BY:
        return ""
    return (
        "\n\nIt was not trained but merged of one adapter a task, and `merged.json` says how: what is said of training "
        "below is of these."
    )


def _base(name: str) -> str:
    """The lines that say in the card's code where the base lies: the built-in one is part of mintune and on no hub."""
    if name == TINY:
        return "from mintune.models.backbone import TINY_WEIGHTS\n\nbase = str(TINY_WEIGHTS)"
    return f"\nbase = {json.dumps(name)}"


def _validated(card: AdapterCard) -> str:
    """What validation made of the adapter and said of each task; nothing where there was none."""
    told = card.validation
    if told is None:
        return ""
    chosen = {"best_loss": "whose validation loss was best", "best_metric": "whose validation metric was best"}
    end = "the last" if told.kept == "last" else f"the one {chosen[told.kept]}"
    stopped = (
        f" Training stopped early, after {told.trained_steps} of {told.planned_steps} steps."
        if told.trained_steps < told.planned_steps
        else ""
    )
    columns = ("task", "validation loss (metric) as kept", "where this task was best", "at step")
    rows = [
        (name, _value(task.loss, task.metric), _value(task.best_loss, task.best_metric), str(task.best_step))
        for name, task in told.tasks.items()
    ]
    return f"""## Validation

Kept is the state after step {told.step} of the group's own training, {end}.{stopped}

{_table(columns, rows)}"""


def _value(loss: float, metric: float | None) -> str:
    return f"{loss:.3f}" + ("" if metric is None else f" ({metric:.1%})")


def _in_a_cell(words: str) -> str:
    """Words as a cell of a table in Markdown."""
    return "`" + words.replace("`", "'").replace("|", "\\|").replace("\n", " ⏎ ") + "`" if words else "none"
