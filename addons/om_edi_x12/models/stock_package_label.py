import base64
import re

from markupsafe import Markup
from reportlab.graphics.barcode.code128 import Code128

from odoo import models
from odoo.exceptions import UserError

from .om_edi_map_856 import Shipments

# Function 1 of Code 128, as the barcode engine takes it: the mark of a GS1-128 symbol
FNC1 = "\xf1"
# Zebra printers: start in code set C, or in B where there is more than pairs of digits; then FNC1
ZPL_C, ZPL_B = ">;>8", ">:>8"


def zpl_text(text):
    """``text`` for ``^FH^FD``: what a printer or an XML engine could take for a command is hexadecimal."""
    return "".join(
        character
        if re.match(r"[A-Za-z0-9 .,:/()#-]", character)
        else "".join(f"_{byte:02X}" for byte in character.encode())
        for character in text or ""
    )


class Barcode:
    """One GS1-128 symbol: application identifier and its data.

    Drawn as vectors, sharp on any printer. The barcode widget of reports can't say function 1.
    """

    def __init__(self, identifier, data, text=""):
        self.data = f"{identifier}{data}"
        self.text = f"({identifier}) {text or data}"

    @property
    def widths(self):
        """Widths of bars and gaps in turn, in modules, without quiet zones."""
        symbol = Code128(f"{FNC1}{self.data}", quiet=0)
        symbol.validate()
        symbol.encode()
        symbol.decompose()
        # "BaAb…": bars in capitals, gaps in small letters; a is one module wide
        return [ord(letter.lower()) - ord("a") + 1 for letter in symbol.decomposed]

    @property
    def modules(self):
        return sum(self.widths)

    @property
    def image(self):
        """The symbol as source of an image, to be stretched to its size."""
        bars, position = [], 0
        for number, width in enumerate(self.widths):
            if not number % 2:
                bars.append(f"M{position} 0h{width}v1h-{width}z")
            position += width
        svg = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {position} 1" width="{position * 4}" '
            f'height="200" preserveAspectRatio="none"><path d="{"".join(bars)}"/></svg>'
        )
        return f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}"

    @property
    def zpl(self):
        in_pairs = self.data.isdecimal() and not len(self.data) % 2
        return Markup(f"{ZPL_C if in_pairs else ZPL_B}{self.data}")  # noqa: S704 digits and letters only


class StockPackage(models.Model):
    """GS1 logistic labels in the zones that retailers in North America agreed on."""

    _inherit = "stock.package"

    def _om_labels(self, pickings=None):
        """What stands on the labels of these packages, from the same data as their ship notices.

        Packages without an SSCC get one.

        :param pickings: ``stock.picking`` with which they go; looked for where not given
        :return: list of dicts, one per package
        :raise UserError: a package goes to nobody, or the company has no SSCC to give
        """
        self.check_access("read")
        # sudo: the label tells what the order says, and whoever packs may not read orders
        packages = self.sudo()
        shipped = packages._om_shipped_with()
        delivery = {}
        for package in packages:
            found = (pickings.sudo() if pickings else package.picking_ids).filtered(
                lambda picking, package=package: package in picking._om_packages()
            )
            found = found.filtered("sale_id") or shipped.get(package, found)
            if not found:
                raise UserError(
                    self.env._("Package %s is in no delivery: a label needs its address.", package.name)
                )
            delivery[package] = found.sorted("id")[-1]
        of_all = packages.env["stock.picking"].union(*delivery.values())
        for company, ours in of_all.grouped("company_id").items():
            packages.filtered(lambda p, c=company: delivery[p].company_id == c)._om_assign_sscc(company, ours)
        shipments = Shipments(of_all)
        return [package._om_label(shipments, delivery[package]) for package in packages]

    def _om_label(self, shipments, picking):
        """What stands on one label."""
        self.ensure_one()
        ship_from, ship_to = shipments.parties(picking)[:2]
        sscc = shipments.sscc(picking, self)
        packages = picking._om_packages()
        company = len(picking.company_id.om_gs1_prefix or "0000000")
        lines = picking.move_line_ids.filtered(
            lambda line: line.quantity and self in line.result_package_id._om_with_containers()
        )
        return {
            "ship_from": self._om_address(ship_from),
            "ship_to": self._om_address(ship_to),
            "store": ship_to.id,
            "postal": self._om_postal(ship_from, ship_to),
            "scac": picking.om_carrier_scac or "",
            "pro": picking._om_pro(),
            "bol": picking._om_bol(),
            "po": picking.sale_id.client_order_ref or "",
            "order": picking.sale_id.name or picking.origin or "",
            "content": self._om_content(lines),
            "number": list(packages).index(self) + 1,
            "count": len(packages),
            "sscc": Barcode(
                "00", sscc, f"{sscc[0]} {sscc[1 : company + 1]} {sscc[company + 1 : 17]} {sscc[17:]}"
            ),
            "zpl": zpl_text,
        }

    def _om_address(self, party):
        """An ``x12.Party`` as the lines of an address."""
        place = " ".join(filter(None, (party.city, party.state, party.postal)))
        return [line for line in (party.name, *party.address[:2], place) if line]

    def _om_postal(self, ship_from, ship_to):
        """Bar code of the postal code of the ship-to (420); none abroad, where it would need another one."""
        postal = re.sub(r"[^A-Z0-9]", "", (ship_to.postal or "").upper())
        abroad = ship_to.country and ship_from.country and ship_to.country != ship_from.country
        return Barcode("420", postal) if postal and not abroad else None

    def _om_content(self, lines):
        """What is in the package: its item and quantity, or how many items."""
        products = lines.product_id
        if len(products) != 1:
            return self.env._("Mixed: %s items", len(products)) if products else ""
        po_item = lines.move_id.sale_line_id[:1].om_po_item
        return self.env._(
            "%(quantity)g %(unit)s  %(item)s  %(name)s",
            quantity=sum(lines.mapped("quantity_product_uom")),
            unit=products.uom_id.name,
            item=po_item or products.default_code or "",
            name=products.name,
        )


class StockPicking(models.Model):
    _inherit = "stock.picking"

    def _om_packages(self):
        """Packages of these deliveries, each pallet before what stands on it."""
        packages = self.move_line_ids.filtered("quantity").result_package_id._om_with_containers()
        return packages.sorted(
            lambda package: (package._om_tare().id or package.id, bool(package._om_tare()), package.id)
        )

    def _om_packages_to_label(self):
        """
        :raise UserError: nothing is packed yet
        """
        packages = self._om_packages()
        if not packages:
            raise UserError(
                self.env._("Put the goods of %s in packs first.", ", ".join(self.mapped("display_name")))
            )
        return packages

    def action_om_print_labels(self):
        """Print the GS1 labels of the packages of these deliveries."""
        self._om_packages_to_label()
        return self.env.ref("om_edi_x12.action_report_gs1_label_delivery").report_action(self)
