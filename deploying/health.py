"""Whether a site is well, and is the one that it is to be."""

import json
import time
from http.client import HTTPException
from urllib.error import HTTPError
from urllib.request import urlopen

from deploying.gate import Tag
from deploying.git import Refused

STARTING = 60  # seconds for it to answer at all
WRONG = 15  # seconds for which it may answer what is not to be
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
        # It is the operator who says where, so it may be any address.
        with urlopen(up, timeout=5) as answer:  # nosec B310
            told = json.load(answer)
    except HTTPError as error:
        with error:
            return True, f"{up} answers {error.code}"
    except (HTTPException, OSError, ValueError) as error:
        return False, f"{up} does not answer: {error}"
    if told.get("ok") is not True or told.get("commit") != tag.commit:
        return True, f"{up} is of {told.get('release') or 'no release'}"
    return True, ""
