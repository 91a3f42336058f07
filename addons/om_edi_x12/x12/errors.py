"""The exceptions of the library, by whose fault it is.

What a partner sent is never an exception as long as there is an interchange to talk about: defects are
`Finding`s on the events of `read`.  Only bytes without any interchange raise `UnreadableError`, and only a
caller that asks to write something illegal gets a `BuildError`.
"""


class X12Error(Exception):
    """Base of everything this library raises on purpose."""


class UnreadableError(X12Error):
    """The bytes hold no X12 interchange at all: the sender's fault, nothing can be acknowledged."""

    def __init__(self, reason: str, offset: int, head: bytes):
        self.reason = reason
        self.offset = offset
        self.head = head
        super().__init__(f"{reason} (at byte {offset}; the data starts with {head[:24]!r})")


class BuildError(X12Error):
    """The document to be written would not be valid X12: the caller's fault, nothing was written."""
