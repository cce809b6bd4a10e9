"""The page names the tasks that another way of measuring would type otherwise, and a reason that the profile shows."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mintune.explain.evidence import ReportData
from mintune.explain.page import compose, render
from mintune.explain.sections.estimators import EstimatorsSection, estimators_section
from mintune.explain.words import Words
from mintune.records import Estimate, Information, InteractionProfile


def said(value: float) -> Estimate:
    return Estimate(value=value, low=value - 0.05, high=value + 0.05)


def task(kind: str, delta: float, **changes: object) -> InteractionProfile:
    """A task of that type, four fifths of which is known, with answers that are mostly right under both."""
    shares = {
        name: said(0.8 if name == kind else 0.05)
        for name in ("redundancy", "unique_image", "unique_text", "synergy", "unanswered")
    }
    profile = InteractionProfile(
        task="mine",
        estimator="knowledge",
        num_examples=200,
        type=kind,
        confidence=1.0,
        **shares,
        delta=said(delta),
        accuracy={"both": said(0.95)},
        kappa={"both": said(0.94)},
    )
    return profile.model_copy(update=changes)


def section(full: ReportData, *profiles: InteractionProfile) -> EstimatorsSection:
    found = estimators_section(
        replace(full, profiles=full.profiles.model_copy(update={"profiles": profiles})), Words("en")
    )
    assert found is not None
    return found


def test_tasks_on_which_all_agree_are_counted_and_not_listed(full: ReportData) -> None:
    found = section(full, task("redundancy", 1.8), task("unique_text", 1.0), task("synergy", 0.2))
    assert found.rows == []
    assert "For 3 of 3 typed tasks" in found.summary


@pytest.mark.parametrize(
    ("profile", "why"),
    [
        (task("redundancy", 1.0, redundancy=said(0.45), synergy=said(0.4)), "A mixture: its largest share is 47%"),
        (task("synergy", 1.0, kappa={"both": said(0.9)}), "two guesses agree by chance in 50% of examples"),
        (task("redundancy", 1.2, accuracy={"both": said(0.7)}, kappa={"both": said(0.65)}), "Only 70% is right even"),
        (task("synergy", 1.1), "agree with one another (delta 1.10) and how far with gold are two things"),
    ],
    ids=["mixture", "few answers", "slips", "otherwise"],
)
def test_the_reason_is_one_that_the_profile_shows(full: ReportData, profile: InteractionProfile, why: str) -> None:
    (row,) = section(full, profile).rows
    assert row.task == "mine"
    assert why in row.why


def test_bits_that_lead_elsewhere_are_told(full: ReportData) -> None:
    bits = Information(
        redundancy=said(0.2), unique_image=said(0.1), unique_text=said(0.0), synergy=said(1.5), answer_entropy_bits=2.0
    )
    found = section(full, task("redundancy", 1.8, information=bits))
    assert found.has_bits
    assert found.rows[0].bits == "Synergistic (1.50 bits)"
    assert found.rows[0].why.startswith("Bits weigh examples")
    none = bits.model_copy(update=dict.fromkeys(("synergy", "redundancy", "unique_image"), said(0.01)))
    assert section(full, task("redundancy", 1.8, information=none)).rows == []


def test_types_by_delta_itself_are_not_compared_with_it(full: ReportData) -> None:
    assert (
        estimators_section(replace(full, profiles=full.profiles.model_copy(update={"estimator": "delta"})), Words("en"))
        is None
    )


@pytest.mark.parametrize("language", ["en", "ja"])
def test_the_page_shows_the_table(full: ReportData, language: str) -> None:
    words = Words(language)
    first, *others = full.profiles.profiles
    odd = first.model_copy(update={"type": "redundancy", "delta": said(0.1)})
    table = full.profiles.model_copy(update={"profiles": (odd, *others)})
    page = render(compose(replace(full, profiles=table), words, exemplars=0), words)
    assert words("differ.title") in page
    assert words("differ.by_delta") in page
    assert words("differ.delta", type=words("differ.synergy"), score="0.10") in page
