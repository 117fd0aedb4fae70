"""Old releases go, and what only they needed."""

from pathlib import Path

import pytest

from deploying.server import Server
from deploying.unpacking import KEPT, link, prune


@pytest.fixture
def server(tmp_path: Path) -> Server:
    """Seven releases, from the oldest to the newest; two in a row share an environment."""
    site = tmp_path / "site"
    for n in range(7):
        release, venv = site / "releases" / f"staging-{n}", site / "venvs" / f"{n // 2}"
        release.mkdir(parents=True)
        (venv / "bin").mkdir(parents=True, exist_ok=True)
        link(release / ".venv", venv)
    return Server("staging", site, tmp_path / "key", "", "")


def names(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


def test_the_newest_releases_stay_and_the_environments_that_they_share(server: Server):
    prune(server, {"staging-6"})

    assert names(server.releases) == [f"staging-{n}" for n in range(7 - KEPT, 7)]
    assert names(server.site / "venvs") == ["1", "2", "3"]


def test_an_old_release_that_runs_stays_with_its_environment(server: Server):
    prune(server, {"staging-0"})

    assert "staging-0" in names(server.releases)
    assert (server.releases / "staging-0/.venv/bin").is_dir()


def test_a_file_beside_the_environments_is_no_obstacle(server: Server):
    (server.site / "venvs/README").write_text("what these are")
    (server.releases / "README").write_text("what these are")

    prune(server, {"staging-6"})

    assert "README" in names(server.site / "venvs")


def test_packages_that_are_somewhere_else_are_left_alone(server: Server, tmp_path: Path):
    (tmp_path / "elsewhere").mkdir()
    for release in server.releases.iterdir():
        link(release / ".venv", tmp_path / "elsewhere")

    prune(server, {"staging-6"})

    assert names(server.site / "venvs") == []
    assert (tmp_path / "elsewhere").is_dir()
