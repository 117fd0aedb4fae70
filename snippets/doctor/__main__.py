"""The doctor by itself: see command."""

from snippets.doctor.command import doctor

doctor(prog_name="python -m snippets.doctor")
