"""What the operator's commands take: ages, languages, databases, notes."""

import re
from datetime import timedelta
from pathlib import Path

import click

from snippets import audit, languages
from snippets.database_address import database_url
from snippets.refused import Refused


class Age(click.ParamType[timedelta]):
    """A time such as 90m, 12h or 30d."""

    name = "age"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """Return it as a timedelta."""
        if not (match := re.fullmatch(r"(\d{1,5})([smhd])", value)):
            self.fail("a number and one of s, m, h, d, such as 30d", param, ctx)
        unit = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}[match[2]]
        return timedelta(**{unit: int(match[1])})


class LanguageName(click.ParamType[str]):
    """A language by alias or name."""

    name = "language"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return its alias."""
        if (found := languages.find(value)) is None:
            self.fail(f"{value} is not a language known here", param, ctx)
        return found.alias


class DatabaseUrl(click.ParamType[str]):
    """Where a database is, as DATABASE_URL says it."""

    name = "database"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return it as SQLAlchemy spells it."""
        try:
            return database_url(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


class Note(click.ParamType[str]):
    """Why something is done, for the audit trail; empty: nothing is said."""

    name = "text"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return it without the blanks around it."""
        try:
            return audit.note(value) or ""
        except Refused as refusal:
            self.fail(refusal.message, param, ctx)


PATH = click.Path(path_type=Path)
note_option = click.option("--note", type=Note(), help="Why, for the audit trail.")
