"""What stands around the blocks of a page: the same for every snippet, until something in it changes."""

from itertools import chain
from typing import Any

from jinja2 import Environment, Template
from jinja2.runtime import Context

_SLOTS = ("title", "head", "scripts", "main")  # the blocks of base.html that a snippet's page fills
_EMPTY = '{% extends "base.html" %}' + "".join(f"{{% block {slot} %}}\0{{% endblock %}}" for slot in _SLOTS)


class Shell:
    """base.html without what a page puts into it, made anew when what is on every page has changed."""

    def __init__(self, templates: Environment) -> None:
        """Take it from these templates; nothing is rendered yet."""
        self._template = templates.from_string(_EMPTY)
        self._frame: dict[str, Any] | None = None
        self._parts: list[str] = []

    def around(self, page: Template, context: Context, frame: dict[str, Any]) -> str:
        """Return a page: its blocks, rendered in the context, with the shell that `frame` makes around them."""
        if frame != self._frame:
            self._frame, self._parts = frame, self._template.render(frame).split("\0")
        blocks = ("".join(page.blocks[slot](context)) for slot in _SLOTS)
        return "".join(chain(*zip(self._parts, blocks, strict=False), self._parts[-1:]))
