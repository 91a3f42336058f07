"""X12 bytes written out by hand, independent of the library under test; needs neither it nor Odoo."""

from datetime import date, timedelta

SOON = date.today() + timedelta(days=20)


def interchange(
    *transactions,
    group="PO",
    control=1,
    version="004010",
    sender="BLUEBIRD",
    receiver="OMCO",
    delimiters="*>~^",
    line_break="",
    iea=None,
    ge=None,
):
    """Bytes of an interchange with one group, written out by hand, independent of the library under test.

    :param transactions: lists of segments, each a list of elements, without ST and SE
    """
    element, component, terminator, repetition = delimiters
    later = version >= "00402"
    set_id = {
        "PO": "850",
        "FA": "997",
        "PC": "860",
        "SW": "945",
        "RE": "944",
        "IB": "846",
        "RA": "820",
        "AG": "824",
        "SH": "856",
    }[group]
    us, them = receiver.ljust(15), sender.ljust(15)
    mark = repetition if later else "U"
    none = ["00", " " * 10]
    numbers = ["261123", "0830", mark, version[:5], f"{control:09d}", "0", "P"]
    segments = [
        ["ISA", *none, *none, "ZZ", them, "ZZ", us, *numbers, component],
        ["GS", group, sender, receiver, "20261123", "0830", str(control), "X", version],
    ]
    for number, body in enumerate(transactions, start=1):
        segments.append(["ST", set_id, f"{number:04d}"])
        segments += body
        segments.append(["SE", str(len(body) + 2), f"{number:04d}"])
    segments.append(["GE", str(len(transactions) if ge is None else ge), str(control)])
    segments.append(["IEA", "1", f"{control:09d}" if iea is None else iea])
    return "".join(element.join(segment) + terminator + line_break for segment in segments).encode()


def purchase_order(number, lines=(("1", "10", "EA", "100", "VN", "KET-1"),), ship_to="0042", requested=SOON):
    """Segments of an 850. ``lines``: PO1 elements up to the item, qualifier and item."""
    segments = [["BEG", "00", "SA", number, "", "20261120"]]
    if requested:
        segments.append(["DTM", "002", requested.strftime("%Y%m%d")])
    if ship_to:
        segments += [
            ["N1", "ST", "BLUEBIRD STORE", "92", ship_to],
            ["N3", "42 MAIN STREET"],
            ["N4", "DAYTON", "OH", "45402", "US"],
        ]
    for line, quantity, unit, price, *items in lines:
        segments.append(["PO1", line, quantity, unit, price, "", *items])
        segments.append(["PID", "F", "", "", "", "HOUSEHOLD GOODS"])
    return [*segments, ["CTT", str(len(lines))]]


def order_change(number, lines=(), purpose="04", change_number="1", dates=(), ship_to=""):
    """Segments of an 860. ``lines``: POC elements up to the item, qualifier and item."""
    segments = [["BCH", purpose, "SA", number, "", change_number, "20261120", "", "", "", "", "20261124"]]
    segments += [["DTM", qualifier, day.strftime("%Y%m%d")] for qualifier, day in dates]
    if ship_to:
        segments.append(["N1", "ST", "BLUEBIRD STORE", "92", ship_to])
    for line, code, quantity, unit, price, *items in lines:
        segments.append(["POC", line, code, quantity, quantity, unit, price, "", *items])
    return segments + ([["CTT", str(len(lines))]] if lines else [])


def remittance(trace, amount, lines=(), adjustments=()):
    """Segments of an 820. ``lines``: ``(number, paid, invoiced, discount)``, or more with ADX elements."""
    segments = [
        ["BPR", "I", amount, "C", "ACH", *[""] * 11, "20261124"],
        ["TRN", "1", trace],
        ["ENT", "1"],
    ]
    segments += [["ADX", *adjustment] for adjustment in adjustments]
    for number, paid, invoiced, discount, *deductions in lines:
        segments.append(["RMR", "IV", number, "", paid, invoiced, discount])
        segments += [["ADX", *deduction] for deduction in deductions]
    return segments


def application_advice(number, verdict, qualifier, reference, set_id="", errors=(), control=()):
    """Segments of an 824. ``errors``: TED elements."""
    judged = ["OTI", verdict, qualifier, reference]
    if set_id or control:
        judged += ["", "", "20261124", "", *(control or ("", "")), set_id]
    return [["BGN", "11", number, "20261124"], judged, *(["TED", *error] for error in errors)]
