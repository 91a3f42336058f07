"""What the day came to, counted from the database."""

import json
from collections import Counter


def figures(env):
    """Counts of the whole database as plain values."""
    transactions = env["om.edi.transaction"]
    orders = env["sale.order"].search([])
    received = orders.filtered("om_intake_id")
    # touchless: came by document and was confirmed without an exception ever having been raised
    touchless = received.filtered(lambda o: o.state == "sale" and not o.om_exception_ids)
    exceptions = env["om.exception"].search([])
    pickings = env["stock.picking"].search([("state", "=", "done"), ("picking_type_code", "=", "outgoing")])
    moves = env["account.move"].search([("state", "=", "posted")])

    def by_set(direction):
        groups = transactions._read_group([("direction", "=", direction)], ["set_id"], ["__count"])
        return dict(sorted(groups))

    result = {
        "files_in": dict(sorted(Counter(env["om.intake"].search([]).mapped("state")).items())),
        "documents_in": by_set("in"),
        "orders": len(orders),
        "orders_received": len(received),
        "orders_by_state": dict(sorted(Counter(orders.mapped("state")).items())),
        "touchless": len(touchless),
        "held": len(orders.filtered("om_is_held")),
        "exceptions": dict(sorted(Counter(exceptions.mapped("code")).items())),
        "exceptions_open": len(exceptions.filtered("is_open")),
        "shipments": len(pickings),
        "invoices": len(moves.filtered(lambda m: m.move_type == "out_invoice")),
        "credit_memos": len(moves.filtered(lambda m: m.move_type == "out_refund")),
        "documents_out": by_set("out"),
    }
    told = ("E-EDI-ACKLATE", "E-EDI-ACKREJ", "E-3PL-SILENT", "E-CHG-LATE")
    result["edi_cases"] = {
        case.code: case.found for case in exceptions.filtered(lambda e: e.is_open and e.code in told)
    }
    if "om.rma" in env:
        result["rmas"] = env["om.rma"].search_count([])
    return result


def show(env, as_json=False):
    """Print the summary table; with ``as_json`` the same as one JSON line at the end."""
    result = figures(env)
    labels = {
        "files_in": "Files received",
        "documents_in": "Documents in",
        "orders": "Orders",
        "orders_received": "  by EDI",
        "orders_by_state": "  by state",
        "touchless": "  touchless",
        "held": "  held at release",
        "exceptions": "Exceptions by code",
        "exceptions_open": "  still open",
        "shipments": "Shipments",
        "invoices": "Invoices posted",
        "credit_memos": "Credit memos posted",
        "rmas": "Returns",
        "documents_out": "Documents out",
    }
    print("\nCascade Home Goods: the day\n" + "-" * 72)
    for key, label in labels.items():
        value = result.get(key)
        if isinstance(value, dict):
            value = ", ".join(f"{name} {count}" for name, count in value.items()) or "none"
        if value is not None:
            print(f"{label:<24}{value}")
    print("For the EDI specialist (login edi)")
    for code, found in sorted(result["edi_cases"].items()):
        print(f"  {code:<15} {found}")
    print("-" * 72)
    if as_json:
        print(json.dumps(result, sort_keys=True))
