"""A window on the bytes of a source, and the place in it where reading goes on.

The window is all of a bytes object, or the piece of a file that has not been consumed.  `at` is the index in
`data` where the next segment starts; `find`, `search` and `skip` read on by themselves.  Reading on drops
what lies before `at`, so every index but `at` is void afterwards.
"""

from __future__ import annotations

import re
from io import BytesIO
from typing import BinaryIO

PIECE = 1 << 18
LONGEST_TRANSACTION = 128 << 20


class Cursor:
    """The bytes of a file or bytes object from `at` on."""

    def __init__(self, source: bytes | bytearray | memoryview | BinaryIO):
        self.base = 0
        self.at = 0
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

    @property
    def offset(self) -> int:
        """The place of `at` in the source."""
        return self.base + self.at

    @property
    def rest(self) -> int:
        """How many bytes of the window are not consumed."""
        return len(self.data) - self.at

    def read_on(self) -> None:
        """Reads one more piece.  It is as long as what is kept, so that a large transaction that grows
        piece by piece is copied a constant number of times."""
        if self.file is None:
            self.ended = True
            return
        piece = self.file.read(max(PIECE, self.rest))
        if isinstance(piece, str):
            raise TypeError("read needs a file opened in binary mode")
        self.ended = not piece
        self.data = self.data[self.at :] + piece
        self.base += self.at
        self.at = 0

    def see(self, count: int) -> bool:
        """Tries to have `count` bytes in the window; True if there is any byte left."""
        while self.rest < count and not self.ended:
            self.read_on()
        return self.rest > 0

    def may_read_on(self) -> bool:
        """False at the end of the source, and where no end of a transaction is in sight."""
        return not self.ended and self.rest <= LONGEST_TRANSACTION

    def find(self, needle: bytes, ahead: int = 0) -> int:
        """Index of `needle`, at least `ahead` bytes behind `at`; -1 if it doesn't come."""
        while True:
            found = self.data.find(needle, self.at + ahead)
            if found >= 0 or not self.may_read_on():
                return found
            ahead = self.rest
            self.read_on()

    def search(self, pattern: re.Pattern[bytes], longest: int) -> re.Match[bytes] | None:
        """The first match of `pattern` behind `at`; a match has `longest` bytes at most."""
        ahead = 0
        while True:
            found = pattern.search(self.data, self.at + ahead)
            if (found and found.end() + longest < len(self.data)) or not self.may_read_on():
                return found
            # A match at the edge of the window may be longer, or none, once more is seen.
            ahead = max(ahead, (found.start() if found else len(self.data) - longest) - self.at)
            self.read_on()

    def is_at(self, head: bytes) -> bool:
        """True if the window goes on with these bytes; False says nothing at its edge."""
        return self.data.startswith(head, self.at)

    def skip(self, padding: bytes) -> bool:
        """Moves over padding; False at the end of the source."""
        while True:
            data, at = self.data, self.at
            while at < len(data) and data[at] in padding:
                at += 1
            self.at = at
            if at < len(data):
                return True
            if self.ended:
                return False
            self.read_on()

    def without_line_breaks(self) -> Cursor:
        """The same bytes from `at` on, unwrapped: some senders break lines at 80 columns, in the ISA too."""
        cursor = Cursor(_Unwrapped(self.data[self.at :], self.file))
        cursor.base = self.offset
        return cursor


class _Unwrapped:
    """A file without its line breaks, `head` first."""

    def __init__(self, head: bytes, file: BinaryIO | None):
        self.head = BytesIO(head)
        self.file = file

    def read(self, size: int) -> bytes:
        while piece := self.head.read(size) or (self.file.read(size) if self.file else b""):
            unwrapped = piece.replace(b"\r", b"").replace(b"\n", b"")
            if unwrapped:
                return unwrapped
        return b""
