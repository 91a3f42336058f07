"""A window on the bytes of a source: all of them, or a file that is read in pieces as it is consumed.

Positions are indexes into `data`; `offset(position)` is the place in the source.  `fill` appends the next
piece and drops what lies before `keep`, so positions move: it returns by how much.
"""

from __future__ import annotations

from typing import BinaryIO

PIECE = 1 << 18


class Source:
    """Bytes of a file-like object or a bytes object, as one growing and shrinking window."""

    def __init__(self, source: bytes | bytearray | memoryview | BinaryIO):
        self.base = 0
        if hasattr(source, "read"):
            self.file: BinaryIO | None = source
            self.data = b""
            self.ended = False
        elif isinstance(source, (bytes, bytearray, memoryview)):
            self.file = None
            self.data = bytes(source)
            self.ended = True
        else:
            raise TypeError(f"read needs bytes or a binary file, not {type(source).__name__}")

    def offset(self, position: int) -> int:
        return self.base + position

    def fill(self, keep: int) -> int:
        """Reads one more piece; returns how far positions moved to the left."""
        if self.file is None:
            self.ended = True
            return 0
        # A piece as long as what is kept: a large transaction is copied a constant number of times.
        piece = self.file.read(max(PIECE, len(self.data) - keep))
        if isinstance(piece, str):
            raise TypeError("read needs a file opened in binary mode")
        self.ended = not piece
        self.data = self.data[keep:] + piece
        self.base += keep
        return keep


def unwrapped(file: BinaryIO) -> BinaryIO:
    """The same bytes without line breaks: some senders wrap at 80 columns, also inside the ISA."""
    return _Unwrapped(file)


class _Unwrapped:
    def __init__(self, file: BinaryIO):
        self.file = file

    def read(self, size: int) -> bytes:
        while piece := self.file.read(size):
            rest = piece.replace(b"\r", b"").replace(b"\n", b"")
            if rest:
                return rest
        return b""
