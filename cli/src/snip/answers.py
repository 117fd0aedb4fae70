"""What comes back from the site: its JSON, or the failure that it means."""

from dataclasses import dataclass
from typing import Any

import requests

from snip.failures import Missing, Refused, Unreachable

PASSING = (502, 503, 504)  # out of order, perhaps not for long


@dataclass(frozen=True, slots=True)
class Answer:
    """What the site said: `data` is its JSON."""

    status: int
    data: Any
    retry_after: float  # seconds


def read(site: str, response: requests.Response) -> Answer:
    """Return a good answer. Raises Refused, Missing, Unreachable."""
    status = response.status_code
    if 300 <= status < 400 and status != 304:
        there = response.headers.get("Location", "elsewhere")
        raise Unreachable(
            f"{site} sends us on to {there}, and your secret goes nowhere else: choose that site, if it is right."
        )
    try:
        data = response.json() if response.content else None
    except requests.JSONDecodeError as error:
        raise Unreachable(
            f"What answers at {site} is no Snippets: {status}, no JSON.", may_pass=status in PASSING
        ) from error
    if status < 400:
        return Answer(status, data, _seconds(response))
    problem = data if isinstance(data, dict) else {}
    detail = str(problem.get("detail") or problem.get("title") or f"The site answers {status}.")
    if status in (404, 410):
        raise Missing(detail, status)
    if status >= 500:
        raise Unreachable(f"{site} is out of order: {detail}", may_pass=status in PASSING)
    raise Refused(detail, status)


def failure(site: str, error: requests.RequestException) -> Unreachable:
    """Return what it means that there is no answer."""
    if isinstance(error, requests.exceptions.SSLError):
        return Unreachable(f"{site} has a certificate that is not trusted here, or speaks no TLS.")
    if isinstance(error, requests.Timeout):
        return Unreachable(f"{site} does not answer in time.", may_pass=True)
    if isinstance(error, requests.ConnectionError):
        return Unreachable(f"{site} cannot be reached. `snip config site URL` chooses another one.", may_pass=True)
    return Unreachable(f"{site} cannot be asked: {error}.")


def _seconds(response: requests.Response) -> float:
    try:
        return float(response.headers.get("Retry-After", "1"))
    except ValueError:  # a date
        return 1
