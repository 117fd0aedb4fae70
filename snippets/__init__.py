"""What a snippet is, and its pages."""

__version__ = "0.1.0"
