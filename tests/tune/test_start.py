"""Training that begins with an adapter tuned before: the same, at whatever rank, or an error that says why not."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import torch
from tests.models.tiny_models import make_qwen
from tests.tune.cases import SETTINGS, InterruptedHereError, artefacts, interrupt_at, make_grouping, make_suite, never

from mintune.errors import BackboneError, ConfigError
from mintune.models.adapters import adapter_weights, attach, drop_adapter, load_adapter, save_adapter
from mintune.models.backbone import Backbone
from mintune.models.lowrank import INPUTS, OUTPUTS
from mintune.models.refitting import SCALE, kept, read_lora, refit
from mintune.records import AdapterCard
from mintune.tune.job import make_job
from mintune.tune.loop import Progress
from mintune.tune.stage import tune_grouping
from mintune.tune.start import check_start, sentence_of_cut

RANK = 3


@pytest.fixture(scope="module")
def before(backbone: Backbone, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An adapter of rank 3 of which no weight is zero."""
    folder = tmp_path_factory.mktemp("before") / "adapter"
    attach(backbone, RANK, 0, "before")
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for weight in adapter_weights(backbone, "before").values():
            weight.copy_(torch.randn(weight.shape, generator=generator) / 5)
    save_adapter(backbone, "before", folder)
    drop_adapter(backbone, "before")
    return folder


def at_rank(backbone: Backbone, folder: Path, rank: int) -> dict[str, torch.Tensor]:
    attach(backbone, rank, 1, "fresh")
    try:
        return refit(read_lora(folder), adapter_weights(backbone, "fresh"))
    finally:
        drop_adapter(backbone, "fresh")


def products(weights: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    layers = [key.removesuffix(INPUTS) for key in weights if key.endswith(INPUTS)]
    return {layer: weights[layer + OUTPUTS] @ weights[layer + INPUTS] for layer in layers}


def change_config(folder: Path, **keys: object) -> None:
    path = folder / "adapter_config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **keys}))


def tune(
    backbone: Backbone, folder: Path, rank: int = RANK, progress: Progress | None = None, **changes: object
) -> list[AdapterCard]:
    settings = SETTINGS.model_copy(update=changes)
    return tune_grouping(
        make_job(backbone, make_suite(), settings, seed=0, rank=rank),
        make_grouping(),
        folder=folder / "pairs",
        progress=progress,
    )


@pytest.mark.parametrize("rank", [RANK, RANK + 1, 8])
def test_a_rank_that_is_not_smaller_holds_the_adapter_exactly(backbone: Backbone, before: Path, rank: int) -> None:
    own, found = products(read_lora(before).weights), products(at_rank(backbone, before, rank))
    assert own.keys() == found.keys()
    assert all(torch.equal(found[layer], own[layer]) or torch.allclose(found[layer], own[layer]) for layer in own)
    assert kept(read_lora(before), rank) == 1
    assert sentence_of_cut(before, rank) is None


def test_rows_that_a_larger_rank_adds_can_learn(backbone: Backbone, before: Path) -> None:
    found = at_rank(backbone, before, RANK + 1)
    assert all(bool(weight[RANK:].any()) for key, weight in found.items() if key.endswith(INPUTS))


def test_a_smaller_rank_holds_the_nearest_matrix_of_that_rank(backbone: Backbone, before: Path) -> None:
    own, found = products(read_lora(before).weights), products(at_rank(backbone, before, 2))
    squares = [0.0, 0.0]
    for layer, matrix in own.items():
        values = torch.linalg.svdvals(matrix.double())
        assert torch.linalg.matrix_rank(found[layer], rtol=1e-4) == 2
        # Eckart and Young: the distance of the nearest is the length of the singular values left out.
        assert float((matrix - found[layer]).norm()) == pytest.approx(float(values[2:].norm()), rel=1e-3)
        squares = [squares[0] + float((values[:2] ** 2).sum()), squares[1] + float((values**2).sum())]
    assert kept(read_lora(before), 2) == pytest.approx(squares[0] / squares[1], rel=1e-6)
    assert f"rank 2 holds {squares[0] / squares[1]:.1%} of an adapter of rank 3" in str(sentence_of_cut(before, 2))


def test_another_scale_is_kept(backbone: Backbone, before: Path, tmp_path: Path) -> None:
    other = shutil.copytree(before, tmp_path / "other")
    change_config(other, lora_alpha=RANK)  # a scale of one, where ours is two
    own, found = products(read_lora(before).weights), products(at_rank(backbone, other, RANK))
    assert all(torch.allclose(SCALE * found[layer], own[layer]) for layer in own)
    assert read_lora(other).fingerprint != read_lora(before).fingerprint


@pytest.mark.parametrize("trunk", [0.0, 0.5])
def test_training_begins_with_it(backbone: Backbone, before: Path, tmp_path: Path, trunk: float) -> None:
    cards = tune(backbone, tmp_path, start=before, trunk=trunk, learning_rate=1e-9)
    own = read_lora(before)
    for card in cards:
        found = read_lora(tmp_path / "pairs" / card.folder).weights
        assert all(torch.allclose(found[key], own.weights[key], atol=1e-6) for key in own.weights)
        assert card.started_from == own.fingerprint
        said = (tmp_path / "pairs" / card.folder / "README.md").read_text()
        assert own.fingerprint in said
        assert "nor of what the adapter learnt that it began with" in said
        assert str(tmp_path) not in said
        assert f'"start": "{before.name}"' in said


def test_an_interruption_leaves_no_trace(backbone: Backbone, before: Path, tmp_path: Path) -> None:
    tune(backbone, tmp_path / "whole", rank=2, start=before)
    with pytest.raises(InterruptedHereError):
        tune(backbone, tmp_path / "broken", 2, interrupt_at(2, 11), start=before)
    tune(backbone, tmp_path / "broken", rank=2, start=before)
    assert artefacts(tmp_path / "broken") == artefacts(tmp_path / "whole")


def test_freshness_goes_by_its_weights_and_not_by_its_path(backbone: Backbone, before: Path, tmp_path: Path) -> None:
    moved = shutil.copytree(before, tmp_path / "moved")

    cards = tune(backbone, tmp_path, start=before)
    assert tune(backbone, tmp_path, progress=never, start=moved) == cards
    change_config(moved, lora_alpha=1)
    assert tune(backbone, tmp_path, start=moved) != cards


def test_what_is_no_adapter_of_this_backbone_is_refused(backbone: Backbone, before: Path, tmp_path: Path) -> None:
    check_start(backbone, before)
    with pytest.raises(ConfigError, match=r"tune\.start: .*nothing: no such folder"):
        check_start(backbone, tmp_path / "nothing")
    with pytest.raises(BackboneError, match="holds no LoRA adapter that can be read"):
        check_start(backbone, tmp_path)
    for keys, says in [
        ({"base_model_name_or_path": "some/other"}, r"expected an adapter of .*adapter_config\.json says some/other"),
        ({"use_dora": True}, "expected a plain LoRA adapter; found one with use_dora"),
        ({"bias": "all"}, "found one with bias"),
    ]:
        other = shutil.copytree(before, tmp_path / says[:12])
        change_config(other, **keys)
        with pytest.raises(BackboneError, match=says):
            check_start(backbone, other)
        shutil.rmtree(other)


def test_other_layers_are_refused_with_what_was_found(backbone: Backbone, before: Path, tmp_path: Path) -> None:
    import safetensors.torch

    weights = safetensors.torch.load_file(before / "adapter_model.safetensors")
    layer = next(key for key in weights if key.endswith(INPUTS)).removesuffix(INPUTS)
    fewer = {key: weight for key, weight in weights.items() if not key.startswith(layer)}
    wider = weights | {layer + INPUTS: torch.zeros(RANK, 7)}
    for changed, says in [(fewer, rf"found those of {len(fewer) // 2}, without .*"), (wider, "found 7 and")]:
        other = shutil.copytree(before, tmp_path / str(len(changed)))
        safetensors.torch.save_file(changed, other / "adapter_model.safetensors")
        with pytest.raises(BackboneError, match=says):
            check_start(backbone, other)


def test_an_adapter_of_ours_goes_by_the_fingerprint_on_its_card(backbone: Backbone, tmp_path: Path) -> None:
    card = tune(backbone, tmp_path, rank=2)[0]
    check_start(backbone, tmp_path / "pairs" / card.folder)
    other = make_qwen()
    with torch.no_grad():
        next(other.model.parameters()).add_(1.0)
    assert other.fingerprint == backbone.fingerprint  # taken when it was loaded
    changed = Backbone(**{**other.__dict__, "fingerprint": "0" * 32})
    with pytest.raises(BackboneError, match=f"its card says .* with fingerprint {backbone.fingerprint}"):
        check_start(changed, tmp_path / "pairs" / card.folder)
    load_adapter(other, tmp_path / "pairs" / card.folder, "same layers")
