"""Strategy `domain`: tasks about the same thing learn together, as the suite says (`domain` of each task).

A task without a domain has its own name for one, and so learns alone.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mintune.group.problem import Placed, numbered, whole_grouping
from mintune.records import Reason

if TYPE_CHECKING:
    from mintune.group.problem import Problem
    from mintune.records import Grouping


def group_by_domain(problem: Problem) -> Grouping:
    """A group for each domain, named after it as far as a folder can be."""
    domain_of = {task.name: task.domain or task.name for task in problem.suite.tasks}
    domains = sorted(set(domain_of.values()))
    groups = [
        Placed(name, None, frozenset(task for task in problem.names if domain_of[task] == domain))
        for name, domain in zip(numbered([_folder_name(domain) for domain in domains]), domains, strict=True)
    ]
    reasons = {name: Reason(code="domain", facts={"domain": domain_of[name]}) for name in problem.names}
    return whole_grouping(problem, "domain", groups, reasons)


def _folder_name(domain: str) -> str:
    """The domain with everything but letters, digits, dots, dashes and underscores replaced."""
    return re.sub(r"[^\w.-]+", "-", domain).strip(".-")[:80] or "domain"
