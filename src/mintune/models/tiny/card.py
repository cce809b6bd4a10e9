"""Write the card of the built-in backbone: `python -m mintune.models.tiny.card FOLDER --samples-each 400`.

Measures the weights in the folder and writes `skills.json` and `README.md` beside them. What the text says of the
training run comes from `run.json`, which whoever trains the weights writes down.
"""

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForImageTextToText, AutoProcessor

from mintune.models.tiny.skill import HELD_OUT_SEED, UNANSWERABLE, Skill, as_plain, measure
from mintune.tasks.world.primitives import PRIMITIVES

CARD = """---
license: apache-2.0
library_name: transformers
pipeline_tag: image-text-to-text
---

# mintune/tiny

{parameters:.2f} million parameters in the Qwen2-VL architecture, trained from nothing on the primitives of mintune's
built-in world. It exists so that every claim of mintune can be checked on a CPU in minutes. It is no general model: it
knows 8 drawn colours, 6 shapes, 14 pictograms, bar charts, small tables, 200 printed words, handwritten digits, and
short English questions about them.

**Data.** Endless synthetic samples of {primitives} primitives (`mintune.tasks.world.primitives`), and the handwritten
digits of scikit-learn's `load_digits`, of which every fifth image was held out. Never a task of the world.

**Recipe.** `python -m mintune.models.tiny.recipe --out build/tiny`. {run}

**Measured** on {n} samples of each of {measured} primitives that no run has seen (seed {seed}; handwriting from
held-out images only): share of exact answers under greedy decoding, with its 95 % Wilson interval. Mean over
primitives: {mean:.3f}. `{unanswerable}` is not measured: nothing shown answers its questions.

| primitive | right | 95 % interval | n |
|---|---|---|---|
{rows}

**Limits.** A picture is read as 84 to 112 px; larger ones are shrunk, so that real photographs and documents hold
little for it. Words outside its world are spelt in pieces and mean nothing to it. Arithmetic is single digits.
"""


def write_card(folder: Path, samples_each: int) -> dict[str, Skill]:
    """Measure the weights in `folder`, write `skills.json` and `README.md` there, and return the skills."""
    model = AutoModelForImageTextToText.from_pretrained(folder, dtype=torch.float32)
    tokenizer = AutoProcessor.from_pretrained(folder).tokenizer
    skills = measure(model, tokenizer, samples_each)
    run: Mapping[str, Any] = json.loads((folder / "run.json").read_text())
    content = {"seed": HELD_OUT_SEED, "skills": as_plain(skills)}
    (folder / "skills.json").write_text(json.dumps(content, indent=1) + "\n")
    num_parameters = sum(parameter.numel() for parameter in model.parameters())
    (folder / "README.md").write_text(card_of(skills, run["account"], num_parameters))
    return skills


def card_of(skills: Mapping[str, Skill], account: str, num_parameters: int) -> str:
    """The card as Markdown: what was measured, on as many samples of each primitive, and how it was trained."""
    rows = [f"| {name} | {s.accuracy:.3f} | {s.low:.3f} to {s.high:.3f} | {s.n} |" for name, s in skills.items()]
    return CARD.format(
        parameters=num_parameters / 1e6,
        primitives=len(PRIMITIVES),
        run=account,
        n=next(iter(skills.values())).n,
        measured=len(skills),
        unanswerable=UNANSWERABLE,
        seed=HELD_OUT_SEED,
        mean=sum(skill.accuracy for skill in skills.values()) / len(skills),
        rows="\n".join(rows),
    )


def main() -> None:
    """Read the folder from the command line and write its card."""
    parser = argparse.ArgumentParser(description="Measure the built-in backbone and write its card.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--samples-each", type=int, default=400)
    arguments = parser.parse_args()
    for name, skill in write_card(arguments.folder, arguments.samples_each).items():
        print(f"{name:22s} {skill.accuracy:.3f}  [{skill.low:.3f}, {skill.high:.3f}]  n={skill.n}")


if __name__ == "__main__":
    main()
