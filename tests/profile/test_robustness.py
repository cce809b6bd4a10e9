"""The type under every way of hiding: that of a profile made that way alone, and what may be said of differences."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError
from tests.profile.simulated import PURE, World, draw

from mintune.config import ProfileSettings, RoundsSettings
from mintune.errors import ConfigError
from mintune.profile.predictions import read_for, write
from mintune.profile.robustness import Robustness, apart, by_type, completed, robustness, under_each_hiding
from mintune.profile.stage import gather_suite, profile_suite
from mintune.records import Cost, Hiding, InteractionProfile, Prediction, ProfileTable, Suite, Task, TypeFound

ALSO: tuple[Hiding, ...] = ("blank", "shuffle")


def drawn(kind: str, size: int = 120) -> tuple[Task, list[Prediction]]:
    return draw(World(PURE[kind], num_examples=size, accuracy=0.95), np.random.default_rng(3), name="mine")


def hidden_by(hiding: Hiding, predictions: list[Prediction]) -> list[Prediction]:
    return [replace(one, hiding=hiding) for one in predictions if one.view != "both"]


def table_of(suite: Suite, predictions: list[Prediction], settings: ProfileSettings) -> ProfileTable:
    return profile_suite(
        gather_suite(suite, {"mine": predictions}, settings), settings, seed=0, cost=Cost(), adapted=False
    )


def test_the_type_under_a_way_is_that_of_a_profile_made_under_it() -> None:
    """Blanked, the text says nothing any more: its view guesses, and what was redundant is unique to the image."""
    settings = ProfileSettings(also_hiding=ALSO)
    (task, plain), (_, blank) = drawn("redundancy"), drawn("unique_image")
    suite = Suite((task,))
    hidden = {
        "blank": {"mine": hidden_by("blank", blank)},
        "shuffle": {"mine": hidden_by("shuffle", plain)},
    }
    table = table_of(suite, plain, settings)
    found = under_each_hiding(table, suite, {"mine": plain}, hidden, settings, seed=0)
    whole = completed(hidden["blank"]["mine"], plain)
    alone = table_of(suite, whole, ProfileSettings(hiding="blank"))["mine"]
    (profile,) = found.profiles
    assert {hiding: one.type for hiding, one in profile.robustness.items()} == {
        "drop": "redundancy",
        "blank": "unique_image",
        "shuffle": "redundancy",
    }
    assert profile.robustness["blank"] == TypeFound(type=alone.type, confidence=alone.confidence, num_examples=120)
    assert profile.model_copy(update={"robustness": {}}) == table["mine"]
    assert by_type(profile) == {"redundancy": ["drop", "shuffle"], "unique_image": ["blank"]}
    assert robustness(profile, 0.95) == "depends"


def test_with_one_way_alone_a_profile_is_as_it_was() -> None:
    task, plain = drawn("synergy")
    table = table_of(Suite((task,)), plain, ProfileSettings())
    assert under_each_hiding(table, Suite((task,)), {"mine": plain}, {}, ProfileSettings(), seed=0) == table
    assert table["mine"].robustness == {}
    assert robustness(table["mine"], 0.95) is None


def test_where_types_are_settled_in_rounds_so_are_the_others() -> None:
    settings = ProfileSettings(also_hiding=("noise",), rounds=RoundsSettings())
    task, plain = drawn("unique_text")
    hidden = {"noise": {"mine": hidden_by("noise", plain)}}
    table = table_of(Suite((task,)), plain, settings)
    found = under_each_hiding(table, Suite((task,)), {"mine": plain}, hidden, settings, seed=0)["mine"]
    assert found.robustness["noise"].type == "unique_text"
    assert 0.95 <= found.robustness["noise"].confidence < 1
    assert found.robustness["drop"].confidence == table["mine"].confidence


def test_examples_that_lack_a_view_are_set_aside_with_the_way_of_hiding() -> None:
    settings = ProfileSettings(also_hiding=("blank",))
    task, plain = drawn("synergy", 30)
    hidden = {"blank": {"mine": hidden_by("blank", plain)[1:]}}
    table = table_of(Suite((task,)), plain, settings)
    found = under_each_hiding(table, Suite((task,)), {"mine": plain}, hidden, settings, seed=0)
    assert [row.reason for row in found.quarantined] == [
        "hidden by blank: example 00000: has no prediction under view none"
    ]
    assert found["mine"].robustness["blank"].num_examples == 29


def found_as(**types: tuple[str, float]) -> InteractionProfile:
    task, plain = drawn("synergy", 30)
    profile = table_of(Suite((task,)), plain, ProfileSettings())["mine"]
    found = {name: TypeFound(type=kind, confidence=sure, num_examples=30) for name, (kind, sure) in types.items()}
    return profile.model_copy(update={"robustness": found})


@pytest.mark.parametrize(
    ("profile", "says"),
    [
        (found_as(drop=("synergy", 1.0), blank=("synergy", 0.6)), "same"),
        (found_as(drop=("undetermined", 0.0), blank=("synergy", 1.0)), "in_part"),
        (found_as(drop=("redundancy", 0.97), blank=("synergy", 0.94)), "unsure"),
        (found_as(drop=("redundancy", 0.97), blank=("synergy", 0.6), noise=("synergy", 0.95)), "depends"),
        (found_as(drop=("undetermined", 0.99), blank=("undetermined", 0.99)), None),
    ],
)
def test_types_differ_where_each_is_sure(profile: InteractionProfile, says: Robustness | None) -> None:
    assert robustness(profile, 0.95) == says


def test_predictions_made_elsewhere_say_how_they_were_hidden(tmp_path: Path) -> None:
    _, plain = drawn("synergy", 2)
    own = [replace(one, hiding="drop") for one in plain]
    both = [replace(one, hiding="blank") for one in plain if one.view == "both"]
    rows = [*own, *hidden_by("blank", plain), *both, *hidden_by("noise", plain)]
    write(tmp_path / "all.parquet", rows)
    settings = ProfileSettings(also_hiding=("blank",), predictions=tmp_path)
    read, aside = read_for(["mine"], tmp_path, hiding="drop")
    found, hidden, unasked = apart(read, settings)
    assert (len(found["mine"]), len(hidden["blank"]["mine"]), aside) == (8, 8, [])
    assert {one.hiding for one in found["mine"]} == {None}
    assert completed(hidden["blank"]["mine"], found["mine"]) == hidden["blank"]["mine"]
    assert [row.reason for row in unasked] == [
        "6 rows: hiding is noise, which neither profile.hiding nor profile.also_hiding names"
    ]


def test_a_way_without_a_row_is_refused_with_the_file(tmp_path: Path) -> None:
    settings = ProfileSettings(also_hiding=ALSO, predictions=tmp_path)
    with pytest.raises(ConfigError, match=r"profile.also_hiding: .* holds no row with hiding blank, shuffle"):
        apart({"mine": drawn("synergy", 2)[1]}, settings)


def test_an_unknown_way_in_a_row_is_set_aside(tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text("task,example_id,view,answer,hiding\nmine,1,text,a,fog\nmine,1,text,a,\n")
    found, (row,) = read_for(["mine"], tmp_path)
    assert [one.hiding for one in found["mine"]] == [None]
    assert row.reason == "hiding is 'fog'; expected one of drop, blank, noise, shuffle, or nothing"


@pytest.mark.parametrize(
    ("also", "says"), [(("drop",), "'drop', which hiding names"), (("blank", "blank"), "'blank', which also_hiding")]
)
def test_a_way_is_named_once(also: tuple[Hiding, ...], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        ProfileSettings(also_hiding=also)
