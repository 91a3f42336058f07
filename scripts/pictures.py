"""Takes the handbook's pictures of EDI from the demo company: ./om pictures [NAME ...]

Each picture is a user, a page, and what is done there before it is taken. A record is named by its model and
a domain: ``{0}`` in the page's address stands for its id.
"""

import argparse
import sys
from pathlib import Path

from browser import Browser

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "images"
REFUSED = ("om.edi.transaction", [["set_id", "=", "856"], ["ack_state", "=", "R"]])
RECEIVED = ("om.edi.transaction", [["set_id", "=", "850"], ["state", "=", "done"]])
BLUEBIRD = ("om.edi.partner", [["name", "=", "Bluebird Stores"]])

# name: (login, address, record or None, height, steps)
PICTURES = {
    "edi_monitor": ("edi", "/odoo/edi-monitor", None, 360, ()),
    "edi_failures": ("edi", "/odoo/edi-failures", None, 760, ()),
    "edi_timeliness": ("edi", "/odoo/edi-timeliness", None, 640, ()),
    "edi_documents": ("edi", "/odoo/edi-documents", None, 760, ()),
    "edi_document": ("edi", "/odoo/edi-documents/{0}", REFUSED, 1180, ()),
    "edi_trace": ("edi", "/odoo/edi-documents/{0}", RECEIVED, 900, (("tab", "In Our Fields"),)),
    "edi_warehouse_orders": ("edi", "/odoo/edi-warehouse-orders", None, 320, ()),
    "edi_stock_differences": ("edi", "/odoo/edi-stock-differences", None, 360, ()),
    "edi_partner": ("edi_manager", "/odoo/edi-partners/{0}", BLUEBIRD, 900, ()),
    "received_documents": ("edi", "/odoo/action-om_order_exceptions.action_om_intake", None, 640, ()),
}


def main():
    """Take the pictures that are named, or all."""
    parser = argparse.ArgumentParser(prog="./om pictures", description=__doc__.splitlines()[0])
    parser.add_argument("--url", required=True)
    parser.add_argument("--to", type=Path, default=FOLDER, help="folder of the pictures")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(PICTURES))
    options = parser.parse_args()
    if unknown := set(options.names) - set(PICTURES):
        parser.error(f"there is no picture {', '.join(sorted(unknown))}")
    chosen = [name for name in PICTURES if not options.names or name in options.names]
    with Browser(options.url) as browser:
        for name in sorted(chosen, key=lambda name: PICTURES[name][0]):
            take(browser, options.to / f"{name}.png", *PICTURES[name])
            print(name, file=sys.stderr)


def take(browser, path, login, address, record, height, steps):
    """Go there, do the steps, and save the picture."""
    browser.login(login)
    if record:
        model, domain = record
        (found,) = browser.call(model, "search", domain, limit=1, order="id")
        address = address.format(found)
    browser.resize(height)
    browser.go(address)
    for step, *values in steps:
        if step == "tab":
            browser.click(".o_notebook .nav-link", *values)
        else:
            getattr(browser, step)(*values)
    browser.picture(path)


if __name__ == "__main__":
    main()
