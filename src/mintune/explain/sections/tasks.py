"""Section 2: the map of tasks, and the shares of each with their intervals."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mintune.explain.charts.share_bar import share_bar
from mintune.explain.charts.task_map import NEARLY_NOTHING, MapMark, MapWords, cloud_of, place_of, task_map
from mintune.explain.evidence import Badge, badges, tasks_by_group
from mintune.explain.words import ABSENT, decimal, percent, whole
from mintune.profile.clipping import moved_by_clipping
from mintune.profile.undetermined import has_shares, held_at_most
from mintune.records import SHARES, TYPES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from markupsafe import Markup

    from mintune.explain.evidence import ReportData
    from mintune.explain.words import Words
    from mintune.records import Estimate, InteractionProfile, InteractionType, View


@dataclass(frozen=True)
class Cell:
    """A share in the table: its number, its interval and the bar beside it."""

    value: str
    interval: str
    bar: Markup | None
    sort: str
    title: str


NOTHING = Cell(value=ABSENT, interval="", bar=None, sort="", title="")
"""Where the examples do not tell: a number would say something that nobody knows."""

ACCURACY_VIEWS: tuple[View, ...] = ("image", "text", "both", "none")


@dataclass(frozen=True)
class TaskRow:
    """One task in the table of shares."""

    task: str
    badge: Badge
    type: InteractionType
    type_name: str
    remark: str
    built: str
    is_mistyped: bool
    examples: str
    cells: list[Cell]
    delta: str
    delta_interval: str


@dataclass(frozen=True)
class AccuracyRow:
    """How often one task was answered rightly under each view, in the order of the headings."""

    task: str
    badge: Badge
    cells: list[Cell]


@dataclass(frozen=True)
class AccuracyTable:
    """How often answers were right by what was shown, before anything is corrected for guessing."""

    note: str
    headings: list[str]
    rows: list[AccuracyRow]


@dataclass(frozen=True)
class TasksSection:
    """The map, what it leaves out, the tables, and how many tasks are of which type."""

    tally: list[tuple[str, str, str]]
    meanings: list[tuple[str, str, str]]
    map: Markup
    how: str
    left_out: list[str]
    caption: str
    headings: list[tuple[str, str]]
    rows: list[TaskRow]
    notes: list[str]
    accuracy: AccuracyTable | None


def tasks_section(report: ReportData, words: Words) -> TasksSection:
    """How image and text work together in each task, ordered by group."""
    profiles = {profile.task: profile for profile in report.profiles.profiles}
    marked = badges(report.grouping)
    ordered = [
        (profiles[task], marked[group.name])
        for group, tasks in tasks_by_group(report)
        for task in tasks
        if task in profiles
    ]
    confidence = percent(report.config.profile.confidence)
    tally = Counter(profile.type for profile, _ in ordered)
    built = {task.name: task.built_type for task in report.suite.tasks if task.built_type}
    return TasksSection(
        tally=[
            (kind, words.name("type", kind), whole(tally[kind])) for kind in (*TYPES, "undetermined") if tally[kind]
        ],
        meanings=[
            (kind, words.name("type", kind), words(f"meaning.{kind}"))
            for kind in (*TYPES, "undetermined", "unanswered")
        ],
        map=_map(ordered, report, words),
        how=words("map.how", confidence=confidence),
        left_out=_left_out([profile for profile, _ in ordered], words),
        caption=words(
            "shares.caption", estimator=words.name("estimator", report.profiles.estimator), confidence=confidence
        ),
        headings=[(kind, words.name("type", kind)) for kind in SHARES],
        rows=[_row(profile, badge, built, report.held, words) for profile, badge in ordered],
        notes=_notes([profile for profile, _ in ordered], built, words),
        accuracy=_accuracy(ordered, confidence, words),
    )


def _left_out(profiles: list[InteractionProfile], words: Words) -> list[str]:
    """Which tasks have no place on the map: those hardly done, of unknown shares, or without an example."""
    without: dict[str, list[str]] = {"left_out": [], "unknown": [], "no_examples": []}
    for profile in profiles:
        if not profile.num_examples:
            without["no_examples"].append(profile.task)
        elif not has_shares(profile):
            without["unknown"].append(profile.task)
        elif place_of(profile.shares) is None:
            without["left_out"].append(profile.task)
    return [
        words(f"map.{why}", share=percent(NEARLY_NOTHING), tasks=words.listing(tasks))
        for why, tasks in without.items()
        if tasks
    ]


def _accuracy(ordered: list[tuple[InteractionProfile, Badge]], confidence: str, words: Words) -> AccuracyTable | None:
    """None where no profile tells; views that were asked of no task have no column."""
    views = [view for view in ACCURACY_VIEWS if any(view in profile.accuracy for profile, _ in ordered)]
    if not views:
        return None
    return AccuracyTable(
        note=words("accuracy.note", confidence=confidence),
        headings=[words(f"view.{view}") for view in views],
        rows=[
            AccuracyRow(profile.task, badge, [_right(profile.accuracy.get(view), words) for view in views])
            for profile, badge in ordered
        ],
    )


def _right(accuracy: Estimate | None, words: Words) -> Cell:
    if accuracy is None:
        return NOTHING
    return Cell(
        percent(accuracy.value), words.percent_range(accuracy.low, accuracy.high), None, f"{accuracy.value}", ""
    )


def _map(ordered: list[tuple[InteractionProfile, Badge]], report: ReportData, words: Words) -> Markup:
    marks = []
    for profile, badge in ordered:
        place = place_of(profile.shares)
        if place is None or not has_shares(profile):
            continue
        shares = [f"{words.name('type', kind)} {percent(getattr(profile, kind).value)}" for kind in SHARES]
        tip = f"{profile.task} · {words.name('type', profile.type)}\n" + "\n".join(shares)
        hollow = profile.type == "undetermined"
        marks.append(
            MapMark(profile.task, badge.letter, badge.style, tip, place, cloud_of(profile.replicates), is_hollow=hollow)
        )
    said = MapWords(
        alt=words("map.alt", tasks=words.count("task", len(marks))),
        x=words("map.x"),
        y=words("map.y"),
        corners=(
            words("map.corner.synergy"),
            words("map.corner.unique_image"),
            words("map.corner.redundancy"),
            words("map.corner.unique_text"),
        ),
    )
    return task_map(marks, said, report.config.profile.confidence)


def _row(
    profile: InteractionProfile, badge: Badge, built: dict[str, str], held: Mapping[str, int], words: Words
) -> TaskRow:
    known = built.get(profile.task)
    return TaskRow(
        task=profile.task,
        badge=badge,
        type=profile.type,
        type_name=words.name("type", profile.type),
        remark=_remark(profile, held, words),
        built=words("shares.built", type=words.name("type", known)) if known and known != profile.type else "",
        is_mistyped=known in TYPES and profile.type not in (known, "undetermined"),
        examples=whole(profile.num_examples),
        cells=[_cell(getattr(profile, kind), kind, words) if has_shares(profile) else NOTHING for kind in SHARES],
        delta=decimal(profile.delta.value) if profile.num_examples else ABSENT,
        delta_interval=words("number.range", low=decimal(profile.delta.low), high=decimal(profile.delta.high))
        if profile.num_examples
        else "",
    )


def _remark(profile: InteractionProfile, held: Mapping[str, int], words: Words) -> str:
    """How sure the type is, or how many examples one would take."""
    if profile.type != "undetermined":
        return words("shares.sure", confidence=percent(profile.confidence))
    if not profile.examples_needed:
        return ""
    most = held_at_most(profile, held)
    key = "shares.more" if most is None else "shares.more_held"
    return words(key, n=whole(profile.examples_needed), held=whole(most or 0))


def _cell(share: Estimate, kind: str, words: Words) -> Cell:
    clipped = share.raw is not None and abs(share.raw - share.value) > 0.005
    return Cell(
        value=percent(share.value),
        interval=words.percent_range(share.low, share.high),
        bar=share_bar(share, f"type-{kind}"),
        sort=f"{share.value}",
        title=words("shares.raw", raw=percent(share.raw)) if clipped and share.raw is not None else "",
    )


def _notes(profiles: list[InteractionProfile], built: dict[str, str], words: Words) -> list[str]:
    """What the reader of the table must know beside its caption."""
    unknown = "" if all(has_shares(profile) for profile in profiles) else words("shares.unknown")
    return [said for said in (unknown, _clipped_note(profiles, words), _built_note(profiles, built, words)) if said]


def _clipped_note(profiles: list[InteractionProfile], words: Words) -> str:
    """What a side knows alone where its clipped shares add up to something else."""
    said = []
    for profile in profiles:
        sides = [
            words("shares.clipped_side", view=words(f"view.{side}"), known=percent(known), shown=percent(shown))
            for side, (known, shown) in moved_by_clipping(profile).items()
        ]
        if sides:
            said.append(words("shares.clipped_task", task=profile.task, sides=words("list.between").join(sides)))
    return words("shares.clipped", tasks=words.listing(said)) if said else ""


def _built_note(profiles: list[InteractionProfile], built: dict[str, str], words: Words) -> str:
    """How many tasks are typed as built. A mixture has no one type, so it counts neither as right nor as wrong."""
    known = [profile for profile in profiles if built.get(profile.task) in TYPES]
    if not known:
        return ""
    right = sum(profile.type == built[profile.task] for profile in known)
    undetermined = sum(profile.type == "undetermined" for profile in known)
    return words(
        "shares.built_note",
        n=words.count("task", len(known)),
        right=whole(right),
        undetermined=whole(undetermined),
        wrong=whole(len(known) - right - undetermined),
    )
