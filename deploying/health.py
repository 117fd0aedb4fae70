"""Whether a site is well, and is the one that it is to be."""

import json
import signal
import time
from http.client import HTTPException
from urllib.error import HTTPError
from urllib.request import ProxyHandler, build_opener

from deploying.gate import Tag
from deploying.git import Refused

STARTING = 60  # seconds for it to answer at all
WRONG = 15  # seconds for which it may answer what is not to be
PATIENCE = 5.0  # seconds for one answer
LARGEST = 65536  # bytes of one
TIMES = 5  # right answers in a row: several processes give them


def wait_until_well(up: str, tag: Tag) -> None:
    """Return once /up says so of that release. Raises Refused with what was wrong last."""
    began, answered, times = time.monotonic(), 0.0, 0
    while times < TIMES:
        says, wrong = _ask(up, tag)
        now = time.monotonic()
        answered = answered or (now if says else 0.0)
        times = 0 if wrong else times + 1
        if wrong and (now > began + STARTING or (answered and now > answered + WRONG)):
            raise Refused(f"{tag.name} is not well: {wrong}.")
        time.sleep(0.5 if wrong else 0.05)


def _ask(up: str, tag: Tag) -> tuple[bool, str]:
    """Return whether anything answers, and what is wrong with it; empty: nothing."""
    try:
        told = _answer(up)
    except HTTPError as error:
        with error:
            return True, f"{up} answers {error.code}"
    except (HTTPException, OSError, ValueError) as error:
        return False, f"{up} does not answer: {error}"
    if not isinstance(told, dict):
        return True, f"{up} says nothing of a release"
    if told.get("ok") is not True or told.get("commit") != tag.commit:
        return True, f"{up} is of {told.get('release') or 'no release'}"
    return True, ""


def _answer(up: str) -> object:
    """Return what /up says. Raises OSError, HTTPException or ValueError for whatever is no answer within PATIENCE."""
    signal.signal(signal.SIGALRM, _too_late)
    signal.setitimer(signal.ITIMER_REAL, PATIENCE)  # for all of it: a socket's own limit is for each piece
    try:
        # Past whatever proxy the environment names. It is the operator who says where, so it may be any address.
        with build_opener(ProxyHandler({})).open(up) as answer:
            return json.loads(answer.read(LARGEST))
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _too_late(*_: object) -> None:
    raise TimeoutError(f"not within {PATIENCE:g} s")
