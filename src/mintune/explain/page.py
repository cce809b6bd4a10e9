"""One report as one HTML page: sections in words, set in the templates, with style and script inside.

The page asks nothing of the network and opens from disk. Its content security policy forbids every request, so that
even a mistake in a template could not make one. Everything that comes from data is escaped by the template engine.
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from mintune.explain.sections.answer import AnswerSection, answer_section
from mintune.explain.sections.bits import BitsSection, bits_section
from mintune.explain.sections.estimators import EstimatorsSection, estimators_section
from mintune.explain.sections.exemplars import TaskExemplars, exemplars_section
from mintune.explain.sections.groups import GroupsSection, groups_section
from mintune.explain.sections.hiding import HidingSection, hiding_section
from mintune.explain.sections.making import MakingSection, making_section
from mintune.explain.sections.scores import ScoresSection, scores_section
from mintune.explain.sections.tasks import TasksSection, tasks_section
from mintune.explain.words import Words, whole

if TYPE_CHECKING:
    from mintune.explain.evidence import ReportData


@dataclass(frozen=True)
class Page:
    """What the template `report.html` shows."""

    language: str
    other_language: str
    other_page: str
    made: str
    facts: list[tuple[str, str]]
    answer: AnswerSection
    tasks: TasksSection
    estimators: EstimatorsSection | None
    bits: BitsSection | None
    hiding: HidingSection | None
    groups: GroupsSection
    exemplars: list[TaskExemplars]
    adapted: bool
    probed: bool
    scores: ScoresSection | None
    unscored: str
    making: MakingSection


def compose(report: ReportData, words: Words, *, exemplars: int, other_language: str = "") -> Page:
    """All sections in one language; `other_language` names the sibling page to link to, where there is one."""
    return Page(
        language=words.language,
        other_language=other_language,
        other_page=page_name(other_language) if other_language else "",
        made=_made(report, words),
        facts=_facts(report, words),
        answer=answer_section(report, words),
        tasks=tasks_section(report, words),
        estimators=estimators_section(report, words),
        bits=bits_section(report, words),
        hiding=hiding_section(report, words),
        groups=groups_section(report, words),
        exemplars=exemplars_section(report, words, exemplars),
        adapted=report.profiles.adapted,
        probed=bool(report.profiles.probes),
        scores=scores_section(report, words),
        unscored=words("scores.stale") if "evaluate" in report.stale else words("scores.unmeasured"),
        making=making_section(report, words),
    )


def page_name(language: str) -> str:
    """The file name of the report in that language."""
    return f"report.{language}.html"


def render(page: Page, words: Words) -> str:
    """The page as HTML, whole and self-contained."""
    style, script = _template_text("report.css"), _template_text("report.js")
    return (
        _environment()
        .get_template("report.html")
        .render(page=page, t=words, style=Markup(style), script=Markup(script), script_hash=_hash(script))
    )


def _backbone(report: ReportData, words: Words) -> str:
    """Who answered; where others did and nothing was tuned, the configured backbone had no part in it."""
    if report.profiles.probes:
        return words("page.probes")
    profiled = report.config.profile
    if profiled.predictions is not None and report.scores is None:
        return words("page.predictions")
    if profiled.server is not None and report.scores is None:
        return words("page.server", url=profiled.server.url)
    return report.config.backbone


def _facts(report: ReportData, words: Words) -> list[tuple[str, str]]:
    """The run in a few figures, for the head of the page."""
    scores = report.scores.scores if report.scores else ()
    facts = [
        (words("page.backbone"), _backbone(report, words)),
        (words("page.tasks"), whole(len(report.grouping.membership))),
        (words("page.strategy"), words.strategy(report.main)),
        (words("page.groups"), whole(len(report.grouping.groups))),
        (words("page.profiled"), whole(sum(profile.num_examples for profile in report.profiles.profiles))),
    ]
    tested = {score.task: score.num_examples for score in scores if score.num_examples}
    if tested:
        facts.append((words("page.tested"), whole(sum(tested.values()))))
    if scores:
        facts.append((words("page.seeds"), whole(report.num_seeds)))
    return facts


def _made(report: ReportData, words: Words) -> str:
    if not report.provenance:
        return ""
    last = max(report.provenance, key=lambda made: made.time)
    return words("page.made", time=last.time.replace("T", " "), version=last.mintune)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("mintune.explain"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["breakable"] = breakable
    environment.filters["coded"] = coded
    return environment


def coded(sentence: str) -> Markup:
    """A sentence, escaped, in which what stands between backticks is set as code."""
    said, *rest = re.split(r"`([^`]+)`", sentence)
    pairs = zip(rest[::2], rest[1::2], strict=True)
    return Markup("").join([escape(said), *(Markup("<code>{}</code>{}").format(code, after) for code, after in pairs)])


def breakable(name: str) -> Markup:
    """A name that a narrow column may break after `_`, `-`, `.` and `/`, escaped."""
    return Markup("<wbr>").join(re.findall(r"[^_./-]*[_./-]?", name))


def _template_text(name: str) -> str:
    return resources.files("mintune.explain").joinpath("templates", name).read_text(encoding="utf-8").strip()


def _hash(script: str) -> str:
    """The script's digest as a content security policy names it."""
    return "sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
