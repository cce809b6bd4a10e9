"""Section 4: examples of each task with picture, words, and the answer under each view."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mintune.explain.evidence import Badge, badges, tasks_by_group
from mintune.explain.exemplars import Exemplar, choose_exemplars
from mintune.explain.pictures import data_url
from mintune.explain.words import percent, whole
from mintune.profile.similarity import named

if TYPE_CHECKING:
    from mintune.explain.evidence import ReportData
    from mintune.explain.words import Words
    from mintune.records import ExampleType, Picture

MOST_CHARACTERS = 400
MOST_IMAGES = 4
MOST_CHOICES = 12
ROUNDS_TO_ONE = 0.995


@dataclass(frozen=True)
class ShownPicture:
    """A picture as a data URL (empty where it cannot be shown) with the words read aloud in its place."""

    url: str
    alt: str


@dataclass(frozen=True)
class ShownAnswer:
    """An answer under a view; `mark` is right or wrong."""

    view: str
    answer: str
    mark: str
    mark_name: str


@dataclass(frozen=True)
class ShownExemplar:
    """One example as the page shows it; `likeliest` is what it most likely is, empty where that cannot be said."""

    pattern: str
    frequency: str
    likeliest: str
    pictures: list[ShownPicture]
    more_pictures: str
    text: str
    more_text: str
    gold: str
    choices: str
    answers: list[ShownAnswer]


@dataclass(frozen=True)
class TaskExemplars:
    """A task with its exemplars; none where answers under the views are missing.

    Where the instruction is empty, or none of the exemplars has a picture or a text of its own (predictions made
    elsewhere come without), nothing is shown in its place.
    """

    task: str
    badge: Badge
    type: str
    type_name: str
    instruction: str
    has_pictures: bool
    has_texts: bool
    exemplars: list[ShownExemplar]


def exemplars_section(report: ReportData, words: Words, count: int) -> list[TaskExemplars]:
    """Every task in the order of the groups, with at most `count` exemplars each; empty where none are asked for."""
    if not count:
        return []
    types = {profile.task: profile.type for profile in report.profiles.profiles}
    known = {task.name: task for task in report.suite.tasks}
    marked = badges(report.grouping)
    max_pixels = report.config.suite.max_pixels
    own = report.config.profile.similarity
    similarity = None if own is None else named(own)
    shown = []
    for group, names in tasks_by_group(report):
        for name in names:
            if name not in known:
                continue
            kind = types.get(name, "undetermined")
            chosen = choose_exemplars(known[name], report.predictions.get(name, ()), count, similarity=similarity)
            told = report.example_types.get(name, {})
            shown.append(
                TaskExemplars(
                    task=name,
                    badge=marked[group.name],
                    type=kind,
                    type_name=words.name("type", kind),
                    instruction=known[name].instruction,
                    has_pictures=any(one.example.images for one in chosen),
                    has_texts=any(one.example.text for one in chosen),
                    exemplars=[_show(one, told.get(one.example.id), words, max_pixels) for one in chosen],
                )
            )
    return shown


def _show(exemplar: Exemplar, told: ExampleType | None, words: Words, max_pixels: int) -> ShownExemplar:
    example = exemplar.example
    hidden_text = len(example.text) - MOST_CHARACTERS
    hidden_images = len(example.images) - MOST_IMAGES
    return ShownExemplar(
        pattern=words(f"pattern.{exemplar.pattern}"),
        frequency=words("exemplars.frequency", count=whole(exemplar.num_alike), total=whole(exemplar.num_examples)),
        likeliest=_likeliest(told, words) if told else "",
        pictures=[
            _picture(picture, number, example.id, words, max_pixels)
            for number, picture in enumerate(example.images[:MOST_IMAGES], start=1)
        ],
        more_pictures=words("exemplars.more_images", n=whole(hidden_images)) if hidden_images > 0 else "",
        text=example.text[:MOST_CHARACTERS],
        more_text=words("exemplars.more_text", n=whole(hidden_text)) if hidden_text > 0 else "",
        gold=words("exemplars.or").join(example.targets),
        choices=_choices(example.choices, words),
        answers=[
            ShownAnswer(
                view=words(f"view.{answer.view}"),
                answer=answer.answer[:MOST_CHARACTERS] or words("exemplars.empty"),
                mark="right" if answer.is_right else "wrong",
                mark_name=words("exemplars.right" if answer.is_right else "exemplars.wrong"),
            )
            for answer in exemplar.answers
        ],
    )


def _likeliest(told: ExampleType, words: Words) -> str:
    kind, probability = told.likeliest
    name = words("exemplars.unknown") if kind == "unanswered" else words.name("type", kind)
    # No probability is 1, and none is shown as if it were.
    sure = percent(probability) if probability < ROUNDS_TO_ONE else words("exemplars.nearly_certain")
    return words("exemplars.likeliest", type=name, probability=sure)


def _picture(picture: Picture, number: int, example_id: str, words: Words, max_pixels: int) -> ShownPicture:
    alt = words("exemplars.picture", number=str(number), example=example_id)
    return ShownPicture(data_url(picture, max_pixels) or "", alt)


def _choices(choices: tuple[str, ...] | None, words: Words) -> str:
    """The choices in a row, shortened where there are many."""
    if choices is None:
        return ""
    shown = words("list.between").join(choices[:MOST_CHOICES])
    more = len(choices) - MOST_CHOICES
    return words("exemplars.more_choices", shown=shown, n=whole(more)) if more > 0 else shown
