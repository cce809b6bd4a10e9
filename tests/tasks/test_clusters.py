"""Things that share a key are one cluster, directly or by way of others."""

from __future__ import annotations

import hashlib
import io

from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from tests.models.tiny_models import make_picture

from mintune.records import Example, Picture
from mintune.tasks.clusters import clusters_of, picture_clusters

KEYS = st.lists(st.lists(st.integers(0, 12), max_size=3), max_size=20)


def showing(images: list[tuple[Picture, ...]]) -> list[Example]:
    return [Example(str(number), pictures, "", ("yes",)) for number, pictures in enumerate(images)]


def test_examples_that_share_an_image_directly_or_through_others_are_one_cluster() -> None:
    a, b, c, d = (make_picture(seed) for seed in range(4))
    assert picture_clusters(showing([(a,), (b, c), (d,), (c, a), (), ()])) == [0, 0, 1, 0, 2, 3]


def test_a_placeholder_that_every_example_shows_makes_them_no_cluster() -> None:
    out = io.BytesIO()
    Image.new("RGB", (56, 56), "white").save(out, format="PNG")
    blank = Picture(hashlib.sha256(out.getvalue()).hexdigest(), out.getvalue())
    assert picture_clusters(showing([(blank,), (blank,), (blank, make_picture(1))])) == [0, 1, 2]


@given(KEYS)
def test_clusters_are_scipys_connected_components(keys: list[list[int]]) -> None:
    found = clusters_of(keys)
    rows = [row for row, shared in enumerate(keys) for _ in shared]
    columns = [len(keys) + key for shared in keys for key in shared]
    size = len(keys) + 13
    _, expected = connected_components(coo_array(([1] * len(rows), (rows, columns)), shape=(size, size)))
    pairs = {(ours, int(theirs)) for ours, theirs in zip(found, expected[: len(keys)], strict=True)}
    assert len(pairs) == len(set(found)) == len({theirs for _, theirs in pairs})
    assert list(dict.fromkeys(found)) == list(range(len(set(found))))
