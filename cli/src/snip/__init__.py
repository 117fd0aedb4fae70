"""The command line of Snippets. Knows the site by its HTTP API alone."""

__version__ = "0.1.0"
