"""What keeps a command going, as bin/keep; the standard library alone, and nothing of the site but its notices."""
