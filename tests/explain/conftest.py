"""Reports that the tests of this room share; building one takes a second, so each is built once."""

from __future__ import annotations

import pytest
from tests.explain import reports

from mintune.explain.evidence import ReportData


@pytest.fixture(scope="session")
def full() -> ReportData:
    return reports.full_report()


@pytest.fixture(scope="session")
def early() -> ReportData:
    return reports.early_report()
