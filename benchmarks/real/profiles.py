"""What can be said of the real tasks beside the checkout: by which estimator, under which way of hiding, by whom asked.

    .venv/bin/python benchmarks/real/profiles.py

`mintune/tiny` is asked as in `configs/real.yaml`, and again with the hidden side shown blank, as noise, and as that of
another example. The same answers give the types by `knowledge` and by `delta`, and the bits; probes answer once more
without a model. Writes `profiles.json` and `profiles.md` beside this file. About an hour of one core; goes on where it
stopped.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from mintune import pipeline
from mintune.cli.console import TerminalWatch
from mintune.config import Config, load_config, parse_config
from mintune.records import SHARES, TYPES, Estimate, InteractionProfile, ProfileTable
from mintune.run import RunFolder, write_text

HERE = Path(__file__).parent
CHECKOUT = HERE.parents[1]
WAYS = ("blank", "noise", "shuffle")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--run", type=Path, default=CHECKOUT / "build" / "real-profiles")
    parser.add_argument("--tasks", nargs="+", help="only these")
    parser.add_argument("--examples", type=int, default=200)
    parser.add_argument("--out", type=Path, default=HERE)
    arguments = parser.parse_args()
    config = config_of(arguments.tasks, arguments.examples)
    tables = {
        "knowledge": profiles(config, arguments.run / "asked"),
        "delta": profiles(
            changed(config, estimator="delta", predictions=str(arguments.run / "asked" / "predictions")),
            arguments.run / "delta",
        ),
        "probes": profiles(
            changed(config, also_hiding=[], information=False).model_copy(update={"backbone": "none"}),
            arguments.run / "probes",
        ),
    }
    rows = [row(profile, tables) for profile in tables["knowledge"].profiles]
    spent = tables["knowledge"].cost.model_dump(mode="json")
    found = {"adapted": tables["knowledge"].adapted, "cost": spent, "tasks": rows}
    write_text(arguments.out / "profiles.json", json.dumps(found, indent=1) + "\n")
    write_text(arguments.out / "profiles.md", "\n".join(table(rows)) + "\n")


def config_of(tasks: list[str] | None, examples: int) -> Config:
    """`configs/real.yaml`, of these tasks (None: all), with every way of hiding and bits."""
    config = load_config(CHECKOUT / "configs" / "real.yaml")
    if tasks is not None:
        kept = {name: config.suite.tasks[name] for name in tasks}
        config = config.model_copy(update={"suite": config.suite.model_copy(update={"tasks": kept})})
    return changed(config, also_hiding=list(WAYS), information=True, examples=examples)


def changed(config: Config, **profile: object) -> Config:
    """The same with other settings of `profile`."""
    data = config.model_dump()
    return parse_config({**data, "profile": {**data["profile"], **profile}}, source="benchmarks/real/profiles.py")


def profiles(config: Config, folder: Path) -> ProfileTable:
    """The table of profiles of a run, made or read."""
    return pipeline.profile(pipeline.Way(config, RunFolder(folder), TerminalWatch()))


def row(profile: InteractionProfile, tables: dict[str, ProfileTable]) -> dict[str, Any]:
    """One task: its shares, what is sure of them, and its type by everyone."""
    delta, probes = tables["delta"][profile.task], tables["probes"][profile.task]
    bits = profile.information
    return {
        "task": profile.task,
        "num_examples": profile.num_examples,
        "type": profile.type,
        "confidence": profile.confidence,
        "examples_needed": profile.examples_needed,
        "shares": {kind: getattr(profile, kind).model_dump() for kind in SHARES},
        "accuracy": {view: one.model_dump() for view, one in profile.accuracy.items()},
        "kappa": {view: one.model_dump() for view, one in profile.kappa.items()},
        "robustness": {hiding: one.model_dump() for hiding, one in profile.robustness.items()},
        "delta": {"type": delta.type, "confidence": delta.confidence, "score": delta.delta.model_dump()},
        "bits": None if bits is None else {kind: getattr(bits, kind).model_dump() for kind in TYPES},
        "probes": {
            "type": probes.type,
            "confidence": probes.confidence,
            "kappa": {view: one.model_dump() for view, one in probes.kappa.items()},
        },
        "notes": list(profile.notes),
    }


def table(rows: list[dict[str, Any]]) -> list[str]:
    """Two tables of all tasks: what each holds, and on what its type hangs."""
    shares = [
        f"| {one['task']} | {one['num_examples']} | {named(one)} | {one['examples_needed'] or ''} | "
        + " | ".join(interval(Estimate(**one["shares"][kind])) for kind in SHARES)
        + f" | {interval(Estimate(**one['kappa']['both']))} |"
        for one in rows
    ]
    types = [
        f"| {one['task']} | {named(one)} | "
        + " | ".join(named(one["robustness"].get(way)) for way in WAYS)
        + f" | {named(one['delta'])} | {most_bits(one['bits'])} | {named(one['probes'])} |"
        for one in rows
    ]
    return [
        f"| task | n | type (sure) | more needed | {' | '.join(SHARES)} | kappa of both |",
        "|---" * (5 + len(SHARES)) + "|",
        *shares,
        "",
        f"| task | knowledge, dropped | {' | '.join(WAYS)} | delta, same answers | most bits | knowledge, probes |",
        "|---" * (5 + len(WAYS)) + "|",
        *types,
    ]


def named(found: dict[str, Any] | None) -> str:
    """A type with how sure it is."""
    if found is None:
        return ""
    return found["type"] if found["type"] == "undetermined" else f"{found['type']} ({found['confidence']:.2f})"


def interval(value: Estimate) -> str:
    """A value with its interval."""
    return f"{value.value:.2f} ({value.low:.2f} to {value.high:.2f})"


def most_bits(bits: dict[str, dict[str, float]] | None) -> str:
    """The part with the most bits, if any has some."""
    if bits is None:
        return "nothing said"
    kind = max(bits, key=lambda name: bits[name]["value"])
    return f"{kind}, {bits[kind]['value']:.2f}" if bits[kind]["value"] > 0 else "none"


if __name__ == "__main__":
    main()
