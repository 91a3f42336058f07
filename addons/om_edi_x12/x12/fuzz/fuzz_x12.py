"""Coverage-guided fuzzing of the library with atheris.  See README.md in this folder."""

import sys

import atheris

with atheris.instrument_imports(include=["x12"]):
    from one_input import one_input


def main() -> None:
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
