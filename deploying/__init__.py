"""Staging and production: what bin/deploy does here, and a server's hooks there, by the standard library alone."""
