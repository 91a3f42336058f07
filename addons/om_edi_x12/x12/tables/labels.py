"""Our own short labels for people: segments, elements, codes and groups.  Not the texts of the standard."""

SEGMENTS = {"PO1": "order line"}
ELEMENTS = {"355": "unit of measure"}
CODES: dict[str, dict[str, str]] = {}
SETS: dict[str, str] = {}
