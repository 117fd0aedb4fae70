"""What the site does in figures: `make bench`."""
