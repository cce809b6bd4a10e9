"""Pictures: same seed same picture, right size, and handwritten digits never on both sides of the split."""

import numpy as np
import pytest

from mintune.tasks.world import draw
from mintune.tasks.world.stencils import STENCILS, outline
from mintune.tasks.world.vocabulary import (
    CATEGORIES,
    COLOURS,
    NAMES,
    PICTOGRAMS,
    POSITIONS,
    SHAPES,
    WORDS,
    WORDS_BY_CATEGORY,
)

PAINTERS = {
    "scene": lambda rng: draw.scene([draw.Thing(0, 1, "star", "red"), draw.Thing(2, 2, "ring", "blue")], rng),
    "pictograms": lambda rng: draw.pictograms([draw.Icon(1, 1, "boat", "green")], rng),
    "chart": lambda rng: draw.chart([("red", 1), ("blue", 6), ("black", 0)], rng),
    "word": lambda rng: draw.word("hammer", rng),
    "table": lambda rng: draw.table([draw.TableRow("red", 0, 9), draw.TableRow("pink", 5, 5)], rng),
    "digits": lambda rng: draw.digits([4, 0, 7], rng, held_out=True),
    "blank": draw.blank,
}


@pytest.mark.parametrize("family", PAINTERS)
def test_a_seed_gives_one_picture_and_another_seed_another(family):
    def picture(seed):
        image = PAINTERS[family](np.random.default_rng(seed))
        assert (image.mode, image.size) == ("RGB", (draw.SIDE, draw.SIDE))
        return image.tobytes()

    assert picture(3) == picture(3)
    assert picture(3) != picture(4)


def test_a_thing_leaves_ink_in_its_own_cell_only():
    image = np.asarray(draw.scene([draw.Thing(1, 2, "square", "black")], np.random.default_rng(0)))
    dark = (image.mean(axis=2) < 120).reshape(3, draw.CELL, 3, draw.CELL).sum(axis=(1, 3))
    assert dark[1, 2] > 100
    assert dark.sum() == dark[1, 2]


@pytest.mark.parametrize("height", range(draw.MAX_HEIGHT + 1))
def test_a_bar_is_as_high_as_told(height):
    image = np.asarray(draw.chart([("black", height)], np.random.default_rng(1)))
    column = image[:78, draw.CELL // 2].mean(axis=1) < 100
    assert column.sum() == pytest.approx(13 * height, abs=3)


def test_every_colour_is_told_from_every_other_despite_its_tint():
    colours = np.array(list(COLOURS.values()), dtype=float)
    distances = np.abs(colours[:, None] - colours[None]).max(axis=2)
    assert distances[~np.eye(len(colours), dtype=bool)].min() > 2 * 12


def test_every_shape_and_pictogram_has_a_stencil_of_its_own():
    assert set(STENCILS) == {*SHAPES, *PICTOGRAMS}
    assert len({outline(name).tobytes() for name in STENCILS}) == len(STENCILS)


def test_the_longest_word_fits():
    for text in sorted(WORDS, key=len)[-20:]:
        image = np.asarray(draw.word(text, np.random.default_rng(2))).mean(axis=2)
        paper = np.median(image)
        assert np.abs(image[:, [0, -1]] - paper).max() < 40


def test_handwritten_digits_are_split_once_and_for_all():
    for value in range(10):
        taught, held_out = draw._digit_bank(False)[value], draw._digit_bank(True)[value]
        assert not set(taught) & set(held_out)
        assert all(index % draw.HELD_OUT_EVERY == 0 for index in held_out)
        assert len(held_out) > 25
    assert sum(len(draw._digit_bank(side)[value]) for side in (True, False) for value in range(10)) == 1797


def test_no_word_means_two_things():
    everything = [*COLOURS, *SHAPES, *PICTOGRAMS, *POSITIONS, *WORDS, *NAMES, *CATEGORIES]
    assert len(set(everything)) == len(everything)
    assert {len(words) for words in WORDS_BY_CATEGORY.values()} == {20}
