"""Tasks, predictions and scores with values known by construction, for the tests of evaluation."""

from __future__ import annotations

from mintune.records import Example, Picture, Prediction, Score, Task, View


def example(
    number: int, *targets: str, images: tuple[str, ...] = (), choices: tuple[str, ...] | None = None
) -> Example:
    pictures = tuple(Picture(sha256=name, data=b"") for name in images)
    return Example(id=str(number), images=pictures, text="", targets=targets, choices=choices)


def task_of(
    test: list[Example], train: list[Example] | None = None, *, name: str = "task", metric: str = "exact_match"
) -> Task:
    return Task(name, "Answer.", metric, "", {"train": train or [], "test": test}, name)


def answers(task: Task, given: list[str], view: View = "both") -> list[Prediction]:
    return [
        Prediction(task=task.name, example_id=one.id, view=view, answer=answer)
        for one, answer in zip(task.test, given, strict=True)
    ]


def score(task: str, strategy: str, normalised: float, *, seed: int = 0) -> Score:
    """A score whose chance is 0 and ceiling 1, so that it is its own normalised value, with a half width of 0.1."""
    return Score(
        task=task,
        strategy=strategy,
        seed=seed,
        metric="exact_match",
        value=normalised,
        low=normalised - 0.1,
        high=normalised + 0.1,
        chance=0.0,
        ceiling=1.0,
        normalised=normalised,
        num_examples=100,
    )


def scores(strategy: str, values: list[float], *, seed: int = 0) -> list[Score]:
    """One score a task, of tasks named t0, t1, ..."""
    return [score(f"t{number}", strategy, value, seed=seed) for number, value in enumerate(values)]
