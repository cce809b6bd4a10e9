"""Exemplars stand for the commonest patterns, and pictures carry nothing but what is seen."""

from __future__ import annotations

import base64
import io
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image, PngImagePlugin

from mintune.config import WorldSettings
from mintune.explain.evidence import ReportData
from mintune.explain.exemplars import choose_exemplars
from mintune.explain.page import compose, render
from mintune.explain.pictures import LONGEST_SIDE, data_url
from mintune.explain.sections.exemplars import MOST_CHARACTERS, exemplars_section
from mintune.explain.words import Words
from mintune.profile.evidence import gather
from mintune.profile.stage import gather_suite
from mintune.records import Example, ExampleType, Picture, Prediction, Task, View
from mintune.tasks.outlines import outlines
from mintune.tasks.storage import ArrowExamples
from mintune.tasks.world import build_world

VIEWS_OF: dict[str, View] = {"i": "image", "t": "text", "b": "both", "n": "none"}


def task_of(patterns: list[str]) -> tuple[Task, list[Prediction]]:
    """A task with one example a pattern; a pattern names the views that were answered rightly, such as "ib"."""
    examples = [Example(f"e{number:02d}", (), "words", ("yes", "yeah")) for number in range(len(patterns))]
    predictions = [
        Prediction("task", example.id, view, "Yes." if key in right else "no")
        for example, right in zip(examples, patterns, strict=True)
        for key, view in VIEWS_OF.items()
    ]
    return Task(
        "task", "Say.", "exact_match", "", {"train": examples[:1], "validation": examples[1:]}, "f"
    ), predictions


def test_the_commonest_pattern_comes_first_and_none_twice_before_all_were_shown() -> None:
    task, predictions = task_of(["itb", "b", "b", "b", "ib", "ib", "b"])
    chosen = choose_exemplars(task, predictions, 3)
    assert [(e.pattern, e.example.id, e.num_alike, e.num_examples) for e in chosen] == [
        ("001", "e01", 4, 7),
        ("101", "e04", 2, 7),
        ("111", "e00", 1, 7),
    ]


def test_an_open_answer_is_right_by_the_rule_of_the_profile() -> None:
    example = Example("e", (), "words", ("a red bus",))
    said: dict[View, str] = {"image": "red bus there", "text": "bus", "both": "blue"}
    predictions = [Prediction("task", "e", view, answer) for view, answer in said.items()]
    open_task = Task("task", "Say.", "token_f1", "", {"train": [example]}, "f")
    assert choose_exemplars(open_task, predictions, 1)[0].pattern == "110"
    choices = ("a red bus", "red bus there", "bus", "blue")
    closed = Task("task", "Say.", "exact_match", "", {"train": [replace(example, choices=choices)]}, "f")
    assert choose_exemplars(closed, predictions, 1)[0].pattern == "000"


def test_a_pattern_is_shown_again_when_all_patterns_were() -> None:
    task, predictions = task_of(["b", "b", "itb"])
    assert [exemplar.example.id for exemplar in choose_exemplars(task, predictions, 5)] == ["e00", "e02", "e01"]


def test_no_example_is_read_but_those_that_are_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (task,) = build_world(WorldSettings(examples=20, test_examples=10, tasks=("for_mia",)), seed=0, cache=tmp_path)
    last = list(outlines(task.train))[-1]
    read: list[object] = []
    one_by_one = ArrowExamples.__getitem__
    monkeypatch.setattr(ArrowExamples, "__getitem__", lambda rows, index: read.append(index) or one_by_one(rows, index))
    said = [Prediction(task.name, last.id, view, "red") for view in VIEWS_OF.values()]
    [chosen] = choose_exemplars(task, said, 3)
    assert chosen.example.id == last.id
    assert read == [len(task.train) - 1]


def test_answers_follow_the_order_of_views_with_their_marks() -> None:
    task, predictions = task_of(["b"])
    answers = choose_exemplars(task, list(reversed(predictions)), 1)[0].answers
    assert [(answer.view, answer.is_right) for answer in answers] == [
        ("none", False),
        ("image", False),
        ("text", False),
        ("both", True),
    ]


def test_gold_is_that_of_the_task_as_in_the_profile() -> None:
    task, predictions = task_of(["b", "b"])
    strange = [replace(prediction, gold=("no",)) for prediction in predictions]
    assert choose_exemplars(task, strange, 1)[0].pattern == "001"
    assert gather(task, strange)[0].right["both"].tolist() == [1, 1]


def by_number(first: str, second: str) -> float:
    """A notion of one's own: the same number, whatever unit is named after it."""
    return 0.5 if first.split(maxsplit=1)[0] == second.split(maxsplit=1)[0] else 0.49


@pytest.mark.parametrize("choices", [None, ("5 kg", "5 kilos", "6 kg")])
def test_a_similarity_of_ones_own_judges_as_in_the_profile(full: ReportData, choices: tuple[str, ...] | None) -> None:
    known = full.suite.tasks[0]
    examples = [Example(f"e{number}", (), "words", ("5 kg",), choices) for number in range(4)]
    task = replace(known, splits={"train": examples, "validation": []})
    said: dict[View, str] = {"image": "5 kilos", "text": "6 kg", "both": "5 kilos"}
    predictions = [Prediction(task.name, e.id, view, answer) for e in examples for view, answer in said.items()]
    settings = full.config.profile.model_copy(update={"similarity": f"{__name__}:by_number"})
    report = replace(
        full,
        config=full.config.model_copy(update={"profile": settings}),
        suite=replace(full.suite, tasks=(task,)),
        predictions={task.name: predictions},
    )
    shown = exemplars_section(report, Words("en"), 1)[0].exemplars[0]
    assert shown.pattern == "Right from the image, not from the text"
    assert [answer.mark for answer in shown.answers] == ["right", "wrong", "right"]
    evidence = gather_suite(report.suite, report.predictions, settings).evidence[0]
    assert [evidence.right[view].mean() for view in ("image", "text", "both")] == [1, 0, 1]


def test_an_open_answer_must_clear_the_bar_of_its_task_as_in_the_profile() -> None:
    colours = ("red", "blue", "green", "black", "white", "grey")
    examples = [Example(f"e{n}", (), "words", (f"a {colour} square",)) for n, colour in enumerate(colours)]
    task = Task("task", "Say.", "token_f1", "", {"train": examples, "validation": []}, "f")
    said: dict[View, str] = {"image": "a pink square", "text": "a pink square"}
    predictions = [Prediction("task", e.id, view, answer) for e in examples for view, answer in said.items()]
    predictions += [Prediction("task", e.id, "both", e.targets[0]) for e in examples]
    assert choose_exemplars(task, predictions, 1)[0].pattern == "001"
    assert gather(task, predictions)[0].right["image"].sum() == 0


def test_of_several_answers_under_a_view_the_first_drawn_is_shown() -> None:
    task, predictions = task_of(["b", "b"])
    again = [replace(prediction, draw=1, answer="later") for prediction in predictions]
    assert [a.answer for a in choose_exemplars(task, [*again, *predictions], 1)[0].answers][-1] == "Yes."


def test_without_the_three_views_there_is_no_exemplar() -> None:
    task, predictions = task_of(["b", "b"])
    assert choose_exemplars(task, [p for p in predictions if p.view != "image"], 3) == []
    assert choose_exemplars(task, [], 3) == []
    assert choose_exemplars(task, predictions, 0) == []


def test_predictions_of_unknown_examples_are_passed_over() -> None:
    task, predictions = task_of(["b", "b"])
    strangers = [
        replace(prediction, example_id="a" + prediction.example_id, gold=("yes",)) for prediction in predictions
    ]
    assert choose_exemplars(task, strangers, 3) == []


def picture_of(image: Image.Image, kind: str = "PNG", **options: object) -> Picture:
    data = io.BytesIO()
    image.save(data, kind, **options)
    return Picture("0" * 64, data.getvalue())


def opened(url: str | None) -> Image.Image:
    assert url is not None
    return Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2])))


def test_pictures_are_made_small_and_lose_their_metadata() -> None:
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Comment", "SECRET")
    url = data_url(picture_of(Image.new("RGB", (900, 300), "navy"), pnginfo=notes), 10**6)
    image = opened(url)
    assert image.size == (LONGEST_SIDE, round(LONGEST_SIDE / 3))
    assert "Comment" not in image.info
    assert b"SECRET" not in base64.b64decode((url or "").partition(",")[2])


def test_what_is_transparent_becomes_white() -> None:
    image = opened(data_url(picture_of(Image.new("RGBA", (20, 20), (200, 0, 0, 0))), 10**6)).convert("RGB")
    assert image.getpixel((10, 10)) == (255, 255, 255)


@pytest.mark.parametrize("mode", ["1", "L", "P", "I;16", "CMYK"])
def test_every_mode_can_be_shown(mode: str) -> None:
    kind = "JPEG" if mode == "CMYK" else "PNG"
    assert opened(data_url(picture_of(Image.new(mode, (30, 30)), kind), 10**6)).size == (30, 30)


def test_what_is_no_picture_or_too_large_is_left_out() -> None:
    whole = picture_of(Image.effect_noise((64, 64), 50))
    assert data_url(Picture("0" * 64, b"not a picture"), 10**6) is None
    assert data_url(Picture("0" * 64, whole.data[: len(whole.data) // 2]), 10**6) is None
    assert data_url(Picture("0" * 64, b""), 10**6) is None
    assert data_url(whole, 64 * 64 - 1) is None


def test_long_texts_many_choices_and_pictures_are_shortened_and_counted(full: ReportData) -> None:
    task = full.suite.tasks[0]
    broken = Picture("0" * 64, b"no")
    examples = [
        replace(example, text="x" * 100_000, images=(broken,) * 6, choices=tuple(map(str, range(40))))
        for example in task.train
    ]
    changed = replace(task, splits={"train": examples})
    report = replace(full, suite=replace(full.suite, tasks=(changed,)))
    shown = exemplars_section(report, Words("en"), 3)[0].exemplars[0]
    assert len(shown.text) == MOST_CHARACTERS
    assert shown.more_text == "99,600 more characters"
    assert shown.more_pictures == "2 more images"
    assert shown.choices.endswith("11 and 28 more")
    assert [picture.url for picture in shown.pictures] == [""] * 4


@pytest.mark.parametrize(
    ("probabilities", "english", "japanese"),
    [
        (
            (0.1, 0.72, 0.1, 0.05, 0.03),
            "This example is most likely: Image-unique (72%)",
            "この事例の最も有力な型：画像依存型（確率72%）",
        ),
        (
            (0.0, 0.0, 0.0, 0.001, 0.999),
            "This example is most likely: known under no view (over 99%)",
            "この事例の最も有力な型：どの見せ方でも分かっていない（確率99%超）",
        ),
    ],
)
def test_an_exemplar_says_what_it_most_likely_is(
    full: ReportData, probabilities: tuple[float, ...], english: str, japanese: str
) -> None:
    task = full.suite.tasks[0]
    told = {example.id: ExampleType(task.name, example.id, probabilities) for example in task.train}
    report = replace(full, example_types={task.name: told})
    for language, said in (("en", english), ("ja", japanese)):
        words = Words(language)
        sections = {section.task: section for section in exemplars_section(report, words, 1)}
        assert sections[task.name].exemplars[0].likeliest == said
        assert {
            one.likeliest for name, section in sections.items() if name != task.name for one in section.exemplars
        } == {""}
        assert said in render(compose(report, words, exemplars=1), words)


@pytest.mark.parametrize("language", ["en", "ja"])
def test_nothing_stands_in_place_of_what_no_example_of_a_task_has(full: ReportData, language: str) -> None:
    """Predictions made elsewhere have neither instructions nor pictures nor texts."""
    words = Words(language)
    task = full.suite.tasks[0]
    bare = [replace(example, images=(), text="") for example in task.train]

    def page(*examples: Example, instruction: str = "") -> str:
        alone = replace(task, instruction=instruction, splits={"train": list(examples)})
        report = replace(full, suite=replace(full.suite, tasks=(alone,)))
        return render(compose(report, words, exemplars=3), words)

    placeholders = (words("exemplars.no_image"), words("exemplars.no_text"))
    left_out = page(*bare)
    assert words("exemplars.gold") in left_out
    heading = f"<b>{words('exemplars.instruction')}</b>"
    assert not [said for said in (*placeholders, heading) if said in left_out]
    assert f"{heading} Say." in page(*bare, instruction="Say.")
    shown = choose_exemplars(replace(task, splits={"train": bare}), full.predictions[task.name], 3)
    first = next(place for place, example in enumerate(bare) if example.id == shown[0].example.id)
    told = page(*bare[:first], task.train[first], *bare[first + 1 :])
    assert all(said in told for said in placeholders)
