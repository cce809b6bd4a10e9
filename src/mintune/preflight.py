"""What can be known to be wrong before anything is spent: asked at the start of each verb, so that no hour is lost.

The backbone is loaded first, as a wrong name is told sooner than data is read; `profile` does so by taking its digest.
What hangs on the profiles, such as the number of groups by interaction, is found when all plans are made, which is
still before the first adapter of a strategy is trained.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from mintune.config import MERGED_BY
from mintune.errors import ConfigError, RunError
from mintune.jobs import plan_tuning
from mintune.records import FixedBudget, ProfileTable
from mintune.tasks.outlines import outlines
from mintune.way import BUDGET, judge, planned_runs, profile_inputs, profile_name

if TYPE_CHECKING:
    from mintune.way import Way

NEED_NO_PROFILE = ("all", "single", "domain", *MERGED_BY)
"""Strategies whose groups are known from the suite alone."""


def check_profile(way: Way) -> None:
    """ConfigError where something that is named cannot be found, or whoever is to answer cannot do what is asked."""
    from mintune.profile.similarity import named

    settings = way.config.profile
    if settings.similarity is not None:
        named(settings.similarity)
        check_scores(way)
    if settings.rounds is not None:
        check_rounds(way)
    if settings.repeats is not None:
        from mintune.profile.repeats import check_settings as check_repeats

        if way.config.is_probed:
            raise ConfigError("profile.repeats: is of a model's answers, and probes (`backbone: none`) answer once")
        check_repeats(settings.repeats, way.suite)
    if way.config.is_probed:
        from mintune.profile.probes.stage import check_settings as check_probes

        check_probes(settings)
    elif settings.features != type(settings.features)():
        raise ConfigError(
            "profile.features: are what probes see, and here others answer; leave the key out, or set "
            "`backbone: none` without a server and predictions"
        )
    if "shuffle" in settings.also_hiding and settings.predictions is None:
        check_shuffle(way)
    if settings.server is not None:
        from mintune.models.server import require_client

        require_client()


def check_scores(way: Way) -> None:
    """ConfigError where scores are to be compared and a task has answers that nobody scores, as they are open.

    Predictions made elsewhere hold scores or not, whatever the data says, and are read before anything is spent.
    """
    settings = way.config.profile
    if settings.similarity != "distribution" or settings.predictions is not None:
        return
    unscored = [
        task.name
        for task in way.suite.tasks
        if any(outline.choices is None for split in (task.train, task.validation) for outline in outlines(split))
    ]
    if unscored:
        raise ConfigError(
            f"profile.similarity: distribution compares scores of choices, and {', '.join(unscored)} "
            f"{'have' if len(unscored) > 1 else 'has'} open answers, which get none; accepted for these: exact, "
            "token_f1, a function of your own, or no key (exact where answers are closed, else token_f1)"
        )


def check_shuffle(way: Way) -> None:
    """ConfigError where a task has no second example whose picture and text could stand in."""
    from mintune.profile.asking import num_asked

    for task in way.suite.tasks:
        if num_asked(task, way.config.profile) < 2:
            raise ConfigError(f"profile.also_hiding: shuffle takes 2 examples or more; task {task.name} asks 1")


def check_rounds(way: Way) -> None:
    """ConfigError where nobody can be asked in rounds, or the budget does not do for the first of them."""
    from mintune.profile.asking import num_asked
    from mintune.profile.rounds import next_round

    settings, config = way.config.profile, way.config
    if settings.estimator != "knowledge":
        raise ConfigError(
            "profile.rounds (--budget): settles types against gold answers, with `estimator: knowledge`; got "
            f"{settings.estimator}"
        )
    if settings.predictions is not None:
        raise ConfigError(
            "profile.rounds (--budget): says when to stop asking, and `profile.predictions` are asked already; what "
            "tuning may spend is `tune.budget`"
        )
    if config.is_probed:
        raise ConfigError(
            "profile.rounds (--budget): says when to stop asking, and probes (`backbone: none`) answer all at once"
        )
    assert settings.rounds is not None
    most = {task.name: num_asked(task, settings) for task in way.suite.tasks}
    next_round(most, {}, {}, settings.rounds.examples)


OPTIONS = {"predictions": "--predictions", "server": "--server", "rounds": "--budget"}
"""Keys of `profile` that are mostly given on the command line, and so easily forgotten with the next verb."""


def check_profile_is_meant(way: Way) -> None:
    """RunError where a later verb would make the profile anew, as an option with which it was made is missing now."""
    name = profile_name(way)
    if not way.run.has(name) or way.run.is_fresh(name, profile_inputs(way)):
        return
    before = way.run.read_provenance(name).config.get("profile")
    for key, option in OPTIONS.items():
        if isinstance(before, dict) and before.get(key) is not None and getattr(way.config.profile, key) is None:
            raise RunError(
                f"{way.run.path / name}: was made with profile.{key}, which is not set now; give {option} again "
                "(every verb needs it, or the key in mintune.yaml), or run `mintune profile`, which replaces it"
            )


def check_group(way: Way, strategies: Iterable[str]) -> None:
    """ConfigError where a strategy is unknown, or constraints name an unknown task or contradict one another.

    BackboneError where the backbone cannot be loaded.
    """
    from mintune.group.stage import check_settings

    check_profile(way)
    if way.asks_backbone:
        way.load()
    names = [task.name for task in way.suite.tasks]
    for strategy in strategies:
        check_settings(way.config.group, names, strategy=strategy)


def check_data(way: Way) -> None:
    """ConfigError where nothing can be tuned: there is no backbone, or tasks are known by their gold answers alone."""
    way.require_backbone()
    if way.config.profile.predictions is not None and not way.config.suite.names_data:
        raise ConfigError(
            "suite.tasks: names no data, and gold answers alone can be profiled, grouped and explained, not tuned on; "
            "name the tasks' data in mintune.yaml"
        )


def check_tune(way: Way, planned: Iterable[tuple[str, int]]) -> None:
    """As `check_data` and `check_group`, and ConfigError where objective or trackers take what is not installed.

    ConfigError, too, where there is to be validation and a task has no example for it.

    TrainingError where a task has no training example, or too few steps. ConfigError or BackboneError where the
    adapter to begin with is not there or does not fit the backbone; ConfigError where no shares keep to the floors and
    ceilings of tasks, or a task has no validation example to choose a learning rate by.

    The steps are looked at for those strategies whose groups are known already.
    """
    from mintune.group.stage import group_tasks
    from mintune.tune.budget import budget_of
    from mintune.tune.examining import check_examples
    from mintune.tune.objectives import check_installed
    from mintune.tune.shares import shares_of
    from mintune.tune.stage import check_settings

    planned = list(planned)
    check_data(way)
    check_installed(way.config.tune.objective)
    way.load()
    check_beginning(way)
    fix_budget(way)
    if way.config.tune.rate_search is not None:
        check_examples(way.suite, "tune.rate_search")
        if merged := [strategy for strategy, _ in planned if strategy in MERGED_BY]:
            raise ConfigError(
                f"tune.rate_search: cannot choose a rate for {merged[0]}, which is merged from the parts of single; "
                "leave it out of evaluate.compare, or give tune.learning_rate"
            )
    if any(way.config.tune.searches_mixtures(strategy) for strategy, _ in planned):
        check_examples(way.suite, "tune.mixture")
    shares_of({task.name: len(task.train) for task in way.suite.tasks if len(task.train)}, way.config.tune)
    check_group(way, dict.fromkeys(strategy for strategy, _ in planned))
    check_settings(way.suite, way.config.tune, judge(way))
    budget_of(way.suite, way.tuning)
    unknown = ProfileTable(estimator=way.config.profile.estimator, profiles=())
    for strategy, seed in planned:
        if strategy in NEED_NO_PROFILE:
            grouping = group_tasks(way.suite, unknown, way.config.group, strategy=strategy, seed=seed)
            plan_tuning(way, grouping, seed=seed, rank=way.config.tune.rank)


def fix_budget(way: Way) -> None:
    """Where the budget is time, tell it as examples by this machine's speed, once, and keep that in the run folder.

    Nothing where it is told already, or is not time.
    """
    from mintune.speed import examples_in, speeds

    seconds = way.tuning.seconds
    if seconds is None:
        return
    _, per_training = speeds(way)
    per_training *= 1 + way.config.tune.interaction
    fixed = FixedBudget(seconds=seconds, seconds_an_example=per_training, examples=examples_in(seconds, per_training))
    way.run.write_record(BUDGET, fixed, way.provenance("tune", way.budget_inputs))
    way.watch.say(
        f"tune.budget: {way.config.tune.budget} are {fixed.examples:,} training examples here, "
        f"{1000 * per_training:.3g} ms each; kept in {way.run / BUDGET}"
    )


def check_beginning(way: Way) -> None:
    """ConfigError where the adapter to begin with is not there or would be written over.

    BackboneError where it does not fit the backbone.
    """
    from mintune.tune.start import check_start

    start = way.config.tune.start
    if start is None:
        return
    own = (way.run / "tune").resolve()
    if own in start.resolve().parents:
        raise ConfigError(
            f"tune.start: {start}: lies among the adapters that this run writes ({own}); copy it elsewhere, or give "
            "another folder with --run"
        )
    check_start(way.backbone, start)


def check_evaluate(way: Way) -> None:
    """As `check_tune` for every planned strategy; ConfigError where a task has no test example."""
    check_data(way)
    without_test = [task.name for task in way.suite.tasks if not task.test]
    if without_test:
        raise ConfigError(
            f"no test examples in {', '.join(without_test)}; give them a test split, or stop after `tune`"
        )
    planned = planned_runs(way)
    if way.config.tune.trunk == 1 and len({strategy for strategy, _ in planned}) > 1:
        raise ConfigError(
            "tune.trunk: is 1, with which all groups of every strategy get copies of one adapter, and a comparison "
            "would be one of ranks alone; give less than 1, or set evaluate.compare to []"
        )
    check_tune(way, planned)
