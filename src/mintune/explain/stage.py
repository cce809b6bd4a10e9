"""Write the reports: one self-contained HTML page for each language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mintune.errors import DataError
from mintune.explain.page import compose, page_name, render
from mintune.explain.words import Words
from mintune.run import write_text

if TYPE_CHECKING:
    from pathlib import Path

    from mintune.config import ExplainSettings
    from mintune.explain.evidence import ReportData


def write_reports(report: ReportData, folder: Path, settings: ExplainSettings) -> list[Path]:
    """Write `report.<language>.html` into `folder` for each language; each is written whole or not at all.

    Args:
        report: the records of a run; those after `group` may be missing.
        folder: where the pages go; made where it is missing.
        settings: languages, and the number of exemplars a task.

    Returns:
        The pages' paths, in the order of the languages.

    Raises:
        DataError: the records do not belong together (a task is placed in a group that the grouping does not have).
        RunError: the folder cannot be written.
    """
    _check(report)
    pages = []
    for language in settings.languages:
        others = [other for other in settings.languages if other != language]
        words = Words(language)
        page = compose(report, words, exemplars=settings.exemplars, other_language=others[0] if others else "")
        pages.append(write_text(folder / page_name(language), render(page, words)))
    return pages


def _check(report: ReportData) -> None:
    known = {group.name for group in report.grouping.groups}
    for task, weights in report.grouping.membership.items():
        strangers = sorted(set(weights) - known)
        if strangers or not weights:
            raise DataError(
                f"grouping {report.main!r}: task {task!r} is placed in {', '.join(strangers) or 'no group'}; "
                f"groups are: {', '.join(sorted(known)) or 'none'}"
            )
