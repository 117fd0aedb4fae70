"""What counts as a mail address here: few enough forms that none can say more in a header than where to."""

import re

LONGEST = 254  # characters: RFC 5321, 4.5.3.1.3, less the angle brackets

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})*")
_LOCAL = 64  # characters before the @: RFC 5321, 4.5.3.1.1


def is_address(text: str) -> bool:
    """Whether it is a dot-atom, an @ and a host's name (RFC 5321, 4.1.2): no quotes, no comments, ASCII alone."""
    return len(text) <= LONGEST and text.find("@") <= _LOCAL and _ADDRESS.fullmatch(text) is not None
