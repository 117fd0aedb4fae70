"""One file of a snippet: its text, its colours, and what is true of them."""

from flask import request
from werkzeug.wrappers import Response

from snippets import markup, models
from snippets.access import find
from snippets.api import shapes
from snippets.api.operations import TEXT, answer, operation
from snippets.api.showing import shown, shown_status
from snippets.reading import CODE, FILE, STATUS, as_text

PATH = "/snippets/{id}/files/{number}"


@operation("GET", PATH, gives={200: shapes.File})
def file(snippet_id: str, number: int) -> Response:
    """Read one file, numbered from 1."""
    return _fresh(answer(shown(find(FILE, snippet_id, number=number)).files[0]))


@operation("GET", f"{PATH}/raw", gives={200: TEXT})
def raw_file(snippet_id: str, number: int) -> Response:
    """Read the text of one file."""
    return as_text(find(CODE, snippet_id, number=number))


@operation("GET", f"{PATH}/status", gives={200: shapes.Status, 202: shapes.Status})
def status_of(snippet_id: str, number: int) -> Response:
    """Ask whether the colours are there: 202, and Retry-After, while they are to come."""
    [found] = find(STATUS, snippet_id, number=number).files
    return _pending(answer(shown_status(found)), found)


@operation("GET", f"{PATH}/html", gives={200: shapes.Colours, 202: shapes.Colours})
def html_of(snippet_id: str, number: int) -> Response:
    """Read the numbered lines as HTML: coloured, or with 202 plain while the colours are to come."""
    [found] = find(FILE, snippet_id, number=number).files
    return _pending(answer(shapes.Colours(status=shown_status(found), html=_html(found))), found)


@operation("GET", f"{PATH}/runs", gives={200: shapes.ColourRuns, 202: shapes.ColourRuns})
def runs_of(snippet_id: str, number: int) -> Response:
    """Read the colours without any HTML: a class and how many characters of the code have it, one after the other."""
    [found] = find(FILE, snippet_id, number=number).files
    return _pending(answer(shapes.ColourRuns(status=shown_status(found), runs=markup.runs(_html(found)))), found)


def _html(file: models.File) -> str:
    return file.html if file.html is not None else markup.lines(file.code, markup.plain(file.code), file.anchor)


def _pending(response: Response, file: models.File) -> Response:
    if file.is_pending:
        response.status_code = 202
        response.retry_after = 1
    return _fresh(response)


def _fresh(response: Response) -> Response:
    response.cache_control.no_cache = True
    response.add_etag()
    return response.make_conditional(request)
