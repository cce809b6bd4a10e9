"""Tables of `results.json`, as `tables.md` beside it.

.venv/bin/python -m benchmarks.typing.table
"""

from __future__ import annotations

import json
from typing import Any

from benchmarks.typing.run import HERE, MIXTURES, RESULTS, mixed_conditions, pure_conditions

from mintune.profile.stage import ESTIMATORS
from mintune.records import TYPES
from mintune.run import write_text

NOBODY = "unanswered"


def main() -> None:
    results = json.loads(RESULTS.read_text())
    write_text(HERE / "tables.md", f"{pure_table(results)}\n\n{mixture_table(results)}\n")


def pure_table(results: dict[str, Any]) -> str:
    """A line a condition: by both estimators types as built, confidently wrong ones, and types where nobody knows."""
    lines = [
        "| condition (200 examples, accuracy .8 where nothing else is said) | n | as built (least of the four types) | "
        "undetermined | wrong, confidence > .95 | nobody informed, typed | delta: as built | delta: wrong, > .95 |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name in pure_conditions():
        if name in results:
            found = results[name]
            total = count(found[NOBODY]["knowledge"])
            right = [found[built]["knowledge"]["types"].get(built, 0) for built in TYPES]
            unsettled = sum(found[built]["knowledge"]["types"].get("undetermined", 0) for built in TYPES)
            wrong, by_delta_wrong = (
                sum(found[built][estimator]["sure_and_wrong"] for built in TYPES) for estimator in ESTIMATORS
            )
            typed = total - found[NOBODY]["knowledge"]["types"].get("undetermined", 0)
            by_delta = sum(found[built]["delta"]["types"].get(built, 0) for built in TYPES)
            every = total * len(TYPES)
            lines.append(
                f"| {name} | {every:,} | {sum(right) / every:.1%} ({min(right) / total:.1%}) "
                f"| {unsettled / every:.1%} | "
                f"{wrong / every:.2%} | {typed} of {total} | {by_delta / every:.1%} | {by_delta_wrong / every:.1%} |"
            )
    return "\n".join(lines)


def mixture_table(results: dict[str, Any]) -> str:
    """A line a condition and mixture: largest share found, mean error of four shares, coverage of each interval."""
    lines = [
        "| condition | shares R, U image, U text, S, unanswered | n | largest share found | mean error "
        "| mean of estimates | intervals that hold the truth, by share | delta: largest share | delta: error |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for name in mixed_conditions():
        for shares in MIXTURES if name in results else ():
            known, delta = results[name][shares]["knowledge"], results[name][shares]["delta"]
            lines.append(
                f"| {name} | {shares.strip('()')} | {count(known)} | {known['largest_share_right']:.1%} | "
                f"{known['mean_absolute_error']:.3f} | {spelled(known['mean_shares'])} | "
                f"{spelled(known['coverage'])} | "
                f"{delta['largest_share_right']:.1%} | {delta['mean_absolute_error']:.3f} |"
            )
    return "\n".join(lines)


def count(found: dict[str, Any]) -> int:
    return sum(found["types"].values())


def spelled(values: list[float]) -> str:
    return ", ".join(f"{value:.2f}" for value in values)


if __name__ == "__main__":
    main()
