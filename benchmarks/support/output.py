"""What a benchmark says while it runs."""

import sys


def say(text):
    """Print a line at once, also where the output is a file."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
