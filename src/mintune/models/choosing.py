"""Score closed answers: the length-normalised log-likelihood of every choice, with the prompt read once.

The choices of a question form a tree of tokens. The first token of every choice is read off the prompt's last hidden
state; where choices go on, the tree's inner nodes follow the prompt in one further pass over its cached keys and
values, each node seeing the prompt and its own ancestors only. So no prompt and no shared beginning is read twice,
and choices of one token cost nothing beyond the prompt. Where prompts begin alike, what they go on with becomes part of
the tree (`hung`, see `sharing.py`).

A score is the mean over a choice's tokens of log p(token | prompt, tokens before), in nats. Where one choice begins
another ("red", "red square"), every choice of that set also has to end: the end of turn counts as its last token.
Otherwise the short one would be paid for the long one's probability. In a set where none begins another the tokens
alone tell the choices apart, and the end is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from mintune.models.narrowing import last_layer_at

if TYPE_CHECKING:
    from torch import Tensor

    from mintune.models.backbone import Backbone
    from mintune.models.encoding import Batch, Encoder

MAX_LOGITS = 1 << 26
"""Numbers that the output layer may hold at once: with 150,000 tokens of vocabulary, 440 hidden states."""


@dataclass(frozen=True)
class ChoiceTree:
    """The tokens of a set of choices as a tree.

    Node i reads `tokens[i]` at depth `depths[i]` and sees the nodes of row i of `sees` (num_nodes, num_nodes). Pair j
    asks for the probability of `pair_tokens[j]` after context `pair_contexts[j]` (0: the prompt, i + 1: node i) and
    belongs to choice `pair_choices[j]`, which has `num_tokens` of them.
    """

    tokens: Tensor
    depths: Tensor
    sees: Tensor
    pair_contexts: Tensor
    pair_tokens: Tensor
    pair_choices: Tensor
    num_tokens: Tensor

    @property
    def num_nodes(self) -> int:
        """Nodes that are read after the prompt."""
        return self.tokens.shape[0]

    @classmethod
    def grow(cls, sequences: Sequence[tuple[int, ...]]) -> ChoiceTree:
        """The tree of token sequences, one a choice."""
        nodes: dict[tuple[int, ...], int] = {}
        pairs: list[tuple[int, int, int]] = []
        for choice, sequence in enumerate(sequences):
            for place, token in enumerate(sequence):
                before = sequence[:place]
                if before and before not in nodes:
                    nodes[before] = len(nodes)
                pairs.append((nodes[before] + 1 if before else 0, token, choice))
        sees = torch.zeros(len(nodes), len(nodes), dtype=torch.bool)
        for path, index in nodes.items():
            for depth in range(1, len(path) + 1):
                sees[index, nodes[path[:depth]]] = True
        contexts, tokens, owners = (torch.tensor(column) for column in zip(*pairs, strict=True))
        return cls(
            tokens=torch.tensor([path[-1] for path in nodes], dtype=torch.long),
            depths=torch.tensor([len(path) - 1 for path in nodes], dtype=torch.long),
            sees=sees,
            pair_contexts=contexts,
            pair_tokens=tokens,
            pair_choices=owners,
            num_tokens=torch.tensor([len(sequence) for sequence in sequences]),
        )


def tree_of(encoder: Encoder, choices: Sequence[str]) -> ChoiceTree:
    """The tree of a set of choices, each with its end of turn where one of them begins another."""
    plain = [encoder.answer_ids(choice, end=False) for choice in choices]
    beginnings = {sequence[:size] for sequence in plain for size in range(1, len(sequence))}
    needs_end = any(sequence in beginnings for sequence in plain)
    return ChoiceTree.grow([encoder.answer_ids(choice, end=needs_end) for choice in choices])


def hung(tree: ChoiceTree, continuations: Sequence[Sequence[int]]) -> ChoiceTree:
    """The tree behind each of several continuations of one prompt, each at least a token long.

    Its choices are those behind the first continuation, then those behind the second and so on.
    """
    sizes = [len(continuation) + tree.num_nodes for continuation in continuations]
    sees = torch.zeros(sum(sizes), sum(sizes), dtype=torch.bool)
    tokens, depths, contexts = [], [], []
    begin = 0
    for continuation, size in zip(continuations, sizes, strict=True):
        stem = len(continuation)
        behind = begin + stem
        sees[begin:behind, begin:behind] = torch.ones(stem, stem, dtype=torch.bool).tril()
        sees[behind : begin + size, begin:behind] = True
        sees[behind : begin + size, behind : begin + size] = tree.sees
        tokens += [torch.tensor(continuation), tree.tokens]
        depths += [torch.arange(stem), tree.depths + stem]
        # The stem's last token, context `behind`, takes the place of the prompt, context 0.
        contexts.append(tree.pair_contexts + behind)
        begin += size
    num_choices, count = len(tree.num_tokens), len(continuations)
    owners = torch.cat([tree.pair_choices + place * num_choices for place in range(count)])
    return ChoiceTree(
        tokens=torch.cat(tokens),
        depths=torch.cat(depths),
        sees=sees,
        pair_contexts=torch.cat(contexts),
        pair_tokens=tree.pair_tokens.repeat(count),
        pair_choices=owners,
        num_tokens=tree.num_tokens.repeat(count),
    )


def score_choices(backbone: Backbone, batch: Batch, trees: Sequence[ChoiceTree]) -> list[tuple[float, ...]]:
    """Scores of the choices of each prompt, in nats a token, in the order of the choices.

    Args:
        backbone: the model, with the adapter that is to answer active.
        batch: the prompts, without answers.
        trees: one a prompt; the same object where prompts have the same choices.
    """
    rows = torch.arange(len(batch), device=batch.lengths.device)
    width = max(tree.num_nodes for tree in trees)
    with last_layer_at(backbone, batch.ends):
        out = backbone.read(batch, use_cache=width > 0)
    contexts = out.last_hidden_state[rows, batch.lengths - 1][:, None]
    if width > 0:
        tokens, depths, sees = _padded(trees, width)
        further = backbone.read_on(batch, out.past_key_values, tokens, depths, sees)
        contexts = torch.cat([contexts, further], dim=1)
    return _collect(backbone, contexts, trees)


def _collect(backbone: Backbone, contexts: Tensor, trees: Sequence[ChoiceTree]) -> list[tuple[float, ...]]:
    """Mean log-probability of each choice's tokens, from hidden states (batch, 1 + nodes, hidden)."""
    width = contexts.shape[1]
    places = torch.cat([index * width + tree.pair_contexts for index, tree in enumerate(trees)])
    tokens = torch.cat([tree.pair_tokens for tree in trees])
    found = log_probabilities(backbone, contexts.flatten(0, 1), places, tokens)
    scores = []
    for tree, values in zip(trees, torch.split(found, [len(tree.pair_tokens) for tree in trees]), strict=True):
        sums = torch.zeros(len(tree.num_tokens), dtype=torch.float64).index_add_(0, tree.pair_choices, values)
        scores.append(tuple((sums / tree.num_tokens).tolist()))
    return scores


def log_probabilities(backbone: Backbone, hidden: Tensor, places: Tensor, tokens: Tensor) -> Tensor:
    """Natural log of p(tokens[j] | hidden[places[j]]), (num_pairs,) in float64 on the CPU, made in slices.

    Args:
        backbone: whose output layer is used.
        hidden: (num_contexts, hidden).
        places: (num_pairs,) rows of `hidden`.
        tokens: (num_pairs,) token ids.
    """
    found = torch.empty(len(places), dtype=torch.float64)
    needed, places = torch.unique(places, return_inverse=True)
    hidden = hidden[needed.to(hidden.device)]
    size = max(1, MAX_LOGITS // backbone.vocabulary_size)
    for start in range(0, len(needed), size):
        inside = (places >= start) & (places < start + size)
        chances = backbone.logits(hidden[start : start + size]).log_softmax(dim=-1)
        found[inside] = chances[places[inside] - start, tokens[inside]].double().cpu()
    return found


def _padded(trees: Sequence[ChoiceTree], width: int) -> tuple[Tensor, Tensor, Tensor]:
    """Tokens, depths and sight of each tree, padded with nodes that see only themselves and that nobody asks about."""
    made: dict[int, tuple[Tensor, Tensor, Tensor]] = {}
    for tree in trees:
        if id(tree) not in made:
            sees = torch.eye(width, dtype=torch.bool)
            sees[: tree.num_nodes, : tree.num_nodes] = tree.sees
            pad = tree.tokens.new_zeros(width - tree.num_nodes)
            made[id(tree)] = (torch.cat([tree.tokens, pad]), torch.cat([tree.depths, pad]), sees)
    tokens, depths, sees_all = (torch.stack(column) for column in zip(*(made[id(tree)] for tree in trees), strict=True))
    return tokens, depths, sees_all
