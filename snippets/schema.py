"""Having a database see more migrations, or fewer."""

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from snippets.settings import ROOT


def revisions() -> list[str]:
    """Return the revisions that this version knows, from the first to its own."""
    script = ScriptDirectory.from_config(_config())
    return [each.revision for each in script.walk_revisions()][::-1]


def migrate(url: str, *, to: str = "head") -> None:
    """Bring a database up to a revision; nothing happens to one that is there, or beyond."""
    command.upgrade(_config(url), to)


def take_back(url: str, *, to: str) -> None:
    """Bring a database down to a revision: what later ones have added is gone, so let it be empty."""
    command.downgrade(_config(url), to)


def _config(url: str | None = None) -> Config:
    config = Config(toml_file=ROOT / "pyproject.toml")
    config.attributes["database_url"] = url
    return config
