"""The licence of a task's data, as a README.md beside it states it the way data sets on the Hugging Face hub do."""

from __future__ import annotations

from pathlib import Path

import yaml
from huggingface_hub import metadata_load

README = "README.md"


def stated_license(data: Path) -> str:
    """The `license` of the front matter of README.md in the folder of the data; empty where there is none.

    `license_name` is taken where `license` is `other`. A README.md that cannot be read states nothing.
    """
    place = (data if data.is_dir() else data.parent) / README
    if not place.is_file():
        return ""
    try:
        found = metadata_load(place)
    except (OSError, ValueError, yaml.YAMLError):
        return ""
    if not isinstance(found, dict):
        return ""
    stated = found.get("license")
    if stated == "other":
        stated = found.get("license_name", stated)
    return ", ".join(str(one) for one in stated) if isinstance(stated, list) else str(stated or "")
