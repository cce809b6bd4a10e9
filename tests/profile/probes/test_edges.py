"""What is short or does not vary is no reason to fail, and what was read once is not kept whole."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("skimage")

from mintune.profile.probes.features import reduced
from mintune.profile.probes.words import terms


@pytest.mark.parametrize("texts", [["1", "2", "3", "4"], ["A", "B"], ["x", "", "y"]])
def test_single_characters_are_words(texts: list[str]) -> None:
    found = terms(texts)
    assert found.shape[0] == len(texts)
    assert np.isfinite(found).all()


def test_a_block_in_which_nothing_varies_has_no_components() -> None:
    assert reduced(np.full((137, 50), 0.1, np.float32)).shape == (137, 0)
