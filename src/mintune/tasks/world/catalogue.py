"""All tasks of the world, and the table of them in the documentation.

python -m mintune.tasks.world.catalogue docs/world.md     writes the table anew
"""

from __future__ import annotations

from mintune.tasks.world import mixtures, redundancy, synergy, unique_image, unique_text
from mintune.tasks.world.skills import SKILLS
from mintune.tasks.world.spec import WorldTask

WORLD_TASKS: tuple[WorldTask, ...] = (
    *redundancy.TASKS,
    *unique_image.TASKS,
    *unique_text.TASKS,
    *synergy.TASKS,
    *mixtures.TASKS,
)

TABLE_BEGINS = "<!-- table of tasks: made by docs/generate.py -->"
TABLE_ENDS = "<!-- end of table -->"


def table_of_tasks() -> str:
    """One line of Markdown a way of making examples: task, family, type, answers, instruction, both sides, skills."""
    head = "| task | family | type | answers | instruction | the image holds | the text holds | skills |\n"
    return head + f"|{8 * '---|'}\n" + "".join(_lines(task) for task in WORLD_TASKS)


def with_table(page: str) -> str:
    """The page with the table between its two marks made anew."""
    before, rest = page.split(TABLE_BEGINS)
    after = rest.split(TABLE_ENDS)[1]
    return f"{before}{TABLE_BEGINS}\n{table_of_tasks()}{TABLE_ENDS}{after}"


def _lines(task: WorldTask) -> str:
    total = sum(part.weight for part in task.parts)
    lines = ""
    for index, part in enumerate(task.parts):
        name = f"`{task.name}`{' (small)' if task.is_small else ''}"
        kind = part.built_as if len(task.parts) == 1 else f"{part.built_as} {100 * part.weight // total} %"
        own = (name, task.family, kind, _answers(task), task.instruction)
        again = ("", "", kind, "", "")
        sides = (part.image_says, part.text_says, ", ".join(SKILLS[task.name]) if index == 0 else "")
        lines += f"| {' | '.join((own if index == 0 else again) + sides)} |\n"
    return lines


def _answers(task: WorldTask) -> str:
    if task.answers is None:
        return "open"
    return " or ".join(task.answers) if len(task.answers) == 2 else f"{len(task.answers)} classes"
