"""Whoever asks for bits is told them on the terminal, and why where there are none."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.profile.simulated import PURE, World, draw

from mintune.cli.profile import show_profiles
from mintune.config import ProfileSettings
from mintune.explain.sections.bits import REASONS
from mintune.profile.evidence import gather
from mintune.profile.stage import profile_task
from mintune.profile.without_bits import without_bits
from mintune.records import Estimate, Information, InteractionProfile, Prediction, ProfileTable

WITHOUT = {
    "open": (World(PURE["redundancy"], 60, is_open=True), "scores"),
    "unscored": (World(PURE["redundancy"], 60), "scores"),
    "short": (World(PURE["redundancy"], 40), "few"),
    "rich": (World(PURE["redundancy"], 60, prior=(0.1,) * 10), "few"),
}
"""Tasks that have no bits, and which words the report has for the reason."""


def profiled(name: str, world: World) -> InteractionProfile:
    task, predictions = draw(world, np.random.default_rng(0), name=name)
    if name in ("short", "rich"):
        predictions = [scored(one, task.train[0].choices or ()) for one in predictions]
    return profile_task(gather(task, predictions)[0], ProfileSettings(information=True), seed=0)


def scored(one: Prediction, choices: tuple[str, ...]) -> Prediction:
    return replace(one, scores=tuple(0.0 if choice == one.answer else -2.0 for choice in choices))


@pytest.mark.parametrize("name", WITHOUT)
def test_the_report_has_words_for_every_reason(name: str) -> None:
    world, key = WITHOUT[name]
    [(reason, tasks)] = without_bits([profiled(name, world)]).items()
    assert tasks == [name]
    assert [known for part, known in REASONS.items() if part in reason] == [key]


def test_tasks_with_the_same_reason_share_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    profiles = tuple(profiled(name, WITHOUT[name][0]) for name in ("open", "short", "unscored"))
    show_profiles(ProfileTable(estimator="knowledge", profiles=profiles))
    said = capsys.readouterr().out.split("no bits, and why:\n")[1].splitlines()
    assert said == [
        "  needs the same choices with scores for every example, and no similarity of your own: open, unscored",
        "  40 examples; at least 50 are needed: short",
    ]


def test_bits_are_a_table_on_the_terminal_where_they_were_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    plain = profiled("open", WITHOUT["open"][0]).model_copy(update={"notes": ()})
    part = Estimate(value=0.524, low=0.405, high=0.61, raw=0.6)
    none = Estimate(value=0.0, low=0.0, high=0.02, raw=-0.01)
    bits = Information(redundancy=part, unique_image=none, unique_text=none, synergy=part, answer_entropy_bits=1.58)
    show_profiles(ProfileTable(estimator="knowledge", profiles=(plain, plain.model_copy(update={"information": bits}))))
    shown = capsys.readouterr().out
    assert "synergy is a lower bound" in shown
    *_, row = [line for line in shown.splitlines() if line.startswith("open ")]
    assert " ".join(row.split()) == (
        "open 0.52 [0.41, 0.61] 0.00 [0.00, 0.02] 0.00 [0.00, 0.02] 0.52 [0.41, 0.61] 1.58"
    )
    show_profiles(ProfileTable(estimator="knowledge", profiles=(plain,)))
    assert "lower bound" not in capsys.readouterr().out
