"""What `snip` and `python -m snip` run."""

from snip.command_line import snip


def main() -> None:
    """Run the command line, and end with its exit code."""
    snip(prog_name="snip")


if __name__ == "__main__":
    main()
