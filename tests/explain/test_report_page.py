"""What the page is: whole, self-contained, well formed, safe, and honest about what is missing."""

from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from mintune.config import Config, ExplainSettings
from mintune.errors import DataError, RunError
from mintune.explain.evidence import ReportData
from mintune.explain.page import breakable, coded, compose
from mintune.explain.sections.making import making_section
from mintune.explain.stage import write_reports
from mintune.explain.words import Words
from mintune.records import Group, Grouping, Quarantined, Suite

VOID = {"meta", "img", "wbr", "br", "link", "hr", "input"}
SETTINGS = ExplainSettings()


class Outline(HTMLParser):
    """Tags, attributes and text of a page; fails on a tag that closes another than the one open."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in ("script", "style"):
            self.text.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]

    @property
    def words(self) -> str:
        return " ".join(" ".join(self.text).split())


@pytest.fixture(scope="module")
def pages(full: ReportData, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("full")
    paths = write_reports(full, folder, SETTINGS)
    return {path.name.split(".")[1]: path.read_text(encoding="utf-8") for path in paths}


@pytest.fixture(scope="module")
def early_pages(early: ReportData, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("early")
    return {
        path.name.split(".")[1]: path.read_text(encoding="utf-8") for path in write_reports(early, folder, SETTINGS)
    }


def test_one_page_a_language_in_the_order_asked_for(full: ReportData, tmp_path: Path) -> None:
    paths = write_reports(full, tmp_path / "new", ExplainSettings(languages=("ja", "en"), exemplars=0))
    assert [path.name for path in paths] == ["report.ja.html", "report.en.html"]
    assert all(path.parent == tmp_path / "new" for path in paths)


@pytest.mark.parametrize("language", ["en", "ja"])
def test_page_is_well_formed(pages: dict[str, str], early_pages: dict[str, str], language: str) -> None:
    for html in (pages[language], early_pages[language]):
        outline = Outline(html)
        assert outline.open == []
        assert len(outline.all("h1")) == 1
        assert outline.all("html")[0]["lang"] == language
        ids = Counter(attributes["id"] for _, attributes in outline.tags if attributes.get("id"))
        assert max(ids.values()) == 1
        inner_links = {attributes["href"] or "" for attributes in outline.all("a")}
        assert {link[1:] for link in inner_links if link.startswith("#")} <= set(ids)
        labels = {attributes["aria-labelledby"] for attributes in outline.all("section")}
        assert labels <= set(ids)


@pytest.mark.parametrize("language", ["en", "ja"])
def test_page_asks_nothing_of_the_network(pages: dict[str, str], language: str) -> None:
    outline = Outline(pages[language])
    assert not re.search(
        r"https?:|//[a-z]|@import|url\(", re.sub(r"data:image/[^\"]*", "", pages[language]).split("<script>")[0]
    )
    assert not outline.all("link")
    assert all("src" not in attributes for attributes in outline.all("script"))
    assert all((attributes["src"] or "").startswith("data:image/") for attributes in outline.all("img"))
    policy = next(a["content"] or "" for a in outline.all("meta") if a.get("http-equiv") == "Content-Security-Policy")
    assert policy.startswith("default-src 'none'")


@pytest.mark.parametrize("language", ["en", "ja"])
def test_policy_admits_exactly_the_script_in_the_page(pages: dict[str, str], language: str) -> None:
    script = re.findall(r"<script>(.*?)</script>", pages[language], flags=re.DOTALL)
    assert len(script) == 1
    digest = base64.b64encode(hashlib.sha256(script[0].encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in pages[language]


@pytest.mark.parametrize("language", ["en", "ja"])
def test_figures_and_pictures_say_what_they_show(pages: dict[str, str], language: str) -> None:
    outline = Outline(pages[language])
    assert all(attributes.get("alt") for attributes in outline.all("img"))
    for attributes in outline.all("svg"):
        inside_another = "width" in attributes
        assert inside_another or attributes.get("aria-label") or attributes.get("aria-hidden") == "true"
    assert all(attributes.get("scope") for attributes in outline.all("th"))


@pytest.mark.parametrize("language", ["en", "ja"])
def test_nothing_unwritten_shows(pages: dict[str, str], early_pages: dict[str, str], language: str) -> None:
    for html in (pages[language], early_pages[language]):
        words = Outline(html).words.split("{")[0]
        assert not re.search(r"\bnan\b|\bNone\b|\bundefined\b|\{\w+\}", words)


def test_page_stays_light(pages: dict[str, str]) -> None:
    without_pictures = re.sub(r"data:image/[^\"]*", "", pages["ja"])
    assert len(without_pictures.encode()) < 300_000


def test_same_records_give_the_same_bytes(full: ReportData, pages: dict[str, str], tmp_path: Path) -> None:
    again = write_reports(full, tmp_path, SETTINGS)
    assert [path.read_text(encoding="utf-8") for path in again] == [pages["en"], pages["ja"]]


def test_every_task_is_in_every_part(full: ReportData, pages: dict[str, str]) -> None:
    words = Outline(pages["en"]).words.replace(" ", "")
    for task in full.suite.tasks:
        assert words.count(task.name) >= 4


def test_data_cannot_become_markup(full: ReportData, tmp_path: Path) -> None:
    evil = "<script>alert(1)</script>\"'&"
    task = full.suite.tasks[0]
    examples = [replace(example, text=evil, targets=(evil,), choices=(evil, "no")) for example in task.train]
    renamed = replace(task, name=evil, instruction=evil, splits={"train": examples})
    predictions = [
        replace(prediction, task=evil, answer=evil, gold=(evil,)) for prediction in full.predictions[task.name]
    ]
    report = replace(
        full,
        suite=Suite((renamed,), (Quarantined(task=evil, file=evil, line=1, reason=evil),)),
        grouping=Grouping(
            strategy=evil,
            groups=(Group(name=evil, type=None, tasks=(evil,)),),
            membership={evil: {evil: 1.0}},
            reasons={evil: next(iter(full.grouping.reasons.values())).model_copy(update={"code": evil})},
        ),
        profiles=full.profiles.model_copy(
            update={"profiles": (full.profiles.profiles[0].model_copy(update={"task": evil}),)}
        ),
        scores=full.scores.model_copy(
            update={"scores": tuple(score.model_copy(update={"task": evil}) for score in full.scores.scores[:8])}
        )
        if full.scores
        else None,
        predictions={evil: predictions},
    )
    for path in write_reports(report, tmp_path, SETTINGS):
        html = path.read_text(encoding="utf-8")
        outline = Outline(html)
        assert outline.open == []
        assert len(outline.all("script")) == 1
        assert "<script>alert" not in html
        assert outline.words.count("alert(1)") > 10


def test_report_after_group_alone_says_what_was_not_measured(early: ReportData, early_pages: dict[str, str]) -> None:
    english, japanese = Outline(early_pages["en"]).words, Outline(early_pages["ja"]).words
    assert "13 tasks fall into 4 groups; whether tuning them that way pays has not been measured yet." in english
    assert "13タスクを4グループに分けました。この分け方で学習させる効果は、まだ測定していません。" in japanese
    assert "Nothing has been tuned and scored yet." in english
    assert "answers under image, text and both are not all there" in english


def test_budget_quarantine_and_limits_are_told(pages: dict[str, str]) -> None:
    english = Outline(pages["en"]).words
    assert "every strategy had the same 24,000 examples, 750 optimiser steps and" in english
    assert "2 rows could not be used and were set aside" in english
    assert "data/receipt_total/examples.jsonl, line 41" in english
    assert (
        "Not above chance under any strategy: old_script (1 of 13 tasks). The backbone cannot see this yet" in english
    )
    assert "Clearly worse than with one adapter for all tasks: mixed_inspection." in english
    assert "2 tasks could not be typed" in english
    assert "About 140 more examples would decide its type, which its data does not hold: it has 60" in english


@pytest.mark.parametrize("elsewhere", [{"predictions": Path("mine.csv")}, {"server": {"url": "http://there/v1"}}])
def test_where_others_answered_nothing_is_said_of_a_backbone(early: ReportData, elsewhere: dict[str, object]) -> None:
    config = Config.model_validate({**early.config.model_dump(), "profile": elsewhere})
    limits = making_section(replace(early, config=config), Words("en")).limits
    assert limits[:2] == [
        "It holds for these tasks and the model that answered. Another model can change types and groups.",
        "A type says what the model that answered could make of the examples, not what a person needs to solve them.",
    ]
    assert "backbone" not in " ".join(limits)
    page = compose(replace(early, config=config), Words("en"), exemplars=0)
    assert page.facts[0][1].startswith("none (")
    assert "this backbone" in making_section(early, Words("en")).limits[1]


def test_a_backbone_that_was_tuned_is_spoken_of_whoever_answered(full: ReportData) -> None:
    config = Config.model_validate({**full.config.model_dump(), "profile": {"predictions": Path("mine.csv")}})
    limits = making_section(replace(full, config=config), Words("en")).limits
    assert "this backbone and this amount of training" in limits[0]
    assert "the model that answered" in limits[1]


def test_a_difference_in_budget_is_rounded_up_as_it_says_at_most(full: ReportData) -> None:
    assert full.scores is not None
    for fewer, said in ((655_360, "the same 24,000 examples"), (655_000, "by at most 1%"), (647_000, "by at most 2%")):
        scores = full.scores.model_copy(update={"parameters": full.scores.parameters | {"single": fewer}})
        assert said in making_section(replace(full, scores=scores), Words("en")).budget


def test_languages_link_to_each_other(pages: dict[str, str], full: ReportData, tmp_path: Path) -> None:
    links = {language: {a["href"] for a in Outline(html).all("a")} for language, html in pages.items()}
    assert "report.ja.html" in links["en"]
    assert "report.en.html" in links["ja"]
    alone = write_reports(full, tmp_path, ExplainSettings(languages=("ja",), exemplars=0))[0].read_text(
        encoding="utf-8"
    )
    assert "report.en.html" not in alone


def test_exemplars_can_be_left_out(full: ReportData, tmp_path: Path) -> None:
    html = write_reports(full, tmp_path, ExplainSettings(languages=("en",), exemplars=0))[0].read_text(encoding="utf-8")
    assert "data:image" not in html
    assert "#exemplars" not in html


def test_a_name_may_break_after_its_marks() -> None:
    assert breakable("surface_defect.v2") == "surface_<wbr>defect.<wbr>v2<wbr>"
    assert breakable("<b>_x") == "&lt;b&gt;_<wbr>x<wbr>"


def test_a_task_in_an_unknown_group_is_an_error(early: ReportData, tmp_path: Path) -> None:
    broken = early.grouping.model_copy(update={"membership": {"flag_region": {"nowhere": 1.0}}})
    with pytest.raises(DataError, match="'flag_region' is placed in nowhere"):
        write_reports(replace(early, grouping=broken), tmp_path, SETTINGS)


def test_a_folder_that_cannot_be_written_is_an_error(early: ReportData, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(RunError, match="cannot be written"):
        write_reports(early, tmp_path / "taken", SETTINGS)


def test_what_stands_between_backticks_is_set_as_code_and_the_rest_is_escaped() -> None:
    assert coded("Run `a < b` & see `c`.") == "Run <code>a &lt; b</code> &amp; see <code>c</code>."
    assert coded("plain") == "plain"
