"""Partner rules: what one trading partner narrows, widens or forgives, as plain data.

`Rules.from_dict` takes what a JSON file or a database row holds.  Example:

    {
        "codes": {"PO103": ["EA", "CA"], "355": ["EA", "CA", "PL"]},     place or element number
        "max_length": {"PO107": 20, "BEG03": 10},
        "required": {"850": ["N1", "PO1/PID", "BEG05", "PO107"]},        segment (with loop path) or element
        "severity": {"AK403:7/355": "error", "SSCC": "error", "BEG07": "off"},
        "reject": ["AK502", "AK304:3", "AK403:1"],
        "versions": ["004010", "005010"],
        "sets": ["850", "860"],
        "charset": "auto",
        "unique_transactions": true,
        "unique_interchanges": true
    }

A severity ("error", "warning", "off") is looked up by code and element ("AK403:7/355"), by place ("BEG07"),
then by code ("AK403:7", "AK905:2"); checks across segments have names of their own: COUNT (CTT01), HASH
(CTT02), PARENT, CHILDREN and LEVELS (HL), BOUNDED (LS and LE), GTIN, SSCC.  What is not listed is an error,
but for `WARNINGS`.  A code list given here is the partner's own and always an error.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields

WARNINGS = frozenset({
    # Partners use codes from releases other than the one they declare: open lists inform, they don't reject.
    "AK403:7/66", "AK403:7/235", "AK403:7/355", "AK403:7/366", "AK403:7/368", "AK403:7/559",
    # Business sanity, not syntax.
    "COUNT", "HASH", "CHILDREN", "LEVELS", "GTIN", "SSCC",
})  # fmt: skip

REJECT = ("AK502", "AK304:3", "AK403:1")


@dataclass(frozen=True)
class Rules:
    """What is asked of a partner's documents beyond the standard.  The defaults are the standard alone."""

    codes: dict[str, list[str]] = field(default_factory=dict)
    max_length: dict[str, int] = field(default_factory=dict)
    required: dict[str, list[str]] = field(default_factory=dict)
    severity: dict[str, str] = field(default_factory=dict)
    reject: tuple[str, ...] = REJECT
    versions: tuple[str, ...] = ()
    sets: tuple[str, ...] = ()
    charset: str = "auto"
    unique_transactions: bool = True
    unique_interchanges: bool = True

    @classmethod
    def from_dict(cls, data: dict) -> Rules:
        """Rules from plain data; ValueError names a key that does not exist or a value of the wrong kind."""
        known = {f.name: f for f in fields(cls)}
        unknown = data.keys() - known.keys()
        if unknown:
            raise ValueError(f"unknown partner rule: {', '.join(sorted(unknown))}")
        values = {k: tuple(v) if k in ("reject", "versions", "sets") else v for k, v in data.items()}
        if values.get("charset", "auto") not in ("auto", "basic", "extended", "utf-8"):
            raise ValueError(f"charset must be auto, basic, extended or utf-8, not {values['charset']!r}")
        for key, severity in values.get("severity", {}).items():
            if severity not in ("error", "warning", "off"):
                raise ValueError(f"severity of {key} must be error, warning or off, not {severity!r}")
        return cls(**values)

    def severity_of(self, code: str, place: str = "", number: str = "") -> str:
        """'error', 'warning' or 'off' for a finding with this code, at this place, on this element."""
        for key in (f"{code}/{number}", place, code):
            if key in self.severity:
                return self.severity[key]
        if code == "AK403:7" and (place in self.codes or number in self.codes):
            return "error"
        if place in WARNINGS or f"{code}/{number}" in WARNINGS:
            return "warning"
        return "error"

    def rejects(self, code: str) -> bool:
        """True if an error with this code rejects the set instead of being noted."""
        return code in self.reject or code.partition(":")[0] in self.reject


STANDARD = Rules()
