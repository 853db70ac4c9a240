"""A repository to fill, and a git that keeps its mirrors apart for each test."""

import pytest

from portal.integrations.adapters.process import Git
from portal.integrations.services import pulse
from tests.integrations.repository import Repository


@pytest.fixture
def repository(tmp_path):
    return Repository(tmp_path / "app.git")


@pytest.fixture
def git(tmp_path):
    return Git(tmp_path / "mirrors", limit=30)


@pytest.fixture
def mirrors(settings, tmp_path):
    """Keep the mirrors of the portal in the test's own folder."""
    settings.IMPORT_MIRROR_DIR = tmp_path / "mirrors"
    return settings.IMPORT_MIRROR_DIR


@pytest.fixture
def portal(transactional_db, world, mirrors, monkeypatch):
    """The shared world, committed, as the heartbeat's own connection needs it."""
    monkeypatch.setattr(pulse, "BEAT_SECONDS", 0.05)
    return world
