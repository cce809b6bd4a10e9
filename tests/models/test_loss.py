"""The loss is the cross-entropy of answers, each example counting the same."""

from __future__ import annotations

import pytest
import torch
from tests.models.naive import choice_score
from tests.models.tiny_models import make_picture, make_qwen

from mintune.models import adapters
from mintune.models.backbone import Backbone
from mintune.models.encoding import Encoder
from mintune.models.loss import answer_losses
from mintune.models.showing import Shown

SHOWN = [Shown("Is it red?", (make_picture(1),)), Shown("What is it?", ()), Shown("Which?", (make_picture(2, 84, 84),))]
ANSWERS = ["yes", "a dark red square", "blue"]


def test_loss_is_minus_the_mean_log_likelihood_of_answer_and_end(any_backbone: Backbone) -> None:
    encoder = Encoder(any_backbone)
    with torch.no_grad():
        losses = answer_losses(any_backbone, encoder.collate(encoder.with_answers(SHOWN, ANSWERS)))
    for shown, wanted, loss in zip(SHOWN, ANSWERS, losses.tolist(), strict=True):
        ids = encoder.answer_ids(wanted, end=True)
        assert loss == pytest.approx(-choice_score(any_backbone, shown, ids), abs=2e-5)


def test_company_changes_no_examples_loss(tiny_random_backbone: Backbone) -> None:
    encoder = Encoder(tiny_random_backbone)
    encoded = encoder.with_answers(SHOWN, ANSWERS)
    with torch.no_grad():
        together = answer_losses(tiny_random_backbone, encoder.collate(encoded))
        alone = torch.cat([answer_losses(tiny_random_backbone, encoder.collate([one])) for one in encoded])
    torch.testing.assert_close(together, alone, atol=1e-5, rtol=1e-5)


def test_the_loop_overfits_three_examples() -> None:
    backbone = make_qwen()
    encoder = Encoder(backbone)
    batch = encoder.collate(encoder.with_answers(SHOWN, ANSWERS))
    adapters.attach(backbone, 8, 0, "one")
    optimizer = torch.optim.Adam([weight for weight in backbone.model.parameters() if weight.requires_grad], lr=0.03)
    before = answer_losses(backbone, batch).detach()
    for _ in range(40):
        optimizer.zero_grad()
        answer_losses(backbone, batch).mean().backward()
        optimizer.step()
    assert bool((answer_losses(backbone, batch) < before / 10).all())
