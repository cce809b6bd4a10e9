"""Every verb does its work, prints one JSON document where asked, and exits with the documented code."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.cli.conftest import as_json, mintune

from mintune.cli.group import show_groups
from mintune.cli.main import VERBS
from mintune.records import TYPES, Group, Grouping, Reason, ScoreTable

SHARES = ("redundancy", "unique_image", "unique_text", "synergy", "unanswered", "delta")
TASKS = {"part_colour", "key_colour", "for_mia", "right_word"}
Run = tuple[Path, dict[str, Any]]


def test_help_names_every_verb() -> None:
    done = mintune("--help")
    assert done.returncode == 0
    assert all(verb in done.stdout for verb in VERBS)


def test_profile_prints_the_documented_document(small_config: Path, small_run: Run) -> None:
    document = as_json("profile", "-c", small_config, "--run", small_run[0])
    assert {profile["task"] for profile in document["profiles"]} == TASKS
    assert {"cost", "quarantined"} <= document.keys()
    for profile in document["profiles"]:
        assert profile["type"] in {*TYPES, "undetermined"}
        assert all({"value", "low", "high", "raw"} <= profile[share].keys() for share in SHARES)
        assert sum(profile[share]["value"] for share in SHARES[:5]) == pytest.approx(1)


def test_group_prints_the_documented_document(small_config: Path, small_run: Run) -> None:
    document = as_json("group", "-c", small_config, "--run", small_run[0])
    grouping = Grouping.model_validate(document)
    assert {task for group in grouping.groups for task in group.tasks} == TASKS
    assert all(sum(weights.values()) == pytest.approx(1) for weights in grouping.membership.values())


def test_group_says_why_there_is_one_group(capsys: pytest.CaptureFixture[str]) -> None:
    reason = Reason(code="one_group", facts={"because": "all_undetermined"})
    one = Grouping(
        strategy="interaction",
        groups=(Group(name="all", type="undetermined", tasks=("a", "b")),),
        membership={"a": {"all": 1.0}, "b": {"all": 1.0}},
        reasons={"a": reason, "b": reason},
    )
    show_groups(one)
    assert capsys.readouterr().out.count("one group: No task could be typed") == 1


def test_group_takes_a_strategy_by_name(small_config: Path, small_run: Run) -> None:
    document = as_json("group", "-c", small_config, "--run", small_run[0], "--strategy", "single")
    assert len(document["groups"]) == len(TASKS)


def test_tune_names_adapters_that_peft_loads(small_config: Path, small_run: Run) -> None:
    from peft import PeftConfig

    document = as_json("tune", "-c", small_config, "--run", small_run[0])
    for card in document["adapters"]:
        folder = small_run[0] / "tune" / card["strategy"] / card["folder"]
        assert PeftConfig.from_pretrained(str(folder)).peft_type == "LORA"


def test_evaluate_scores_every_task_under_every_strategy(small_config: Path, small_run: Run) -> None:
    table = ScoreTable.model_validate(as_json("evaluate", "-c", small_config, "--run", small_run[0]))
    assert {(score.task, score.strategy) for score in table.scores} == {
        (task, strategy) for task in TASKS for strategy in ("interaction", "all", "single")
    }


def test_explain_writes_a_report_a_language(small_config: Path, small_run: Run) -> None:
    document = as_json("explain", "-c", small_config, "--run", small_run[0])
    assert [Path(path).name for path in document["reports"]] == ["report.en.html", "report.ja.html"]
    assert all(Path(path).stat().st_size > 10_000 for path in document["reports"])


def test_export_hands_the_groups_to_another_tool(small_config: Path, small_run: Run, tmp_path: Path) -> None:
    groups = [group["name"] for group in small_run[1]["group"]["groups"]]
    brought = ("-c", small_config, "--run", small_run[0])
    document = as_json("export", "--to", "ms-swift", *brought, "--out", tmp_path / "theirs")
    assert [Path(path).name for path in document["files"]] == [f"{group}.sh" for group in groups]
    routes = json.loads(Path(as_json("export", "--to", "vllm", *brought)["files"][1]).read_text())
    assert set(routes) == set(TASKS)
    assert mintune("export", "--to", "ms-swift", *brought, "--out", tmp_path / "theirs").returncode == 2


def test_check_finds_nothing_wrong_with_the_built_in_world(small_config: Path, small_run: Run) -> None:
    document = as_json("check", "-c", small_config, "--run", small_run[0])
    assert [finding for finding in document["findings"] if finding["severity"] == "error"] == []


def test_a_second_run_gives_the_same_document_and_rewrites_nothing(small_config: Path, small_run: Run) -> None:
    folder, first = small_run
    kept = {path: path.stat().st_mtime_ns for path in sorted((folder / "tune").rglob("*.safetensors"))}
    assert as_json("run", "-c", small_config, "--run", folder) == first
    assert kept == {path: path.stat().st_mtime_ns for path in sorted((folder / "tune").rglob("*.safetensors"))}


@pytest.mark.parametrize("verb", ["tune", "evaluate", "run"])
def test_a_dry_run_says_what_there_is_to_do_and_does_nothing(
    verb: str, small_config: Path, small_run: Run, tmp_path: Path
) -> None:
    done = as_json(verb, "-c", small_config, "--run", small_run[0], "--dry-run")
    assert done["is_done"]
    assert done["num_training"] == done["seconds"] == 0
    planned = as_json(verb, "-c", small_config, "--run", tmp_path, "--dry-run")
    assert not planned["is_done"]
    assert planned["num_training"] > 0
    assert planned["seconds"] > 0
    assert {path.name for path in tmp_path.iterdir()}.isdisjoint({"profile", "group", "tune", "evaluate"})


def test_init_writes_a_configuration_that_check_accepts(tmp_path: Path) -> None:
    rows = [
        {
            "id": str(number),
            "instruction": "Say it.",
            "text": f"word {number}",
            "target": str(number % 2),
            "choices": ["0", "1"],
        }
        for number in range(40)
    ]
    folder = tmp_path / "data" / "mine"
    folder.mkdir(parents=True)
    (folder / "examples.jsonl").write_text(
        "".join(json.dumps({"images": [], "split": "train", **row}) + "\n" for row in rows)
    )
    config = tmp_path / "mintune.yaml"
    document = as_json("init", tmp_path / "data", "--out", config)
    assert document["tasks"] == {"mine": {"data": "data/mine", "format": "native"}}
    assert as_json("check", "-c", config, "--run", tmp_path / "run").keys() == {"findings", "tasks"}
    assert mintune("init", tmp_path / "data", "--out", config).returncode == 2


@pytest.mark.parametrize(
    ("text", "code", "kind", "says"),
    [
        ("suite: {world: {tasks: [no_such_task]}}", 2, "ConfigError", "no_such_task"),
        ("suite: {world: {tasks: [for_mia], examples: 20}}\nbackbone: no/such/one", 1, "BackboneError", "no/such/one"),
        ("suite: {tasks: {a: {data: nowhere}}}", 1, "DataError", "nowhere"),
        ("suit: {world: {}}", 2, "ConfigError", "did you mean suite?"),
    ],
)
def test_failures_exit_with_their_code_and_say_why(tmp_path: Path, text: str, code: int, kind: str, says: str) -> None:
    config = tmp_path / "mintune.yaml"
    config.write_text(text)
    done = mintune("profile", "-c", config, "--run", tmp_path / "run", "--json")
    error = json.loads(done.stdout)["error"]
    assert (done.returncode, error["kind"]) == (code, kind)
    assert says in error["message"]
    assert done.stderr == f"mintune: {error['message']}\n"


def test_a_failure_without_json_is_a_message_alone(tmp_path: Path) -> None:
    done = mintune("profile", "-c", tmp_path / "nowhere.yaml", "--run", tmp_path / "run")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"mintune: {tmp_path}/nowhere.yaml: cannot be read")


def test_wrong_usage_exits_with_two() -> None:
    assert mintune("profile", "--no-such-option").returncode == 2
    assert mintune("no-such-verb").returncode == 2
    for wrong in (("profile", "--no-such-option"), ("no-such-verb",), ("init",)):
        done = mintune(*wrong, "--json")
        assert (done.returncode, json.loads(done.stdout)["error"]["kind"]) == (2, "UsageError")
        assert "Error" in done.stderr


def test_a_run_folder_that_cannot_be_written_is_refused_at_once(small_config: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = mintune("profile", "-c", small_config, "--run", tmp_path / "file" / "run")
    assert done.returncode == 1
    assert "--run" in done.stderr


def test_predictions_made_elsewhere_are_profiled_and_grouped(tmp_path: Path, small_config: Path) -> None:
    folder = tmp_path / "run"
    tasks = [row["task"] for row in as_json("check", "-c", small_config, "--run", folder)["tasks"]]
    rows = [f"{task},no-such-example,both,red" for task in tasks]
    (tmp_path / "mine.csv").write_text("\n".join(["task,example_id,view,answer", *rows]))
    brought = ("-c", small_config, "--run", folder, "--predictions", tmp_path / "mine.csv")
    document = as_json("profile", *brought)
    assert {profile["type"] for profile in document["profiles"]} == {"undetermined"}
    reasons = [row["reason"] for row in document["quarantined"]]
    assert reasons == ["example no-such-example: is not in the data, or was set aside from it"] * len(tasks)
    assert set(as_json("group", *brought)["membership"]) == set(tasks)


def test_predictions_with_gold_need_neither_data_nor_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hundred and twenty yes/no answers that the image gives and the text does not."""
    for view in ("image", "text", "both"):
        rows = [
            {"doc_id": n, "doc_hash": "a", "target": "yes" if n % 2 else "no", "filtered_resps": [said(view, n)]}
            for n in range(120)
        ]
        (tmp_path / view).mkdir()
        (tmp_path / view / "2025_samples_marks.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    monkeypatch.chdir(tmp_path)
    assert [found["code"] for found in as_json("check", "--predictions", ".")["findings"]] == ["no_view"]
    [profile] = as_json("profile", "--predictions", ".")["profiles"]
    assert (profile["task"], profile["type"], profile["num_examples"]) == ("marks", "unique_image", 120)
    assert [group["tasks"] for group in as_json("group", "--predictions", ".")["groups"]] == [["marks"]]
    assert mintune("explain", "--predictions", ".").returncode == 0
    refused = mintune("tune", "--predictions", ".")
    assert refused.returncode == 2
    assert "gold answers alone can be profiled, grouped and explained, not tuned on" in refused.stderr


def test_examples_without_gold_or_with_two_are_told_once_with_file_and_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    rows = [
        f"t,{number},{view},{'yes' if number % 2 else 'no'},{'' if number == 3 else 'yes' if number % 2 else 'no'}"
        for number in range(40)
        for view in ("none", "image", "text", "both")
    ]
    rows[4 * 7 + 2] = "t,7,text,yes,no"
    (tmp_path / "mine.csv").write_text("\n".join(["task,example_id,view,answer,gold", *rows]) + "\n")
    brought = ("--predictions", tmp_path / "mine.csv", "--run", tmp_path / "run")
    document = json.loads(mintune("check", *brought, "--json").stdout)
    told = [(found["message"], found["where"]) for found in document["findings"] if found["code"] == "set_aside"]
    missing, differs = (
        "gold is missing: no row of example 3 has any",
        "gold differs: example 7 has ['yes'] before and ['no'] here",
    )
    places = [f"{tmp_path / 'mine.csv'}:{line}" for line in (14, 32)]
    assert told == [
        (f"1 set aside; the first: {reason}", [place]) for reason, place in zip((missing, differs), places, strict=True)
    ]
    set_aside = as_json("profile", *brought)["quarantined"]
    assert [(row["line"], row["reason"]) for row in set_aside] == [(14, missing), (32, differs)]


@pytest.mark.parametrize("verb", [("explain",), ("export", "--to", "trl")])
def test_a_verb_that_only_reads_makes_no_run_folder(small_config: Path, tmp_path: Path, verb: tuple[str, ...]) -> None:
    refused = mintune(*verb, "-c", small_config, "--run", tmp_path / "mistyped")
    assert refused.returncode == 1
    assert "there is no run folder; run `mintune profile` first" in refused.stderr
    assert not (tmp_path / "mistyped").exists()


def said(view: str, number: int) -> str:
    """Right nine times in ten where the image is seen; else a guess."""
    right = number % 10 != 0 if view != "text" else number // 2 % 2 == 0
    return ("yes" if right else "no") if number % 2 else ("no" if right else "yes")


def test_without_a_backbone_tasks_are_profiled_grouped_and_explained_and_nothing_is_tuned(tmp_path: Path) -> None:
    config, folder = tmp_path / "mintune.yaml", tmp_path / "run"
    config.write_text(
        "backbone: none\nsuite: {world: {examples: 60, test_examples: 10, tasks: [part_colour, for_mia]}}\n"
        "explain: {exemplars: 1}\n"
    )
    run = ("-c", config, "--run", folder)
    for verb in ("run", "evaluate", "tune"):
        refused = mintune(verb, *run)
        assert refused.returncode == 2
        assert "backbone: is `none`" in refused.stderr
        assert "give `mintune/tiny`, or the name or path of a" in refused.stderr
    assert not list(folder.rglob("*.parquet"))
    document = as_json("profile", *run)
    types = {profile["task"]: profile["type"] for profile in document["profiles"]}
    assert types == {"part_colour": "redundancy", "for_mia": "unique_text"}
    assert document["probes"].startswith("HOG, colour; TF-IDF")
    assert document["cost"]["examples"] == 2 * 60 * 4
    assert "views answered by probes" in mintune("profile", *run).stdout
    assert set(as_json("group", *run)["membership"]) == set(types)
    english, japanese = (Path(path).read_text() for path in as_json("explain", *run)["reports"])
    assert "A probe shows what that learner can extract from each side" in english
    assert "その分類器が画像と文章のそれぞれから何を取り出せたか" in japanese
    assert json.loads((folder / "profile" / "knowledge.json").read_text())["probes"] == document["probes"]
