"""Orders a minute with one worker and with two; see support/edi_workers.py."""

import argparse
import sys

from support import edi_workers


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=8)
    parser.add_argument("--orders", type=int, default=25, help="orders of a file")
    parser.add_argument("--lines", type=int, default=15)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--no-confirm", action="store_true", help="orders stay quotations")
    options = parser.parse_args()
    ratio = edi_workers.compare(
        options.files, options.orders, options.lines, options.rounds, not options.no_confirm
    )
    sys.exit(0 if ratio >= edi_workers.TARGET else 1)


if __name__ == "__main__":
    main()
