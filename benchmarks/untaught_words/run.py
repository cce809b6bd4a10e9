"""How far apart the built-in backbone holds the tokens that it was taught to say, and those that it was not.

    .venv/bin/python benchmarks/untaught_words/run.py

Tied embeddings of tokens that are never a target are pushed away from all answers together. They end as one heap, which
is told from the others by the length of its vectors; the longest gap between lengths above the shortest fifth parts the
two. `results.json` beside this file has the sizes of both, and how far their members lie from their own mean.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch

from mintune.models.backbone import TINY, load_backbone
from mintune.run import write_text

HERE = Path(__file__).parent

WORDS = ("true", "no", "3", "red", "circle", "Korean", "Africa", "devices", "Melon", "Animals & Nature")
"""Answers of the world and of the real tasks, shown with the share of their tokens that lie in the heap."""


def main() -> None:
    backbone = load_backbone(TINY)
    embeddings = backbone.model.get_input_embeddings().weight.detach()
    lengths = embeddings.norm(dim=1)
    ordered = lengths.sort().values
    begin = len(ordered) // 5
    place = begin + int((ordered[begin + 1 :] - ordered[begin:-1]).argmax())
    bar = float(ordered[place : place + 2].mean())
    heap = lengths > bar
    results = {
        "fingerprint": backbone.fingerprint,
        "tokens": len(lengths),
        "length_that_parts_them": round(bar, 2),
        "heap": describe(embeddings[heap]),
        "others": describe(embeddings[~heap]),
        "share_of_tokens_in_the_heap": {word: share(backbone.tokenizer, word, heap) for word in WORDS},
    }
    write_text(HERE / "results.json", json.dumps(results, indent=1) + "\n")
    print(json.dumps(results, indent=1))


def describe(members: torch.Tensor) -> dict[str, float]:
    """Size of a set of embeddings, length of its mean and mean distance from it."""
    middle = members.mean(dim=0)
    distances = (members - middle).norm(dim=1)
    return {
        "tokens": len(members),
        "length_of_mean": round(float(middle.norm()), 3),
        "mean_distance_from_it": round(float(distances.mean()), 3),
    }


def share(tokenizer: Any, word: str, heap: torch.Tensor) -> float:
    ids = tokenizer(word, add_special_tokens=False)["input_ids"]
    return round(float(heap[ids].float().mean()), 2)


if __name__ == "__main__":
    main()
