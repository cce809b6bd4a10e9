"""Configuration: one frozen model a stage, and `mintune.yaml` mirrors them one to one.

Defaults stand in these files and nowhere else.
"""

from mintune.config.base import MERGED_BY, TINY, Compared, Merged, Settings, Strategy, read_budget
from mintune.config.profile import (
    FeatureSettings,
    ProfileSettings,
    RepeatsSettings,
    RoundsSettings,
    ServerSettings,
)
from mintune.config.tune import ADDED_TO_TUNE, RateSearchSettings, TuneSettings, ValidationSettings
from mintune.config.whole import (
    Config,
    EvaluateSettings,
    ExplainSettings,
    GroupSettings,
    SuiteSettings,
    TaskSettings,
    WorldSettings,
    load_config,
    parse_config,
)

__all__ = [
    "ADDED_TO_TUNE",
    "MERGED_BY",
    "TINY",
    "Compared",
    "Config",
    "EvaluateSettings",
    "ExplainSettings",
    "FeatureSettings",
    "GroupSettings",
    "Merged",
    "ProfileSettings",
    "RateSearchSettings",
    "RepeatsSettings",
    "RoundsSettings",
    "ServerSettings",
    "Settings",
    "Strategy",
    "SuiteSettings",
    "TaskSettings",
    "TuneSettings",
    "ValidationSettings",
    "WorldSettings",
    "load_config",
    "parse_config",
    "read_budget",
]
