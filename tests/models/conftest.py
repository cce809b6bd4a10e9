"""Fixtures of tests that need a model."""

from __future__ import annotations

import pytest
from tests.models.tiny_models import MAKERS, make_qwen

from mintune.models.backbone import Backbone


@pytest.fixture(scope="session")
def tiny_random_backbone() -> Backbone:
    """A Qwen2-VL of two small layers; tests that attach adapters make their own with `make_qwen`."""
    return make_qwen()


@pytest.fixture(scope="session", params=list(MAKERS))
def any_backbone(request: pytest.FixtureRequest) -> Backbone:
    """Each of the architectures that mintune is tested on."""
    return MAKERS[request.param]()
