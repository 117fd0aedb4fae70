"""`flask snippets stats`: how much there is, in a terminal."""

from collections.abc import Mapping

import click
from flask.cli import with_appcontext
from sqlalchemy.orm import Session

from snippets import figures
from snippets.columns import columns
from snippets.figures import Files, Snippets
from snippets.human import plural, size
from snippets.progress import progress
from snippets.site import site

LONGEST = 15  # languages


@click.command()
@click.option("--exact", is_flag=True, help="Count every file, however many there are.")
@with_appcontext
def stats(*, exact: bool) -> None:
    """Show how many snippets there are by visibility and day, and files and bytes by language and engine.

    Of many files a sample is taken, which is said.
    """
    with site().sessions() as session:
        snippets, pending = figures.count_snippets(session), figures.pending(session)
        files = _files(session, exact)
    click.echo("\n".join([*_whole(snippets, files, pending), "", *_kinds(files), "", *_days(snippets)]))


def _files(session: Session, exact: bool) -> Files:
    last, found = figures.last_file(session), Files()
    if last > figures.FEW and not exact:
        return figures.estimate_files(session, last)
    if last <= figures.FEW:
        list(figures.count_files(session, last, found))
        return found
    with progress("Counted", last) as advance:
        for done in figures.count_files(session, last, found):
            advance(done)
    return found


def _whole(snippets: Snippets, files: Files, pending: int) -> list[str]:
    kinds = [f"{count:,} {name}" for name, count in snippets.visibilities.items()]
    about = "" if files.sampled is None else "about "
    said = [
        f"snippets  {sum(snippets.visibilities.values()):,}: {', '.join(kinds)}; {snippets.taken_down:,} taken down",
        f"files     {about}{files.count:,} in all revisions, {pending:,} pending",
        f"code      {about}{size(files.size)}",
    ]
    if files.sampled is not None:
        said.append(
            f"          estimated, as are the tables of files, from {plural(files.sampled, 'file')}: see --exact"
        )
    return said


def _kinds(files: Files) -> list[str]:
    languages = dict(files.languages.most_common(LONGEST))
    if others := sum(files.languages.values()) - sum(languages.values()):
        languages["others"] = others
    engines = {name or "pending": count for name, count in files.engines.most_common()}
    return [*_shares("LANGUAGE", languages), "", *_shares("ENGINE", engines)]


def _shares(name: str, counts: Mapping[str, int]) -> list[str]:
    whole = sum(counts.values()) or 1
    return columns([[name, "FILES", "SHARE"]] + [[each, f"{n:,}", f"{n / whole:.1%}"] for each, n in counts.items()])


def _days(snippets: Snippets) -> list[str]:
    return columns([["DAY, UTC", "SNIPPETS"]] + [[f"{day}", f"{count:,}"] for day, count in snippets.days.items()])
