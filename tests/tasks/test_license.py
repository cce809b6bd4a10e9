"""The licence of data is read where data sets state it, and nowhere else."""

from __future__ import annotations

from pathlib import Path

import pytest

from mintune.tasks.license import stated_license


@pytest.mark.parametrize(
    ("front_matter", "stated"),
    [
        ("---\nlicense: cc-by-4.0\n---\n# Signs\n", "cc-by-4.0"),
        ("---\nlicense: [mit, cc0-1.0]\n---\n", "mit, cc0-1.0"),
        ("---\nlicense: other\nlicense_name: our-own\n---\n", "our-own"),
        ("---\nlicense: other\n---\n", "other"),
        ("---\nlanguage: en\n---\n", ""),
        ("# Signs\n\nlicense: mit\n", ""),
        ("---\nlicense: [\n---\n", ""),
        ("---\n- license\n---\n", ""),
    ],
)
def test_the_front_matter_says_it(front_matter: str, stated: str, tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text(front_matter)
    assert stated_license(tmp_path) == stated
    assert stated_license(tmp_path / "examples.jsonl") == stated


def test_without_a_readme_nothing_is_stated(tmp_path: Path) -> None:
    assert stated_license(tmp_path) == ""
    (tmp_path / "README.md").write_bytes(b"\xff\xfe\x00")
    assert stated_license(tmp_path) == ""
