"""What the nursery has in stock: all that a web process and a worker import, but for what reads the environment."""

import rq.cli  # noqa: F401

import app  # noqa: F401
import workers.highlight  # noqa: F401
from workers.local import warm

for language in ("python", "javascript", "go", "rust", "html", "diff"):  # what most tests colour
    warm(language)
