"""The card beside an adapter: what it was made from, as JSON for programs and as README.md for people.

`card.json` is written last, so its presence says that the adapter is whole. Two runs of the same inputs write the same
bytes but for `provenance.time` and `cost.seconds`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from mintune.config import MERGED_BY, TINY
from mintune.errors import BackboneError, RunError
from mintune.records import AdapterCard, Provenance
from mintune.run import RunFolder, write_text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

CARD = "card.json"


def write_card(folder: Path, card: AdapterCard, provenance: Provenance, *, instructions: Mapping[str, str]) -> None:
    """Write README.md, with the instruction of each task, and then card.json into the adapter's folder."""
    write_text(folder / "README.md", readme(card, provenance, instructions))
    RunFolder(folder).write_record(CARD, card, provenance)


def fresh_card(folder: Path, inputs: str) -> AdapterCard | None:
    """The card of an adapter made from exactly these inputs whose weights are as they were written, or None."""
    from mintune.models.adapters import adapter_fingerprint

    if not (folder / CARD).exists():
        return None
    run = RunFolder(folder)
    if not run.is_fresh(CARD, inputs):
        return None
    try:
        card = run.read_record(CARD, AdapterCard)
        return card if adapter_fingerprint(folder) == card.fingerprint else None
    except (RunError, BackboneError):
        return None


def readme(card: AdapterCard, provenance: Provenance, instructions: Mapping[str, str]) -> str:
    """A short model card in the layout of the Hugging Face hub, with `instructions` by task."""
    losses = {task: f"{loss:.3f}" for task, loss in card.train_loss.items()}
    shares = "\n".join(
        f"| {task} | {share:.1%} | {losses.get(task, 'not shown')} | {_in_a_cell(instructions.get(task, ''))} |"
        for task, share in card.mixture.shares.items()
    )
    settings = json.dumps(provenance.config, sort_keys=True)
    base, _, fingerprint = provenance.backbone.rpartition(" ")
    return f"""---
library_name: peft
base_model: {json.dumps(base)}
tags: [mintune, lora]
---

# {card.group}

A LoRA adapter of rank {card.rank} ({card.trainable_parameters:,} weights, language modules only) for the group
`{card.group}` of the strategy `{card.strategy}`, seed {card.seed}.{_merged(card)}

| task | share of training | running loss at the end, nats an answer token | instruction |
|---|---|---|---|
{shares}

Shares were decided by {_shares(card)}. Training took {card.cost.examples:,} examples in {card.cost.steps:,}
steps with `{settings}`. {card.cost.truncated:,} of the examples were too long and lost part of their text.
{_begun(card)}{_chosen(card)}{_validated(card)}
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
```

Made by mintune {provenance.mintune} for the backbone `{base}` with fingerprint `{fingerprint}`; on another it means
nothing. The running loss is on training data: held-out scores are in the run's `evaluate/`.
"""


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
    rows = "\n".join(
        f"| {name} | {_value(task.loss, task.metric)} | {_value(task.best_loss, task.best_metric)} | {task.best_step} |"
        for name, task in told.tasks.items()
    )
    return f"""
Kept is the state after step {told.step} of the group's own training, {end}.{stopped}

| task | validation loss (metric) as kept | where this task was best | at step |
|---|---|---|---|
{rows}
"""


def _value(loss: float, metric: float | None) -> str:
    return f"{loss:.3f}" + ("" if metric is None else f" ({metric:.1%})")


def _in_a_cell(words: str) -> str:
    """Words as a cell of a table in Markdown."""
    return "`" + words.replace("`", "'").replace("|", "\\|").replace("\n", " ⏎ ") + "`" if words else "none"
