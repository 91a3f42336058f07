"""824 application advice: the receiver's business word on a document that was valid X12."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from ..events import Finding, Transaction
from . import parts
from .layout import DAY, TEXT, WHOLE, Layout
from .outline import Loop, Outline
from .parts import Party, Reference, Segment

BGN = Layout("BGN", ("purpose", 1, TEXT), ("number", 2, TEXT), ("date", 3, DAY), ("time", 4, TEXT))
OTI = Layout(
    "OTI", ("verdict", 1, TEXT), ("qualifier", 2, TEXT), ("number", 3, TEXT), ("date", 6, DAY),
    ("group_control", 8, WHOLE), ("set_control", 9, TEXT), ("set_id", 10, TEXT),
)  # fmt: skip
TED = Layout(
    "TED", ("code", 1, TEXT), ("text", 2, TEXT), ("segment_id", 3, TEXT), ("segment", 4, WHOLE),
    ("element", 5, WHOLE), ("value", 7, TEXT), ("expected", 8, TEXT),
)  # fmt: skip


@dataclass
class ApplicationError:
    """TED: error 647 (006 duplicate, 007 missing data, 024 other, ...), words, and the place it is about."""

    code: str
    text: str = ""
    segment_id: str = ""
    segment: int | None = None
    element: int | None = None
    value: str = ""
    expected: str = ""
    notes: list[str] = field(default_factory=list)


@dataclass
class JudgedDocument:
    """OTI loop: verdict 110 (TA accepted, TE with error, TR rejected) and the document it judges."""

    verdict: str
    qualifier: str
    number: str
    date: date | None = None
    group_control: int | None = None
    set_control: str = ""
    set_id: str = ""
    references: list[Reference] = field(default_factory=list)
    errors: list[ApplicationError] = field(default_factory=list)


@dataclass
class ApplicationAdvice:
    """Purpose 353 (11 response), number of the advice, the documents judged."""

    SET_ID = "824"
    GROUP = "AG"

    purpose: str
    number: str
    date: date | None
    time: str = ""
    parties: list[Party] = field(default_factory=list)
    documents: list[JudgedDocument] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list, compare=False, repr=False)

    @classmethod
    def parse(cls, transaction: Transaction | list[Segment]) -> ApplicationAdvice:
        outline = Outline(transaction, cls.SET_ID)
        root = outline.root
        advice = cls(
            **BGN.read(root.first("BGN")),
            parties=parts.read_parties(root),
            documents=[_read_document(turn) for turn in root.turns("OTI")],
        )
        advice.findings = outline.findings
        return advice

    def segments(self, version: str = "004010") -> list[Segment]:
        """The transaction without ST and SE."""
        segments = BGN.write(self)
        for party in self.parties:
            segments += parts.write_party(party)
        for document in self.documents:
            segments += OTI.write(document) + parts.write_references(document.references)
            for error in document.errors:
                segments += TED.write(error) + [["NTE", "", note] for note in error.notes]
        return segments


def _read_document(turn: Loop) -> JudgedDocument:
    return JudgedDocument(
        **OTI.read(turn.first("OTI")),
        references=parts.read_references(turn),
        errors=[
            ApplicationError(**TED.read(loop.first("TED")), notes=[row[2] for row in loop.rows("NTE")])
            for loop in turn.turns("TED")
        ],
    )
