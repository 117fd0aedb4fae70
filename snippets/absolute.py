"""The addresses in messages: by SITE_URL alone, for the Host of a request is whatever its sender says."""

from typing import Any

from flask import request, url_for

from snippets.site import site


def absolute(endpoint: str, **values: Any) -> str:
    """Return the whole address of a page, as it is to be mailed."""
    return f"{site().settings.site_url}{url_for(endpoint, **values).removeprefix(request.script_root)}"
