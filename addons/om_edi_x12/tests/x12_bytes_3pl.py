"""Documents of a 3PL, written out by hand like those of ``x12_bytes``; needs neither the library nor Odoo."""

WAREHOUSE = ["N1", "WH", "LAKESIDE LOGISTICS"]


def shipping_advice(number, lines, shipment="SH1", code="F", references=(("CN", "PRO123"),)):
    """Segments of a 945.

    :param lines: dicts with ``item``, ``shipped`` and what else differs from the ordinary
    """
    segments = [["W06", code, number, "20261124", *([shipment] if shipment else [])], WAREHOUSE]
    segments += [["N9", *reference] for reference in references]
    segments.append(["W27", "M", "UPSN"])
    total = 0
    for position, line in enumerate(lines, start=1):
        segments.append(["LX", str(position)])
        segments += [["MAN", "GM", pack] for pack in line.get("packs", ())]
        w12 = [
            "W12", line.get("status", "CC"), "", str(line["shipped"]), "", line.get("unit", "EA"), "",
            line.get("qualifier", "VN"), line["item"], line.get("lot", ""),
        ]  # fmt: skip
        if line.get("instead_of"):
            w12 += [""] * (17 - len(w12)) + ["VN", line["instead_of"]]
        while not w12[-1]:
            w12.pop()
        segments.append(w12)
        total += line["shipped"]
    return [*segments, ["W03", str(total)]]


def transfer_receipt(number, lines, receipt="R1"):
    """Segments of a 944. ``lines``: ``(item, good, damaged[, lot])``."""
    segments = [["W17", "F", "20261124", receipt, number], WAREHOUSE]
    total = 0
    for item, good, damaged, *lot in lines:
        segments.append(["W07", str(good), "EA", "", "VN", item, *(["", "", *lot] if lot else [])])
        if damaged:
            segments.append(["W13", str(damaged), "EA", "01", "", "01"])
        total += good
    return [*segments, ["W14", str(total)]]


def inventory(number, lines, purpose="00"):
    """Segments of an 846. ``lines``: ``(item, {QTY01: quantity}[, lot])``."""
    segments = [["BIA", purpose, "DD", number, "20261124"], WAREHOUSE]
    for position, (item, quantities, *lot) in enumerate(lines, start=1):
        segments.append(["LIN", str(position), "VN", item, *(["LT", *lot] if lot else [])])
        segments += [["QTY", kind, str(quantity), "EA"] for kind, quantity in quantities.items()]
    return [*segments, ["CTT", str(len(lines))]]
