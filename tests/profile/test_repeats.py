"""Several answers to an example: how they are asked and drawn, and what they say that one does not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from tests.profile.simulated import PURE, World, draw

from mintune.config import ProfileSettings, RepeatsSettings, parse_config
from mintune.errors import ConfigError
from mintune.models.answering import Question
from mintune.profile.asking import questions
from mintune.profile.evidence import Evidence, gather
from mintune.profile.informed import standing_of
from mintune.profile.knowledge import clip, columns, find, reliability, shares, worth
from mintune.profile.predictions import read, read_for, write
from mintune.profile.repeats import check_settings, drawn, most_times_asked
from mintune.profile.rounds import in_drawn_order
from mintune.records import VIEWS, Example, Prediction, Suite, Task

FOUR = (0.25,) * 4


def evidence(world: World, seed: int = 3) -> Evidence:
    return gather(*draw(world, np.random.default_rng(seed)))[0]


def reliability_of(found: Evidence) -> float:
    return float(reliability(columns(found).mean(axis=0), worth(found)))


def share_error(world: World, repeats: int) -> float:
    rng = np.random.default_rng(5)
    errors = []
    for _ in range(repeats):
        found = gather(*draw(world, rng))[0]
        clipped = clip(shares(columns(found).mean(axis=0), worth(found)))
        errors.append(np.abs(clipped - np.array(world.shares)).mean())
    return float(np.mean(errors))


# ------------------------------------------------------------------------------------------------- what they say


@pytest.mark.parametrize(("prior", "accuracy"), [(FOUR, 0.6), (FOUR, 0.8), ((0.5, 0.5), 0.8)], ids=str)
@pytest.mark.parametrize("built", ["redundancy", "unique_text", "synergy"])
def test_reliability_is_that_of_the_knowers(built: str, prior: tuple[float, ...], accuracy: float) -> None:
    truth = (accuracy - prior[0]) / (1 - prior[0])
    found = evidence(World(PURE[built], 1500, prior=prior, accuracy=accuracy, answers=3))
    # One view alone knows in synergy: of three answers its squared kappa has an error of about 1 / sqrt(3 n) = 0.015.
    assert reliability_of(found) == pytest.approx(truth, abs=0.06)


def test_slips_that_a_view_repeats_are_found_between_views_as_with_one_answer() -> None:
    world = World((0.6, 0, 0, 0.4, 0), 1500, prior=FOUR, accuracy=0.7, answers=3, stubborn=True)
    assert reliability_of(evidence(world)) == pytest.approx(0.6, abs=0.06)


def test_slips_common_to_views_and_answers_cannot_be_told_from_not_knowing() -> None:
    found = evidence(World((0.6, 0, 0, 0.4, 0), 1500, prior=FOUR, accuracy=0.7, answers=3, hard=True))
    assert reliability_of(found) == pytest.approx(1.0, abs=0.03)


def test_unreliable_knowers_of_a_redundant_task_are_typed_and_not_taken_for_two_unique_ones() -> None:
    rng = np.random.default_rng(1)
    found = []
    for number in range(12):
        task, predictions = draw(World(PURE["redundancy"], accuracy=0.6, answers=5), rng)
        once = [one for one in predictions if one.draw == 0]
        found.append([find(gather(task, said)[0], np.random.default_rng(number)) for said in (once, predictions)])
    types = [[finding.type for finding in row] for row in zip(*found, strict=True)]
    assert types[0].count("redundancy") <= 3
    assert types[1].count("redundancy") >= 10
    # At .6 of two answers the reliability is .2, and never less than .3 is divided out: redundancy of (.2 / .3) ** 2.
    assert np.mean([row[1].shares[0] for row in found]) > 0.35


def test_the_error_of_mixtures_falls_with_the_number_of_answers() -> None:
    world = World((0.5, 0.1, 0, 0.4, 0), 200, prior=FOUR, accuracy=0.7)
    once, thrice = (share_error(replace(world, answers=number), 12) for number in (1, 3))
    assert thrice < 0.7 * once


def test_answers_count_for_as_much_as_they_differ() -> None:
    apart, same = (
        standing_of(evidence(World(PURE["unanswered"], 400, answers=4, stubborn=is_same)), "image").size
        for is_same in (False, True)
    )
    assert apart == pytest.approx(1600, rel=0.2)
    assert same == pytest.approx(400, rel=0.02)


def test_where_nobody_knows_several_answers_type_nothing() -> None:
    rng = np.random.default_rng(2)
    for stubborn in (False, True):
        drawn_tasks = [
            gather(*draw(World(PURE["unanswered"], answers=3, stubborn=stubborn), rng))[0] for _ in range(10)
        ]
        assert [find(one, rng).type for one in drawn_tasks] == ["undetermined"] * 10


def test_the_same_answer_twice_says_what_it_says_once() -> None:
    task, once = draw(World((0.5, 0, 0, 0.5, 0), 200, prior=FOUR), np.random.default_rng(4))
    one, two = (gather(task, said)[0] for said in (once, [*once, *(replace(p, draw=1) for p in once)]))
    for view in VIEWS:
        assert (two.right[view] == one.right[view]).all()
        assert two.chance[view] == pytest.approx(one.chance[view])
    assert standing_of(two, "both").size == standing_of(one, "both").size
    assert reliability_of(two) == pytest.approx(reliability_of(one), abs=0.06)


def test_an_example_with_fewer_answers_than_others_counts_each_of_its_own_once() -> None:
    task, predictions = draw(World(PURE["redundancy"], 60, answers=3), np.random.default_rng(6))
    first = task.train[0].id
    fewer = [one for one in predictions if one.example_id != first or one.draw < 2]
    found = gather(task, fewer)[0]
    own = [one.answer == task.train[0].targets[0] for one in fewer if (one.example_id, one.view) == (first, "image")]
    assert found.right["image"][0] == np.mean(own)
    assert found.num_answers["image"].tolist() == [2] + [3] * 59


# ------------------------------------------------------------------------------------------------------- on disk


def test_draws_are_written_and_read_and_the_column_is_there_only_where_they_are(tmp_path: Path) -> None:
    once = [Prediction("t", name, "both", "x") for name in ("1", "2")]
    again = [replace(one, answer="y", draw=1) for one in once]
    assert "draw" not in pq.read_schema(write(tmp_path / "once.parquet", once)).names
    several = write(tmp_path / "several.parquet", [*again, *once])
    assert read(several)[0] == [once[0], again[0], once[1], again[1]]


def test_draws_in_csv_are_several_answers_and_the_same_draw_twice_is_set_aside(tmp_path: Path) -> None:
    rows = ["0,a", "1,b", "1,c", ",d", "x,e", "-1,f"]
    text = "task,example_id,view,draw,answer\n" + "".join(f"t,1,both,{row}\n" for row in rows)
    (tmp_path / "a.csv").write_text(text, encoding="utf-8")
    found, aside = read_for(["t"], tmp_path)
    assert [(one.draw, one.answer) for one in found["t"]] == [(0, "a"), (1, "b")]
    assert [row.reason for row in aside] == [
        "draw is 'x'; expected 0, 1, 2, ...: which of several answers this is",
        "draw is '-1'; expected 0, 1, 2, ...: which of several answers this is",
        "2 rows: an earlier one is on the same view",
        "2 rows of these with another answer, such as example 1 under both: 'c'",
    ]


# -------------------------------------------------------------------------------------------------------- asking

REPEATS = RepeatsSettings(answers=3, temperature=0.5)


def task(choices: tuple[str, ...] | None, number: int = 4) -> Task:
    examples = tuple(Example(f"{n:03d}", (), f"text {n}", ("yes",), choices) for n in range(number))
    return Task("mine", "Is it so?", "exact_match", "", {"train": examples}, "")


def asked(choices: tuple[str, ...] | None, repeats: RepeatsSettings | None = REPEATS) -> list[Question]:
    return questions(task(choices), ProfileSettings(repeats=repeats), seed=0)


def test_closed_questions_are_put_once_and_open_ones_for_every_answer_with_a_seed_of_its_own() -> None:
    assert asked(("yes", "no")) == asked(("yes", "no"), None)
    found = asked(None)
    assert [one.draw for one in found] == [0, 1, 2] * 16
    assert len({one.sampling.seed for one in found if one.sampling is not None}) == 48
    assert found == asked(None)
    assert most_times_asked(task(("yes", "no")), REPEATS) == 1
    assert most_times_asked(task(None), REPEATS) == 3


@pytest.mark.parametrize("choices", [("yes", "no"), None], ids=["closed", "open"])
def test_each_answer_is_asked_in_a_wording_of_its_own_and_not_sampled(choices: tuple[str, ...] | None) -> None:
    worded = RepeatsSettings(answers=3, wordings={"mine": ("Is that so?", "True?", "Left over.")})
    found = asked(choices, worded)
    assert [one.draw for one in found] == [0, 1, 2] * 16
    assert [one.shown.words.splitlines()[0] for one in found[:3]] == ["Is it so?", "Is that so?", "True?"]
    assert all(one.sampling is None for one in found)
    predictions = [Prediction(one.task, one.example_id, one.view, "yes", (-0.1, -2.0), draw=one.draw) for one in found]
    assert drawn(found, predictions, worded, seed=0) == predictions


def test_without_a_temperature_only_what_has_wordings_is_answered_more_than_once() -> None:
    only = RepeatsSettings(answers=3, wordings={"yours": ("a", "b")})
    assert asked(None, only) == asked(None, None)
    closed = asked(("yes", "no"), only)
    scored = [Prediction("mine", one.example_id, one.view, "yes", (-0.1, -2.0)) for one in closed]
    assert drawn(closed, scored, only, seed=0) == scored
    with pytest.raises(ConfigError, match=r"profile\.repeats: has neither wordings nor a temperature"):
        parse_config({"profile": {"repeats": {"answers": 3}}}, source="here")


def test_a_round_takes_all_answers_of_an_example_together() -> None:
    order = in_drawn_order(asked(None), seed=1)
    assert [len(example) for example in order] == [12] * 4
    assert all(len({one.example_id for one in example}) == 1 for example in order)


def test_answers_drawn_from_scores_follow_their_probabilities_and_nothing_else() -> None:
    choices = ("yes", "no")
    many = RepeatsSettings(answers=4000, temperature=2.0)
    closed = asked(choices, many)[:2]
    scored = [Prediction(one.task, one.example_id, one.view, "yes", (np.log(0.9), np.log(0.1))) for one in closed]
    found = drawn(closed, scored, many, seed=0)
    # At temperature 2 odds of 9 become odds of 3; the share of 4,000 has a standard error of 0.007.
    assert np.mean([one.answer == "yes" for one in found[:4000]]) == pytest.approx(0.75, abs=0.03)
    assert drawn(closed[1:], scored[1:], many, seed=0) == found[4000:]
    assert drawn(closed, scored, REPEATS.model_copy(update={"temperature": 2.0}), seed=0)[:3] == found[:3]
    assert drawn(closed, scored, many, seed=1) != found


def test_an_answer_without_scores_stays_the_one_that_it_is() -> None:
    closed = asked(("yes", "no"))[:1]
    told = [Prediction("mine", "000", "none", "yes")]
    assert drawn(closed, told, REPEATS, seed=0) == told
    scored = [replace(told[0], scores=(-0.1, -2.0))]
    assert drawn(closed, scored, None, seed=0) == scored


def test_wordings_of_no_task_and_too_few_of_them_are_refused_before_anything_is_asked() -> None:
    suite = Suite((task(None),))
    with pytest.raises(ConfigError, match=r"profile.repeats.wordings.yours: the suite has no such task; it has mine"):
        check_settings(RepeatsSettings(wordings={"yours": ("a", "b")}), suite)
    with pytest.raises(ConfigError, match=r"wordings\.mine: 1 besides the data's own are too few for 3 answers"):
        check_settings(RepeatsSettings(wordings={"mine": ("a",)}), suite)
    with pytest.raises(ConfigError, match="predictions are asked already"):
        parse_config({"profile": {"repeats": {"temperature": 1}, "predictions": "x"}}, source="here")
